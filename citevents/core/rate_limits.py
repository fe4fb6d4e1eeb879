"""How often something may be tried: counters in PostgreSQL, so that a lost queue loosens no lock."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

import sqlalchemy as sa
from flask import request

from citevents.core.clock import now
from citevents.core.db import Mapped, Model, mapped_column, session
from citevents.core.errors import DomainError
from citevents.core.tokens import keyed
from citevents.locale.languages import lazy_gettext as _l


class TooOften(DomainError):
    """Tried too often from one place or for one address."""

    code = "too_often"
    message = _l("That was tried too often. Wait a quarter of an hour, then try again.")
    status = 429


class Tries(Model):
    """How many tries one key made in one window. Keys are keyed hashes: no address is stored."""

    __tablename__ = "tries"

    key: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(sa.Integer, default=0)


COUNT = sa.text(
    """INSERT INTO tries (key, window_start, count) VALUES (:key, :start, 1)
       ON CONFLICT (key, window_start) DO UPDATE SET count = tries.count + 1 RETURNING count"""
)


def limit(purpose: str, subject: str, most: int, per: timedelta = timedelta(minutes=15)) -> None:
    """Count one try of `subject` and raise TooOften beyond `most` per window.

    In a transaction of its own every try counts, refused ones too; in that of what is limited, only what came about.
    """
    instant = now()
    start = instant - timedelta(seconds=instant.timestamp() % per.total_seconds())
    count = session().scalar(
        COUNT, {"key": keyed(f"limit:{purpose}", subject.casefold()), "start": start.replace(microsecond=0)}
    )
    if count and count > most:
        raise TooOften()


def caller() -> str:
    """Where the request comes from: the network of the peer, or of what a trusted proxy says of it."""
    return network(request.remote_addr or "")


def network(address: str) -> str:
    """Whom an address belongs to: an IPv4 address alone; of IPv6 the /64, as every subscriber has so many and more.

    >>> network("2001:db8::7"), network("::ffff:192.0.2.1")
    ('2001:db8::/64', '192.0.2.1')
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


def forget(before: datetime) -> None:
    """Drop windows that ended before this instant."""
    session().execute(sa.delete(Tries).where(Tries.window_start < before))
