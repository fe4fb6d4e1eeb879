"""One worker process: `python -m workers.process default --threads 8`. Stops cleanly on SIGTERM."""

from __future__ import annotations

import argparse
import os
import signal
import threading

from dramatiq import Worker

from workers.broker import QUEUES, THREAD_LOOKS, make_actors, make_broker


def main() -> None:
    """Take messages of the named queues until told to stop; running reactions are finished (at most 20 s)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("queues", nargs="+", choices=QUEUES)
    parser.add_argument("--threads", type=int, default=8)
    arguments = parser.parse_args()
    os.environ.setdefault("CITEVENTS_POOL", str(arguments.threads + 1))

    from citevents import configured_app

    app = configured_app(serves=True, queue=True)
    import workers.reactions  # noqa: F401

    broker = make_broker(app.config["SETTINGS"].redis_url)
    make_actors(broker, app)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker = Worker(
        broker, queues=set(arguments.queues), worker_threads=arguments.threads, worker_timeout=THREAD_LOOKS
    )
    worker.start()
    stop.wait()
    worker.stop(timeout=20_000)
    broker.close()


if __name__ == "__main__":
    main()
