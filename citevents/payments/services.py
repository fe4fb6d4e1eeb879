"""Verbs of money: open a payment, settle it against what the processor says now, book what was earned, end it.

The processor is passed in as a `PaymentGateway`; amounts are minor units. Called inside the edge's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from citevents.core.clock import now
from citevents.core.db import ALL_ORGANIZATIONS, as_organization, current_organization_id, must, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.core.tokens import new_public_id
from citevents.payments import cases, disputes, invoices, ledger, policy, promises, refunds
from citevents.payments.errors import NothingToPay
from citevents.payments.events import CheckoutUnwanted, PaymentFailed, PaymentSucceeded, PaymentToSettle
from citevents.payments.models import CaseKind, Payment, PaymentState
from citevents.payments.processor import Checkout, CheckoutState, PaymentGateway
from citevents.registration import queries as registrations

#: A checkout that could not be opened for this long is begun anew.
STALE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a checkout is opened with, or the address of the one that is open already."""

    payment_id: int
    public_id: str
    opened_at: datetime
    order: registrations.OrderToPay
    url: str | None


def open_payment(order_public_id: str) -> Opening:
    """The open payment of an order, made if there is none. NothingToPay when the order takes no money now."""
    order = registrations.order_to_pay(order_public_id)
    if order is None:
        raise NotYours()
    instant = now()
    if not order.payable(instant):
        raise NothingToPay()
    current = session()
    # A checkout that never opened keeps its key, and with it a closing time that is running out: begin anew.
    current.execute(
        sa.update(Payment)
        .where(
            Payment.order_id == order.order_id,
            Payment.state == PaymentState.OPEN,
            Payment.checkout_id.is_(None),
            Payment.opened_at < instant - STALE,
        )
        .values(state=PaymentState.FAILED, settled_at=instant)
        .execution_options(synchronize_session=False)
    )
    # Two tabs: the second waits here for the first, and finds its payment.
    current.execute(
        insert(Payment)
        .values(
            organization_id=current_organization_id(),
            public_id=new_public_id(),
            order_id=order.order_id,
            amount=order.amount,
            currency=order.currency,
            state=PaymentState.OPEN,
            opened_at=instant,
        )
        .on_conflict_do_nothing()
    )
    payment = current.scalars(
        sa.select(Payment).where(Payment.order_id == order.order_id, Payment.state == PaymentState.OPEN)
    ).one()
    return Opening(
        payment_id=payment.id,
        public_id=payment.public_id,
        opened_at=payment.opened_at,
        order=order,
        url=payment.checkout_url,
    )


def remember_checkout(payment_id: int, checkout: Checkout) -> bool:
    """Keep the processor's name and page of a payment's checkout. False where the payment ended while that page was opened:
    it is closed, and nobody is sent there."""
    payment = must(Payment, payment_id, lock=True)
    payment.checkout_id = checkout.id
    payment.checkout_url = checkout.url
    if payment.state is not PaymentState.OPEN:
        emit(CheckoutUnwanted(payment_id=payment.id))
        return False
    return True


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
    if payment.intent_id is not None and payment.state is PaymentState.SUCCEEDED:
        told = gateway.payment_status(payment.intent_id)
        refunds.settle_all(payment, told.refunds)
        disputes.settle(payment, told.disputes)


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
            cases.open_case(CaseKind.AMOUNT, payment.id, told_amount=told.amount, told_currency=told.currency)
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
    payment.state = PaymentState.FAILED
    payment.settled_at = now()
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
