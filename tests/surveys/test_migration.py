"""What was answered before answers were counted together: all of it counts, released in a lot or not, under one seal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import current_app
from flask_migrate import downgrade, upgrade

from citevents import create_app
from citevents.config import Settings
from citevents.core.clock import now
from citevents.core.db import as_organization, db, transaction
from citevents.engines.postgres import Postgres
from citevents.operations.invariants import violations
from citevents.surveys import answering, queries

BEFORE, AFTER = "0008", "0009"
#: A survey of thirteen of which the last three had waited for a lot of five, as the first version left it; its guests do not matter.
OLD = """
SET LOCAL session_replication_role = replica;
INSERT INTO survey (organization_id, id, conference_id, title, wording, state, ask_after_days, open_days, closes_at)
  OVERRIDING SYSTEM VALUE VALUES (7, 7, 7, 'How was it?', '{}', 'closed', 0, 30, '2026-04-06T08:00:00Z');
INSERT INTO survey_question (organization_id, id, survey_id, kind, label, options, wording, position) OVERRIDING SYSTEM VALUE
  VALUES (7, 1, 7, 'scale', 'It helped.', '{}', '{}', 0), (7, 2, 7, 'one', 'Again?', '{Yes,No}', '{}', 1),
         (7, 3, 7, 'many', 'What next?', '{Train,Visit,None}', '{}', 2), (7, 4, 7, 'text', 'And?', '{}', '{}', 3);
INSERT INTO survey_invitation (organization_id, survey_id, person_id, public_id, due_at, asked_at, used)
  SELECT 7, 7, n, 't' || n, '2026-03-07', '2026-03-07', n < 14 FROM generate_series(1, 14) n;
INSERT INTO survey_response (organization_id, id, survey_id, answers, released) OVERRIDING SYSTEM VALUE
  SELECT 7, n, 7, jsonb_build_object('1', CASE WHEN n <= 6 THEN 5 ELSE 1 END, '2', CASE WHEN n = 1 THEN 1 ELSE 0 END,
                                     '3', jsonb_build_array(0, 2), '4', 'More time, please.'), n <= 10
  FROM generate_series(1, 13) n;
INSERT INTO event (organization_id, name, payload, routed_at) VALUES (7, 'survey.answered', '{"survey_id": 7}', now());
"""


#: What stands in a column that must hold something and about which this test does not care.
ANYTHING = {
    "text": "",
    "bigint": 0,
    "integer": 0,
    "boolean": True,
    "jsonb": "{}",
    "date": "2026-03-06",
    "ARRAY": "{}",
}


def put(connection: sa.Connection, table: str, **values: object) -> None:
    """A row with these values, and anything in its other columns, whatever columns that version had."""
    needed = connection.execute(
        sa.text(
            """SELECT column_name, data_type FROM information_schema.columns
               WHERE table_name = :table AND is_nullable = 'NO' AND column_default IS NULL"""
        ),
        {"table": table},
    )
    row = {name: ANYTHING.get(kind) for name, kind in needed if name not in values} | values
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(
        sa.text(f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({places})"), row
    )


@pytest.fixture
def old(postgres: Postgres) -> Iterator[None]:
    """A database of the version before, in which people had answered."""
    app = create_app(Settings(database_url=postgres.create_database("answered"), secret="test-secret"))
    with app.app_context():
        upgrade(revision=BEFORE)
        with db.engine.begin() as connection:
            put(connection, "organization", id=7, name="Sample")
            put(connection, "conference", organization_id=7, id=7, state="public", kind="course")
            for statement in OLD.split(";\n"):
                if statement.strip():
                    connection.exec_driver_sql(statement)
        yield
        db.session.remove()
        db.engine.dispose()
    postgres.drop_database("answered")


def test_answers_of_before_are_counted_and_closed_again(old: None) -> None:
    upgrade()
    with db.engine.connect() as connection:
        sealed = connection.execute(sa.text("SELECT sealed FROM survey_box")).scalar_one()
        assert b"More time" not in sealed
        facts = "SELECT state, asked, answered, asks_at::date::text AS asks_at FROM survey"
        assert connection.execute(sa.text(facts)).one() == ("open", 14, 13, "2026-03-07")
        names = connection.execute(sa.text("SELECT name FROM event")).scalars().all()
        assert names == [], "an event for each answer had the time of each"
    with as_organization(7), transaction():
        assert answering.close_due(now()) == 1
    with as_organization(7):
        survey = queries.of_conference(7)
        assert survey
        results = queries.results(survey)
        assert results is not None
        assert [
            (each.outcome.of, [cell and (cell.low, cell.high) for cell in each.outcome.cells])
            for each in results
        ] == [
            (13, [(6, 6)]),
            (13, [(8, 13), None]),
            (13, [(8, 13), None, (8, 13)]),
            (None, []),
        ]
        assert results[3].outcome.texts == ("More time, please.",) * 13
    assert [each for each in violations() if each.code in ("P2", "P3")] == []


def test_without_the_secret_nothing_is_sealed_and_nothing_is_lost(
    old: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(current_app.config, "SECRET_KEY", "")
    with pytest.raises(SystemExit):
        upgrade()
    assert "set CITEVENTS_SECRET to the server's" in caplog.text
    with db.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM survey_response")).scalar_one() == 13


def test_the_way_back_has_the_tables_of_before(old: None) -> None:
    upgrade(revision=AFTER)
    downgrade(revision=BEFORE)
    with db.engine.connect() as connection:
        columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'survey_response' ORDER BY 1"
        found = connection.execute(sa.text(columns)).scalars().all()
    assert found == ["answers", "id", "organization_id", "released", "survey_id"]
