"""One Playwright for the whole test session: a second one cannot start while the first is open in the same thread."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright
from playwright.sync_api import sync_playwright as start_playwright

#: Nothing that calls home, and no sandbox: containers have none to give.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_open: list[Playwright] = []


@contextmanager
def sync_playwright() -> Iterator[Playwright]:
    """Like Playwright's own, but shared: it is stopped when the tests are over."""
    if not _open:
        _open.append(start_playwright().start())
        atexit.register(_open[0].stop)
    yield _open[0]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window: the system's, or Playwright's own where that is not installed."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield started
        started.close()
