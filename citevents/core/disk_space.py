"""A database that has no room is not written to for a moment: reading goes on.

Each refused write still takes room in PostgreSQL's log. When that cannot grow either, the server ends itself, and comes back only
when there is room: 17 MB of refused writes later, which a rush makes in a minute.
"""

from __future__ import annotations

import time

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

#: Seconds without a write after one that found no room; the next one is the probe.
PAUSE = 5.0
_full_until = 0.0


class NoRoom(OperationalError):
    """Nothing was tried: a moment ago there was no room for it."""

    def __init__(self) -> None:
        super().__init__("", {}, psycopg.errors.DiskFull("no room a moment ago"))


def ask_room() -> None:
    """Before a write. Raises NoRoom, which is answered as a database that is away for a moment: 503, or tried later."""
    if time.monotonic() < _full_until:
        raise NoRoom()


@sa.event.listens_for(sa.Engine, "handle_error")
def _remember(context: sa.ExceptionContext) -> None:
    global _full_until
    if isinstance(context.original_exception, psycopg.errors.DiskFull):
        _full_until = time.monotonic() + PAUSE
