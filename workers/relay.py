"""The relay: events become deliveries, deliveries become messages. `python -m workers.relay` runs it with the clock.

Several relays are safe: rows are picked with FOR UPDATE SKIP LOCKED. It wakes by NOTIFY and sweeps anyway. A row that was
sent is due again after RESEND, or at once when the queue lost its memory (the epoch key is gone). The statements are in
workers/ledger.py.
"""

from __future__ import annotations

import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import psycopg
import redis
from flask import Flask
from sqlalchemy.exc import DBAPIError

from citevents.core import events
from citevents.core.clock import now
from citevents.core.db import transaction
from workers import clock, handles, ledger
from workers.broker import in_line, make_actors, make_broker
from workers.handles import Handler

log = logging.getLogger("citevents.relay")

SWEEP_SECONDS = 1.0
#: A line is filled again when half of it is gone; until then it is looked at this often.
FULL_SECONDS = 0.1
#: One lot of old events goes when there is nothing else to do, this often.
PRUNE_SECONDS = 600.0
#: So many messages are in line before a queue's workers, and no more: what comes later from somebody else is soon in turn.
ROOM = 100
#: Its number grows when messages of before mean nothing any more: then everything that waits is sent again.
EPOCH_KEY = "citevents:epoch:2"
#: Present while a relay works; /health looks for it.
RELAY_KEY = "citevents:relay"

Carry = Callable[[Handler, int, int], object]


def route() -> int:
    """Make the deliveries of up to 500 new events, due now; how many events were routed. Own transaction."""
    table = handles.handlers().values()
    with transaction() as current:
        done = current.execute(
            ledger.ROUTE,
            {
                "known": list(events.kinds()),
                "names": [events.name_of(handler.event) for handler in table],
                "handlers": [handler.name for handler in table],
                "queues": [handler.queue for handler in table],
                "at": now(),
            },
        )
        return int(done.rowcount)  # type: ignore[attr-defined]


def send(carry: Carry, rooms: Mapping[str, int] | None = None) -> int:
    """Give due deliveries to `carry(handler, delivery_id, n)`, in turns by organization; how many.

    Of each queue as many as it has room for (`ROOM` where `rooms` does not say); marked only if all were taken.
    """
    known = handles.handlers()
    room = dict.fromkeys(handles.QUEUES, ROOM) | dict(rooms or {})
    sent, at = 0, now()
    with transaction() as current:
        asked = [queue for queue in room if room[queue] > 0]
        for queue in current.scalars(ledger.DUE, {"queues": asked, "at": at}).all():
            names = [name for name, handler in known.items() if handler.queue == queue]
            values = {
                "queue": queue,
                "known": names,
                "room": room[queue],
                "most": events.MAX_ATTEMPTS,
                "at": at,
            }
            due = current.execute(ledger.SEND, values).all()
            for row in sorted(due, key=lambda row: row.turn):
                carry(known[row.handler], row.id, row.attempts)
            sent += len(due)
    return sent


def adopt(every: bool = False) -> int:
    """Give a queue to deliveries of an older relay, which have none; how many. Own transaction.

    With `every`, also to those whose reaction has moved to another queue since.
    """
    known = handles.handlers()
    with transaction() as current:
        done = current.execute(
            ledger.ADOPT,
            {
                "handlers": list(known),
                "queues": [handler.queue for handler in known.values()],
                "all": every,
            },
        )
        return int(done.rowcount)  # type: ignore[attr-defined]


def bury() -> int:
    """Give up what failed for the last time without a word. Own transaction."""
    with transaction() as current:
        done = current.execute(ledger.BURY, {"most": events.MAX_ATTEMPTS, "at": now()})
        return int(done.rowcount)  # type: ignore[attr-defined]


def mind_circuits(at: datetime) -> None:
    """End patience, let go what waits for somebody who is back, and choose who finds out. Own transaction."""
    with transaction() as current:
        current.execute(ledger.GIVE_UP, {"at": at})
        current.execute(ledger.RELEASE, {"at": at})
        current.execute(ledger.PROBE, {"at": at, "known": list(handles.handlers()), "lease": ledger.LEASE})


def prune(days: int = 90) -> int:
    """Delete up to 5,000 events older than `days` whose deliveries are all handled. Failed jobs stay."""
    with transaction() as current:
        return int(current.execute(ledger.PRUNE, {"days": days}).rowcount)  # type: ignore[attr-defined]


class Relay:
    """The loop: wait for a NOTIFY or a second, route, send, sweep."""

    def __init__(self, app: Flask) -> None:
        settings = app.config["SETTINGS"]
        self.app = app
        self.broker = make_broker(settings.redis_url)
        self.actors = make_actors(self.broker, None)
        self.dsn = settings.database_url.replace("postgresql+psycopg://", "postgresql://")
        self.listening: psycopg.Connection[Any] | None = None
        self.stopping = threading.Event()
        self.full = False

    def carry(self, handler: Handler, delivery_id: int, n: int) -> None:
        self.actors[handler.queue].send(delivery_id, n)

    def turn(self) -> int:
        """Route and send once; how much there was to do."""
        lines = in_line(self.broker)
        rooms = {queue: ROOM - n if n <= ROOM // 2 else 0 for queue, n in lines.items()}
        self.full = not all(rooms.values())
        return route() + send(self.carry, rooms)

    def sweep(self) -> None:
        """Give up what is over, mind who is away, and notice a queue that lost its memory."""
        bury()
        adopt()
        mind_circuits(now())
        self.broker.client.set(RELAY_KEY, "1", ex=15)
        if self.broker.client.set(EPOCH_KEY, secrets.token_hex(8), nx=True):
            with transaction() as current:
                again = current.execute(ledger.UNSEND, {"at": now()}).rowcount  # type: ignore[attr-defined]
            log.info("the queue is new; waiting deliveries are sent again", extra={"count": again})

    def wait(self) -> None:
        """Until something is emitted, a sweep is due, or there may be room. The generator holds the connection's lock: collect, then query."""
        if self.listening is None or self.listening.closed:
            self.listening = psycopg.connect(self.dsn, autocommit=True, connect_timeout=5)
            self.listening.execute("LISTEN event")
        seconds = FULL_SECONDS if self.full else SWEEP_SECONDS
        list(self.listening.notifies(timeout=seconds, stop_after=1))

    def run(self) -> None:
        """Until stopped. A database or queue that is away is waited for."""
        swept = pruned = 0.0
        begun = False
        while not self.stopping.is_set():
            try:
                with self.app.app_context():
                    if not begun:
                        adopt(every=True)
                        begun = True
                    if time.monotonic() - swept >= SWEEP_SECONDS:
                        self.sweep()
                        swept = time.monotonic()
                    busy = self.turn()
                    if not busy and time.monotonic() - pruned >= PRUNE_SECONDS:
                        pruned = time.monotonic()
                        prune()
                if not busy:
                    self.wait()
            except (DBAPIError, psycopg.Error, redis.RedisError, OSError) as error:
                log.warning("waiting for an engine", extra={"error": type(error).__name__})
                self.listening = None
                self.stopping.wait(0.3)


def main() -> None:
    """Run relay and clock until SIGTERM or SIGINT."""
    from citevents import configured_app

    app = configured_app(serves=True, queue=True)
    import workers.reactions  # noqa: F401

    relay = Relay(app)
    ticking = clock.Clock(app, relay.stopping)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: relay.stopping.set())
    thread = threading.Thread(target=ticking.run, name="clock")
    thread.start()
    relay.run()
    thread.join(timeout=10)


if __name__ == "__main__":
    main()
