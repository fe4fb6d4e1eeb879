"""Promises to give money back: made here or in the processor's dashboard, owed in the ledger until the money moved.

Amounts are minor units. Called inside the edge's transaction; the order's row lock, then the payment's, puts decisions about
one payment in a row.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import must, session
from citevents.core.events import emit
from citevents.core.money import Money, format_money
from citevents.payments import current_state, invoices, ledger, policy
from citevents.payments.errors import PaymentDisputed, RefundNotPossible, RefundTooMuch
from citevents.payments.events import RefundAsked
from citevents.payments.models import Payment, PaymentState, Refund, RefundReason, RefundState
from citevents.registration import returns

#: An asked refund is looked at again after this, should its event be lost.
SAFETY = timedelta(hours=1)


def of_payment(payment_id: int) -> list[Refund]:
    """Every refund of a payment, oldest first."""
    return list(
        session().scalars(sa.select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id))
    )


def ask(
    payment_id: int,
    amount: int,
    reason: RefundReason,
    *,
    registration_id: int | None = None,
    seen_left: int | None = None,
) -> int | None:
    """Promise `amount` back: it is owed from this transaction on; the processor is asked by a reaction. The refund's id.

    RefundTooMuch beyond what is left, or where that is no longer what somebody saw (`seen_left`: a double click gives back
    once); PaymentDisputed while a bank has to decide first, but for money that came too late, which is owed and waits;
    RefundNotPossible without money. None when this registration is refunded already.
    """
    returns.decide(must(Payment, payment_id).order_id)
    payment = must(Payment, payment_id, lock=True)
    if payment.state is not PaymentState.SUCCEEDED:
        raise RefundNotPossible()
    made = of_payment(payment.id)
    if registration_id is not None and any(refund.registration_id == registration_id for refund in made):
        return None
    stands = current_state.of_one(payment.id)
    if stands.blocked and reason is not RefundReason.LATE:
        raise PaymentDisputed()
    left = stands.left + stands.held
    if not 0 < amount <= left or seen_left not in (None, left):
        raise RefundTooMuch(left=format_money(Money(left, payment.currency)))
    refund = Refund(
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        registration_id=registration_id,
        next_try_at=now() + SAFETY,
    )
    session().add(refund)
    session().flush()
    owe(payment, refund)
    audit.record("refund", "payment", payment.id, amount=amount, reason=reason.value)
    emit(RefundAsked(refund_id=refund.id))
    return refund.id


def return_unplaced(payment_id: int) -> None:
    """Give back what is left of what came for an order that has no place for it; twice is once."""
    payment = must(Payment, payment_id, lock=True)
    stands = current_state.of_one(payment.id)
    left = stands.left + stands.held
    if left and invoices.of_payment(payment.id) is None:
        ask(payment_id, left, RefundReason.LATE)


def owe(payment: Payment, refund: Refund) -> None:
    """Book a promise, with its credit note. Before the sale is booked there is nothing to book: what came is owed as it is."""
    invoice = invoices.of_payment(payment.id)
    own = refund.amount - refund.covers
    if invoice is None or not own:
        return
    before = invoices.credited(invoice)
    lines = policy.promised(own, invoice.net, invoice.tax, before)
    if ledger.post(
        f"promise:{refund.public_id}", lines, payment.currency, payment_id=payment.id, refund_id=refund.id
    ):
        invoices.credit(refund, invoice, own, before)


def owe_earlier(payment: Payment) -> None:
    """The sale is booked now: what was promised before lessens it, each promise with its credit note."""
    for refund in of_payment(payment.id):
        if not invoices.is_credited(refund.id):
            owe(payment, refund)


def adopt(payment: Payment, amount: int, processor_id: str) -> Refund:
    """A refund that somebody made in the processor's own dashboard: it carries out promises that wait, or is a new one."""
    made, stands = of_payment(payment.id), current_state.of_one(payment.id)
    open_ = [each for each in made if each.state in (RefundState.ASKED, RefundState.FAILED)]
    waits = {each.id for each in open_ if each.tries or each.state is RefundState.FAILED}
    shares = policy.covered_by(
        amount,
        stands.left + stands.held,
        [(each.id, each.amount - each.covered) for each in open_ if each.id in waits],
        [(each.id, each.amount - each.covered) for each in open_ if each.id not in waits],
    )
    for each in open_:
        cover(each, shares.get(each.id, 0))
    refund = Refund(
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        reason=RefundReason.PROCESSOR,
        state=RefundState.PENDING,
        processor_id=processor_id,
        covers=sum(shares.values()),
    )
    session().add(refund)
    session().flush()
    owe(payment, refund)
    return refund


def cover(refund: Refund, amount: int) -> None:
    """A part of a promise was carried out by another way; the rest is asked for with a key of its own."""
    if not amount:
        return
    refund.covered += amount
    refund.attempt += 1
    if refund.covered == refund.amount:
        refund.state, refund.done_at, refund.next_try_at = RefundState.RETURNED, now(), None


def uncover(refund: Refund, amount: int) -> None:
    """What a bank had carried out is undone: it is owed again, and asked for."""
    refund.covered -= amount
    refund.attempt += 1
    if refund.state is RefundState.RETURNED:
        refund.state, refund.done_at, refund.next_try_at = RefundState.ASKED, None, now() + SAFETY
        emit(RefundAsked(refund_id=refund.id))
