"""What the finance desk shows: payments, their refunds and bookings; amounts in minor units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import session
from citevents.payments import current_state
from citevents.payments.models import (
    Account,
    Dispute,
    Entry,
    Payment,
    PaymentState,
    Posting,
    Refund,
    RefundReason,
    RefundState,
)
from citevents.payments.queries import InvoiceLink, invoices_of_order
from citevents.registration import queries as registrations

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class DisputeLine:
    """A dispute; `status` and `reason` are the processor's words, `fee` is in `fee_currency`."""

    processor_id: str
    amount: int
    status: str
    reason: str
    due_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    withdrawn: int
    fee: int
    fee_currency: str

    @property
    def lost(self) -> bool:
        """Whether the bank keeps the money."""
        return self.closed_at is not None and self.withdrawn > 0


@dataclass(frozen=True, kw_only=True)
class PaymentLine:
    """A row of the finance desk."""

    public_id: str
    order_public_id: str
    order_number: str
    state: PaymentState
    amount: int
    refunded: int
    #: The latest dispute, open or decided.
    dispute: DisputeLine | None
    currency: str
    opened_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Listing:
    rows: list[PaymentLine]
    total: int
    pages: int


@dataclass(frozen=True, kw_only=True)
class RefundLine:
    public_id: str
    amount: int
    covered: int
    reason: RefundReason
    state: RefundState
    problem: str
    tries: int
    asked_at: datetime
    done_at: datetime | None
    next_try_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether somebody may decide how it goes on."""
        return self.state is RefundState.FAILED or (self.state is RefundState.ASKED and self.tries > 0)


@dataclass(frozen=True, kw_only=True)
class Booking:
    cause: str
    posted_at: datetime
    lines: list[tuple[Account, int]]


@dataclass(frozen=True, kw_only=True)
class PaymentDetail:
    """A payment with its refunds and bookings; `left` can still be given back."""

    id: int
    public_id: str
    order_public_id: str
    order_number: str
    state: PaymentState
    amount: int
    currency: str
    left: int
    opened_at: datetime
    settled_at: datetime | None
    refunds: list[RefundLine]
    disputes: list[DisputeLine]
    bookings: list[Booking]
    invoices: list[InvoiceLink]

    @property
    def dispute(self) -> DisputeLine | None:
        """The latest one."""
        return self.disputes[-1] if self.disputes else None

    @property
    def refunded(self) -> int:
        """What went back so far."""
        done = (RefundState.SUCCEEDED, RefundState.RETURNED)
        return sum(each.amount - each.covered for each in self.refunds if each.state in done)


def payments_of(conference_id: int, *, page: int | None) -> Listing:
    """Payments of a conference, newest first; a page of fifty, or all when `page` is None."""
    chosen = sa.select(Payment).where(Payment.order_id.in_(registrations.order_ids(conference_id)))
    total = session().scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
    ordered = chosen.order_by(Payment.opened_at.desc(), Payment.id.desc())
    if page is not None:
        ordered = ordered.limit(PAGE).offset((page - 1) * PAGE)
    found = session().scalars(ordered).all()
    names = registrations.order_names(payment.order_id for payment in found)
    stands, disputes = (
        current_state.of(payment.id for payment in found),
        disputes_of(each.id for each in found),
    )
    rows = [
        PaymentLine(
            public_id=payment.public_id,
            order_public_id=names[payment.order_id],
            order_number=registrations.number_of(payment.order_id),
            state=payment.state,
            amount=payment.amount,
            refunded=stands[payment.id].returned if payment.id in stands else 0,
            dispute=disputes[payment.id][-1] if payment.id in disputes else None,
            currency=payment.currency,
            opened_at=payment.opened_at,
            settled_at=payment.settled_at,
        )
        for payment in found
    ]
    return Listing(rows=rows, total=total, pages=max(1, -(-total // PAGE)))


def disputes_of(payment_ids: Iterable[int]) -> dict[int, list[DisputeLine]]:
    """Disputes by payment, oldest first."""
    rows = session().scalars(
        sa.select(Dispute)
        .where(Dispute.payment_id.in_(list(payment_ids)))
        .order_by(Dispute.opened_at, Dispute.id)
    )
    found: dict[int, list[DisputeLine]] = {}
    for row in rows:
        values = {name: getattr(row, name) for name in DisputeLine.__dataclass_fields__}
        found.setdefault(row.payment_id, []).append(DisputeLine(**values))
    return found


def payment_detail(conference_id: int, public_id: str) -> PaymentDetail | None:
    """One payment of a conference with everything that happened to it."""
    current = session()
    payment = current.scalar(
        sa.select(Payment).where(
            Payment.public_id == public_id, Payment.order_id.in_(registrations.order_ids(conference_id))
        )
    )
    if payment is None:
        return None
    refunds = current.scalars(
        sa.select(Refund).where(Refund.payment_id == payment.id).order_by(Refund.asked_at, Refund.id)
    ).all()
    return PaymentDetail(
        id=payment.id,
        public_id=payment.public_id,
        order_public_id=registrations.public_id_of(payment.order_id),
        order_number=registrations.number_of(payment.order_id),
        state=payment.state,
        amount=payment.amount,
        currency=payment.currency,
        left=current_state.of_one(payment.id).left,
        opened_at=payment.opened_at,
        settled_at=payment.settled_at,
        refunds=[
            RefundLine(
                public_id=refund.public_id,
                amount=refund.amount,
                covered=refund.covered,
                reason=refund.reason,
                state=refund.state,
                problem=refund.problem,
                tries=refund.tries,
                next_try_at=refund.next_try_at,
                asked_at=refund.asked_at,
                done_at=refund.done_at,
            )
            for refund in refunds
        ],
        disputes=disputes_of([payment.id]).get(payment.id, []),
        bookings=_bookings(payment.id),
        invoices=invoices_of_order(payment.order_id),
    )


def _bookings(payment_id: int) -> list[Booking]:
    rows = session().execute(
        sa.select(Posting, Entry)
        .join(Entry)
        .where(Posting.payment_id == payment_id)
        .order_by(Posting.posted_at, Posting.id, Entry.id)
    )
    made: dict[int, Booking] = {}
    for posting, entry in rows:
        booking = made.setdefault(
            posting.id,
            Booking(cause=posting.cause.partition(":")[0], posted_at=posting.posted_at, lines=[]),
        )
        booking.lines.append((entry.account, entry.amount))
    return list(made.values())
