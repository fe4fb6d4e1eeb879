"""Real engines and real processes in a folder of their own, to be killed at will."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psycopg
import redis

from citevents.engines.postgres import Postgres
from citevents.engines.valkey import Valkey
from tests.faults.nursery import Child, Nursery
from tests.patience import PATIENCE_SECONDS


class EngineRoom:
    """PostgreSQL and Valkey (durable), and children started by name with their environment."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "pg", durable=durable)
        self.valkey = Valkey(folder / "valkey")
        self.env: dict[str, str] = {}
        self.children: dict[str, tuple[list[str], Child]] = {}
        self._nursery: Nursery | None = None

    def __enter__(self) -> Self:
        self.postgres.start()
        self.valkey.start()
        self.env = {
            **os.environ,
            "DATABASE_URL": self.postgres.create_database("citevents"),
            "REDIS_URL": self.valkey.url,
            "CITEVENTS_SECRET": "fault-secret",
            "CITEVENTS_DATA": str(self.folder),
            "PYTHONUNBUFFERED": "1",
        }
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.children):
            self.stop(name)
        if self._nursery:
            self._nursery.close()
        self.valkey.stop()
        self.postgres.stop()

    @property
    def nursery(self) -> Nursery:
        if not self._nursery:
            self._nursery = Nursery()
        return self._nursery

    def run(self, module: str, *arguments: str) -> str:
        """`python -m` to its end; its output. Raises with the output when it fails."""
        log = self.folder / f"{secrets.token_hex(4)}.log"
        status = self.nursery.start([module, *arguments], log=log, env=self.env).wait()
        said = log.read_text()
        assert status == 0, said[-6000:]
        return said

    def start(self, name: str, module: str, *arguments: str) -> None:
        """`python -m` as a child; its output goes to `<name>.log`."""
        run = [module, *arguments]
        self.children[name] = (
            run,
            self.nursery.start(run, log=self.folder / f"{name}.log", env=self.env),
        )

    def again(self, name: str) -> None:
        """Start a child that was killed."""
        self.start(name, *self.children[name][0])

    def kill(self, name: str) -> None:
        """kill -9, its whole group."""
        self.children[name][1].kill()

    def stop(self, name: str) -> None:
        self.children.pop(name)[1].stop()

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self.children[name][1].pid, number)

    def died(self, name: str) -> bool:
        return self.children[name][1].poll() is not None

    def revive(self) -> list[str]:
        """Start again whatever died (what the supervisor does); which."""
        dead = [name for name in self.children if self.died(name)]
        for name in dead:
            self.again(name)
        return dead

    def kill_postgres(self) -> None:
        os.kill(self.postgres.pid, signal.SIGKILL)
        wait_for(lambda: self.postgres.poll() is not None)
        self.postgres.start()

    def kill_valkey(self) -> None:
        os.kill(self.valkey.pid, signal.SIGKILL)
        wait_for(lambda: self.valkey.poll() is not None)
        self.valkey.start()

    def queue(self) -> redis.Redis:
        return redis.Redis.from_url(self.valkey.url)

    def sql(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run SQL on a connection of its own; the rows, if any."""
        with psycopg.connect(self.env["DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as connection:
            cursor = connection.execute(text, values)
            return cursor.fetchall() if cursor.description else []


def wait_for(true: Callable[[], object], seconds: float = PATIENCE_SECONDS, every: float = 0.05) -> float:
    """Wait until `true()`; how long it took. AssertionError after `seconds`."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if true():
            return time.monotonic() - began
        time.sleep(every)
    raise AssertionError(f"did not come true within {seconds} s")


def crowding() -> float:
    """How many want each processor, at least 1: what takes a second on a quiet machine takes so many."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
