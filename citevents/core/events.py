"""Facts that cannot be lost: `@event` declares one, `emit` writes it in the transaction that makes it true.

Nobody is called by `emit`. The relay (workers/relay.py) turns each row of `event` into one `delivery` per reaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar, dataclass_transform

import sqlalchemy as sa

from citevents.core.db import Mapped, Model, attach, current_organization_id, mapped_column, session

#: A fifth attempt that is broken is the last.
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


class Failure(StrEnum):
    """Why a delivery is not handled. `later`: the other side is away, or asks to come back; not counted as an attempt."""

    BROKEN = "broken"
    LATER = "later"
    NEVER = "never"


class Delivery(Model):
    """What one reaction still owes to one event: queue ledger, inbox and list of failed jobs in one.

    `send_at` is NULL once handled or given up. `attempts` is counted and committed before the work: it is the fence
    against messages repeated. `spared` of them were nobody's fault and do not count towards the end. While
    `waits_for` names a destination that is away, the row is not sent, but as its probe; `give_up_at` is when patience ends.
    """

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True, init=False)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    #: Of the event, and of the reaction as of now: copied here by the relay, so that queues are read in turns.
    organization_id: Mapped[int | None] = mapped_column(default=None)
    queue: Mapped[str | None] = mapped_column(default=None)
    handler: Mapped[str]
    send_at: Mapped[datetime | None] = mapped_column(
        server_default=sa.text("statement_timestamp()"), init=False
    )
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, server_default=sa.text("0"), default=0)
    spared: Mapped[int] = mapped_column(sa.SmallInteger, server_default=sa.text("0"), default=0)
    handled_at: Mapped[datetime | None] = mapped_column(default=None)
    dead_at: Mapped[datetime | None] = mapped_column(default=None)
    error: Mapped[str | None] = mapped_column(default=None)
    failure: Mapped[Failure | None] = mapped_column(default=None)
    waits_for: Mapped[str | None] = mapped_column(default=None)
    give_up_at: Mapped[datetime | None] = mapped_column(default=None)
    #: Whom it was writing to when it failed.
    person_id: Mapped[int | None] = mapped_column(default=None)

    __table_args__ = (
        sa.UniqueConstraint("event_id", "handler"),
        sa.CheckConstraint(
            "(send_at IS NULL) = (handled_at IS NOT NULL OR dead_at IS NOT NULL)", name="open_or_closed"
        ),
        sa.Index(
            "delivery_due",
            "queue",
            "organization_id",
            "send_at",
            "id",
            postgresql_where=sa.text("send_at IS NOT NULL AND waits_for IS NULL"),
        ),
        sa.Index(
            "delivery_waiting",
            "waits_for",
            "send_at",
            postgresql_where=sa.text("waits_for IS NOT NULL"),
        ),
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
