"""The end of a stand-in's process: it serves until SIGINT or SIGTERM, then leaves cleanly."""

import signal
import threading


def wait_for_the_end() -> None:
    """Returns when the process is asked to stop."""
    asked = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: asked.set())
    asked.wait()
