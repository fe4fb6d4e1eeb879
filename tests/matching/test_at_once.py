"""Two things in the same moment, in both orders, with real commits: one waits for the other, and no promise falls between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask

from citevents.core.clock import now
from citevents.core.db import as_organization, session, transaction
from citevents.core.errors import DomainError
from citevents.matching import exchanges, queries, rounds, services
from citevents.matching.models import Exchange, Match
from citevents.matching.services import Description, Wish
from citevents.operations.invariants import violations
from citevents.people import services as people
from citevents.people.models import Consent, Purpose
from tests.conftest import carried_out
from tests.matching.world import AMMAN, a_round, asks, matches, two_leaders
from tests.patience import PATIENCE_SECONDS

Act = Callable[[], object]
WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class Together:
    """Two leaders with a run of their round; `match` once it is proposed. Each act is a transaction in a thread of its own."""

    def __init__(self, house: Flask, here: int) -> None:
        self.house, self.here = house, here
        self.pool = ThreadPoolExecutor(4)
        self.amman, self.tampere = two_leaders()
        self.about = a_round()
        for leader in (self.amman, self.tampere):
            asks(leader, self.about)
        self.round_id = self.about.id
        with transaction():
            self.run_id = rounds.ask_run(self.round_id, "coverage", None)
        carried_out()
        session().rollback()

    def propose(self) -> object:
        return rounds.propose(self.run_id, now())

    def accept(self, leader: int) -> Act:
        public_id = self.match.public_id
        session().rollback()
        return lambda: exchanges.answer(leader, public_id, True, now())

    def take_back(self, leader: int) -> Act:
        public_id = self.match.public_id
        session().rollback()
        return lambda: exchanges.take_back(leader, public_id, now())

    def withdraw(self, leader: int) -> Act:
        return lambda: people.withdraw_consent(leader, Purpose.EXCHANGE)

    @property
    def match(self) -> Match:
        (match,) = matches(self.about)
        return match

    def start(
        self, act: Act, done: threading.Event | None = None, go: threading.Event | None = None
    ) -> Future[object]:
        """The act, in a thread; with `go` it says `done` and keeps its transaction open until then."""

        def run() -> object:
            with self.house.app_context(), as_organization(self.here):
                try:
                    with transaction():
                        said = act()
                        if done and go:
                            done.set()
                            assert go.wait(20)
                        return said
                except DomainError as refusal:
                    return refusal.code

        return self.pool.submit(run)

    def one_waits(self, first: Act, second: Act) -> tuple[object, object]:
        """`second` begins while `first` is done and not committed; what both said in the end."""
        done, go = threading.Event(), threading.Event()
        before = self.start(first, done, go)
        assert done.wait(PATIENCE_SECONDS)
        after = self.start(second)
        self._until_it_waits(after)
        go.set()
        return before.result(PATIENCE_SECONDS), after.result(PATIENCE_SECONDS)

    def _until_it_waits(self, after: Future[object]) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up and not after.done():
            if session().scalar(sa.text(WAITS)):
                session().rollback()
                return
            session().rollback()
            time.sleep(0.01)
        assert not after.done(), "it did not wait"

    def at_rest(self) -> None:
        carried_out()
        session().rollback()
        assert [each for each in violations() if each.code in ("X2", "X3", "P1")] == []
        session().rollback()


@pytest.fixture
def two(house: Flask, here: int) -> Iterator[Together]:
    made = Together(house, here)
    with made.pool:
        yield made


@contextmanager
def everything_read_anew() -> Iterator[None]:
    session().rollback()
    session().expire_all()
    yield
    session().rollback()


def exchange_of() -> Exchange | None:
    return session().scalar(sa.select(Exchange))


def sent(two: Together) -> None:
    with transaction():
        assert two.propose() == 1
    carried_out()
    session().rollback()


def accepted(two: Together, leader: int) -> None:
    act = two.accept(leader)
    with transaction():
        act()
    session().rollback()


def test_an_agreement_taken_back_while_the_other_accepts_is_in_time_or_it_is_not(two: Together) -> None:
    sent(two)
    accepted(two, two.amman)
    agreed, taken = two.one_waits(two.accept(two.tampere), two.withdraw(two.amman))
    with everything_read_anew():
        exchange = exchange_of()
        assert exchange and exchange.id == agreed and taken is True
        withdrawn = session().scalar(sa.select(sa.func.max(Consent.withdrawn_at)))
        assert withdrawn and withdrawn > exchange.agreed_at, "it came after: what is agreed stays"
    two.at_rest()


def test_an_acceptance_while_the_other_takes_the_agreement_back_makes_no_exchange(two: Together) -> None:
    sent(two)
    accepted(two, two.amman)
    taken, refused = two.one_waits(two.withdraw(two.amman), two.accept(two.tampere))
    assert (taken, refused) == (True, "proposal_over")
    with everything_read_anew():
        assert exchange_of() is None
    two.at_rest()


def test_being_forgotten_counts_like_taking_it_back(two: Together) -> None:
    sent(two)
    accepted(two, two.amman)
    _forgotten, refused = two.one_waits(lambda: people.erase(two.amman), two.accept(two.tampere))
    assert refused == "proposal_over"
    two.at_rest()
    with everything_read_anew():
        assert exchange_of() is None


@pytest.mark.parametrize("last", ["accept", "take back"])
def test_the_last_acceptance_and_one_that_is_taken_back(two: Together, last: str) -> None:
    sent(two)
    accepted(two, two.amman)
    accept, back = two.accept(two.tampere), two.take_back(two.amman)
    first, second = two.one_waits(*((back, accept) if last == "accept" else (accept, back)))
    with everything_read_anew():
        if last == "accept":
            assert (first, second, exchange_of()) == (None, None, None)
        else:
            exchange = exchange_of()
            assert exchange and (first, second) == (exchange.id, "everybody_accepted")
    two.at_rest()


def avoid(two: Together) -> object:
    return services.avoid(two.amman, "Tampere")


def take_back_request(two: Together) -> object:
    return services.withdraw(two.amman, two.round_id, now())


def take_back_agreement(two: Together) -> object:
    return people.withdraw_consent(two.amman, Purpose.EXCHANGE)


def ask_otherwise(two: Together) -> object:
    return services.ask(two.amman, two.round_id, Wish(modes=("virtual",), weeks=("2027-W40",)), now())


def describe_otherwise(two: Together) -> object:
    return services.describe(two.amman, Description(**(AMMAN | {"languages": {"ar": "C2"}})))


CHANGES = [avoid, take_back_request, take_back_agreement, ask_otherwise, describe_otherwise]


@pytest.mark.parametrize("change", CHANGES)
def test_who_changes_while_proposals_go_out_comes_after_them(
    two: Together, change: Callable[[Together], object]
) -> None:
    made, _done = two.one_waits(two.propose, lambda: change(two))
    assert made == 1
    two.at_rest()
    with everything_read_anew():
        stage = queries.proposals_of(two.tampere)[0].stage
        leaves = change in (take_back_request, take_back_agreement)
        assert stage == ("over" if leaves else "asked"), "a wish that came after runs its course unseen"


@pytest.mark.parametrize("change", CHANGES)
def test_proposals_that_go_out_while_somebody_changes_wait_and_are_not_sent(
    two: Together, change: Callable[[Together], object]
) -> None:
    _done, made = two.one_waits(lambda: change(two), two.propose)
    assert made == "run_again"
    two.at_rest()
    with everything_read_anew():
        assert matches(two.about) == []


def test_two_coordinators_send_one_plan_once(two: Together) -> None:
    assert two.one_waits(two.propose, two.propose) == (1, 0)
    two.at_rest()


@pytest.mark.parametrize("turn", range(4))
def test_everything_at_once_many_times(two: Together, turn: int) -> None:
    """Whoever wins: the exchange is agreed before the agreement ended, or there is none."""
    sent(two)
    accepted(two, two.amman)
    start = threading.Barrier(4)

    def at_the_barrier(act: Act) -> Act:
        def run() -> object:
            start.wait(20)
            return act()

        return run

    acts = [
        two.accept(two.tampere),
        two.withdraw(two.amman),
        two.take_back(two.amman),
        lambda: services.avoid(two.tampere, "Amman"),
    ]
    said = [each.result(20) for each in [two.start(at_the_barrier(act)) for act in acts]]
    assert said[1] is True
    two.at_rest()
    with everything_read_anew():
        exchange = exchange_of()
        assert (exchange is not None) is (said[0] not in (None, "proposal_over"))
        assert {each.stage for each in queries.proposals_of(two.tampere)} == {
            "agreed" if exchange else "over"
        }
