"""The real stack, as `./script/server` runs it: two web and two worker processes side by side."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from citevents.engines.ports import free_port
from tests.engines.stack import ROOT, Stack
from tests.patience import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack, up, with the demo world."""
    running = Stack(tmp_path_factory.mktemp("stack") / "data", free_port(8000))
    try:
        running.wait_for("Up in")
        yield running
    finally:
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(60)
    assert running.lines[-1] == "citevents | Stopped"
    assert not (running.data / "environment").exists()


def test_it_greets_with_links_that_sign_in(stack: Stack) -> None:
    links = [found for line in stack.lines for found in re.findall(rf"{stack.address}/sign-in/\S+", line)]
    assert len(links) >= 4


def test_two_web_and_two_workers_work_side_by_side(stack: Stack) -> None:
    assert len(stack.named("gunicorn: worker")) == 2
    assert len(stack.named("workers.process money waiting")) == 2
    assert stack.health()["status"] == "up"


def test_commands_beside_it_meet_the_running_product(stack: Stack) -> None:
    """With nothing but the folder: the database, the base address of links, the secret that signs them."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "flask", "--app", "app", "people", "link", "organizer@sample.example"]
    said = subprocess.run(
        command, cwd=ROOT, env=bare | {"CITEVENTS_DATA": str(stack.data)}, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    link = re.search(rf"{stack.address}/sign-in/\S+", said.stdout)
    assert link
    with urllib.request.urlopen(link[0], timeout=10) as page:
        assert page.status == 200
    assert (stack.data / "environment").stat().st_mode & 0o777 == 0o600


def test_either_of_two_can_be_killed_and_is_replaced(stack: Stack) -> None:
    for name in ("gunicorn: worker", "workers.process money waiting", "workers.relay"):
        before = stack.named(name)
        before[0].kill()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            now = stack.named(name)
            if len(now) == len(before) and before[0] not in now and stack.health().get("status") == "up":
                break
            time.sleep(0.1)
        assert len(stack.named(name)) == len(before)
        assert stack.health()["status"] == "up"


def test_it_needs_less_than_half_a_gigabyte(stack: Stack) -> None:
    """What is shared counts once, where the system can tell."""
    family = [psutil.Process(stack.process.pid), *psutil.Process(stack.process.pid).children(recursive=True)]
    memory = [process.memory_full_info() for process in family]
    assert sum(getattr(each, "pss", each.uss) for each in memory) < 500_000_000
