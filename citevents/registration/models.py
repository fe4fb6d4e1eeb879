"""Tables of orders and places: what was bought, who has a place, what is taken, tickets, check-ins."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from citevents.core.clock import now
from citevents.core.db import Mapped, Row, attach, belongs_to, mapped_column
from citevents.core.tokens import new_public_id

#: From the first submit until an unpaid order ends, whatever its buyer does meanwhile. The database holds to it, too.
HOLD = timedelta(minutes=60)


class OrderState(StrEnum):
    HELD = "held"  # seats are kept until `expires_at`
    AWAITING_PAYMENT = "awaiting_payment"  # the buyer was sent to pay; seats are kept until `expires_at`
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class RegistrationState(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class EndedBy(StrEnum):
    """Whose act ended a registration: emails and pages say so."""

    BUYER = "buyer"  # whoever holds the order's link
    ORGANIZERS = "organizers"
    EVENT = "event"  # it was cancelled, and every registration with it
    REFUND = "refund"  # all the money went back, wherever that was started


class Order(Row):
    """What one buyer pays for. Amounts are minor units of `currency`; `total` = `net` + `tax`."""

    __tablename__ = "order"

    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    conference_id: Mapped[int]
    #: Who buys.
    person_id: Mapped[int]
    state: Mapped[OrderState]
    #: Token of the form that made it: a double click, the back button and a reload make it once.
    form: Mapped[str]
    #: Of what was sent with that form: the same form sent with something else is another wish.
    fingerprint: Mapped[str]
    currency: Mapped[str]
    net: Mapped[int]
    tax: Mapped[int]
    total: Mapped[int]
    #: Version of the terms that the buyer agreed to.
    terms: Mapped[str]
    #: Of the buyer's pages, and so of our letters about it.
    language: Mapped[str]
    placed_at: Mapped[datetime] = mapped_column(default_factory=now)
    #: The first submit: an order that changes another one goes on with the time of that one.
    began_at: Mapped[datetime] = mapped_column(default_factory=now, server_default=sa.text("now()"))
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    #: The payment that confirmed it (payments' id); NULL while unpaid and for free orders.
    payment_id: Mapped[int | None] = mapped_column(default=None)
    #: Keyed name of the browser that placed it: to no other does its hold give way.
    browser: Mapped[str] = mapped_column(default="", server_default="")
    #: Keyed name of the network that placed it, while the order is neither paid nor its address proven.
    caller: Mapped[str | None] = mapped_column(default=None)
    #: Purposes that were agreed to for somebody who has to confirm it: consents once they open the link in the email.
    agreed: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")

    __table_args__ = (
        belongs_to("conference"),
        belongs_to("person"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.CheckConstraint("net >= 0 AND tax >= 0 AND total = net + tax", name="amounts"),
        sa.CheckConstraint(
            "(expires_at IS NOT NULL) = (state IN ('held', 'awaiting_payment'))", name="holds_expire"
        ),
        #: No act moves the end of a hold.
        sa.CheckConstraint(
            "began_at <= placed_at AND expires_at <= began_at + interval '60 minutes'", name="holds_end"
        ),
        sa.CheckConstraint(
            "caller IS NULL OR state IN ('held', 'awaiting_payment') OR (state = 'confirmed' AND total = 0)",
            name="caller",
        ),
        sa.Index(
            "order_form",
            "organization_id",
            "form",
            unique=True,
            postgresql_where=sa.text("state IN ('held', 'awaiting_payment', 'confirmed')"),
        ),
        sa.Index(
            "order_due",
            "expires_at",
            postgresql_where=sa.text("state IN ('held', 'awaiting_payment')"),
        ),
        sa.Index("order_conference", "organization_id", "conference_id", "placed_at"),
        sa.Index("order_by_number", "organization_id", "conference_id", "id"),
        sa.Index(
            "order_held",
            "organization_id",
            "conference_id",
            postgresql_where=sa.text("state IN ('held', 'awaiting_payment')"),
        ),
        sa.Index("order_person", "organization_id", "person_id"),
        sa.Index("order_caller", "organization_id", "caller", postgresql_where=sa.text("caller IS NOT NULL")),
    )


class Registration(Row):
    """One person's seat. `person_id` is NULL until a group names who comes, and while another order keeps a seat there for
    the same person: whoever types an address changes nothing of what its owner has.

    `name`, `call_name`, `agency`, `country` and `mail` are as typed for this conference: certificate and badge.
    """

    __tablename__ = "registration"

    conference_id: Mapped[int]
    order_id: Mapped[int]
    person_id: Mapped[int | None]
    ticket_type_id: Mapped[int]
    state: Mapped[RegistrationState]
    name: Mapped[str] = mapped_column(default="")
    call_name: Mapped[str] = mapped_column(default="")
    agency: Mapped[str] = mapped_column(default="")
    #: ISO 3166-1 alpha-2.
    country: Mapped[str] = mapped_column(default="")
    #: The address as typed; and whose it is, to whom emails about the seat go.
    mail: Mapped[str] = mapped_column(default="", server_default="")
    contact_id: Mapped[int | None] = mapped_column(default=None)
    #: {question id as text: answer}; nothing sensitive.
    answers: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    #: What the organizers said about ending it, to whom they said it.
    end_note: Mapped[str] = mapped_column(default="", server_default="")
    #: NULL while it is live, where it was never confirmed, and where it ended before this was kept.
    ended_by: Mapped[EndedBy | None] = mapped_column(default=None)
    #: Minor units promised back when it was cancelled.
    refund_due: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    #: What would go back, had the buyer's bank not to decide about it first.
    refund_held: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))

    __table_args__ = (
        belongs_to("conference"),
        belongs_to("order"),
        belongs_to("person"),
        belongs_to("person", "contact_id", name="fk_registration_contact"),
        belongs_to("ticket_type"),
        sa.Index(
            "registration_once",
            "organization_id",
            "conference_id",
            "person_id",
            unique=True,
            postgresql_where=sa.text("state IN ('held', 'confirmed')"),
        ),
        sa.Index("registration_order", "organization_id", "order_id"),
        sa.Index("registration_person", "organization_id", "person_id"),
        sa.Index("registration_contact", "organization_id", "contact_id"),
        sa.Index("registration_conference", "organization_id", "conference_id"),
        sa.Index("registration_ticket_type", "organization_id", "ticket_type_id"),
    )


class OrderLine(Row):
    """One thing bought for one registration, at the price of that moment. `quota_ids` are the pools it draws from."""

    __tablename__ = "order_line"

    order_id: Mapped[int]
    registration_id: Mapped[int]
    ticket_type_id: Mapped[int]
    #: Name of the ticket type and of the price step, as bought.
    name: Mapped[str]
    step: Mapped[str] = mapped_column(default="")
    net: Mapped[int]
    tax: Mapped[int]
    total: Mapped[int]
    tax_basis_points: Mapped[int] = mapped_column(sa.Integer, default=0)
    quota_ids: Mapped[list[int]] = mapped_column(default_factory=list)
    #: Whether it was counted in `sold`.
    counted: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        belongs_to("order"),
        belongs_to("registration"),
        belongs_to("ticket_type"),
        sa.CheckConstraint("net >= 0 AND tax >= 0 AND total = net + tax", name="amounts"),
        sa.Index("order_line_order", "organization_id", "order_id"),
        sa.Index("order_line_registration", "organization_id", "registration_id"),
        sa.Index("order_line_ticket_type", "organization_id", "ticket_type_id"),
    )


class Places(Row):
    """How many places of a quota are taken, holds included. One row per quota, made and resized by the quota itself.

    Kept apart from the quota because it is the hottest row of a sale: narrow, and updated in place.
    """

    __tablename__ = "places"

    quota_id: Mapped[int]
    capacity: Mapped[int] = mapped_column(sa.Integer)
    taken: Mapped[int] = mapped_column(sa.Integer, default=0)

    __table_args__ = (
        belongs_to("quota", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "quota_id"),
        #: The last line of defence: an oversold quota cannot be written.
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name="within"),
        {"postgresql_with": {"fillfactor": 50}},
    )


# The floor below owns capacities and cannot know this table: the database keeps the two in step, and the check above
# refuses a capacity under what is taken.
attach(
    "places",
    """CREATE OR REPLACE FUNCTION places_follow_quota() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         INSERT INTO places (organization_id, quota_id, capacity, taken)
         VALUES (NEW.organization_id, NEW.id, NEW.capacity, 0)
         ON CONFLICT (organization_id, quota_id) DO UPDATE SET capacity = EXCLUDED.capacity;
         RETURN NULL;
       END $$;
       CREATE TRIGGER places_follow_quota AFTER INSERT OR UPDATE OF capacity ON quota FOR EACH ROW
       EXECUTE FUNCTION places_follow_quota()""",
    "DROP TRIGGER IF EXISTS places_follow_quota ON quota; DROP FUNCTION IF EXISTS places_follow_quota() CASCADE",
)


class Sold(Row):
    """How many of a ticket type are sold or held; kept only for types with a price that ends by count."""

    __tablename__ = "sold"

    ticket_type_id: Mapped[int]
    count: Mapped[int] = mapped_column(sa.Integer, default=0)

    __table_args__ = (
        belongs_to("ticket_type", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "ticket_type_id"),
        sa.CheckConstraint("count >= 0", name="count"),
    )


class SensitiveAnswer(Row):
    """An answer that may be health data: apart from the rest, seen by the fewest, erased first."""

    __tablename__ = "sensitive_answer"

    conference_id: Mapped[int]
    registration_id: Mapped[int]
    question_id: Mapped[int]
    answer: Mapped[Any] = mapped_column(JSONB)
    erase_at: Mapped[datetime]

    __table_args__ = (
        belongs_to("conference"),
        belongs_to("registration", ondelete="CASCADE"),
        belongs_to("question"),
        sa.UniqueConstraint("organization_id", "registration_id", "question_id"),
        sa.Index("sensitive_answer_conference", "organization_id", "conference_id"),
        sa.Index("sensitive_answer_erase", "erase_at"),
        sa.Index("sensitive_answer_question", "organization_id", "question_id"),
    )


class Ticket(Row):
    """What is shown at the desk. `public_id` opens its page; `code` is for reading aloud."""

    __tablename__ = "ticket"

    registration_id: Mapped[int]
    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    code: Mapped[str]
    issued_at: Mapped[datetime] = mapped_column(default_factory=now)
    voided_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("registration"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.Index(
            "ticket_live",
            "organization_id",
            "registration_id",
            unique=True,
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        sa.Index("ticket_code", "organization_id", "code"),
        sa.Index("ticket_registration", "organization_id", "registration_id"),
    )


class CheckIn(Row):
    """The person is there. Undone ones stay, so that only the first arrival is news."""

    __tablename__ = "check_in"

    conference_id: Mapped[int]
    registration_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(default_factory=now)
    by_person_id: Mapped[int | None] = mapped_column(default=None)
    undone_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("conference"),
        belongs_to("registration"),
        sa.Index(
            "check_in_live",
            "organization_id",
            "registration_id",
            unique=True,
            postgresql_where=sa.text("undone_at IS NULL"),
        ),
        sa.Index("check_in_conference", "organization_id", "conference_id", "at"),
        sa.Index("check_in_registration", "organization_id", "registration_id"),
    )


class StateChange(Row):
    """An order or a registration changed its state. Written by the database itself, whoever changes the row."""

    __tablename__ = "state_change"

    kind: Mapped[str]
    subject_id: Mapped[int]
    was: Mapped[str]
    became: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=sa.text("clock_timestamp()"), init=False)

    __table_args__ = (sa.Index("state_change_subject", "organization_id", "kind", "subject_id"),)


for _table in ("order", "registration"):
    attach(
        _table,
        f"""CREATE OR REPLACE FUNCTION remember_state() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN
              INSERT INTO state_change (organization_id, kind, subject_id, was, became)
              VALUES (NEW.organization_id, TG_TABLE_NAME, NEW.id, OLD.state, NEW.state);
              RETURN NULL;
            END $$;
            CREATE TRIGGER remember_state AFTER UPDATE OF state ON "{_table}" FOR EACH ROW
            WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION remember_state()""",  # noqa: S608
        f'DROP TRIGGER IF EXISTS remember_state ON "{_table}"; DROP FUNCTION IF EXISTS remember_state() CASCADE',
    )


class Draft(Row):
    """What somebody typed and has not sent: kept a day for a closed tab, without anything sensitive.

    Its token is in the browser's signed cookie; here is only the digest.
    """

    __tablename__ = "draft"

    conference_id: Mapped[int]
    token_digest: Mapped[str]
    typed: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime]

    __table_args__ = (
        belongs_to("conference", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "token_digest"),
        sa.Index("draft_expiry", "expires_at"),
        sa.Index("draft_conference", "organization_id", "conference_id"),
    )
