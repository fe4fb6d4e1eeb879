"""Several searches at once, each in a process of its own: deadline, stop, progress, and the best so far at any time.

A search is a function of its problem; it reports through `Line` and is asked to stop by it. Processes are plain
interpreters fed over pipes, so that a search can be started from any thread or queue worker, and ends when the
process that wanted it dies.
"""

import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GRACE = 0.25  # seconds that a search needs to hand in its last answer
BIRTH = 15.0  # seconds that the first answer of all is waited for where the time ended while the searches were starting


@dataclass(frozen=True)
class Job:
    """`search` names a function, "module:function", called as f(problem, line, **options) in the new process.

    A name and not the function, so that whoever starts searches need not load what they search with.
    """

    search: str
    problem: Any
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """An agenda with its objective, as the search counted it."""

    objective: int
    answer: Any


@dataclass(frozen=True)
class Bound:
    """No agenda of the stated problem costs less."""

    value: int


class Line:
    """What a search holds of the one who started it: when to end, whether to stop, and where to report."""

    def __init__(
        self,
        deadline: float,
        send: Callable[[Found | Bound], None],
        stopped: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.deadline, self.send, self.stopped, self.clock = deadline, send, stopped, clock
        self.found: Found | None = None  # the best that any of the searches has found

    @property
    def best(self) -> int | None:
        return None if self.found is None else self.found.objective

    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - self.clock()

    def goes_on(self) -> bool:
        return self.left() > 0 and not self.stopped()


def run(
    jobs: Sequence[Job],
    deadline: float,
    receive: Callable[[Found | Bound], bool],
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Run the jobs side by side until all are done, `receive` says enough, `stop` says so, or the deadline.

    `deadline` is on `clock`, which must be the machine's monotonic one when there is more than one job.
    """
    reports: queue.SimpleQueue[Found | Bound | None] = queue.SimpleQueue()
    searches = [begin(job, deadline, reports) for job in jobs]
    running = len(searches)
    heard = enough = False

    def hear(seconds: float) -> None:
        nonlocal running, heard, enough
        ended, news = latest(reports, seconds)
        running -= ended
        for report in news:
            heard, enough = heard or isinstance(report, Found), receive(report)
            if isinstance(report, Found):
                tell(searches, report)

    try:
        while running and not enough and not stop() and clock() < deadline:
            hear(0.05)
        until = clock() + BIRTH
        while running and not heard and clock() < until:  # a little late is better than nothing
            hear(0.02)
        hang_up(searches)
        until = clock() + GRACE
        while running and clock() < until:
            hear(0.02)
        # What a search reported before it died stands.
        if not heard and all(search.poll() not in (None, 0) for search in searches):
            raise RuntimeError("every search failed; what they said is on standard error")
    finally:
        end(searches)


def latest(
    reports: "queue.SimpleQueue[Found | Bound | None]", seconds: float
) -> tuple[int, list[Found | Bound]]:
    """How many searches have ended, and of all reports that wait the best agenda and the best bound.

    Whoever receives may be slower than the searches are; it must not end late for reports that are out of date.
    """
    ended, found, bound = 0, None, None
    try:
        report = reports.get(timeout=seconds)
        while True:
            if report is None:
                ended += 1
            elif isinstance(report, Bound):
                bound = report if bound is None or report.value > bound.value else bound
            elif found is None or report.objective < found.objective:
                found = report
            report = reports.get_nowait()
    except queue.Empty:
        return ended, [report for report in (found, bound) if report is not None]


def begin(
    job: Job, deadline: float, reports: "queue.SimpleQueue[Found | Bound | None]"
) -> "subprocess.Popen[bytes]":
    search = subprocess.Popen(
        [sys.executable, "-m", "citevents.scheduling.solver.searcher"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # The child must find what this process finds, wherever either was started.
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
    )

    def feed_and_listen() -> None:
        assert search.stdin and search.stdout
        try:
            pickle.dump((deadline, job), search.stdin)
            search.stdin.flush()
            while True:
                reports.put(pickle.load(search.stdout))  # noqa: S301 written by our own child
        except (EOFError, OSError, pickle.UnpicklingError, ValueError):
            reports.put(None)

    threading.Thread(target=feed_and_listen, daemon=True).start()
    return search


def tell(searches: Sequence["subprocess.Popen[bytes]"], found: Found) -> None:
    """Each search hears of what the others find."""
    for search in searches:
        assert search.stdin
        try:
            pickle.dump(found, search.stdin)
            search.stdin.flush()
        except (OSError, ValueError):  # it has ended already
            continue


def hang_up(searches: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ask for the end: a search that sees its input closed hands in what it has."""
    for search in searches:
        assert search.stdin
        try:
            search.stdin.close()
        except OSError:
            continue


def end(searches: Sequence["subprocess.Popen[bytes]"]) -> None:
    for search in searches:
        if search.poll() is None:
            search.kill()
        search.wait()
        assert search.stdin and search.stdout
        try:
            search.stdin.close()
        except OSError:
            continue
