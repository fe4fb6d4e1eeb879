"""Everything that `./script/server` runs, on one disk that fills up: database, queue, outbox, the processor's books, all at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from citevents.engines.ports import free_port
from tests.attack.browser import Browser
from tests.disks.small import fill, small
from tests.engines.stack import ROOT, Stack
from tests.patience import eventually

pytestmark = pytest.mark.slow
REGISTER = "/c/cit-international/register"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with small(tmp_path / "data", 700) as folder:
        running = Stack(folder, free_port(1 << 16))
        try:
            running.wait_for("Up in", 240)
            yield running
        finally:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(90)


def order(stack: Stack, number: int) -> int:
    """Somebody registers for the first open ticket; the status of the answer."""
    browser = Browser(stack.address)
    page = browser.get(REGISTER)
    form = page.form("/register")
    values = form.values | {
        "name": [f"Guest {number}"],
        "mail": [f"full{number}@x.example"],
        "country": ["FI"],
        "terms": ["y"],
        "go": [""],
    }
    answer = browser.session.post(stack.address + REGISTER, data=values, timeout=60, allow_redirects=False)
    return answer.status_code


def check(stack: Stack) -> str:
    command = [sys.executable, "-m", "flask", "--app", "app", "check", "--wait", "90"]
    done = subprocess.run(command, cwd=ROOT, env=_env(stack), capture_output=True, text=True, timeout=300)
    return done.stdout + ("" if done.returncode == 0 else done.stderr)


def _env(stack: Stack) -> dict[str, str]:
    return dict(os.environ) | {"CITEVENTS_DATA": str(stack.data)}


def test_pages_are_read_while_nothing_can_be_written_and_all_is_whole_after_it(stack: Stack) -> None:
    assert order(stack, 0) == 303
    filler = fill(stack.data)
    try:
        statuses = [order(stack, number) for number in range(1, 60)]
        assert set(statuses) <= {303, 503}, statuses
        health = stack.health()
        assert health["status"] == "degraded"
        assert {"data", "database", "queue", "outbox"} <= set(health["full"])  # type: ignore[call-overload]
        for path in ("/", "/c/cit-international", REGISTER, "/c/cit-international/agenda", "/sign-in"):
            assert requests.get(stack.address + path, timeout=30).status_code == 200, path
        time.sleep(60)  # relay, clock and workers go on trying
        assert requests.get(stack.address + "/c/cit-international", timeout=30).status_code == 200
        assert len(stack.named("gunicorn: worker")) == 2
        assert not any("SIGBUS" in line for line in stack.lines)
    finally:
        filler.unlink(missing_ok=True)
    assert eventually(lambda: stack.health().get("status") == "up"), stack.health()
    assert eventually(lambda: order(stack, 100) == 303)
    assert check(stack) == ""
