"""How long a test waits for what must come: long enough that only what never comes fails, however busy the machine is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

PATIENCE_SECONDS = float(os.environ.get("CITEVENTS_TEST_PATIENCE", "300"))


def eventually(true: Callable[[], object], every: float = 0.05) -> bool:
    """Whether it came true, asked again and again; it returns as soon as it did."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(every)
    return True
