"""A migrated database is what the models say, catalogue by catalogue: columns, constraints, indexes, triggers, functions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from citevents import create_app
from citevents.config import Settings
from citevents.core.db import Model, db
from citevents.engines.postgres import Postgres
from tests.house.keys import explained, lost

CATALOGUES = {
    "columns": """SELECT table_name, column_name, data_type, is_nullable, coalesce(column_default, ''), is_identity
                  FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
                      WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'""",
    "indexes": """SELECT tablename, indexname, indexdef FROM pg_indexes
                  WHERE schemaname = 'public' AND tablename <> 'alembic_version'""",
    "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": """SELECT proname, regexp_replace(pg_get_functiondef(oid), '\\s+', ' ', 'g') FROM pg_proc
                    WHERE pronamespace = 'public'::regnamespace""",
    "storage": "SELECT relname, coalesce(reloptions::text, '') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'",
}


def read(url: str) -> dict[str, set[tuple[object, ...]]]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = {
            name: {tuple(row) for row in connection.execute(sa.text(sql))} for name, sql in CATALOGUES.items()
        }
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def migrated(postgres: Postgres) -> Iterator[str]:
    url = postgres.create_database("migrated")
    app = create_app(Settings(database_url=url))
    with app.app_context():
        upgrade()
        yield url
        db.engine.dispose()


def test_migrations_lead_to_what_the_models_say(postgres: Postgres, migrated: str) -> None:
    url = postgres.create_database("made")
    app = create_app(Settings(database_url=url))
    with app.app_context():
        Model.metadata.create_all(db.engine)
        db.engine.dispose()
    by_migration, by_models = read(migrated), read(url)
    for name in CATALOGUES:
        assert by_migration[name] - by_models[name] == set(), f"only migrated: {name}"
        assert by_models[name] - by_migration[name] == set(), f"only in the models: {name}"


def test_a_migrated_database_finds_the_rows_of_every_foreign_key(migrated: str) -> None:
    engine = sa.create_engine(migrated)
    with engine.connect() as connection:
        assert lost(connection) == explained()
    engine.dispose()


def test_migrations_can_be_taken_back(postgres: Postgres) -> None:
    url = postgres.create_database("back")
    app = create_app(Settings(database_url=url))
    with app.app_context():
        upgrade()
        downgrade(revision="base")
        db.engine.dispose()
    left = read(url)
    assert {name: rows for name, rows in left.items() if rows} == {}
