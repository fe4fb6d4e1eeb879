"""The real stack, as `./script/server` runs it, in a process of its own."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]


class Stack:
    """`python -m citevents.engines` on a folder and a port of its own."""

    def __init__(self, data: Path, port: int) -> None:
        self.address = f"http://localhost:{port}"
        self.data = data
        self.lines: list[str] = []
        ours = {
            "CITEVENTS_DATA": str(data),
            "CITEVENTS_PORT": str(port),
            "CITEVENTS_WEB": "2",
            "CITEVENTS_WORKERS": "2",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "citevents.engines"],
            cwd=ROOT,
            env=os.environ | ours,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(line.rstrip("\n") for line in self.process.stdout)

    def wait_for(self, words: str, seconds: float = PATIENCE_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            if any(words in line for line in self.lines):
                return
            time.sleep(0.05)
        raise AssertionError("\n".join(self.lines))

    def named(self, words: str) -> list[psutil.Process]:
        """Its processes whose title has these words."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                found += [process] if words in " ".join(process.cmdline()) else []
        return found

    def health(self) -> dict[str, object]:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as refused:
            return dict(json.load(refused))
        except OSError:
            return {}
