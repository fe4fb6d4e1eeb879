"""Disputes: the buyer's bank took the money, or asks about it. Booked by what the processor says now, open until the bank decided.

Called inside the edge's transaction, under the payment's row lock. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import must, session
from citevents.core.events import emit
from citevents.payments import cases, invoices, ledger, policy, promises
from citevents.payments.events import DisputeClosed, DisputeOpened, RefundAsked
from citevents.payments.models import Account, CaseKind, Dispute, Payment, Refund, RefundState
from citevents.payments.processor import DisputeState
from citevents.registration import returns

#: The bank keeps the money, or gave it to the buyer before it came to a dispute.
_LOST = ("lost", "prevented")


def blocks(payment_id: int) -> bool:
    """Whether a bank has to decide before anything of this payment can be given back."""
    return (
        session().scalar(
            sa.select(Dispute.id)
            .where(Dispute.payment_id == payment_id, Dispute.closed_at.is_(None), ~Dispute.refundable)
            .limit(1)
        )
        is not None
    )


def settle(payment: Payment, told: Iterable[DisputeState]) -> None:
    """Bring the disputes of a payment in line with what the processor says now; safe to repeat, in any order of notices."""
    for each in told:
        dispute = session().scalar(sa.select(Dispute).where(Dispute.processor_id == each.id))
        _settle(payment, dispute or _new(payment, each), each)


def _new(payment: Payment, told: DisputeState) -> Dispute:
    dispute = Dispute(
        payment_id=payment.id,
        processor_id=told.id,
        amount=told.amount_minor,
        currency=told.currency,
        status="",
        reason=told.reason,
        refundable=told.refundable,
        opened_at=told.created_at,
        fee_currency=told.fee_currency,
    )
    session().add(dispute)
    session().flush()
    if told.open:
        emit(DisputeOpened(dispute_id=dispute.id, payment_id=payment.id, order_id=payment.order_id))
    return dispute


def _settle(payment: Payment, dispute: Dispute, told: DisputeState) -> None:
    was_open = dispute.closed_at is None
    dispute.amount, dispute.status, dispute.due_at = told.amount_minor, told.status, told.due_at
    dispute.reason, dispute.refundable = told.reason, told.refundable
    _book(payment, dispute, told)
    if told.open:
        dispute.closed_at = None
        cases.open_case(CaseKind.DISPUTE, payment.id, dispute=dispute.processor_id)
    elif was_open:
        dispute.closed_at = now()
        cases.close_dispute(payment.id, dispute.processor_id, told.status)
        won = told.status not in _LOST
        emit(DisputeClosed(dispute_id=dispute.id, payment_id=payment.id, order_id=payment.order_id, won=won))
        if won and not blocks(payment.id):
            _go_on(payment)


def _book(payment: Payment, dispute: Dispute, told: DisputeState) -> None:
    """Post what differs from what is booked: withdrawn or given back, the fee, and what is lost for good."""
    if (dispute.covers or dispute.lost) and told.status not in _LOST:
        _not_lost(payment, dispute)
    if told.withdrawn_minor != dispute.withdrawn:
        _post(payment, dispute, "dispute", policy.withdrawn(told.withdrawn_minor - dispute.withdrawn))
        dispute.withdrawn = told.withdrawn_minor
    if told.fee_minor != dispute.fee:
        lines = policy.fee(told.fee_minor - dispute.fee)
        _post(payment, dispute, "dispute_fee", lines, told.fee_currency)
        dispute.fee, dispute.fee_currency = told.fee_minor, told.fee_currency
    if told.status in _LOST:
        _lose(payment, dispute)


def _lose(payment: Payment, dispute: Dispute) -> None:
    """The bank keeps what it holds. What was promised to the buyer is carried out by that, the rest is lost."""
    rest = dispute.withdrawn - dispute.lost - sum(dispute.covers.values())
    if rest <= 0:
        return
    open_ = [
        each
        for each in promises.of_payment(payment.id)
        if each.state in (RefundState.ASKED, RefundState.FAILED)
    ]
    shares = policy.within([(each.id, each.amount - each.covered) for each in open_], rest)
    for each in open_:
        promises.cover(each, shares.get(each.id, 0))
    owed = sum(shares.values())
    _post(payment, dispute, "lost", policy.lost(rest, owed))
    dispute.lost += rest - owed
    dispute.covers = dispute.covers | {str(id): amount for id, amount in shares.items()}
    cases.close_returned(payment.id)


def return_unplaced(payment_id: int) -> None:
    """Give back what came for an order that has no place for it; what a bank took for good by now went back by that."""
    returns.decide(must(Payment, payment_id).order_id)
    payment = must(Payment, payment_id, lock=True)
    if invoices.of_payment(payment.id) is not None:
        return
    # Heard of before the promise that it carries out: once more, in this order.
    lost = [each for each in _of(payment_id) if each.status in _LOST and each.lost]
    for dispute in lost:
        _not_lost(payment, dispute)
    promises.return_unplaced(payment_id)
    for dispute in lost:
        _lose(payment, dispute)


def _of(payment_id: int) -> list[Dispute]:
    return list(
        session().scalars(sa.select(Dispute).where(Dispute.payment_id == payment_id).order_by(Dispute.id))
    )


def _not_lost(payment: Payment, dispute: Dispute) -> None:
    """It was lost and is not any more, after an appeal say: what was carried out by it is owed again."""
    owed = sum(dispute.covers.values())
    lines = policy.lost(dispute.lost + owed, owed)
    _post(payment, dispute, "not_lost", {account: -amount for account, amount in lines.items()})
    for id, amount in dispute.covers.items():
        promises.uncover(must(Refund, int(id)), amount)
    dispute.lost, dispute.covers = 0, {}


def _go_on(payment: Payment) -> None:
    """Refunds that waited for the bank are asked for now."""
    for refund in promises.of_payment(payment.id):
        if refund.state is RefundState.ASKED and refund.tries:
            emit(RefundAsked(refund_id=refund.id))


def _post(
    payment: Payment, dispute: Dispute, what: str, lines: dict[Account, int], currency: str = ""
) -> None:
    cause = ledger.next_cause(f"{what}:{dispute.processor_id}")
    ledger.post(cause, lines, currency or payment.currency, payment_id=payment.id)
