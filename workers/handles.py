"""Reactions: `@handles(Event)` declares one, `run` carries out one delivery of it.

A reaction is a function of (fact, key). It is claimed first (counted and committed before the work, valid only while
`attempts = n`), then in one transaction: stamp, read, call outside, write. Twice must equal once; `key` is the idempotency
key for calls outside. The delivery row alone owns attempts, back-off and death; see EventRow, Delivery in core/events.
"""

from __future__ import annotations

import logging
import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from citevents.core import events
from citevents.core.db import as_organization, at_once, session, transaction

log = logging.getLogger("citevents.reactions")

E = TypeVar("E")
Reaction = Callable[[Any, str], None]

#: Seconds until the next try after attempt 1, 2, ...; after the last, a crash is buried soon.
BACKOFF = (2, 10, 60, 300, 2)
#: How long a claim waits for a database that is away, message in hand.
CLAIM_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Handler:
    name: str
    event: type
    react: Reaction
    queue: str


_handlers: dict[str, Handler] = {}


def handles(
    event: type[E], *, queue: str = "default", name: str | None = None
) -> Callable[[Callable[[E, str], None]], Callable[[E, str], None]]:
    """Declare a reaction. A renamed function keeps its old `name`: rows that wait carry it."""

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
    """UPDATE delivery d SET attempts = attempts + 1,
              send_at = clock_timestamp() + make_interval(secs => CAST(:backoff AS double precision))
       FROM event e
       WHERE d.id = :id AND d.attempts = :n AND d.send_at IS NOT NULL AND d.attempts < :most AND e.id = d.event_id
       RETURNING e.id, e.organization_id, e.name, e.payload, d.handler"""
)
STAMP = sa.text(
    """UPDATE delivery SET handled_at = clock_timestamp(), send_at = NULL, error = NULL
       WHERE id = :id AND attempts = :n AND send_at IS NOT NULL"""
)
FAIL = sa.text(
    """UPDATE delivery SET error = :error,
              send_at = CASE WHEN attempts < :most
                        THEN clock_timestamp() + make_interval(secs => CAST(:backoff AS double precision)) END,
              dead_at = CASE WHEN attempts < :most THEN NULL ELSE clock_timestamp() END
       WHERE id = :id AND attempts = :n AND send_at IS NOT NULL"""
)


def backoff(attempt: int) -> float:
    """Seconds after attempt `attempt` (from 1), with a quarter of jitter so that neighbours of a poison part ways."""
    return BACKOFF[min(attempt, len(BACKOFF)) - 1] * random.uniform(0.75, 1.25)


def run(delivery_id: int, n: int, *, strict: bool = False) -> bool:
    """Carry out attempt n+1 of a delivery; True if it was handled now.

    A repeat of a message (by broker, relay or a zombie) finds `attempts` moved on and does nothing. Errors are kept on the
    row and never raised, unless `strict` (tests).
    """
    claimed = _claim(delivery_id, n)
    if claimed is None:
        session().rollback()
        return False
    handler = _handlers[claimed.handler]
    try:
        with as_organization(claimed.organization_id), transaction() as current:
            if not current.execute(STAMP, {"id": delivery_id, "n": n + 1}).rowcount:  # type: ignore[attr-defined]
                return False
            handler.react(events.read(claimed.name, claimed.payload), f"{claimed.id}:{handler.name}")
        return True
    except Exception as error:
        if strict:
            raise
        _fail(delivery_id, n + 1, handler, error)
        return False


def _claim(delivery_id: int, n: int) -> Any:
    give_up = time.monotonic() + CLAIM_PATIENCE_SECONDS
    while True:
        try:
            with at_once() as current:
                return current.execute(
                    CLAIM,
                    {"id": delivery_id, "n": n, "most": events.MAX_ATTEMPTS, "backoff": backoff(n + 1)},
                ).first()
        except OperationalError:
            session().rollback()
            if time.monotonic() > give_up:
                log.warning("claim gave up", extra={"delivery": delivery_id})
                return None  # the row is still due: the relay sends it again
            time.sleep(0.2)


def _fail(delivery_id: int, attempt: int, handler: Handler, error: Exception) -> None:
    log.warning(
        "reaction failed",
        extra={
            "delivery": delivery_id,
            "handler": handler.name,
            "attempt": attempt,
            "error": type(error).__name__,
        },
    )
    try:
        with transaction() as current:
            current.execute(
                FAIL,
                {
                    "id": delivery_id,
                    "n": attempt,
                    "most": events.MAX_ATTEMPTS,
                    "backoff": backoff(attempt),
                    "error": describe(error),
                },
            )
    except OperationalError:
        log.warning("failure not recorded; the row is due again", extra={"delivery": delivery_id})


def describe(error: Exception) -> str:
    """What the desk shows of a failure: kind and place; no message, which may quote a person."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " > ".join(f"{frame.name}:{frame.lineno}" for frame in frames[-3:])
    code = getattr(error, "code", None) or getattr(error, "smtp_code", None)
    return f"{type(error).__name__}{f' {code}' if isinstance(code, int | str) else ''} at {where}"
