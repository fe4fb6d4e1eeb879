"""Facts that cannot be lost: `@event` declares one, `emit` writes it in the transaction that makes it true.

Nobody is called by `emit`. The relay (workers/relay.py) turns each row of `event` into one `delivery` per reaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar, dataclass_transform

import sqlalchemy as sa

from citevents.core.db import Mapped, Model, attach, current_organization_id, mapped_column, session

#: A fifth failed attempt is the last.
MAX_ATTEMPTS = 5

_kinds: dict[str, type] = {}
T = TypeVar("T")


@dataclass_transform(kw_only_default=True, frozen_default=True)
def event(name: str) -> Callable[[type[T]], type[T]]:
    """Declare a fact in the past tense: `@event("registration.confirmed")`.

    Fields are ids, ISO dates, minor units: never a person's data. Fields added later need defaults.
    """

    def declare(kind: type[T]) -> type[T]:
        made = dataclass(frozen=True, kw_only=True, slots=True)(kind)
        if name in _kinds:
            raise ValueError(f"event {name} is declared twice")
        made.event_name = name  # type: ignore[attr-defined]
        _kinds[name] = made
        return made

    return declare


def kinds() -> dict[str, type]:
    """Every declared event by name."""
    return dict(_kinds)


def name_of(kind: type) -> str:
    """The name under which an event class is stored."""
    return str(kind.event_name)  # type: ignore[attr-defined]


def read(name: str, payload: dict[str, Any]) -> Any:
    """The fact again, from its row. Fields that this version does not know are left out."""
    kind = _kinds[name]
    known = {field.name for field in fields(kind)}
    return kind(**{key: value for key, value in payload.items() if key in known})


class EventRow(Model):
    """One fact, as emitted. `routed_at` is set when its deliveries exist."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True, init=False)
    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organization.id", info={"unindexed": "no organization is ever deleted"})
    )
    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime] = mapped_column(server_default=sa.text("clock_timestamp()"), init=False)
    routed_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        sa.Index("event_unrouted", "id", postgresql_where=sa.text("routed_at IS NULL")),
        sa.Index("event_recorded", "recorded_at"),
    )


class Delivery(Model):
    """What one reaction still owes to one event: queue ledger, inbox and dead-letter list in one.

    `send_at` is NULL once handled or dead. `attempts` is counted and committed before the work.
    """

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True, init=False)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    handler: Mapped[str]
    send_at: Mapped[datetime | None] = mapped_column(
        server_default=sa.text("statement_timestamp()"), init=False
    )
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, server_default=sa.text("0"), default=0)
    handled_at: Mapped[datetime | None] = mapped_column(default=None)
    dead_at: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)

    __table_args__ = (
        sa.UniqueConstraint("event_id", "handler"),
        sa.CheckConstraint(
            "(send_at IS NULL) = (handled_at IS NOT NULL OR dead_at IS NOT NULL)", name="open_or_closed"
        ),
        sa.Index("delivery_due", "send_at", postgresql_where=sa.text("send_at IS NOT NULL")),
        sa.Index("delivery_dead", "dead_at", postgresql_where=sa.text("dead_at IS NOT NULL")),
        {"postgresql_with": {"fillfactor": 80}},
    )


# A statement trigger is cheaper than a second call from Python, and no emitter can forget it.
attach(
    "event",
    """CREATE OR REPLACE FUNCTION event_notify() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_notify('event', ''); RETURN NULL; END $$;
       CREATE TRIGGER event_notify AFTER INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION event_notify()""",
    "DROP TRIGGER IF EXISTS event_notify ON event; DROP FUNCTION IF EXISTS event_notify() CASCADE",
)


# All of them in one statement: a sale states three facts, and each of its round trips counts.
_RECORD = sa.text(
    """INSERT INTO event (organization_id, name, payload)
       SELECT :organization, name, payload FROM jsonb_to_recordset(CAST(:facts AS jsonb)) AS fact (name text, payload jsonb)"""
)


def emit(*facts: Any) -> None:
    """Record facts in the current transaction, in this order. A rollback leaves no event."""
    rows = [
        {"name": name_of(type(fact)), "payload": {name: getattr(fact, name) for name in fact.__slots__}}
        for fact in facts
    ]
    session().execute(_RECORD, {"organization": current_organization_id(), "facts": json.dumps(rows)})


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A delivery that failed five times, as the organizer desk shows it."""

    id: int
    event: str
    payload: dict[str, Any]
    handler: str
    error: str
    dead_at: datetime


def dead_letters(limit: int = 100) -> list[DeadLetter]:
    """The current organization's dead deliveries, newest first."""
    rows = session().execute(
        sa.select(Delivery, EventRow)
        .join(EventRow, Delivery.event_id == EventRow.id)
        .where(Delivery.dead_at.is_not(None), EventRow.organization_id == current_organization_id())
        .order_by(Delivery.dead_at.desc())
        .limit(limit)
    )
    return [
        DeadLetter(
            id=delivery.id,
            event=row.name,
            payload=row.payload,
            handler=delivery.handler,
            error=delivery.error or "",
            dead_at=delivery.dead_at,
        )
        for delivery, row in rows
        if delivery.dead_at
    ]


def retry(delivery_id: int) -> bool:
    """Give a dead delivery five new attempts. False when it is not dead, or another organization's."""
    revived = session().execute(
        sa.update(Delivery)
        .where(
            Delivery.id == delivery_id,
            Delivery.dead_at.is_not(None),
            Delivery.event_id == EventRow.id,
            EventRow.organization_id == current_organization_id(),
        )
        .values(dead_at=None, attempts=0, send_at=sa.func.statement_timestamp())
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return revived.first() is not None
