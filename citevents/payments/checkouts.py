"""Checkouts: what a payment's page at the processor is opened with, kept before the first try and sent unchanged at every other.

Called inside the edge's transaction; the processor is asked between two of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from citevents.core.clock import now
from citevents.core.db import current_organization_id, must, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.core.links import link_to
from citevents.core.tokens import new_public_id
from citevents.payments import cases
from citevents.payments.errors import NothingToPay, PaymentRefused
from citevents.payments.events import CheckoutUnwanted
from citevents.payments.models import Case, CaseKind, Payment, PaymentState
from citevents.payments.processor import SHORTEST_CHECKOUT, Checkout, GatewayRefused
from citevents.registration import queries as registrations
from citevents.registration.queries import OrderToPay

#: A checkout that could not be opened for this long is begun anew.
STALE = timedelta(minutes=1)
#: How long a page may be paid at; ours is closed when the hold ends. Room for the tries of one payment, and for a processor
#: whose clock is ahead.
LIFE = SHORTEST_CHECKOUT + STALE + timedelta(minutes=5)


#: Of the processor's sentences.
LONGEST_SENTENCE = 300


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The open payment of an order: the address of its page, or what `PaymentGateway.open_checkout` is asked with."""

    payment_id: int
    url: str | None
    asked: dict[str, Any]


def open_payment(order_public_id: str) -> Opening:
    """The open payment of an order, made if there is none. NothingToPay when the order takes no money now, PaymentRefused
    while somebody has to look why the processor takes none for it."""
    order = registrations.order_to_pay(order_public_id)
    if order is None:
        raise NotYours()
    instant = now()
    if not order.payable(instant):
        raise NothingToPay()
    if is_refused(order.order_id):
        raise PaymentRefused()
    _end_stale(order, instant)
    # Two tabs: the second waits here for the first, and finds its payment.
    public_id = new_public_id()
    session().execute(
        insert(Payment)
        .values(
            organization_id=current_organization_id(),
            public_id=public_id,
            order_id=order.order_id,
            amount=order.amount,
            currency=order.currency,
            state=PaymentState.OPEN,
            asked=_asked(order, public_id, instant),
            opened_at=instant,
        )
        .on_conflict_do_nothing()
    )
    payment = (
        session()
        .scalars(
            sa.select(Payment).where(Payment.order_id == order.order_id, Payment.state == PaymentState.OPEN)
        )
        .one()
    )
    return Opening(payment_id=payment.id, url=payment.checkout_url, asked=_request(payment))


def _end_stale(order: OrderToPay, instant: datetime) -> None:
    """A checkout that never opened keeps its key, and with it a closing time that is running out: it is begun anew."""
    session().execute(
        sa.update(Payment)
        .where(
            Payment.order_id == order.order_id,
            Payment.state == PaymentState.OPEN,
            Payment.checkout_id.is_(None),
            Payment.opened_at < instant - STALE,
        )
        .values(state=PaymentState.FAILED, settled_at=instant, asked={})
        .execution_options(synchronize_session=False)
    )


def _asked(order: OrderToPay, payment_public_id: str, instant: datetime) -> dict[str, str]:
    """What may be another thing at the next try: names, addresses, language, time."""
    return {
        "description": order.description,
        "email": order.mail,
        "success_url": link_to("payments.done", payment=payment_public_id),
        "cancel_url": link_to("registration.order", conference=order.conference, order=order.public_id),
        "expires_at": (instant + LIFE).isoformat(),
        "locale": order.language,
    }


def _request(payment: Payment) -> dict[str, Any]:
    if not payment.asked:
        return {}  # its page is open
    return payment.asked | {
        "payment_public_id": payment.public_id,
        "amount_minor": payment.amount,
        "currency": payment.currency,
        "expires_at": datetime.fromisoformat(payment.asked["expires_at"]),
    }


def remember(payment_id: int, checkout: Checkout) -> bool:
    """Keep the processor's name and page of a payment's checkout. False where the payment ended while that page was opened:
    it is closed, and nobody is sent there."""
    payment = must(Payment, payment_id, lock=True)
    payment.checkout_id = checkout.id
    payment.checkout_url = checkout.url
    payment.asked = {}
    if payment.state is not PaymentState.OPEN:
        emit(CheckoutUnwanted(payment_id=payment.id))
        return False
    return True


def may_begin_anew(refusal: GatewayRefused) -> bool:
    """Whether only this payment was refused: its key knows what another version of ours asked, or by the processor's clock it
    closes too soon. Another payment of the same order is taken."""
    return refusal.code == "key_reused" or refusal.param == "expires_at"


def refuse(payment_id: int, refusal: GatewayRefused) -> None:
    """The processor said no for good: the payment ends, and the organizers are told why. Until they close the case it is not
    asked about this order again; the hold goes on as it was."""
    give_up(payment_id)
    # Stripe's sentence quotes what it did not like: an address belongs to somebody.
    said = "" if refusal.param == "customer_email" else str(refusal)[:LONGEST_SENTENCE]
    cases.open_case(CaseKind.REFUSED, payment_id, code=refusal.code, said=said)


def is_refused(order_id: int) -> bool:
    """Whether the processor takes no payment for this order, and nobody has looked into it yet."""
    refused = (
        sa.select(Case.id)
        .join(
            Payment, sa.and_(Payment.organization_id == Case.organization_id, Payment.id == Case.payment_id)
        )
        .where(Payment.order_id == order_id, Case.kind == CaseKind.REFUSED, Case.closed_at.is_(None))
    )
    return session().scalar(refused.limit(1)) is not None


def give_up(payment_id: int) -> None:
    """A payment ends whose page was never opened: the next try is another payment, with a key of its own."""
    payment = must(Payment, payment_id, lock=True)
    if payment.state is PaymentState.OPEN and payment.checkout_id is None:
        payment.state, payment.settled_at, payment.asked = PaymentState.FAILED, now(), {}
