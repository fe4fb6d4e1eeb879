"""Real commits, several at once: both accept in the same moment; a run shows itself to others while it works."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask

from citevents import create_app
from citevents.config import Settings
from citevents.core.clock import now
from citevents.core.db import Model, Organization, as_organization, db, must, session, transaction
from citevents.core.errors import DomainError
from citevents.engines.postgres import Postgres
from citevents.matching import exchanges, rounds
from citevents.matching.models import Exchange, Match, Run, RunState
from citevents.matching.watch import Watch
from standins.mail import Outbox
from tests.matching.world import a_round, asks, matches, two_leaders
from workers import handles, relay


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


def settle() -> None:
    for _ in range(100):
        routed = relay.route()
        due: list[tuple[int, int]] = []
        relay.send(lambda handler, delivery_id, n, due=due: due.append((delivery_id, n)))
        for delivery_id, n in due:
            handles.run(delivery_id, n, strict=True)
        if not routed and not due:
            return


def as_here(house: Flask, here: int, act: Callable[[], object]) -> Callable[[], object]:
    """The act, for a thread of its own."""

    def run() -> object:
        with house.app_context(), as_organization(here):
            return act()

    return run


def test_both_accept_at_once_and_one_exchange_exists(house: Flask, here: int) -> None:
    two = two_leaders()
    about = a_round()
    for leader in two:
        asks(leader, about)
    with transaction():
        run_id = rounds.ask_run(about.id, "coverage", None)
    settle()
    with transaction():
        rounds.propose(run_id, now())
    (match,) = matches(about)
    public_id = match.public_id
    session().rollback()
    start = threading.Barrier(6)

    def accept(leader: int) -> Callable[[], object]:
        def act() -> object:
            start.wait()
            try:
                with transaction():
                    return exchanges.answer(leader, public_id, True, now())
            except DomainError as refusal:
                return refusal.code

        return as_here(house, here, act)

    with ThreadPoolExecutor(6) as pool:
        told = [each.result() for each in [pool.submit(accept(leader)) for leader in two * 3]]
    made = list(session().scalars(sa.select(Exchange.id)))
    assert len(made) == 1
    assert sorted(map(str, told)) == sorted([str(made[0]), *["None"] * 5])


def test_a_run_is_seen_and_stopped_while_it_works(
    house: Flask, here: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reaction's transaction is open all the while: progress shows, a stop arrives, the answer comes at the end."""
    from citevents.matching import solver

    two = two_leaders()
    about = a_round()
    for leader in two:
        asks(leader, about)
    with transaction():
        run_id = rounds.ask_run(about.id, "coverage", None)
    real, seen = solver.solve, []

    def slow(population, *, mode, seconds, progress, stop):  # type: ignore[no-untyped-def]
        progress("score", 0.6)
        for _ in range(200):  # ten seconds at most
            if stop():
                seen.append("stopped")
                break
            time.sleep(0.05)
        return real(population, mode=mode, seconds=seconds, progress=progress, stop=stop)

    monkeypatch.setattr(solver, "solve", slow)
    monkeypatch.setattr("citevents.matching.watch.PULSE", 0.1)
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(as_here(house, here, settle))
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            session().rollback()
            if must(Run, run_id).state is RunState.RUNNING:
                break
            time.sleep(0.05)
        running = must(Run, run_id)
        assert (running.state, running.progress["stage"], running.progress["done"]) == (
            RunState.RUNNING,
            "score",
            0.6,
        )
        session().rollback()
        with transaction():
            rounds.stop_run(run_id)
        work.result(timeout=20)
    session().rollback()
    done = must(Run, run_id)
    assert (seen, done.state, done.answer["complete"]) == (["stopped"], RunState.DONE, False)


def test_a_run_whose_worker_died_is_begun_anew(house: Flask, here: int) -> None:
    two = two_leaders()
    about = a_round()
    for leader in two:
        asks(leader, about)
    with transaction():
        run_id = rounds.ask_run(about.id, "coverage", None)
    Watch(run_id).progress("people", 0.2)  # what a killed worker leaves behind
    session().rollback()
    assert must(Run, run_id).state is RunState.RUNNING
    session().rollback()
    settle()
    done = must(Run, run_id)
    assert (done.state, done.answer["people"]) == (RunState.DONE, 2)
    session().rollback()
    Watch(run_id).progress("people", 0.2)
    session().rollback()
    assert must(Run, run_id).state is RunState.DONE, "a zombie changes nothing"
    assert session().scalar(sa.select(sa.func.count()).select_from(Match)) == 0
