"""A clock that tests drive, and a relay with its workers that live by it: hours pass without waiting for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from citevents.core import clock
from citevents.core.clock import now
from citevents.core.db import session
from workers import handles, relay

NEXT = sa.text(
    """SELECT min(at) FROM (
         SELECT c.next_at AS at FROM circuit c WHERE EXISTS (SELECT FROM delivery d WHERE d.waits_for = c.destination)
         UNION ALL SELECT send_at FROM delivery WHERE waits_for IS NULL
         UNION ALL SELECT give_up_at FROM delivery WHERE waits_for IS NOT NULL) moment WHERE at > :now"""
)


class Weather:
    """Time as the product sees it. `pass_time` lets it go on, with a relay that sweeps and workers that work."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @contextmanager
    def driving(self) -> Iterator[Weather]:
        """While inside, this clock is the product's."""
        with clock.driven(self.now):
            yield self

    def turn(self) -> int:
        """What is due at this instant, until nothing is; how many deliveries were tried."""
        tried = 0
        for _ in range(1000):
            relay.bury()
            relay.mind_circuits(now())
            relay.route()
            due: list[tuple[int, int]] = []
            relay.send(lambda handler, delivery_id, n, due=due: due.append((delivery_id, n)))
            for delivery_id, n in due:
                handles.run(delivery_id, n)
            tried += len(due)
            if not due:
                return tried
        raise AssertionError("there is no end to it")

    def pass_time(self, by: timedelta) -> int:
        """Let `by` pass from one moment at which something is due to the next; how many deliveries were tried."""
        until = self.now() + by
        tried = self.turn()
        while (due := self._next()) is not None and due < until:
            self.ahead += due - self.now()
            tried += self.turn()
        self.ahead += max(until - self.now(), timedelta())
        return tried + self.turn()

    def _next(self) -> datetime | None:
        """When the relay has something to do next. It sweeps once a second, so somewhat later."""
        due = session().scalar(NEXT, {"now": self.now()})
        return due + timedelta(seconds=1) if due else None
