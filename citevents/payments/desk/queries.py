"""What the finance desk shows: payments, their refunds and bookings; amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import session
from citevents.payments.models import (
    Account,
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
class PaymentLine:
    """A row of the finance desk."""

    public_id: str
    order_public_id: str
    state: PaymentState
    amount: int
    refunded: int
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
    amount: int
    reason: RefundReason
    state: RefundState
    asked_at: datetime
    done_at: datetime | None


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
    state: PaymentState
    amount: int
    currency: str
    left: int
    opened_at: datetime
    settled_at: datetime | None
    refunds: list[RefundLine]
    bookings: list[Booking]
    invoices: list[InvoiceLink]


def _refunded() -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount), 0))
        .where(
            Refund.organization_id == Payment.organization_id,
            Refund.payment_id == Payment.id,
            Refund.state == RefundState.SUCCEEDED,
        )
        .scalar_subquery()
    )


def payments_of(conference_id: int, *, page: int | None) -> Listing:
    """Payments of a conference, newest first; a page of fifty, or all when `page` is None."""
    chosen = sa.select(Payment, _refunded().label("refunded")).where(
        Payment.order_id.in_(registrations.order_ids(conference_id))
    )
    total = session().scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
    ordered = chosen.order_by(Payment.opened_at.desc(), Payment.id.desc())
    if page is not None:
        ordered = ordered.limit(PAGE).offset((page - 1) * PAGE)
    found = session().execute(ordered).all()
    names = registrations.order_names(payment.order_id for payment, _ in found)
    rows = [
        PaymentLine(
            public_id=payment.public_id,
            order_public_id=names[payment.order_id],
            state=payment.state,
            amount=payment.amount,
            refunded=int(refunded),
            currency=payment.currency,
            opened_at=payment.opened_at,
            settled_at=payment.settled_at,
        )
        for payment, refunded in found
    ]
    return Listing(rows=rows, total=total, pages=max(1, -(-total // PAGE)))


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
    returning = sum(refund.amount for refund in refunds if refund.state is not RefundState.FAILED)
    return PaymentDetail(
        id=payment.id,
        public_id=payment.public_id,
        order_public_id=registrations.public_id_of(payment.order_id),
        state=payment.state,
        amount=payment.amount,
        currency=payment.currency,
        left=payment.amount - returning if payment.state is PaymentState.SUCCEEDED else 0,
        opened_at=payment.opened_at,
        settled_at=payment.settled_at,
        refunds=[
            RefundLine(
                amount=refund.amount,
                reason=refund.reason,
                state=refund.state,
                asked_at=refund.asked_at,
                done_at=refund.done_at,
            )
            for refund in refunds
        ],
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
