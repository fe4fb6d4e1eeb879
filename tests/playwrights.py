"""One Playwright for the whole test session: a second one cannot start while the first is open in the same thread."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Playwright
from playwright.sync_api import sync_playwright as start_playwright

_open: list[Playwright] = []


@contextmanager
def sync_playwright() -> Iterator[Playwright]:
    """Like Playwright's own, but shared: it is stopped when the tests are over."""
    if not _open:
        _open.append(start_playwright().start())
        atexit.register(_open[0].stop)
    yield _open[0]
