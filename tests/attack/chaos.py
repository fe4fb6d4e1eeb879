"""What is broken, and when: chosen by the seed from what may happen to processes, engines, Stripe, mail and time."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import psycopg

from tests.attack.house import House
from tests.attack.killable import POINTS

PROCESSES = ("web", "worker-1", "worker-2", "bulk", "runs", "relay", "relay", "stripe", "mail")
Fault = tuple[str, str, dict[str, Any]]
STRIPE: tuple[Fault, ...] = (
    ("webhook", "duplicate", {"copies": 5}),
    ("webhook", "reorder", {"gap": 0.5}),
    ("webhook", "drop", {}),
    ("webhook", "late", {"seconds": 3.0}),
    ("webhook", "delay", {"seconds": 2.0}),
    ("webhook", "wrong_mode", {}),
    ("webhook", "forged", {}),
    ("webhook", "stale", {}),
    ("api", "error", {"status": 500}),
    ("api", "error", {"status": 429}),
    ("api", "error_after", {"status": 500}),
    ("api", "drop", {}),
    ("api", "drop_after", {}),
    ("api", "delay", {"seconds": 3.0}),
)
MAIL: tuple[Fault, ...] = (
    ("connect", "refuse", {}),
    ("connect", "drop", {}),
    ("connect", "delay", {"seconds": 2.0}),
    ("mail", "refuse", {}),
    ("rcpt", "refuse", {}),
    ("data", "refuse", {}),
    ("data", "drop", {}),
    ("data", "delay", {"seconds": 1.0}),
)


class Chaos:
    """Breaks things until told to stop; `done` says what, in order."""

    def __init__(self, house: House, rng: Random) -> None:
        self.house, self.rng = house, rng
        self.done: list[str] = []
        self.background: list[threading.Thread] = []

    def run(self, going: Callable[[], bool]) -> None:
        """Break something every second or two; bring back what died in between, as the supervisor does."""
        due = time.monotonic() + 1
        while going():
            self.house.revive()
            if time.monotonic() >= due:
                due = time.monotonic() + self.rng.uniform(0.7, 2.5)
                self.strike()
            time.sleep(0.2)
        for thread in self.background:
            thread.join()
        for bullet in self.house.bullets.iterdir():
            if ".hit." not in bullet.name:
                bullet.unlink(missing_ok=True)

    def strike(self) -> None:
        self.rng.choices(
            (
                self.bullet,
                self.kill,
                self.engine,
                self.misbehaving_stripe,
                self.misbehaving_mail,
                self.jump,
                self.stop,
            ),
            (10, 4, 3, 5, 3, 1, 1),
        )[0]()

    def bullet(self) -> None:
        """Somebody will die at a named point."""
        point = self.rng.choice(list(POINTS))
        (self.house.bullets / point).write_text(str(self.rng.randint(1, POINTS[point])))

    def kill(self) -> None:
        """kill -9 of a process, or of one web worker."""
        if self.rng.random() < 0.3:
            for pid in self.house.web_workers()[:1]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.done.append("a web worker")
            return
        name = self.rng.choice(PROCESSES)
        if name in self.house.children and not self.house.died(name):
            self.house.kill(name)
            self.done.append(name)

    def engine(self) -> None:
        """Take the database or the queue away, for a moment or for its memory."""
        act = self.rng.choice((self._postgres, self._backends, self._valkey, self._flush, self._valkey_away))
        act()
        self.done.append(act.__name__.strip("_"))

    def _postgres(self) -> None:
        self.house.kill_postgres()

    def _backends(self) -> None:
        with suppress(psycopg.Error):
            self.house.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'citevents' AND pid <> pg_backend_pid()"
            )

    def _valkey(self) -> None:
        self.house.kill_valkey()

    def _flush(self) -> None:
        with suppress(OSError, ConnectionError):
            self.house.queue().flushall()

    def _valkey_away(self) -> None:
        self.house.valkey.stop()
        time.sleep(self.rng.uniform(1, 3))
        self.house.valkey.start()

    def misbehaving_stripe(self) -> None:
        place, kind, settings = self.rng.choice(STRIPE)
        self.house.misbehave("stripe", place=place, kind=kind, times=self.rng.randint(1, 4), **settings)
        self.done.append(f"stripe:{kind}")

    def misbehaving_mail(self) -> None:
        place, kind, settings = self.rng.choice(MAIL)
        self.house.misbehave("mail", place=place, kind=kind, times=self.rng.randint(1, 3), **settings)
        self.done.append(f"mail:{kind}")

    def jump(self) -> None:
        """Holds run out while people are paying: the ticks are told a later time."""

        def later() -> None:
            with suppress(AssertionError):
                self.house.clock(datetime.now(UTC) + timedelta(minutes=61))

        thread = threading.Thread(target=later)
        thread.start()
        self.background.append(thread)
        self.done.append("61 minutes pass")

    def stop(self) -> None:
        """A worker freezes for longer than its heartbeat, then goes on as if nothing had happened."""
        name = self.rng.choice(("worker-1", "worker-2"))
        if self.house.died(name):
            return
        pid = self.house.children[name][1].pid
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)

        def awake() -> None:
            time.sleep(7)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

        thread = threading.Thread(target=awake)
        thread.start()
        self.background.append(thread)
        self.done.append(f"{name} frozen")
