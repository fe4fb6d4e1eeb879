"""One Playwright for the whole test session: a second one cannot start while the first is open in the same thread."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from playwright.sync_api import sync_playwright as start_playwright

from tests.patience import PATIENCE_SECONDS

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


class Window:
    """A browser whose pages wait as long as all tests do: what does not come on a busy machine in 30 s may come yet."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def new_context(self, **options: Any) -> BrowserContext:
        made = self._browser.new_context(**options)
        made.set_default_timeout(PATIENCE_SECONDS * 1000)
        return made

    def new_page(self, **options: Any) -> Page:
        """A page in a context of its own, which closes with it."""
        made = self._browser.new_page(**options)
        made.set_default_timeout(PATIENCE_SECONDS * 1000)
        return made


@contextmanager
def chromium() -> Iterator[Window]:
    """A browser without a window of its own: the system's, or Playwright's where that is not installed."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield Window(started)
        started.close()
