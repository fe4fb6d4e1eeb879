"""`flask check` is silent when all holds, and each invariant sees its own planted violation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from citevents import create_app
from citevents.config import Settings
from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.core.events import EventRow
from citevents.operations.invariants import invariants, violations
from citevents.portal.demo.load import load
from tests.operations.planted import PLANTS
from workers.commands import add_commands


def codes() -> set[str]:
    return {violation.code for violation in violations()}


def test_an_empty_house_holds(session: Session, organization: Organization) -> None:
    assert violations() == []


def test_every_invariant_has_a_plant() -> None:
    assert {plant.split()[0] for plant in PLANTS} == {invariant.code for invariant in invariants()}


@pytest.fixture
def living(session: Session) -> Iterator[Session]:
    """The demo world, small."""
    with transaction():
        load(now(), registrations=300)
    yield session


def test_the_demo_world_holds_and_every_planted_violation_is_seen(living: Session) -> None:
    assert violations() == []
    missed = []
    for plant, statements in sorted(PLANTS.items()):
        planted = living.begin_nested()
        # What the database itself refuses must be planted behind its back.
        living.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            living.execute(sa.text(statement.replace(":", "\\:")))
        if plant.split()[0] not in codes():
            missed.append(plant)
        planted.rollback()
    assert missed == []
    assert violations() == []


def test_a_broken_audit_chain_is_seen(session: Session, organization: Organization) -> None:
    with transaction():
        audit.record("publish", "agenda", 1)
        audit.record("publish", "agenda", 2)
    with transaction():
        assert audit.seal() == 2
    assert codes() == set()
    session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    session.execute(sa.text("UPDATE audit_entry SET act = 'unpublish' WHERE place = 1"))
    session.expire_all()
    assert "P5" in codes()


def test_an_event_that_nobody_knows_yet_is_no_violation(session: Session, organization: Organization) -> None:
    with transaction():
        session.add(EventRow(organization_id=organization.id, name="test.of_tomorrow", payload={}))
    assert codes() == set()


@pytest.mark.parametrize("command", [["check"], ["demo", "links"], ["clock"], ["db", "current"]])
def test_a_database_that_is_away_is_said_in_one_sentence(tmp_path: Path, command: list[str]) -> None:
    app = add_commands(
        create_app(Settings(database_url=f"postgresql+psycopg://nobody@/none?host={tmp_path}"))
    )
    said = app.test_cli_runner().invoke(args=command)
    assert said.output == (
        "Error: The database does not answer. Start ./script/server, name the folder it runs on in CITEVENTS_DATA, "
        "or set DATABASE_URL.\n"
    )
    assert said.exit_code == 1
