"""The relay: events become deliveries, deliveries become messages. `python -m workers.relay` runs it with the clock.

Several relays are safe: rows are picked with FOR UPDATE SKIP LOCKED. It wakes by NOTIFY and sweeps anyway. A row that was
sent is due again after RESEND, or at once when the queue lost its memory (the epoch key is gone).
"""

from __future__ import annotations

import logging
import secrets
import signal
import threading
import time
from typing import Any

import psycopg
import redis
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from citevents.core import events
from citevents.core.db import transaction
from workers import clock, handles
from workers.broker import make_actors, make_broker

log = logging.getLogger("citevents.relay")

SWEEP_SECONDS = 1.0
#: One lot of old events goes when there is nothing else to do, this often.
PRUNE_SECONDS = 600.0
EPOCH_KEY = "citevents:epoch"
#: Present while a relay works; /health looks for it.
RELAY_KEY = "citevents:relay"

# Only events that this version knows: an older relay during a deploy must not mark away what it cannot route.
ROUTE = sa.text(
    """WITH picked AS (SELECT id, name FROM event WHERE routed_at IS NULL AND name = ANY(:known)
                       ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED),
            made AS (INSERT INTO delivery (event_id, handler)
                     SELECT p.id, r.handler FROM picked p
                     JOIN unnest(CAST(:names AS text[]), CAST(:handlers AS text[])) r(name, handler) USING (name)
                     ON CONFLICT DO NOTHING)
       UPDATE event e SET routed_at = clock_timestamp() FROM picked p WHERE e.id = p.id"""
)
SEND = sa.text(
    """WITH due AS (SELECT id FROM delivery WHERE send_at <= statement_timestamp() AND attempts < :most
                    AND handler = ANY(:known) ORDER BY send_at, id LIMIT 100 FOR UPDATE SKIP LOCKED)
       UPDATE delivery d SET send_at = clock_timestamp() + interval '5 minutes' FROM due WHERE d.id = due.id
       RETURNING d.id, d.handler, d.attempts"""
)
BURY = sa.text(
    """WITH gone AS (SELECT id FROM delivery WHERE send_at <= statement_timestamp() AND attempts >= :most
                     FOR UPDATE SKIP LOCKED)
       UPDATE delivery d SET dead_at = clock_timestamp(), send_at = NULL,
              error = coalesce(d.error, 'every attempt killed its worker')
       FROM gone WHERE d.id = gone.id"""
)
# Every waiting row: its message may have gone with the queue. A row at work is locked and skipped; one in back-off is
# merely tried sooner, which the fence on `attempts` makes harmless.
UNSEND = sa.text(
    """WITH waiting AS (SELECT id FROM delivery WHERE send_at > statement_timestamp() FOR UPDATE SKIP LOCKED)
       UPDATE delivery d SET send_at = statement_timestamp() FROM waiting WHERE d.id = waiting.id"""
)
PRUNE = sa.text(
    """DELETE FROM event WHERE id IN (
         SELECT e.id FROM event e WHERE e.recorded_at < now() - make_interval(days => :days) AND e.routed_at IS NOT NULL
         AND NOT EXISTS (SELECT FROM delivery d WHERE d.event_id = e.id AND d.handled_at IS NULL)
         ORDER BY e.recorded_at LIMIT 5000)"""
)


def route() -> int:
    """Make the deliveries of up to 500 new events; how many events were routed. Own transaction."""
    table = handles.handlers().values()
    with transaction() as current:
        done = current.execute(
            ROUTE,
            {
                "known": list(events.kinds()),
                "names": [events.name_of(handler.event) for handler in table],
                "handlers": [handler.name for handler in table],
            },
        )
        return int(done.rowcount)  # type: ignore[attr-defined]


def send(carry: Any) -> int:
    """Give up to 100 due deliveries to `carry(handler, delivery_id, n)`; marked only if all of them were taken."""
    known = handles.handlers()
    with transaction() as current:
        due = current.execute(SEND, {"most": events.MAX_ATTEMPTS, "known": list(known)}).all()
        for row in due:
            carry(known[row.handler], row.id, row.attempts)
    return len(due)


def bury() -> int:
    """Declare dead what failed for the last time without a word. Own transaction."""
    with transaction() as current:
        return int(current.execute(BURY, {"most": events.MAX_ATTEMPTS}).rowcount)  # type: ignore[attr-defined]


def prune(days: int = 90) -> int:
    """Delete up to 5,000 events older than `days` whose deliveries are all handled. Dead letters stay."""
    with transaction() as current:
        return int(current.execute(PRUNE, {"days": days}).rowcount)  # type: ignore[attr-defined]


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

    def carry(self, handler: handles.Handler, delivery_id: int, n: int) -> None:
        self.actors[handler.queue].send(delivery_id, n)

    def turn(self) -> int:
        """Route and send once; how much there was to do."""
        return route() + send(self.carry)

    def sweep(self) -> None:
        """Bury the dead, and notice a queue that lost its memory."""
        bury()
        self.broker.client.set(RELAY_KEY, "1", ex=15)
        if self.broker.client.set(EPOCH_KEY, secrets.token_hex(8), nx=True):
            with transaction() as current:
                again = current.execute(UNSEND).rowcount  # type: ignore[attr-defined]
            log.info("the queue is new; waiting deliveries are sent again", extra={"count": again})

    def wait(self) -> None:
        """Until something is emitted, or a sweep is due. The generator holds the connection's lock: collect, then query."""
        if self.listening is None or self.listening.closed:
            self.listening = psycopg.connect(self.dsn, autocommit=True, connect_timeout=5)
            self.listening.execute("LISTEN event")
        list(self.listening.notifies(timeout=SWEEP_SECONDS, stop_after=1))

    def run(self) -> None:
        """Until stopped. A database or queue that is away is waited for."""
        swept = pruned = 0.0
        while not self.stopping.is_set():
            try:
                with self.app.app_context():
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
