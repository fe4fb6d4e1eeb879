"""The web server as in production, one process, on a house with one of everything; what each request costs it in CPU seconds."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil
from flask import Flask

from citevents import create_app
from citevents.config import Settings
from citevents.core.db import Model, Organization, as_organization, db, session, transaction
from citevents.engines.ports import free_port
from citevents.engines.postgres import Postgres
from standins.mail import Outbox
from tests.conftest import Browser, carried_out
from tests.house.everything import Everything
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
#: The tests' own browsers and the server believe the same cookies.
SECRET = "cost-secret"
#: A port that cannot be: another one is chosen.
ANY = 1 << 16


@dataclass(frozen=True)
class Answer:
    """What came back, and the CPU seconds that the web process spent. Status 0: the connection ended without an answer."""

    status: int
    cpu: float
    head: bytes


class Server:
    """`gunicorn` with our settings and one worker, running `application`."""

    def __init__(self, application: str, env: dict[str, str]) -> None:
        self.port = free_port(ANY)
        command = [
            "gunicorn",
            "--config",
            "citevents/engines/gunicorn.py",
            "--timeout",
            str(round(PATIENCE_SECONDS)),
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command, application],
            cwd=ROOT,
            env=os.environ | env | {"CITEVENTS_PORT": str(self.port), "CITEVENTS_WEB": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.ask(
                    b"GET /health/web HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                ).status:
                    return self
            except (OSError, ValueError):
                time.sleep(0.1)
        self.__exit__()
        raise AssertionError("the web server does not answer")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def worker(self) -> psutil.Process:
        [only] = psutil.Process(self.process.pid).children()
        return only

    def ask(self, request: bytes) -> Answer:
        """One request as it stands, on a connection of its own."""
        worker = self.worker()
        before, answer = _spent(worker), bytearray()
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as wire:
            try:
                wire.sendall(request)
                while chunk := wire.recv(1 << 16):
                    answer += chunk
            except ConnectionError:  # refused before all of it was read
                pass
        words = bytes(answer[:20]).split()
        head = bytes(answer).partition(b"\r\n\r\n")[0]
        return Answer(int(words[1]) if len(words) > 1 else 0, _spent(worker) - before, head)


def _spent(process: psutil.Process) -> float:
    """CPU seconds of a process so far, its own and the kernel's for it; very many for one that was killed."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 1000.0
    return float(times.user + times.system)


@contextmanager
def house(postgres: Postgres, outbox: Outbox, folder: Path) -> Iterator[tuple[Flask, Everything]]:
    """One of everything, committed in a database of its own: (an application in this process, what is in it)."""
    settings = Settings(
        database_url=postgres.create_database("cost"),
        smtp_url=outbox.smtp_url,
        secret=SECRET,
        base_url="http://localhost",
        data=folder,
    )
    application = create_app(settings)
    application.testing = True
    application.test_client_class = Browser
    with application.app_context():
        Model.metadata.create_all(db.engine)
        with transaction() as current:
            made = Organization(name="CIT International (sample)", mail="hello@cit.example", sample=True)
            current.add(made)
            current.flush()
            number = made.id
        with as_organization(number):
            yield application, Everything(carried_out)
        session().close()
        db.engine.dispose()
    postgres.drop_database("cost")
