"""Children of a test, started as the supervisor starts them: forked from one process that has imported the product.

A process that imports it anew needs two seconds of a processor; a test that kills many would mostly wait for that. The
tests' own process is not forked: it has threads, browsers and connections. `python -m tests.faults.nursery` reads a JSON
object a line and answers each with a number; its children end when it does, and it ends when its input does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from citevents import create_app
from citevents.config import Settings
from citevents.engines import preload
from citevents.engines.child_process import Leashed
from tests.patience import eventually

#: Not `app`: each child has an environment of its own.
PRODUCT = ("workers.reactions", "workers.process", "workers.relay", "flask.cli", "gunicorn.app.wsgiapp")
ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A process of a nursery, with the methods of `Leashed` that tests use."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.nursery, self.pid = nursery, pid

    def poll(self) -> int | None:
        """Its exit status, or None while it runs."""
        status: int | None = self.nursery.ask(poll=self.pid)
        return status

    def kill(self) -> None:
        """End its whole process group at once."""
        self.nursery.ask(kill=self.pid)

    def wait(self) -> int:
        """Its exit status, when it has ended."""
        assert eventually(lambda: self.poll() is not None)
        status = self.poll()
        assert status is not None
        return status

    def stop(self) -> None:
        """Ask it to end, and wait until it did."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
            self.wait()


class Nursery:
    """The process from which others are forked; ask it from any thread."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._turn = threading.Lock()

    def start(self, run: Sequence[str], *, log: Path, env: Mapping[str, str]) -> Child:
        """Run a module with its arguments as `python -m` would; what it says is added to `log`."""
        return Child(self, self.ask(start=list(run), log=str(log), env=dict(env)))

    def ask(self, **what: Any) -> Any:
        with self._turn:
            assert self._process.stdin and self._process.stdout
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """No child is left."""
        self._process.communicate()


def main() -> None:
    """Answer until the input ends."""
    children: dict[int, Leashed] = {}
    preload.preload(PRODUCT, {})
    create_app(Settings(secret="nursery"))  # it imports every slice
    for line in sys.stdin:
        asked = json.loads(line)
        answer: int | None
        if "start" in asked:
            with Path(asked["log"]).open("ab") as log:
                child = preload.start(
                    asked["start"], output=log.fileno(), env=asked["env"], cwd=ROOT, keep=()
                )
            children[child.pid], answer = child, child.pid
        elif "poll" in asked:
            answer = children[asked["poll"]].poll()
        else:
            children[asked["kill"]].kill()
            answer = 0
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
