"""Real engines and real processes in a folder of their own, to be killed at will."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psycopg
import redis

from citevents.engines.leash import Leashed
from citevents.engines.postgres import Postgres
from citevents.engines.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]


class EngineRoom:
    """PostgreSQL and Valkey (durable), and children started by name with their environment."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "pg", durable=durable)
        self.valkey = Valkey(folder / "valkey")
        self.env: dict[str, str] = {}
        self.children: dict[str, tuple[list[str], Leashed]] = {}

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
        self.valkey.stop()
        self.postgres.stop()

    def run(self, *argv: str) -> str:
        """A command to its end; its output. Raises with the output when it fails."""
        done = subprocess.run(
            [sys.executable, *argv], env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    def start(self, name: str, *argv: str) -> None:
        """Start a child; its output goes to `<name>.log`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = Leashed.program([sys.executable, *argv], output=log.fileno(), env=self.env, cwd=ROOT)
        self.children[name] = (list(argv), process)

    def again(self, name: str) -> None:
        """Start a child that was killed."""
        self.start(name, *self.children[name][0])

    def kill(self, name: str) -> None:
        """kill -9, its whole group."""
        self.children[name][1].kill()

    def stop(self, name: str) -> None:
        self.children.pop(name)[1].stop(10)

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
        wait_for(lambda: self.postgres.poll() is not None, 10)
        self.postgres.start()

    def kill_valkey(self) -> None:
        os.kill(self.valkey.pid, signal.SIGKILL)
        wait_for(lambda: self.valkey.poll() is not None, 10)
        self.valkey.start()

    def queue(self) -> redis.Redis:
        return redis.Redis.from_url(self.valkey.url)

    def sql(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run SQL on a connection of its own; the rows, if any."""
        with psycopg.connect(self.env["DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as connection:
            cursor = connection.execute(text, values)
            return cursor.fetchall() if cursor.description else []


def wait_for(true: Callable[[], object], seconds: float, every: float = 0.05) -> float:
    """Wait until `true()`; how long it took. AssertionError after `seconds`."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if true():
            return time.monotonic() - began
        time.sleep(every)
    raise AssertionError(f"did not come true within {seconds} s")
