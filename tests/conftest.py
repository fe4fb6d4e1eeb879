"""One PostgreSQL for the session, one rolled-back transaction per test, `settle()` in place of relay and workers."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from citevents import create_app
from citevents.config import Settings
from citevents.core.db import Model, Organization, as_organization, db
from citevents.engines.postgres import Postgres
from citevents.locale.zone_data import use_newest
from standins.mail import Outbox
from tests.attack.house import House
from tests.examples import PROFILE
from tests.order import in_order
from tests.playwrights import Window, chromium
from tests.timetable import Timetable
from workers import handles, relay

# As at every start of the product: tests of times alone make no application.
use_newest()

hypothesis.settings.load_profile(PROFILE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shuffle", type=int, metavar="SEED", help="files, and the tests of each, in a random order"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items[:] = in_order(items, config.getoption("shuffle"))


def pytest_configure(config: pytest.Config) -> None:
    """The controller of a run says where its time went."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Timetable())


class Browser(FlaskClient):
    """Each request has an application context of its own, as in life: nothing of `g` is left from the one before."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A throw-away PostgreSQL server of this test session."""
    with Postgres(tmp_path_factory.mktemp("pg"), durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outbox]:
    """The recording SMTP server of this test session."""
    with Outbox(tmp_path_factory.mktemp("mail")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Window]:
    """The one real browser of this test session; each test opens a context of its own in it."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def app(postgres: Postgres, outbox: Outbox, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application on an empty database with every table."""
    made = create_app(
        Settings(
            database_url=postgres.create_database("citevents"),
            smtp_url=outbox.smtp_url,
            secret="test-secret",
            base_url="http://localhost",
            data=tmp_path_factory.mktemp("data"),
        )
    )
    made.testing = True
    made.test_client_class = Browser
    import workers.reactions  # noqa: F401

    with made.app_context():
        Model.metadata.create_all(db.engine)
    return made


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample world in a database folder, to be copied: made once for all processes of a run, by the first that asks."""
    ours = tmp_path_factory.getbasetemp()
    run = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    with (run / "world.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run / "world" / "ready").exists():
            House.build_world(run / "world")
    return run / "world" / "pg"


@pytest.fixture
def session(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session in one outer transaction that is rolled back; commits inside become savepoints."""
    with app.app_context():
        connection = db.engine.connect()
        outer = connection.begin()
        maker = sessionmaker(
            bind=connection,
            class_=_TestSession,
            join_transaction_mode="create_savepoint",
            expire_on_commit=True,
        )
        scoped = scoped_session(maker)
        monkeypatch.setattr(db, "session", scoped)
        # A request's end does not take the test's session away.
        monkeypatch.setattr(scoped, "remove", lambda: None)
        try:
            yield scoped()
        finally:
            scoped_session.remove(scoped)
            outer.rollback()
            connection.close()


class _TestSession(FlaskSession):
    """Flask-SQLAlchemy's session, bound to the test's connection."""

    def __init__(self, **options: object) -> None:
        super().__init__(db, **options)  # type: ignore[arg-type]

    def get_bind(self, *_: object, **__: object) -> sa.Connection:  # type: ignore[override]
        return self.bind  # type: ignore[return-value]


@pytest.fixture
def organization(session: Session) -> Iterator[Organization]:
    """CIT International (sample), as whom everything in the test runs."""
    made = Organization(name="CIT International (sample)", mail="hello@cit.example", sample=True)
    session.add(made)
    session.commit()
    with as_organization(made.id):
        yield made


@pytest.fixture
def client(app: Flask, organization: Organization) -> FlaskClient:
    """A browser without scripts; CSRF stays on, use `csrf(client, page)` or post through tests.forms."""
    return app.test_client()


def carried_out() -> int:
    """Carry out every delivery that is due, in this process, until quiet. Failures raise. Returns how many."""
    handled = 0
    for _ in range(100):
        routed = relay.route()
        due: list[tuple[int, int]] = []
        relay.send(lambda handler, delivery_id, n, due=due: due.append((delivery_id, n)))
        handled += sum(handles.run(delivery_id, n, strict=True) for delivery_id, n in due)
        if not routed and not due:
            return handled
    raise AssertionError("events emit events without end")


@pytest.fixture
def settle(session: Session) -> Callable[[], int]:
    """Carry out every delivery that is due, in the test's session."""
    return carried_out


@pytest.fixture(autouse=True)
def _no_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests talk to this machine only."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX:
            host = address[0] if isinstance(address, tuple) else address
            assert host in ("127.0.0.1", "::1", "localhost"), f"a test tried to reach {host}"
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", local_only)
