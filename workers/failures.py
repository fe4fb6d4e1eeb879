"""What becomes of an attempt that failed: its class decides. Broken is ours, and ends after five; later waits; never ends."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta

from dramatiq.middleware import TimeLimitExceeded
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from citevents.core.circuits import Attempt
from citevents.core.errors import Later, Never
from citevents.core.events import MAX_ATTEMPTS, Failure

#: Seconds until the next try after broken attempt 1, 2, ...; after the last, a crash is given up soon.
BACKOFF = (2, 10, 60, 300, 2)
#: What PostgreSQL says when it is away, full, or others hold what we need; all of it passes without us.
PASSING = ("08", "53", "57P", "55P03", "40")


class DatabaseAway(Later):
    """It does not answer, is full, or others hold what we need. `code` is its SQLSTATE, or "away"."""

    pauses = (2, 5, 10, 30, 60, 300)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """How the delivery stands while this attempt, its `number`th, runs; `spared` of those before do not count."""

    number: int
    spared: int
    give_up_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the delivery becomes. Exactly one of `send_at` and `dead_at` is set."""

    failure: Failure
    send_at: datetime | None
    dead_at: datetime | None
    spared: int
    waits_for: str | None = None
    give_up_at: datetime | None = None


def backoff(number: int, jitter: float) -> timedelta:
    """After broken attempt `number` (from 1); `jitter` about 1 parts neighbours of a poison."""
    return timedelta(seconds=BACKOFF[min(number, len(BACKOFF)) - 1] * jitter)


def verdict(error: Later | Never | BaseException, tried: Tried, at: datetime, jitter: float) -> Verdict:
    """Pure: the class of the failure, how often it was tried, and what time it is."""
    if isinstance(error, Never):
        return Verdict(failure=Failure.NEVER, send_at=None, dead_at=at, spared=tried.spared)
    if isinstance(error, Later):
        return _later(error, tried, at, jitter)
    counted = tried.number - tried.spared
    last = counted >= MAX_ATTEMPTS
    return Verdict(
        failure=Failure.BROKEN,
        send_at=None if last else at + backoff(counted, jitter),
        dead_at=at if last else None,
        spared=tried.spared,
    )


def _later(error: Later, tried: Tried, at: datetime, jitter: float) -> Verdict:
    give_up_at = tried.give_up_at or at + error.patience
    spared = tried.spared + 1
    if at >= give_up_at:
        return Verdict(failure=Failure.LATER, send_at=None, dead_at=at, spared=spared, give_up_at=give_up_at)
    # Behind a circuit, `send_at` says only who has waited longest since its last turn as a probe.
    pause = 0.0 if error.destination else error.pauses[min(spared, len(error.pauses)) - 1] * jitter
    return Verdict(
        failure=Failure.LATER,
        send_at=at + timedelta(seconds=pause),
        dead_at=None,
        spared=spared,
        waits_for=error.destination,
        give_up_at=give_up_at,
    )


def classified(error: BaseException, attempt: Attempt) -> BaseException:
    """The same failure, as `Later` where the database was away or somebody outside took all the time there was."""
    if isinstance(error, TimeLimitExceeded) and attempt.calling:
        return Later("too_slow", destination=attempt.calling)
    if isinstance(error, NoConnectionFree):
        return DatabaseAway("no_connection_free")
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        nobody_there = isinstance(error, OperationalError) and not state
        if nobody_there or error.connection_invalidated or state.startswith(PASSING):
            return DatabaseAway(state or "away")
    return error


def describe(error: BaseException) -> str:
    """What the desk shows of a failure: kind, code and place; no message, which may quote a person."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " > ".join(f"{frame.name}:{frame.lineno}" for frame in frames[-3:])
    code = getattr(error, "code", None) or getattr(error, "smtp_code", None)
    return f"{type(error).__name__}{f' {code}' if isinstance(code, int | str) else ''} at {where}"
