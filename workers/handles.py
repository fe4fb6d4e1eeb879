"""Reactions: `@handles(Event, queue=...)` declares one, `run` carries out one delivery of it.

A reaction is a function of (fact, key). It is claimed first (counted and committed before the work, valid only while
`attempts = n`), then in one transaction: stamp, read, call outside, write. Twice must equal once; `key` is the idempotency
key for calls outside. The delivery row alone owns attempts, pauses and the end; see Delivery in core/events, and
workers/failures.py for what becomes of an attempt that failed.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from dramatiq.middleware import TimeLimitExceeded
from sqlalchemy.exc import InterfaceError, OperationalError

from citevents.core import circuits, events
from citevents.core.circuits import Attempt, NotCalled
from citevents.core.clock import now
from citevents.core.db import as_organization, at_once, session, transaction
from citevents.core.errors import Later
from workers.failures import BACKOFF, Tried, Verdict, classified, describe, verdict

log = logging.getLogger("citevents.reactions")

E = TypeVar("E")
Reaction = Callable[[Any, str], None]

#: The queues, each with threads of its own. `money`: money and seats; it sends no email. `waiting`: what one person waits
#: for (a link, a ticket), and what is quick in the database. `bulk`: emails to many. `runs`: solvers, comparisons.
QUEUES = ("money", "waiting", "bulk", "runs")
#: How long a claim, and the word about a failure, wait for a database that is away, message in hand.
CLAIM_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Handler:
    name: str
    event: type
    react: Reaction
    queue: str


_handlers: dict[str, Handler] = {}


def handles(
    event: type[E], *, queue: str = "waiting", name: str | None = None
) -> Callable[[Callable[[E, str], None]], Callable[[E, str], None]]:
    """Declare a reaction in one of `QUEUES`. A renamed function keeps its old `name`: rows that wait carry it."""
    if queue not in QUEUES:
        raise ValueError(f"there is no queue {queue}")

    def declare(react: Callable[[E, str], None]) -> Callable[[E, str], None]:
        full = name or f"{react.__module__.rpartition('.')[2]}.{react.__name__}"
        if full in _handlers:
            raise ValueError(f"reaction {full} is declared twice")
        _handlers[full] = Handler(full, event, react, queue)
        return react

    return declare


def handlers() -> dict[str, Handler]:
    """Every declared reaction by name."""
    return dict(_handlers)


CLAIM = sa.text(
    """UPDATE delivery d SET attempts = attempts + 1, send_at = CAST(:at AS timestamptz) + make_interval(
              secs => (CAST(:pauses AS double precision[]))[d.attempts - d.spared + 1])
       FROM event e
       WHERE d.id = :id AND d.attempts = :n AND d.send_at IS NOT NULL AND d.attempts - d.spared < :most
         AND e.id = d.event_id
       RETURNING e.id, e.organization_id, e.name, e.payload, d.handler, d.spared, d.give_up_at"""
)
STAMP = sa.text(
    """UPDATE delivery SET handled_at = clock_timestamp(), send_at = NULL, error = NULL, failure = NULL
       WHERE id = :id AND attempts = :n AND send_at IS NOT NULL"""
)
FAIL = sa.text(
    """UPDATE delivery SET error = :error, failure = :failure, send_at = :send_at, dead_at = :dead_at, spared = :spared,
              waits_for = :waits_for, give_up_at = :give_up_at, person_id = coalesce(:person_id, person_id)
       WHERE id = :id AND attempts = :n AND send_at IS NOT NULL"""
)


def jitter() -> float:
    """A quarter more or less, so that what failed together does not come back together."""
    return random.uniform(0.75, 1.25)


def run(delivery_id: int, n: int, *, strict: bool = False) -> bool:
    """Carry out attempt n+1 of a delivery; True if it was handled now.

    A repeat of a message (by broker, relay or a zombie) finds `attempts` moved on and does nothing. Failures are kept on
    the row and never raised, unless `strict` (tests).
    """
    claimed = _claim(delivery_id, n)
    if claimed is None:
        session().rollback()
        return False
    with circuits.attempting(delivery_id) as attempt:
        handled = False
        try:
            handled = _react(claimed, delivery_id, n + 1)
        except (Exception, TimeLimitExceeded) as error:
            if strict:
                raise
            _fail(claimed, delivery_id, n + 1, attempt, error)
    return handled


def _react(claimed: Any, delivery_id: int, number: int) -> bool:
    handler = _handlers[claimed.handler]
    with as_organization(claimed.organization_id), transaction() as current:
        if not current.execute(STAMP, {"id": delivery_id, "n": number}).rowcount:  # type: ignore[attr-defined]
            return False
        handler.react(events.read(claimed.name, claimed.payload), f"{claimed.id}:{handler.name}")
    if probed := circuits.attempt():
        _close(probed.probing & probed.answered)
    return True


def _close(answered: set[str]) -> None:
    if answered:
        with transaction():
            circuits.close(answered)
        log.info("answers again", extra={"destinations": sorted(answered)})


def _claim(delivery_id: int, n: int) -> Any:
    give_up = time.monotonic() + CLAIM_PATIENCE_SECONDS
    while True:
        try:
            with at_once() as current:
                return current.execute(
                    CLAIM,
                    {
                        "id": delivery_id,
                        "n": n,
                        "at": now(),
                        "most": events.MAX_ATTEMPTS,
                        "pauses": [seconds * jitter() for seconds in BACKOFF],
                    },
                ).first()
        except OperationalError:
            session().rollback()
            if time.monotonic() > give_up:
                log.warning("claim gave up", extra={"delivery": delivery_id})
                return None  # the row is still due: the relay sends it again
            time.sleep(0.2)


def _fail(claimed: Any, delivery_id: int, number: int, attempt: Attempt, error: BaseException) -> None:
    failure = classified(error, attempt)
    tried = Tried(number=number, spared=claimed.spared, give_up_at=claimed.give_up_at)
    decided = verdict(failure, tried, now(), jitter())
    log.warning(
        "reaction failed",
        extra={
            "delivery": delivery_id,
            "handler": claimed.handler,
            "attempt": number,
            "failure": decided.failure.value,
            "error": type(error).__name__,
            "code": getattr(failure, "code", None),
        },
    )
    give_up = time.monotonic() + CLAIM_PATIENCE_SECONDS
    while True:
        try:
            with transaction():
                _record(delivery_id, number, attempt, decided, failure, describe(error))
            return
        except (OperationalError, InterfaceError):
            session().rollback()
            if time.monotonic() > give_up:
                log.warning("failure not recorded; the row is due again", extra={"delivery": delivery_id})
                return
            time.sleep(0.2)


def _record(
    delivery_id: int, number: int, attempt: Attempt, decided: Verdict, failure: BaseException, error: str
) -> None:
    session().execute(
        FAIL,
        {
            "id": delivery_id,
            "n": number,
            "error": error,
            "failure": decided.failure.value,
            "send_at": decided.send_at,
            "dead_at": decided.dead_at,
            "spared": decided.spared,
            "waits_for": decided.waits_for,
            "give_up_at": decided.give_up_at,
            "person_id": attempt.person_id,
        },
    )
    away = failure.destination if isinstance(failure, Later) else None
    if away and isinstance(failure, NotCalled):
        circuits.came(away, now())
    elif away and isinstance(failure, Later):
        circuits.failed(failure, delivery_id, now(), jitter())
    circuits.close((attempt.probing & attempt.answered) - {away})
