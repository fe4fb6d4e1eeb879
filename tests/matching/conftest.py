"""The application on a database of its own, where commits are real: for acts of several people at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from citevents import create_app
from citevents.config import Settings
from citevents.core.db import Model, Organization, as_organization, db, session
from citevents.engines.postgres import Postgres
from standins.mail import Outbox


@pytest.fixture(scope="module")
def house(postgres: Postgres, outbox: Outbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a database of its own: here commits are real."""
    app = create_app(
        Settings(
            database_url=postgres.create_database("together"),
            smtp_url=outbox.smtp_url,
            secret="test-secret",
            base_url="http://localhost",
            data=tmp_path_factory.mktemp("data"),
        )
    )
    import workers.reactions  # noqa: F401

    with app.app_context():
        Model.metadata.create_all(db.engine)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    postgres.drop_database("together")


@pytest.fixture
def here(house: Flask) -> Iterator[int]:
    """A new organization of the house, as whom the test runs; its id."""
    with house.app_context():
        made = Organization(name="Sample", sample=True)
        session().add(made)
        session().commit()
        with as_organization(made.id):
            yield made.id
        db.session.remove()
