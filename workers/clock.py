"""Time is an event source: ticks sweep rows that are due and emit facts. They run inside the relay's process.

A tick is a function of `now`, declared with `@every(seconds=...)` in workers/<slice>.py. It runs in a transaction of its own
under an advisory lock, so several clocks are safe. It serves every organization.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from citevents.core import audit, rate_limits
from citevents.core.clock import now
from citevents.core.db import transaction

log = logging.getLogger("citevents.clock")

Tick = Callable[[datetime], object]


@dataclass(frozen=True)
class Every:
    name: str
    seconds: float
    tick: Tick


_ticks: dict[str, Every] = {}


def every(*, seconds: float) -> Callable[[Tick], Tick]:
    """Declare a tick. It is told the time and must be harmless when run twice."""

    def declare(tick: Tick) -> Tick:
        name = f"{tick.__module__.rpartition('.')[2]}.{tick.__name__}"
        if name in _ticks:
            raise ValueError(f"tick {name} is declared twice")
        _ticks[name] = Every(name, seconds, tick)
        return tick

    return declare


def ticks() -> dict[str, Every]:
    """Every declared tick by name."""
    return dict(_ticks)


LOCK = sa.text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")
WAIT = sa.text("SELECT pg_advisory_xact_lock(hashtext(:name)) IS NOT NULL")


def run_tick(entry: Every, at: datetime, *, wait: bool = False) -> bool:
    """Run one tick in its transaction; False when another clock is running it, unless told to `wait` for that one."""
    with transaction() as current:
        if not current.scalar(WAIT if wait else LOCK, {"name": f"tick:{entry.name}"}):
            return False
        entry.tick(at)
    return True


def run_all(at: datetime) -> None:
    """Run every tick once as of `at`: `flask clock --at`, and the tests' way to let time pass."""
    for entry in list(_ticks.values()):
        run_tick(entry, at, wait=True)


@every(seconds=2)
def seal_audit(at: datetime) -> None:
    """Chain the newest entries of the audit trail."""
    audit.seal()


@every(seconds=3600)
def forget_tries(at: datetime) -> None:
    """Rate limits need no long memory."""
    from datetime import timedelta

    rate_limits.forget(at - timedelta(days=1))


class Clock:
    """Runs each tick when its time has come, until `stopping` is set."""

    def __init__(self, app: Flask, stopping: threading.Event) -> None:
        self.app = app
        self.stopping = stopping
        self.next: dict[str, float] = {}

    def run(self) -> None:
        while not self.stopping.wait(0.5):
            for entry in list(_ticks.values()):
                if self.next.get(entry.name, 0.0) > time.monotonic():
                    continue
                self.next[entry.name] = time.monotonic() + entry.seconds
                self._run(entry)

    def _run(self, entry: Every) -> None:
        try:
            with self.app.app_context():
                run_tick(entry, now())
        except DBAPIError as error:
            log.warning(
                "tick waits for the database", extra={"tick": entry.name, "error": type(error).__name__}
            )
        except Exception as error:
            log.error("tick failed", extra={"tick": entry.name, "error": type(error).__name__})
