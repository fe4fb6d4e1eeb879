"""Refunds: decided here or in the processor's dashboard, carried out once, booked with their credit notes.

Amounts are minor units. Called inside the edge's transaction; the payment's row lock puts refunds of one payment in a row.
"""

from __future__ import annotations

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import must, session
from citevents.core.events import emit
from citevents.core.money import Money, format_money
from citevents.payments import cases, invoices, ledger, policy
from citevents.payments.errors import RefundNotPossible, RefundTooMuch
from citevents.payments.events import PaymentToSettle, RefundAsked, Refunded
from citevents.payments.models import (
    CaseKind,
    Invoice,
    Payment,
    PaymentState,
    Refund,
    RefundReason,
    RefundState,
)
from citevents.payments.processor import GatewayRefused, PaymentGateway
from citevents.payments.processor import RefundState as ToldRefund
from citevents.registration import returns

#: Refunds that took, or may yet take, money.
LIVE = (RefundState.ASKED, RefundState.PENDING, RefundState.SUCCEEDED)


def ask(
    payment_id: int,
    amount: int,
    reason: RefundReason,
    *,
    registration_id: int | None = None,
    seen_left: int | None = None,
) -> int | None:
    """Decide to give `amount` back; the processor is asked by a reaction. The refund's id.

    RefundTooMuch beyond what is left, or where that is no longer what somebody saw (`seen_left`: a double click gives back
    once); RefundNotPossible without money. None when this registration is refunded already.
    """
    returns.decide(must(Payment, payment_id).order_id)
    payment = must(Payment, payment_id, lock=True)
    if payment.state is not PaymentState.SUCCEEDED:
        raise RefundNotPossible()
    current = session()
    live = current.scalars(
        sa.select(Refund).where(Refund.payment_id == payment.id, Refund.state.in_(LIVE))
    ).all()
    if registration_id is not None and any(refund.registration_id == registration_id for refund in live):
        return None
    left = policy.refundable(payment.amount, [refund.amount for refund in live])
    if not 0 < amount <= left or seen_left not in (None, left):
        raise RefundTooMuch(left=format_money(Money(left, payment.currency)))
    refund = Refund(
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        registration_id=registration_id,
    )
    current.add(refund)
    current.flush()
    audit.record("refund", "payment", payment.id, amount=amount, reason=reason.value)
    emit(RefundAsked(refund_id=refund.id))
    return refund.id


def return_unplaced(payment_id: int) -> None:
    """Give back what came for an order that has no place for it."""
    owed = ledger.owed_to_buyer(payment_id)
    if owed > 0:
        ask(payment_id, owed, RefundReason.LATE)


def carry_out(refund_id: int, gateway: PaymentGateway) -> None:
    """Ask the processor for a refund that was decided here; its public id makes the call safe to repeat."""
    refund = must(Refund, refund_id)
    payment = must(Payment, refund.payment_id, lock=True)
    session().refresh(refund)
    if refund.state is not RefundState.ASKED or payment.intent_id is None:
        return
    try:
        told = gateway.refund(
            payment_intent_id=payment.intent_id,
            amount_minor=refund.amount,
            currency=payment.currency,
            key=refund.public_id,
            metadata={"refund": refund.public_id},
        )
    except GatewayRefused as refusal:
        # Given back from the processor's dashboard in the meantime, say: nothing moved; a person looks.
        refund.state = RefundState.FAILED
        refund.done_at = now()
        cases.open_case(CaseKind.REFUND_FAILED, payment.id, refund=refund.id, code=refusal.code)
        emit(PaymentToSettle(payment_id=payment.id))
        return
    settle(payment, told, refund)


def settle(payment: Payment, told: ToldRefund, refund: Refund | None = None) -> None:
    current = session()
    refund = refund or current.scalar(
        sa.select(Refund).where(sa.or_(Refund.processor_id == told.id, Refund.public_id == (told.key or "")))
    )
    if refund is None:
        refund = Refund(
            payment_id=payment.id,
            amount=told.amount_minor,
            currency=payment.currency,
            reason=RefundReason.PROCESSOR,
            state=RefundState.PENDING,
        )
        current.add(refund)
        current.flush()
    refund.processor_id = told.id
    if told.status == "succeeded" and refund.state is not RefundState.SUCCEEDED:
        _done(payment, refund)
    elif told.status in ("failed", "canceled") and refund.state is not RefundState.FAILED:
        _failed(payment, refund)
    elif told.status == "pending" and refund.state is RefundState.ASKED:
        refund.state = RefundState.PENDING


def _done(payment: Payment, refund: Refund) -> None:
    before = _given_back(payment.id)
    invoice = invoices.of_payment(payment.id)
    lines = policy.given_back(
        refund.amount,
        invoice.net if invoice else 0,
        invoice.tax if invoice else 0,
        before,
        confirmed=invoice is not None,
    )
    refund.state = RefundState.SUCCEEDED
    refund.done_at = now()
    ledger.post(
        f"refund:{refund.public_id}", lines, payment.currency, payment_id=payment.id, refund_id=refund.id
    )
    invoices.credit(refund, payment, before)
    emit(Refunded(refund_id=refund.id, payment_id=payment.id, order_id=payment.order_id))


def _failed(payment: Payment, refund: Refund) -> None:
    if refund.state is RefundState.SUCCEEDED:
        # The bank sent it back after all: a person decides, the books show it as given back until then.
        cases.open_case(CaseKind.REFUND_FAILED, payment.id, refund=refund.id, after="succeeded")
        return
    refund.state = RefundState.FAILED
    refund.done_at = now()
    cases.open_case(CaseKind.REFUND_FAILED, payment.id, refund=refund.id)


def _given_back(payment_id: int) -> int:
    return int(
        session().scalar(
            sa.select(sa.func.coalesce(sa.func.sum(Refund.amount), 0)).where(
                Refund.payment_id == payment_id, Refund.state == RefundState.SUCCEEDED
            )
        )
        or 0
    )


def credit_earlier(payment: Payment, invoice: Invoice) -> None:
    """What went back before the sale was booked came out of what was owed: it lessens the sale now, with its credit note."""
    before = 0
    for refund in session().scalars(
        sa.select(Refund)
        .where(Refund.payment_id == payment.id, Refund.state == RefundState.SUCCEEDED)
        .order_by(Refund.done_at, Refund.id)
    ):
        if not invoices.is_credited(refund.id):
            lines = policy.credited(refund.amount, invoice.net, invoice.tax, before)
            ledger.post(
                f"credit:{refund.public_id}",
                lines,
                payment.currency,
                payment_id=payment.id,
                refund_id=refund.id,
            )
            invoices.credit(refund, payment, before)
        before += refund.amount
