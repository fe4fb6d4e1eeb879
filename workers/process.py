"""One worker process: `python -m workers.process money waiting`. Stops cleanly on SIGTERM."""

from __future__ import annotations

import argparse
import os
import signal
import threading

from dramatiq import Worker
from flask import Flask

from workers.broker import THREAD_LOOKS, THREADS, make_actors, make_broker


def main() -> None:
    """Take messages of the named queues until told to stop; running reactions are finished (at most 20 s).

    Each queue has threads of its own: what fills one keeps none of the others waiting.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("queues", nargs="+", choices=tuple(THREADS))
    parser.add_argument("--threads", type=int, help="of each queue, instead of its own number")
    arguments = parser.parse_args()
    threads = {queue: arguments.threads or THREADS[queue] for queue in dict.fromkeys(arguments.queues)}
    os.environ.setdefault("CITEVENTS_POOL", str(sum(threads.values()) + 1))

    from citevents import configured_app

    app = configured_app(serves=True, queue=True)
    import workers.reactions  # noqa: F401

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    made = [_worker(app, queue, n) for queue, n in threads.items()]
    for worker in made:
        worker.start()
    stop.wait()
    _stop(made)


def _worker(app: Flask, queue: str, threads: int) -> Worker:
    """With a broker of its own: Dramatiq lets no two workers share one."""
    broker = make_broker(app.config["SETTINGS"].redis_url)
    make_actors(broker, app)
    return Worker(broker, queues={queue}, worker_threads=threads, worker_timeout=THREAD_LOOKS)


def _stop(made: list[Worker]) -> None:
    """All at once: the patience is the whole process's."""

    def end(worker: Worker) -> None:
        worker.stop(timeout=20_000)
        worker.broker.close()

    stopping = [threading.Thread(target=end, args=(worker,)) for worker in made]
    for thread in stopping:
        thread.start()
    for thread in stopping:
        thread.join()


if __name__ == "__main__":
    main()
