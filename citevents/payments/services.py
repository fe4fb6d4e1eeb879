"""Verbs of money: settle a payment against what the processor says now, book what was earned, end it.

The processor is passed in as a `PaymentGateway`; amounts are minor units. Called inside the edge's transaction.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import ALL_ORGANIZATIONS, as_organization, must, session
from citevents.core.events import emit
from citevents.payments import cases, disputes, invoices, ledger, policy, promises, refunds
from citevents.payments.balances.comparing import compare
from citevents.payments.events import PaymentFailed, PaymentSucceeded, PaymentToSettle
from citevents.payments.models import CaseKind, Payment, PaymentState
from citevents.payments.processor import CheckoutState, PaymentGateway
from citevents.registration import queries as registrations


def buyer_returned(payment_public_id: str) -> None:
    """The buyer is back from the processor's page: ask how it went, should its own notice be late or lost."""
    payment = session().scalar(sa.select(Payment).where(Payment.public_id == payment_public_id))
    if payment is not None and payment.state is PaymentState.OPEN:
        emit(PaymentToSettle(payment_id=payment.id))


def settle(payment_id: int, gateway: PaymentGateway) -> None:
    """Bring a payment in line with what the processor says now; safe to repeat, in any order of notices."""
    payment = must(Payment, payment_id, lock=True)
    if payment.checkout_id is None:
        return  # never reached the processor's page
    checkout = gateway.retrieve_checkout(payment.checkout_id)
    payment.intent_id = checkout.payment_intent_id or payment.intent_id
    if payment.state is not PaymentState.SUCCEEDED:
        _settle_open(payment, checkout)
    succeeded = payment.state is PaymentState.SUCCEEDED
    if payment.intent_id is not None and (succeeded or checkout.paid):
        told = gateway.payment_status(payment.intent_id)
        payment.charge_id = told.charge.id if told.charge else payment.charge_id
        if succeeded:
            refunds.settle_all(payment, told.refunds)
            disputes.settle(payment, told.disputes)
        compare(payment, told.net_minor, told.currency)


def _settle_open(payment: Payment, checkout: CheckoutState) -> None:
    told = policy.Told(
        status=checkout.status,
        paid=checkout.paid,
        amount=checkout.amount_minor,
        currency=checkout.currency,
    )
    match policy.outcome(told, payment.amount, payment.currency):
        case policy.Outcome.SUCCEED:
            _succeed(payment)
        case policy.Outcome.FAIL if payment.state is PaymentState.OPEN:
            payment.state = PaymentState.FAILED
            payment.settled_at = now()
            emit(PaymentFailed(payment_id=payment.id, order_id=payment.order_id))
        case policy.Outcome.MISMATCH:
            cases.open_once(CaseKind.AMOUNT, payment.id, told_amount=told.amount, told_currency=told.currency)
        case _:
            pass


def _succeed(payment: Payment) -> None:
    payment.state = PaymentState.SUCCEEDED
    payment.settled_at = now()
    ledger.post(
        f"payment:{payment.public_id}",
        policy.received(payment.amount),
        payment.currency,
        payment_id=payment.id,
    )
    emit(
        PaymentSucceeded(
            payment_id=payment.id,
            order_id=payment.order_id,
            amount=payment.amount,
            currency=payment.currency,
        )
    )


def earn(order_id: int) -> None:
    """An order was confirmed: book what its payment earned and issue the invoice. Free orders book nothing."""
    payment_id = registrations.payment_of(order_id)
    if payment_id is None:
        return
    payment = must(Payment, payment_id, lock=True)
    invoice = invoices.issue(payment)
    ledger.post(
        f"order:{order_id}", policy.earned(invoice.net, invoice.tax), payment.currency, payment_id=payment.id
    )
    promises.owe_earlier(payment)


def end_payment(order_id: int) -> int | None:
    """The hold is over: an order's open payment that never reached the processor ends here; the id of one that did."""
    payment = session().scalar(
        sa.select(Payment)
        .where(Payment.order_id == order_id, Payment.state == PaymentState.OPEN)
        .with_for_update()
    )
    if payment is None:
        return None
    if payment.checkout_id is not None:
        return payment.id
    payment.state, payment.settled_at, payment.asked = PaymentState.FAILED, now(), {}
    return None


def close_checkout(payment_id: int, gateway: PaymentGateway) -> None:
    """Nobody should pay any more. If somebody just did, settling finds it."""
    payment = must(Payment, payment_id, lock=True)
    if payment.checkout_id is not None:
        gateway.expire_checkout(payment.checkout_id)
        settle(payment.id, gateway)


def ask_about_old(before: datetime) -> int:
    """Emit a look at every payment of every organization that is open since before this instant; how many."""
    rows = session().execute(
        sa.select(Payment.organization_id, Payment.id)
        .where(Payment.state == PaymentState.OPEN, Payment.opened_at < before)
        .execution_options(**ALL_ORGANIZATIONS)
    )
    found = rows.all()
    for organization_id, payment_id in found:
        with as_organization(organization_id):
            emit(PaymentToSettle(payment_id=payment_id))
    return len(found)
