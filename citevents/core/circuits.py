"""What is away outside, and one call at a time to find out.

A reaction calls out inside `calling("mail")`. Where nobody gets through (`Later` with that destination) its worker opens a
circuit: a row here. Whatever wants to go there then waits with its delivery, without a call and without an attempt, all but
one: the probe, which the relay chooses when a growing pause is over (workers/relay.py). When the other side answers a probe,
whatever it says, the row goes, and what waited follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from citevents.core.db import Mapped, Model, mapped_column, session
from citevents.core.errors import Later, Never

#: Seconds from a failed probe to the next: doubled each time, up to the longest.
SHORTEST_PAUSE, LONGEST_PAUSE = 2.0, 600.0


class Circuit(Model):
    """A destination that does not answer. While there is no row, it does, as far as anybody knows."""

    __tablename__ = "circuit"

    destination: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    #: What it said or did, a short word: "421", "ConnectionRefusedError".
    code: Mapped[str]
    #: How many calls failed in a row, the first one included.
    failures: Mapped[int]
    next_at: Mapped[datetime]
    #: How long what waits is worth trying.
    patience: Mapped[timedelta]
    #: The delivery that finds out; it has until `next_at`.
    probe_id: Mapped[int | None] = mapped_column(default=None)
    #: The one delivery that failed, as long as no other did: it may be to blame, so whoever comes next is asked at once.
    only_id: Mapped[int | None] = mapped_column(default=None)


@dataclass(kw_only=True)
class Attempt:
    """One attempt of one delivery, as the code that it runs makes it known to the worker."""

    delivery_id: int
    #: Where it is calling right now.
    calling: str | None = None
    #: Destinations that gave an answer, and those away for which this attempt is the probe.
    answered: set[str] = field(default_factory=set)
    probing: set[str] = field(default_factory=set)
    #: Whom it writes to, and the email that it sent.
    person_id: int | None = None
    posted: str | None = None


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


class NotCalled(Later):
    """The destination is away, and somebody else finds out how long."""

    def __init__(self, destination: str, patience: timedelta) -> None:
        super().__init__("away", destination=destination)
        self.patience = patience


def attempt() -> Attempt | None:
    """The attempt that runs here; None in a page or a command."""
    return _attempt.get()


@contextmanager
def attempting(delivery_id: int) -> Iterator[Attempt]:
    """What runs inside is one attempt of this delivery."""
    made = Attempt(delivery_id=delivery_id)
    token = _attempt.set(made)
    try:
        yield made
    finally:
        _attempt.reset(token)


@contextmanager
def calling(destination: str) -> Iterator[None]:
    """Around a call outside. NotCalled at once where the destination is away and this attempt is not its probe.

    Pages and commands, behind which a person waits, always call.
    """
    running = _attempt.get()
    if running is None:
        yield
        return
    _pass(destination, running)
    running.calling = destination  # stays so when the attempt is interrupted: then this call took too long
    try:
        yield
    except (Later, Never) as failure:
        running.calling = None
        if getattr(failure, "destination", None) != destination:
            running.answered.add(destination)
        raise
    except (Exception, GeneratorExit):
        running.calling = None
        raise
    running.calling = None
    running.answered.add(destination)


def _pass(destination: str, running: Attempt) -> None:
    probe = (
        session()
        .execute(sa.select(Circuit.probe_id, Circuit.patience).where(Circuit.destination == destination))
        .one_or_none()
    )
    if probe is None:
        return
    if probe.probe_id != running.delivery_id:
        raise NotCalled(destination, probe.patience)
    running.probing.add(destination)


def pause(failures: int, jitter: float) -> timedelta:
    """From failure number `failures` (from 1) to the next probe; `jitter` is about 1."""
    return timedelta(seconds=min(SHORTEST_PAUSE * 2 ** min(failures - 1, 16), LONGEST_PAUSE) * jitter)


def failed(failure: Later, delivery_id: int, at: datetime, jitter: float) -> None:
    """Nobody gets through: open the circuit, or put off the next probe after this one. Others' failures add nothing."""
    current, destination = session(), failure.destination
    current.execute(
        insert(Circuit)
        .values(
            destination=destination,
            since=at,
            code=failure.code,
            failures=1,
            patience=failure.patience,
            next_at=at + pause(1, jitter),
            only_id=delivery_id,
        )
        .on_conflict_do_nothing()
    )
    circuit = current.get_one(Circuit, destination, with_for_update=True, populate_existing=True)
    if circuit.only_id != delivery_id:
        circuit.only_id = None
    if circuit.probe_id == delivery_id:
        circuit.failures += 1
        circuit.code, circuit.probe_id = failure.code, None
        circuit.next_at = at + pause(circuit.failures, jitter)


def came(destination: str, at: datetime) -> None:
    """Somebody came to wait who was not called."""
    session().execute(
        sa.update(Circuit)
        .where(Circuit.destination == destination, Circuit.only_id.is_not(None), Circuit.probe_id.is_(None))
        .values(next_at=sa.func.least(Circuit.next_at, at))
        .execution_options(synchronize_session=False)
    )


def close(destinations: set[str]) -> None:
    """These answered: what waits for them goes."""
    session().execute(
        sa.delete(Circuit)
        .where(Circuit.destination.in_(destinations))
        .execution_options(synchronize_session=False)
    )


def is_away(destination: str) -> bool:
    """Whether nobody gets through there, as far as is known."""
    return (
        session().scalar(sa.select(Circuit.destination).where(Circuit.destination == destination)) is not None
    )


def away() -> list[Circuit]:
    """Every destination that is away, longest first."""
    return list(session().scalars(sa.select(Circuit).order_by(Circuit.since, Circuit.destination)))
