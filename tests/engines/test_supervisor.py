"""The supervisor as a person at a console meets it: a program that is started, signalled and killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.patience import PATIENCE_SECONDS, eventually

RIG = Path(__file__).with_name("rig.py")
ROOT = RIG.parents[2]


class Run:
    """A running rig: its lines as they come, its port, its processes."""

    def __init__(self, data: Path, port: int, *wanted: str) -> None:
        self.port = port
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, str(RIG), str(data), str(port), *wanted],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            # Whoever runs the tests in the background may have had it ignored, and the supervisor would keep to that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.family: list[psutil.Process] = []

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def said(self, text: str, times: int = 1) -> bool:
        """Wait until `text` was said so many times. Remembers the processes there were."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if sum(text in line for line in self.lines) >= times:
                if self.process.poll() is None:
                    self.family = psutil.Process(self.process.pid).children(recursive=True)
                return True
            time.sleep(0.02)
        return False

    def up(self) -> "Run":
        assert self.said("Up in"), self.lines
        return self

    def pid_of(self, name: str) -> int:
        """The process id that the child itself said last."""
        return int([line for line in self.lines if f"{name} is up as" in line][-1].split()[-1])

    def signal(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        status = self.process.wait(30)
        self._reader.join(30)
        return status

    def left(self, seconds: float = 12) -> list[psutil.Process]:
        """The processes of the run that are still there after waiting for their end."""
        _, alive = psutil.wait_procs(self.family, timeout=seconds)
        # One that nobody has waited for is dead all the same.
        return [
            process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        ]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Start a rig on this test's data folder and a free port."""
    runs: list[Run] = []

    def begin(*wanted: str, port: int | None = None) -> Run:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            number = port or free.getsockname()[1]
        runs.append(Run(tmp_path / "data", number, *wanted))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.signal(signal.SIGTERM)
        run.ended()
        assert run.process.stdout
        run.process.stdout.close()


@pytest.mark.parametrize("way", [(), ("apart",)], ids=["forked", "as on a Mac"])
def test_it_starts_shows_where_to_look_and_stops_in_order(
    start: Callable[..., Run], way: tuple[str, ...]
) -> None:
    run = start("engines", *way).up()
    assert "links     | sign in here" in run.lines
    assert f"citevents | citevents:       http://127.0.0.1:{run.port}" in run.lines
    with urllib.request.urlopen(f"http://127.0.0.1:{run.port}/health") as answer:
        assert answer.status == 200

    assert run.signal(signal.SIGINT) == 0
    assert run.lines[-4:] == [
        "citevents | Stopping",
        "worker    | worker ends",
        "relay     | relay ends",
        "citevents | Stopped",
    ]
    assert run.left(0) == []


def test_a_second_start_finds_everything_in_place(start: Callable[..., Run], tmp_path: Path) -> None:
    """A cluster that is made anew takes the place of the other: another folder of the same name."""
    cluster = tmp_path / "data/postgres/data"
    assert start("engines").up().signal(signal.SIGTERM) == 0
    made = cluster.stat().st_ino
    assert start("engines").up().signal(signal.SIGTERM) == 0
    assert cluster.stat().st_ino == made


@pytest.mark.parametrize("way", [(), ("apart",)], ids=["forked", "as on a Mac"])
def test_a_child_that_dies_is_started_again_and_said_so(
    start: Callable[..., Run], way: tuple[str, ...]
) -> None:
    run = start(*way).up()
    first = run.pid_of("worker")
    os.kill(first, signal.SIGKILL)
    assert run.said("worker was ended by SIGKILL; starting it again in 0.5 s")
    assert run.said("worker is up as", times=2)
    assert run.pid_of("worker") != first

    os.kill(run.pid_of("worker"), signal.SIGKILL)
    assert run.said("worker was ended by SIGKILL; starting it again in 1 s")


def test_an_engine_that_dies_is_started_again_in_its_place(start: Callable[..., Run], tmp_path: Path) -> None:
    run = start("engines").up()
    postmaster = int((tmp_path / "data/postgres/data/postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    assert run.said("PostgreSQL was ended by SIGKILL; starting it again in 0.5 s")

    pid_file = tmp_path / "data/postgres/data/postmaster.pid"

    def another_is_ready() -> bool:
        words = pid_file.read_text().split() if pid_file.exists() else [""]
        return words[0] != str(postmaster) and words[-1] == "ready"

    assert eventually(another_is_ready)
    run.said("Up in")
    assert run.signal(signal.SIGTERM) == 0
    assert run.left(0) == []


@pytest.mark.parametrize("way", [(), ("apart",)], ids=["forked", "as on a Mac"])
def test_nothing_outlives_a_killed_supervisor_and_the_next_start_works(
    start: Callable[..., Run], way: tuple[str, ...]
) -> None:
    run = start("engines", *way).up()
    assert len(run.family) > 5
    run.signal(signal.SIGKILL)
    again = start("engines", port=run.port).up()
    assert run.left() == []
    assert again.signal(signal.SIGTERM) == 0


def test_a_taken_port_is_said_before_anything_starts(start: Callable[..., Run], tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start("engines", port=port)
        assert run.ended() == 1
    assert len(run.lines) == 1
    assert run.lines[0].startswith(
        f"citevents | Port {port} is taken by another program. Stop that one, or choose"
    )
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_second_supervisor_on_the_same_folder_is_refused(start: Callable[..., Run]) -> None:
    first = start().up()
    second = start()
    assert second.ended() == 1
    assert len(second.lines) == 1
    assert "is in use by another running citevents" in second.lines[0]
    assert first.process.poll() is None


def test_a_step_that_fails_stops_the_start_and_shows_why(start: Callable[..., Run]) -> None:
    run = start("fail")
    assert run.ended() == 1
    assert run.lines == [
        "citevents | Bringing the database up to date",
        "migrate   | no such table",
        "citevents | Bringing the database up to date: migrate ended with status 3, see above",
    ]


def test_a_child_that_does_not_listen_is_made_to_end(start: Callable[..., Run]) -> None:
    run = start("deaf").up()
    assert run.signal(signal.SIGTERM) == 0
    assert "citevents | deaf did not stop in 0.3 s; killing it" in run.lines
    assert run.left(0) == []
