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

QUEUES = ("default", "slow")
#: Milliseconds one attempt may take; solvers and mailings run in the slow queue.
LIMITS = {"default": 60_000, "slow": 900_000}
#: TimeLimit raises inside Python; code stuck in C is ended by the watchdog this much later.
GRACE_SECONDS = 5.0


#: An idle consumer looks into its queue again after half to the whole of this many milliseconds. A thread without work
#: is woken by what the consumer finds and needs no look of its own.
LOOK_AGAIN, THREAD_LOOKS = 40, 1000


class Broker(RedisBroker):
    """Looks often where messages come, and seldom where none ever do: nothing is delayed here (`.DQ`)."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = THREAD_LOOKS) -> Any:
        delayed = queue_name.endswith(".DQ")
        return super().consume(queue_name, prefetch, THREAD_LOOKS if delayed else LOOK_AGAIN)


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
            TimeLimit(time_limit=LIMITS["default"], interval=500),
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
