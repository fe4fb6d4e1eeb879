"""A stand-in as a process: it says where it listens, serves until SIGINT or SIGTERM, then leaves cleanly."""

import json
import signal
import sys
import threading
from contextlib import AbstractContextManager
from typing import Any


def serve(service: AbstractContextManager[Any], **where: object) -> None:
    """Prints `where` as one line of JSON once the service listens; returns when asked to stop."""
    asked = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: asked.set())
    with service:
        sys.stdout.write(json.dumps(where) + "\n")
        sys.stdout.flush()
        asked.wait()
