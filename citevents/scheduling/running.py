"""What every command of the engine does: start its clock with the process, end by deadline or signal."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, Protocol

import click

from citevents.scheduling.solver.errors import BadProblem

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
SECONDS = click.option("--seconds", type=click.FloatRange(min=1), default=60.0, show_default=True)
WORKERS = click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
SEED = click.option("--seed", type=int, default=1, show_default=True)


def process_age() -> float:
    """Seconds since this process began; what it has computed for where the system does not tell."""
    try:
        ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError):
        return time.process_time()


STARTED = time.monotonic() - process_age()
"""When this process began: what is measured is what a person waits, imports included."""
ENDING = 0.01  # of the time, kept for writing and leaving
LEAVING = 0.7  # seconds that the interpreter takes to go, on a machine of our own


def refuse(error: BadProblem) -> NoReturn:
    """Bad input: one sentence, exit 2."""
    click.echo(f"{error.where}: {error.reason}", err=True)
    raise SystemExit(2)


class Stands(Protocol):
    """Where a search stands: of an agenda problem or of a workbook."""

    @property
    def best(self) -> int | None: ...
    @property
    def bound(self) -> int | None: ...
    @property
    def gap(self) -> float | None: ...


def show_progress(progress: Stands) -> None:
    best, bound = ("-" if number is None else str(number) for number in (progress.best, progress.bound))
    gap = "" if progress.gap is None else f"  gap {100 * progress.gap:.2f} %"
    click.echo(f"{time.monotonic() - STARTED:7.2f} s  best {best}  bound {bound}{gap}")


def left(seconds: float) -> float:
    """What remains of the wall time that was asked for: starting and loading are part of it.

    Kept back is what ending takes: longer where others use the machine, as can be seen from our own beginning.
    """
    so_far = time.monotonic() - STARTED
    slowness = max(1.0, so_far / max(0.1, time.process_time()))
    return max(0.5, seconds * (1 - ENDING) - min(LEAVING * slowness, 0.08 * seconds) - so_far)


@contextmanager
def until_signalled() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM end the search as its deadline does: the best so far is checked, written and reported."""
    asked = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def show_seconds() -> None:
    """What a person has waited, from the start of the process."""
    click.echo(f"seconds {time.monotonic() - STARTED:.2f}")
