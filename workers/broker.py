"""Dramatiq on the Redis protocol: it carries (delivery id, n) and decides nothing."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware, ShutdownNotifications, TimeLimit
from flask import Flask

from workers import handles
from workers.handles import QUEUES

#: Milliseconds one attempt may take.
LIMITS = {"money": 60_000, "waiting": 60_000, "bulk": 60_000, "runs": 900_000}
#: Threads of each queue in a process that serves it. At most so many of a process talk to the mail server at once.
THREADS = {"money": 4, "waiting": 4, "bulk": 4, "runs": 2}
#: TimeLimit raises inside Python; code stuck in C is ended by the watchdog this much later.
GRACE_SECONDS = 5.0


#: An idle consumer looks into its queue again after half to the whole of this many milliseconds. A thread without work
#: is woken by what the consumer finds and needs no look of its own.
LOOK_AGAIN, THREAD_LOOKS = {"money": 40, "waiting": 40, "bulk": 200, "runs": 200}, 1000


class Broker(RedisBroker):
    """Looks often where messages come, and seldom where none ever do: nothing is delayed here (`.DQ`)."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = THREAD_LOOKS) -> Any:
        return super().consume(queue_name, prefetch, LOOK_AGAIN.get(queue_name, THREAD_LOOKS))


class Watchdog(Middleware):
    """Leaves the process when an attempt overstays its limit: its locks go with it, the relay sends the row again."""

    def __init__(self) -> None:
        self._deadlines: dict[int, float] = {}

    def after_worker_boot(self, broker: Any, worker: Any) -> None:
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def before_process_message(self, broker: Any, message: Any) -> None:
        self._deadlines[threading.get_ident()] = (
            time.monotonic() + LIMITS[message.queue_name] / 1000 + GRACE_SECONDS
        )

    def after_process_message(
        self, broker: Any, message: Any, *, result: Any = None, exception: Any = None
    ) -> None:
        self._deadlines.pop(threading.get_ident(), None)

    after_skip_message = after_process_message

    def _watch(self) -> None:
        while True:
            time.sleep(1)
            if any(deadline < time.monotonic() for deadline in list(self._deadlines.values())):
                os._exit(70)


def make_broker(redis_url: str) -> RedisBroker:
    """A broker with our middleware only: no Retries, no AgeLimit, no Callbacks."""
    return Broker(  # type: ignore[no-untyped-call]
        url=redis_url,
        middleware=[
            TimeLimit(time_limit=min(LIMITS.values()), interval=500),
            ShutdownNotifications(),
            Watchdog(),
        ],
        heartbeat_timeout=5000,
        maintenance_chance=1_000_000,
    )


def make_actors(broker: RedisBroker, app: Flask | None) -> dict[str, Any]:
    """One actor per queue. Without `app` (the relay) they only name the queue to send to."""

    def deliver(delivery_id: int, n: int) -> None:
        assert app is not None, "the relay sends; it does not work"
        with app.app_context():
            handles.run(delivery_id, n)

    return {
        queue: dramatiq.actor(
            actor_name=f"deliver_{queue}", queue_name=queue, broker=broker, time_limit=LIMITS[queue]
        )(deliver)
        for queue in QUEUES
    }


def in_line(broker: RedisBroker) -> dict[str, int]:
    """How many messages of each queue no worker has fetched yet."""
    asked = broker.client.pipeline(transaction=False)
    for queue in QUEUES:
        asked.llen(f"{broker.namespace}:{queue}")
    return dict(zip(QUEUES, asked.execute(), strict=True))
