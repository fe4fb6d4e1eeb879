"""Real commits, several at once: both accept in the same moment; a run shows itself to others while it works."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask

from citevents.core.clock import now
from citevents.core.db import as_organization, must, session, transaction
from citevents.core.errors import DomainError
from citevents.matching import exchanges, rounds
from citevents.matching.models import Exchange, Match, Run, RunState
from citevents.matching.run_progress import Watch
from tests.conftest import carried_out
from tests.matching.world import a_round, asks, matches, two_leaders
from tests.patience import PATIENCE_SECONDS, eventually


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
    carried_out()
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
        if eventually(stop):
            seen.append("stopped")
        return real(population, mode=mode, seconds=seconds, progress=progress, stop=stop)

    monkeypatch.setattr(solver, "solve", slow)
    monkeypatch.setattr("citevents.matching.run_progress.PULSE", 0.1)
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(as_here(house, here, carried_out))
        give_up = time.monotonic() + PATIENCE_SECONDS
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
        work.result(timeout=PATIENCE_SECONDS)
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
    carried_out()
    done = must(Run, run_id)
    assert (done.state, done.answer["people"]) == (RunState.DONE, 2)
    session().rollback()
    Watch(run_id).progress("people", 0.2)
    session().rollback()
    assert must(Run, run_id).state is RunState.DONE, "a zombie changes nothing"
    assert session().scalar(sa.select(sa.func.count()).select_from(Match)) == 0
