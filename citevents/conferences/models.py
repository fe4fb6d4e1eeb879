"""Tables of what people register for."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import Mapped, Row, attach, belongs_to, mapped_column
from citevents.core.tokens import new_public_id


class ConferenceKind(StrEnum):
    """Words for the reader; the machinery is the same."""

    CONFERENCE = "conference"
    COURSE = "course"
    WORKSHOP = "workshop"
    WEBINAR = "webinar"


class ConferenceState(StrEnum):
    DRAFT = "draft"
    PUBLIC = "public"
    CANCELLED = "cancelled"


class Conference(Row):
    """Something people register for: a conference, a course, a workshop, a webinar.

    `wording` translates name, summary and description: {"ar": {"name": ..., "summary": ...}}. Dates are the venue's.
    """

    __tablename__ = "conference"

    slug: Mapped[str]
    name: Mapped[str]
    kind: Mapped[ConferenceKind] = mapped_column(default=ConferenceKind.CONFERENCE)
    state: Mapped[ConferenceState] = mapped_column(default=ConferenceState.DRAFT)
    summary: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    wording: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    venue: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    #: ISO 3166-1 alpha-2.
    country: Mapped[str] = mapped_column(default="")
    #: Where the venue lies, degrees; NULL: somewhere in its country.
    longitude: Mapped[float | None] = mapped_column(default=None)
    latitude: Mapped[float | None] = mapped_column(default=None)
    #: What a newcomer should know of access: step-free ways, interpreting, quiet room.
    access_note: Mapped[str] = mapped_column(default="")
    #: IANA zone of the venue.
    zone: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    #: ISO 4217.
    currency: Mapped[str]
    registration_opens_at: Mapped[datetime | None] = mapped_column(default=None)
    registration_closes_at: Mapped[datetime | None] = mapped_column(default=None)
    #: Until when a whole refund is given, and a place may be handed on; NULL: not offered.
    refund_until: Mapped[datetime | None] = mapped_column(default=None)
    transfer_until: Mapped[datetime | None] = mapped_column(default=None)
    sample: Mapped[bool] = mapped_column(default=False)
    #: Set once, when the clock says that the last day is over.
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    #: When it was cancelled: what was over by then took place.
    cancelled_at: Mapped[datetime | None] = mapped_column(default=None)
    #: What the organizers say about it: on the public page and in the emails.
    cancel_note: Mapped[str] = mapped_column(default="", server_default="")
    #: Counts every change that shows on public pages: their cache key.
    revision: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        sa.UniqueConstraint("organization_id", "slug"),
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
    )


class Room(Row):
    """A room of the venue during one conference."""

    __tablename__ = "room"

    conference_id: Mapped[int]
    name: Mapped[str]
    capacity: Mapped[int] = mapped_column(sa.Integer)
    #: Names of `features.py`.
    features: Mapped[list[str]] = mapped_column(default_factory=list)
    position: Mapped[int] = mapped_column(sa.Integer, default=0)

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "conference_id", "name"),
        sa.CheckConstraint("capacity >= 0", name="capacity"),
    )


class Quota(Row):
    """A pool of places that ticket types and add-ons draw from together."""

    __tablename__ = "quota"

    conference_id: Mapped[int]
    name: Mapped[str]
    capacity: Mapped[int] = mapped_column(sa.Integer)
    #: The pool that the public page draws as the seats of the conference.
    main: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        sa.CheckConstraint("capacity >= 0", name="capacity"),
        sa.Index(
            "quota_main", "organization_id", "conference_id", unique=True, postgresql_where=sa.text("main")
        ),
        sa.Index("quota_conference", "organization_id", "conference_id"),
    )


class TicketType(Row):
    """What one buys a place with, or (when `add_on`) something on top of it."""

    __tablename__ = "ticket_type"

    conference_id: Mapped[int]
    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    wording: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    add_on: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(sa.Integer, default=0)
    #: Tax in basis points (500 = 5 %), added to the price.
    tax_basis_points: Mapped[int] = mapped_column(sa.Integer, default=0)
    on_sale_from: Mapped[datetime | None] = mapped_column(default=None)
    on_sale_until: Mapped[datetime | None] = mapped_column(default=None)
    hidden: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.Index("ticket_type_conference", "organization_id", "conference_id"),
    )


class QuotaUse(Row):
    """A ticket type draws one place from a quota."""

    __tablename__ = "quota_use"

    quota_id: Mapped[int]
    ticket_type_id: Mapped[int]

    __table_args__ = (
        belongs_to("quota", ondelete="CASCADE"),
        belongs_to("ticket_type", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "ticket_type_id", "quota_id"),
        sa.Index("quota_use_quota", "organization_id", "quota_id"),
    )


class Price(Row):
    """A price step of a ticket type: valid until an instant, or until so many are sold; the first that still holds counts."""

    __tablename__ = "price"

    ticket_type_id: Mapped[int]
    #: early, regular, late: words of the organizer.
    name: Mapped[str] = mapped_column(default="")
    amount: Mapped[int]
    until: Mapped[datetime | None] = mapped_column(default=None)
    until_sold: Mapped[int | None] = mapped_column(sa.Integer, default=None)
    position: Mapped[int] = mapped_column(sa.Integer, default=0)

    __table_args__ = (
        belongs_to("ticket_type", ondelete="CASCADE"),
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.Index("price_ticket_type", "organization_id", "ticket_type_id"),
    )


class QuestionKind(StrEnum):
    TEXT = "text"
    ONE = "one"
    MANY = "many"


class Question(Row):
    """Something an organizer asks at registration. Sensitive ones say why, need consent, and are erased first."""

    __tablename__ = "question"

    conference_id: Mapped[int]
    label: Mapped[str]
    kind: Mapped[QuestionKind]
    wording: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    options: Mapped[list[str]] = mapped_column(default_factory=list)
    required: Mapped[bool] = mapped_column(default=False)
    sensitive: Mapped[bool] = mapped_column(default=False)
    #: Why it is asked, who reads it.
    reason: Mapped[str] = mapped_column(default="")
    erase_after_days: Mapped[int | None] = mapped_column(sa.Integer, default=None)
    position: Mapped[int] = mapped_column(sa.Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        sa.Index("question_conference", "organization_id", "conference_id"),
    )


# Pages and catalogues are cached by `conference.revision`: the database counts it, so that no change can forget to.
attach(
    "conference",
    """CREATE OR REPLACE FUNCTION conference_revised() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN NEW.revision := OLD.revision + 1; RETURN NEW; END $$;
       CREATE TRIGGER conference_revised BEFORE UPDATE ON conference FOR EACH ROW
       WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION conference_revised()""",
    "DROP TRIGGER IF EXISTS conference_revised ON conference; DROP FUNCTION IF EXISTS conference_revised() CASCADE",
)
_TOUCH = """CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS
   $$ DECLARE part record;
   BEGIN
     part := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
     UPDATE conference SET revision = revision + 1
     WHERE organization_id = part.organization_id AND id = {conference};
     RETURN NULL;
   END $$;
   CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"""
_OWN = "part.conference_id"
_OF_TYPE = (
    "(SELECT t.conference_id FROM ticket_type t WHERE t.organization_id = part.organization_id "
    "AND t.id = part.ticket_type_id)"
)
for _table, _conference in (
    ("room", _OWN),
    ("quota", _OWN),
    ("ticket_type", _OWN),
    ("question", _OWN),
    ("quota_use", _OF_TYPE),
    ("price", _OF_TYPE),
):
    attach(
        _table,
        _TOUCH.format(name=f"{_table}_revises", table=_table, conference=_conference),
        f"DROP TRIGGER IF EXISTS {_table}_revises ON {_table}; DROP FUNCTION IF EXISTS {_table}_revises() CASCADE",
    )
