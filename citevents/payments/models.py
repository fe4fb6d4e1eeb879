"""Tables of money: payments, refunds, the processor's notices, the ledger, receipts, cases for a person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from citevents.core.clock import now
from citevents.core.db import Mapped, Model, Row, attach, belongs_to, mapped_column
from citevents.core.tokens import new_public_id


class PaymentState(StrEnum):
    OPEN = "open"  # the buyer may be on the processor's page
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # expired or given up; nothing was charged


class Payment(Row):
    """One attempt to pay an order at the processor. `public_id` is the idempotency key of its checkout."""

    __tablename__ = "payment"

    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    order_id: Mapped[int]
    amount: Mapped[int]
    currency: Mapped[str]
    state: Mapped[PaymentState] = mapped_column(default=PaymentState.OPEN)
    #: What its checkout is opened with, the same at every try: the processor's key takes nothing else. Emptied once it is
    #: open, or over: the buyer's address is in it.
    asked: Mapped[dict[str, Any]] = mapped_column(default_factory=dict, server_default=sa.text("'{}'"))
    #: The processor's names for it, once the checkout is open.
    checkout_id: Mapped[str | None] = mapped_column(default=None)
    checkout_url: Mapped[str | None] = mapped_column(default=None)
    intent_id: Mapped[str | None] = mapped_column(default=None)
    charge_id: Mapped[str | None] = mapped_column(default=None)
    opened_at: Mapped[datetime] = mapped_column(default_factory=now)
    settled_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("order"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.Index("payment_order", "organization_id", "order_id"),
        # One checkout at a time: two tabs lead to the same page.
        sa.Index(
            "payment_open",
            "organization_id",
            "order_id",
            unique=True,
            postgresql_where=sa.text("state = 'open'"),
        ),
        sa.Index("payment_checkout", "checkout_id", unique=True),
        sa.Index("payment_intent", "intent_id"),
        sa.Index("payment_charge", "charge_id"),
        # Whose it is, before anybody knows which organization to ask.
        sa.Index("payment_public", "public_id"),
    )


class RefundState(StrEnum):
    ASKED = "asked"  # owed; the processor is asked, now or at `next_try_at`
    PENDING = "pending"  # owed; the processor took it on
    SUCCEEDED = "succeeded"  # moved, as far as the processor's last answer goes
    FAILED = "failed"  # owed; it did not arrive, and a person decides how it goes on
    RETURNED = "returned"  # went back by another way
    WRITTEN_OFF = "written_off"  # nobody to give it to; a person said why


#: What somebody was told they get back, and did not get yet.
OWED = (RefundState.ASKED, RefundState.PENDING, RefundState.FAILED)


class RefundReason(StrEnum):
    CANCELLED = "cancelled"  # a place was given back in time
    LATE = "late"  # the money came when the place was gone
    DESK = "desk"  # finance decided
    PROCESSOR = "processor"  # started in the processor's own dashboard


class Refund(Row):
    """A promise to give money back, and how it fares: owed in the ledger from the moment it is made until it moved.

    `public_id` names it at the processor, with the number of the attempt from the second on. Together the refunds of a
    payment never exceed it, `covers` taken off.
    """

    __tablename__ = "refund"

    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    payment_id: Mapped[int]
    amount: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[RefundReason]
    state: Mapped[RefundState] = mapped_column(default=RefundState.ASKED)
    #: The registration that was given back, where there is one.
    registration_id: Mapped[int | None] = mapped_column(default=None)
    processor_id: Mapped[str | None] = mapped_column(default=None)
    asked_at: Mapped[datetime] = mapped_column(default_factory=now)
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    #: The attempt that runs or comes next; a key of the processor remembers a failure, so each has its own.
    attempt: Mapped[int] = mapped_column(sa.Integer, default=1, server_default=sa.text("1"))
    #: How often the processor said "not now" since somebody last decided, and the last reason, a code.
    tries: Mapped[int] = mapped_column(sa.Integer, default=0, server_default=sa.text("0"))
    problem: Mapped[str] = mapped_column(default="", server_default="")
    #: When it is asked again; every asked refund has one, should its event be lost.
    next_try_at: Mapped[datetime | None] = mapped_column(default=None)
    #: What of it went back by another refund that nobody here asked for, and what such a refund carries for others.
    covered: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    covers: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))

    __table_args__ = (
        belongs_to("payment"),
        belongs_to("registration"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.CheckConstraint("covered BETWEEN 0 AND amount AND covers BETWEEN 0 AND amount", name="shares"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.Index("refund_payment", "organization_id", "payment_id"),
        sa.Index("refund_processor", "processor_id", unique=True),
        sa.Index("refund_public", "public_id"),
        # A place is refunded once, whoever asks how often.
        sa.Index(
            "refund_registration",
            "organization_id",
            "registration_id",
            unique=True,
            postgresql_where=sa.text("registration_id IS NOT NULL AND state <> 'failed'"),
        ),
        sa.Index("refund_next_try", "next_try_at", postgresql_where=sa.text("next_try_at IS NOT NULL")),
        sa.Index("refund_of_registration", "organization_id", "registration_id"),
    )


class Dispute(Row):
    """A buyer asked their bank for the money back. `status` and `reason` are the processor's words; amounts are those booked."""

    __tablename__ = "dispute"

    payment_id: Mapped[int]
    processor_id: Mapped[str] = mapped_column(unique=True)
    amount: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str]
    #: Whether the payment can be refunded all the same: the bank only asks, or has decided for us.
    refundable: Mapped[bool]
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    #: What the bank holds, of that what was lost for good, and the promises that it carried out: {refund id: amount}.
    withdrawn: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    covers: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    fee: Mapped[int] = mapped_column(default=0)
    fee_currency: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        belongs_to("payment"),
        sa.CheckConstraint("amount > 0", name="amount"),
        sa.Index("dispute_payment", "organization_id", "payment_id"),
    )


class Notice(Model):
    """Something the processor told us, signed. Ids only: what it means is asked of the processor when it is handled.

    It is the installation's until its owner is known: one account of the processor serves every organization here.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True, init=False)
    #: Whose payment it is about; NULL is nobody's that is known.
    organization_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organization.id"), default=None)
    processor_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    #: The checkout, intent, charge, refund or dispute that it is about, and the names of what is behind it where told.
    subject: Mapped[str]
    intent_id: Mapped[str | None] = mapped_column(default=None)
    charge_id: Mapped[str | None] = mapped_column(default=None)
    #: Ours, from its metadata.
    payment_public_id: Mapped[str | None] = mapped_column(default=None)
    refund_public_id: Mapped[str | None] = mapped_column(default=None)
    said_at: Mapped[datetime]
    stored_at: Mapped[datetime] = mapped_column(default_factory=now)
    handled_at: Mapped[datetime | None] = mapped_column(default=None)
    #: What a person of the installation said about one that stayed nobody's.
    decision: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (
        sa.Index("notice_stored", "organization_id", "stored_at"),
        sa.Index(
            "notice_unowned",
            "stored_at",
            postgresql_where=sa.text("organization_id IS NULL AND handled_at IS NULL"),
        ),
    )


class CaseKind(StrEnum):
    AMOUNT = "amount"  # the processor's amount or currency is not ours
    TWICE = "twice"  # an order was paid a second time
    REFUND_FAILED = "refund_failed"  # closes with an outcome that books
    DISPUTE = "dispute"  # the buyer's bank took the money until it decides
    DIFFERENCE = "difference"  # the processor holds another amount for a payment than the ledger says
    REFUSED = "refused"  # the processor takes no payment for an order, and will not


class Case(Row):
    """Something about money that a person must decide. While it is open, the house holds still."""

    __tablename__ = "money_case"

    kind: Mapped[CaseKind]
    payment_id: Mapped[int | None] = mapped_column(default=None)
    #: Ids, amounts, the processor's codes and sentences; no names.
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    opened_at: Mapped[datetime] = mapped_column(default_factory=now)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_by: Mapped[int | None] = mapped_column(default=None)
    decision: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        belongs_to("payment"),
        sa.Index(
            "money_case_open", "organization_id", "opened_at", postgresql_where=sa.text("closed_at IS NULL")
        ),
        sa.Index("money_case_payment", "organization_id", "payment_id"),
    )


class Account(StrEnum):
    PROCESSOR = "processor"  # money that the processor holds for us
    SALES = "sales"  # what was earned, without tax
    TAX = "tax"  # what is owed to the tax office
    BUYERS = "buyers"  # what is owed to buyers: paid without a place, or promised back and not moved yet
    ELSEWHERE = "elsewhere"  # what was returned by another way than the processor
    WRITTEN_OFF = "written_off"  # what was owed to somebody and kept, with a reason
    DISPUTED = "disputed"  # what a bank took back until it has decided
    LOST = "lost"  # what a bank took for good
    FEES = "fees"  # what disputes cost
    DIFFERENCES = "differences"  # what the processor holds more or less than anything explains, with a reason


class Posting(Row):
    """One transaction of the ledger, named by its cause so that it is posted once."""

    __tablename__ = "posting"

    cause: Mapped[str]
    payment_id: Mapped[int]
    refund_id: Mapped[int | None] = mapped_column(default=None)
    posted_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("payment"),
        belongs_to("refund"),
        sa.UniqueConstraint("organization_id", "cause"),
        sa.Index("posting_payment", "organization_id", "payment_id"),
        sa.Index("posting_refund", "organization_id", "refund_id"),
    )


class Entry(Row):
    """A line of a posting: plus is debit, minus is credit; a posting's lines add up to nought per currency."""

    __tablename__ = "ledger_entry"

    posting_id: Mapped[int]
    account: Mapped[Account]
    amount: Mapped[int]
    currency: Mapped[str]

    __table_args__ = (
        belongs_to("posting"),
        sa.CheckConstraint("amount <> 0", name="amount"),
        sa.Index("ledger_entry_posting", "organization_id", "posting_id"),
        sa.Index("ledger_entry_account", "organization_id", "account", "currency"),
    )


# The ledger balances at commit, whoever wrote it, and its past does not change.
attach(
    "ledger_entry",
    """CREATE OR REPLACE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF EXISTS (SELECT FROM ledger_entry e
                    WHERE e.organization_id = NEW.organization_id AND e.posting_id = NEW.posting_id
                    GROUP BY e.currency HAVING sum(e.amount) <> 0)
         THEN RAISE EXCEPTION 'posting % does not balance', NEW.posting_id; END IF;
         RETURN NULL;
       END $$;
       CREATE CONSTRAINT TRIGGER ledger_balances AFTER INSERT ON ledger_entry
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();
       CREATE OR REPLACE FUNCTION money_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'what was booked does not change'; END $$;
       CREATE TRIGGER ledger_immutable BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW
       EXECUTE FUNCTION money_immutable()""",
    """DROP TRIGGER IF EXISTS ledger_balances ON ledger_entry; DROP TRIGGER IF EXISTS ledger_immutable ON ledger_entry;
       DROP FUNCTION IF EXISTS ledger_balances() CASCADE; DROP FUNCTION IF EXISTS money_immutable() CASCADE""",
)


class InvoiceSeries(Row):
    """Counts the invoices of one series (a year), under its row lock: no number is skipped or used twice."""

    __tablename__ = "invoice_series"

    name: Mapped[str]
    last: Mapped[int] = mapped_column(default=0)

    __table_args__ = (sa.UniqueConstraint("organization_id", "name"),)


class Invoice(Row):
    """An issued invoice or (with `credits`) credit note: seller, buyer and lines as they were that day. It never changes.

    One thing is taken from it: the buyer's name and agency, once the buyer is erased (docs/decisions/invoices-and-erasure.md).
    """

    __tablename__ = "invoice"

    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    series: Mapped[str]
    number: Mapped[int]
    order_id: Mapped[int]
    payment_id: Mapped[int]
    #: The invoice that a credit note takes back in part or whole.
    credits: Mapped[int | None] = mapped_column(default=None)
    refund_id: Mapped[int | None] = mapped_column(default=None)
    issued_at: Mapped[datetime] = mapped_column(default_factory=now)
    seller_name: Mapped[str]
    seller_mail: Mapped[str]
    #: The buyer as given with the order; `buyer_country` is ISO 3166-1 alpha-2.
    buyer_name: Mapped[str]
    buyer_agency: Mapped[str]
    buyer_country: Mapped[str]
    #: When the buyer's name was taken off.
    erased_at: Mapped[datetime | None] = mapped_column(default=None)
    #: The name of the conference.
    subject: Mapped[str]
    currency: Mapped[str]
    net: Mapped[int]
    tax: Mapped[int]
    total: Mapped[int]
    #: [{"name", "net", "tax", "total", "tax_basis_points"}]; no person.
    lines: Mapped[Any] = mapped_column(JSONB, default_factory=list)
    #: Of all the above, made by the database: tells a change that was made behind its back.
    digest: Mapped[str] = mapped_column(init=False, server_default=sa.FetchedValue())

    __table_args__ = (
        belongs_to("order"),
        belongs_to("payment"),
        belongs_to("invoice", "credits"),
        belongs_to("refund"),
        sa.CheckConstraint("total = net + tax", name="amounts"),
        sa.CheckConstraint(
            "erased_at IS NULL OR (buyer_name = '' AND buyer_agency = '')", name="erased_is_nobody"
        ),
        sa.UniqueConstraint("organization_id", "series", "number"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.UniqueConstraint("organization_id", "refund_id"),
        sa.Index(
            "invoice_payment",
            "organization_id",
            "payment_id",
            unique=True,
            postgresql_where=sa.text("credits IS NULL"),
        ),
        sa.Index("invoice_order", "organization_id", "order_id"),
        sa.Index("invoice_of_payment", "organization_id", "payment_id"),
        sa.Index("invoice_credits", "organization_id", "credits"),
    )


attach(
    "invoice",
    """CREATE OR REPLACE FUNCTION invoice_digest(i invoice) RETURNS text LANGUAGE sql IMMUTABLE AS
       $$ SELECT md5(jsonb_build_array(
            i.organization_id, i.id, i.public_id, i.series, i.number, i.order_id, i.payment_id, i.credits, i.refund_id,
            extract(epoch FROM i.issued_at), i.seller_name, i.seller_mail, i.buyer_name, i.buyer_agency, i.buyer_country,
            extract(epoch FROM i.erased_at), i.subject, i.currency, i.net, i.tax, i.total, i.lines)::text) $$;
       CREATE OR REPLACE FUNCTION invoice_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ DECLARE was invoice;
       BEGIN
         IF TG_OP = 'INSERT' THEN
           NEW.digest := invoice_digest(NEW);
           RETURN NEW;
         END IF;
         IF TG_OP = 'UPDATE' AND OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL THEN
           was := OLD;
           was.buyer_name := '';
           was.buyer_agency := '';
           was.erased_at := NEW.erased_at;
           IF was IS NOT DISTINCT FROM NEW AND EXISTS (
             SELECT FROM "order" o JOIN person p ON p.organization_id = o.organization_id AND p.id = o.person_id
             WHERE o.organization_id = NEW.organization_id AND o.id = NEW.order_id AND p.erased_at IS NOT NULL)
           THEN
             NEW.digest := invoice_digest(NEW);
             RETURN NEW;
           END IF;
         END IF;
         RAISE EXCEPTION 'an issued invoice does not change';
       END $$;
       CREATE TRIGGER invoice_immutable BEFORE INSERT OR UPDATE OR DELETE ON invoice FOR EACH ROW
       EXECUTE FUNCTION invoice_immutable()""",
    """DROP TRIGGER IF EXISTS invoice_immutable ON invoice; DROP FUNCTION IF EXISTS invoice_immutable() CASCADE;
       DROP FUNCTION IF EXISTS invoice_digest(invoice) CASCADE""",
)
