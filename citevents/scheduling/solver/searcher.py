"""The process of one search: `python -m citevents.scheduling.solver.searcher`, job on stdin, reports on stdout."""

import os
import pickle
import signal
import sys
import threading
from importlib import import_module

from citevents.scheduling.solver.portfolio import GRACE, Bound, Found, Line


def main() -> None:
    # Ctrl-C reaches the whole group; whoever started us hangs up when it is meant for us too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source = sys.stdin.buffer
    try:
        deadline, job = pickle.load(source)  # noqa: S301 written by the process that started us
    except EOFError:  # given up before it began
        return
    # Whatever a library prints must not mix with the reports.
    reports = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    hung_up = threading.Event()

    def listen() -> None:
        try:
            while True:
                found = pickle.load(source)  # noqa: S301
                if line.best is None or found.objective < line.best:
                    line.found = found
        except (EOFError, OSError, pickle.UnpicklingError):
            hung_up.set()

    def send(report: Found | Bound) -> None:
        try:
            pickle.dump(report, reports)
            reports.flush()
        except OSError:  # nobody listens any more
            os._exit(0)

    line = Line(deadline - GRACE, send, hung_up.is_set)
    threading.Thread(target=listen, daemon=True).start()
    module, _, function = job.search.partition(":")
    getattr(import_module(module), function)(job.problem, line, **job.options)
    reports.close()
    os._exit(0)  # the listening thread would hold up an ordinary end


if __name__ == "__main__":
    main()
