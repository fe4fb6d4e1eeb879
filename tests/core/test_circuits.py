"""Somebody outside is away: nothing dies, one call at a time finds out, and what waited goes by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from dramatiq.middleware import TimeLimitExceeded
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from citevents.core import circuits, jobs
from citevents.core.circuits import Circuit, calling
from citevents.core.clock import now
from citevents.core.db import Organization, as_organization, transaction
from citevents.core.errors import Later, Never
from citevents.core.events import Delivery, Failure, emit, event
from tests.weather import Weather
from workers import handles, relay
from workers.failures import BACKOFF, Tried, verdict

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Elsewhere:
    """Somebody outside. `mood` says what a call about this errand comes to; every call that is made is remembered."""

    def __init__(self) -> None:
        self.calls: list[tuple[datetime, int]] = []
        self.done: list[int] = []
        self.mood: Callable[[int], BaseException | None] = lambda n: None
        #: Errands that call nobody by now; what goes wrong in them, if anything does.
        self.moot: dict[int, BaseException | None] = {}

    def call(self, n: int) -> None:
        if n in self.moot:
            if failure := self.moot[n]:
                raise failure
            return
        with calling("elsewhere"):
            self.calls.append((now(), n))
            if refusal := self.mood(n):
                raise refusal
        self.done.append(n)


there = Elsewhere()


@event("test.errand")
class Errand:
    """Somebody outside is to be called."""

    n: int


@handles.handles(Errand, name="test.call", queue="bulk")
def call(fact: Errand, key: str) -> None:
    """Calls."""
    there.call(fact.n)


@pytest.fixture
def weather(session: Session, organization: Organization) -> Iterator[Weather]:
    there.__init__()  # type: ignore[misc]
    with Weather().driving() as driven:
        yield driven


def send(*numbers: int) -> None:
    with transaction():
        emit(*(Errand(n=n) for n in numbers))


def away(_n: int) -> Later:
    return Later("421", destination="elsewhere")


def open_circuit(session: Session) -> Circuit | None:
    session.expire_all()
    return session.get(Circuit, "elsewhere")


def states(session: Session) -> dict[int, tuple[bool, bool, str | None]]:
    """Of each errand: handled, given up, and who it waits for."""
    rows = session.execute(
        sa.text(
            """SELECT (e.payload->>'n')::int, d.handled_at IS NOT NULL, d.dead_at IS NOT NULL, d.waits_for
               FROM delivery d JOIN event e ON e.id = d.event_id WHERE d.handler = 'test.call'"""
        )
    )
    return {n: (handled, dead, waits) for n, handled, dead, waits in rows}


def test_the_first_failure_opens_the_circuit_and_the_others_are_not_even_tried(
    session: Session, weather: Weather
) -> None:
    there.mood = away
    send(*range(1, 21))
    weather.turn()
    assert [n for _at, n in there.calls] == [1, 2], (
        "one call found out, and one whether it was that errand's fault"
    )
    assert set(states(session).values()) == {(False, False, "elsewhere")}
    circuit = open_circuit(session)
    assert circuit is not None
    assert (circuit.code, circuit.failures, circuit.probe_id) == ("421", 2, None)
    assert jobs.waiting_for(["elsewhere"]) == {"elsewhere": 20}


@pytest.mark.parametrize(("outage", "most_calls"), [(10 * MINUTE, 12), (2 * HOUR, 24), (2 * DAY, 390)])
def test_an_outage_kills_nothing_is_asked_ever_less_and_ends_by_itself(
    session: Session, weather: Weather, outage: timedelta, most_calls: int
) -> None:
    there.mood = away
    send(*range(1, 31))
    weather.pass_time(outage)
    moments = [at for at, _n in there.calls]
    assert 6 <= len(moments) <= most_calls
    gaps = [after - before for before, after in pairwise(moments)]
    assert gaps[0] < timedelta(seconds=5) and gaps[-1] <= timedelta(seconds=600 * 1.25 + 2)
    assert max(gaps) >= min(outage / 4, timedelta(seconds=450)), "the pauses grew"
    assert set(states(session).values()) == {(False, False, "elsewhere")}
    assert jobs.count() == 0
    assert len({n for _at, n in there.calls}) >= min(30, len(moments) - 1), "the probes take turns"

    there.mood = lambda n: None
    weather.pass_time(13 * MINUTE)
    assert sorted(there.done) == list(range(1, 31)), "each once"
    assert set(states(session).values()) == {(True, False, None)}
    assert open_circuit(session) is None


def test_one_call_at_a_time_while_the_probe_is_out(session: Session, weather: Weather) -> None:
    there.mood = away
    send(1, 2, 3)
    weather.turn()
    weather.ahead += 5 * MINUTE
    relay.mind_circuits(now())
    sent: list[tuple[int, int]] = []
    relay.send(lambda handler, delivery_id, n: sent.append((delivery_id, n)))
    assert len(sent) == 1, "the relay chose one"
    relay.mind_circuits(now())
    relay.send(lambda handler, delivery_id, n: sent.append((delivery_id, n)))
    assert len(sent) == 1, "and no second one while it is out"
    send(4)
    weather.turn()
    assert [n for _at, n in there.calls] == [1, 2], "who comes meanwhile waits too"
    # The probe's process died: after its lease another one goes.
    weather.ahead += timedelta(seconds=125)
    weather.turn()
    assert len(there.calls) == 3


def test_a_recipient_who_has_to_wait_keeps_nobody_else_waiting(session: Session, weather: Weather) -> None:
    there.mood = lambda n: Later("450") if n == 2 else None
    send(1, 2, 3)
    weather.turn()
    assert (there.done, open_circuit(session)) == ([1, 3], None)
    weather.pass_time(DAY)
    assert states(session)[2] == (False, False, None)
    moments = [at for at, n in there.calls if n == 2]
    assert 25 <= len(moments) <= 40, "about once an hour in the end"
    there.mood = lambda n: None
    weather.pass_time(80 * MINUTE)
    assert there.done == [1, 3, 2]


def test_a_probe_that_is_refused_for_a_reason_of_its_own_has_found_somebody_there(
    session: Session, weather: Weather
) -> None:
    there.mood = away
    send(1, 2, 3)
    weather.turn()
    there.calls.clear()
    there.mood = lambda n: Never("550") if n == 2 else None
    weather.pass_time(MINUTE)
    assert states(session) == {
        1: (True, False, None),
        2: (False, True, None),
        3: (True, False, None),
    }
    [job] = jobs.refused()
    assert (job.failure, job.handler) == (Failure.NEVER, "test.call")
    assert job.error.startswith("Never 550 at ")
    assert len([n for _at, n in there.calls if n == 2]) == 1, "not asked a second time"


def test_one_errand_that_always_fails_like_an_outage_keeps_nobody_away_for_long(
    session: Session, weather: Weather
) -> None:
    there.mood = lambda n: away(n) if n == 1 else None
    send(*range(1, 6))
    weather.pass_time(10 * MINUTE)
    assert sorted(there.done) == [2, 3, 4, 5]
    weather.pass_time(2 * HOUR)  # alone, it is tried ever less
    assert 20 <= len([n for _at, n in there.calls if n == 1]) <= 40
    send(6)
    weather.pass_time(timedelta(seconds=10))
    assert sorted(there.done) == [2, 3, 4, 5, 6], "and who comes then is asked at once"


@pytest.mark.parametrize("own", ["nothing to say", "broken"])
def test_probes_that_call_nobody_keep_nobody_away(session: Session, weather: Weather, own: str) -> None:
    """What waited may have nothing to say by then, or fail before it calls: the next is chosen at once, not after a lease."""
    there.mood = away
    send(*range(1, 13))
    weather.turn()
    there.mood = lambda n: None
    there.moot = dict.fromkeys(range(1, 12), ValueError("ours") if own == "broken" else None)
    weather.pass_time(timedelta(seconds=40))
    assert (there.done, open_circuit(session)) == ([12], None)


def test_patience_ends_and_a_person_starts_it_again(session: Session, weather: Weather) -> None:
    def impatient(n: int) -> Later:
        failure = away(n)
        failure.patience = 3 * HOUR
        return failure

    there.mood = impatient
    send(1, 2)
    weather.pass_time(3 * HOUR - MINUTE)
    assert jobs.count() == 0
    weather.pass_time(2 * MINUTE)
    assert {job.failure for job in jobs.failed()} == {Failure.LATER}
    assert jobs.failed_by_kind() == {"test.call": 2}
    there.mood = lambda n: None
    assert len(jobs.retry_kind("test.call")) == 2
    weather.pass_time(15 * MINUTE)
    assert sorted(there.done) == [1, 2]


def test_a_call_that_takes_all_the_time_there_is_means_away(session: Session, weather: Weather) -> None:
    there.mood = lambda n: TimeLimitExceeded()
    send(1)
    weather.turn()
    assert states(session)[1] == (False, False, "elsewhere")
    circuit = open_circuit(session)
    assert circuit is not None and circuit.code == "too_slow"


def test_ours_is_ours_although_somebody_is_away(session: Session, weather: Weather) -> None:
    """A mistake of ours ends after five tries, whatever happened between."""
    there.mood = away
    send(1)
    weather.pass_time(10 * MINUTE)
    there.mood = lambda n: ValueError("ours")
    weather.pass_time(30 * MINUTE)
    [job] = jobs.failed()
    assert job.failure is Failure.BROKEN
    assert job.error.startswith("ValueError at ")
    assert session.scalar(sa.select(Delivery.attempts - Delivery.spared)) == 5


def test_a_page_calls_whoever_is_away(session: Session, weather: Weather) -> None:
    there.mood = away
    send(1)
    weather.turn()
    there.mood = lambda n: None
    there.call(99)
    assert there.done == [99]


def test_what_came_to_wait_just_when_the_other_was_back_goes_too(session: Session, weather: Weather) -> None:
    send(1)
    relay.route()
    session.execute(
        sa.update(Delivery).values(waits_for="elsewhere", failure=Failure.LATER, give_up_at=now() + DAY)
    )
    weather.turn()
    assert there.done == [1]


def test_turns_go_from_organization_to_organization(session: Session, weather: Weather) -> None:
    """A mailing of one keeps the email of another waiting for one email, not for all."""
    other = Organization(name="Other", host="other.example")
    session.add(other)
    session.flush()
    send(*range(1, 301))
    with as_organization(other.id):
        send(1001, 1002)
    relay.route()
    there.mood = lambda n: None
    order: list[tuple[int, int]] = []
    assert relay.send(lambda handler, delivery_id, n: order.append((delivery_id, n)), {"bulk": 6}) == 6
    for delivery_id, n in order:
        handles.run(delivery_id, n)
    assert there.done == [1, 1001, 2, 1002, 3, 4]
    assert relay.send(lambda *_: None, {"bulk": 0}) == 0, "a full queue gets nothing"


def test_deliveries_of_before_the_queues_are_adopted(session: Session, weather: Weather) -> None:
    send(1)
    relay.route()
    session.execute(sa.update(Delivery).values(queue=None, organization_id=None))
    assert relay.send(lambda *_: None) == 0
    assert relay.adopt() == 1
    weather.turn()
    assert there.done == [1]
    send(2)
    relay.route()
    session.execute(sa.update(Delivery).where(Delivery.send_at.is_not(None)).values(queue="former"))
    assert (relay.adopt(), relay.adopt(every=True)) == (0, 1)
    weather.turn()
    assert there.done == [1, 2]


AT = datetime(2027, 6, 1, tzinfo=UTC)
failures = st.sampled_from([ValueError("x"), Never("550"), Later("450"), Later("421", destination="mail")])


@given(failures, st.integers(1, 200), st.integers(0, 199), st.floats(0.75, 1.25), st.booleans())
def test_every_verdict_is_open_or_closed_and_only_ours_count(
    error: Exception, number: int, spared: int, jitter: float, over: bool
) -> None:
    spared = min(spared, number - 1)
    patience = AT if over else None
    found = verdict(error, Tried(number=number, spared=spared, give_up_at=patience), AT, jitter)
    assert (found.send_at is None) != (found.dead_at is None)
    if isinstance(error, Later):
        assert (found.dead_at is not None) is over
        assert found.spared == spared + 1
        assert found.give_up_at == (AT if over else AT + error.patience)
    elif isinstance(error, Never):
        assert found.dead_at == AT
    else:
        assert (found.dead_at is not None) == (number - spared >= 5)
        assert found.spared == spared
        if found.send_at:
            assert found.send_at - AT == timedelta(seconds=BACKOFF[number - spared - 1] * jitter)


@given(st.integers(1, 500), st.floats(0.75, 1.25))
def test_pauses_double_up_to_ten_minutes(failures: int, jitter: float) -> None:
    assert circuits.pause(failures, jitter).total_seconds() == pytest.approx(
        min(2.0 * 2 ** (failures - 1), 600.0) * jitter
    )
