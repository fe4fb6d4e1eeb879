"""Reactions about orders and places: money confirms, letters go out, time ends holds, the erased are forgotten."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa

from citevents.calendars import emails as calendars
from citevents.calendars.models import Kind
from citevents.calendars.registrations import follow_place
from citevents.conferences.events import ConferenceCancelled
from citevents.core.clock import now
from citevents.core.db import as_organization, must, session
from citevents.core.events import emit
from citevents.core.mail import Attachment
from citevents.documents.pdf import render
from citevents.locale.languages import in_language
from citevents.payments import queries as payments
from citevents.payments import services as money
from citevents.payments.events import PaymentFailed, PaymentSucceeded, Refunded
from citevents.payments.models import Payment, Refund, RefundState
from citevents.people.events import ConsentWithdrawn, PersonErased, SignedIn
from citevents.people.models import Purpose
from citevents.registration import emails, erasure, form_drafts, queries, services
from citevents.registration.errors import NothingToCancel
from citevents.registration.events import (
    HoldExpired,
    OrderConfirmed,
    OrderGivenUp,
    OrderPlaced,
    RegistrationCancelled,
    TicketsOwed,
)
from citevents.registration.holds import registrations_of
from citevents.registration.models import Order, OrderState, RegistrationState
from citevents.registration.policy import KEEPING
from citevents.registration.queries import RegistrationView
from workers.clock import every
from workers.handles import handles

#: Orders cancelled in one reaction when a conference is; the rest follows by the same event.
CANCEL_AT_ONCE = 50


@handles(PaymentSucceeded, queue="money")
def confirm_order(fact: PaymentSucceeded, key: str) -> None:
    """The money is there: the seats are confirmed, or the payment is found to be late. What went back before it was heard of
    keeps no seat: `cancel_refunded` had nothing to cancel then.
    """
    if services.confirm(
        fact.order_id, now(), payment_id=fact.payment_id, amount=fact.amount, currency=fact.currency
    ):
        _cancel_refunded(fact.order_id, fact.payment_id, None)


@handles(PaymentFailed, queue="money")
def release_unpaid(fact: PaymentFailed, key: str) -> None:
    """A hold that is over goes at once; one that is not stays for another try until it is."""
    services.expire(fact.order_id, now())


@handles(OrderConfirmed, queue="waiting")
def mail_tickets(fact: OrderConfirmed, key: str) -> None:
    """The email with tickets, receipt and calendar entry; where several get one, each is owed a delivery of its own."""
    owed = emails.recipients(fact.order_id)
    if len(owed) == 1:
        _mail_tickets(fact.order_id, owed[0])
        return
    for person_id in owed:
        emit(TicketsOwed(order_id=fact.order_id, person_id=person_id))


@handles(TicketsOwed, queue="waiting")
def mail_tickets_of(fact: TicketsOwed, key: str) -> None:
    """The email about an order to one of several people."""
    _mail_tickets(fact.order_id, fact.person_id)


def _mail_tickets(order_id: int, person_id: int) -> None:
    for place in queries.order(order_id).places:
        calendars.in_turn(Kind.REGISTRATION, place.id)
        follow_place(place.id)
    emails.confirmed(order_id, person_id, _receipts(order_id), _entries)


def _receipts(order_id: int) -> list[Attachment]:
    """The invoice of a paid order, issued now if nobody has."""
    money.earn(order_id)
    language = must(Order, order_id).language
    found = []
    for invoice in payments.invoices_of_order(order_id)[:1]:
        document = payments.invoice_document(invoice.public_id)
        if document:
            with in_language(language):
                pdf = render("receipt", document.data(), language)
            found.append(Attachment(name=f"{invoice.label}.pdf", content=pdf, mimetype="application/pdf"))
    return found


def _entries(registration: RegistrationView, language: str) -> list[Attachment]:
    """The conference in the person's calendar as of now, or its end there; followed by the calendars slice from then on."""
    if registration.person_id is None:
        return []
    return calendars.carried(Kind.REGISTRATION, registration.id, registration.person_id, language)


@handles(OrderPlaced, queue="waiting")
def tell_owner(fact: OrderPlaced, key: str) -> None:
    """Whoever has a seat already hears of an order for their address; the page says nothing of it."""
    emails.already(fact.order_id)


@handles(HoldExpired, queue="money")
def claim_after_expiry(fact: HoldExpired, key: str) -> None:
    """A seat that stood beside this hold for the same person is theirs now."""
    services.claim(fact.order_id)


@handles(OrderGivenUp, queue="money")
def claim_after_giving_up(fact: OrderGivenUp, key: str) -> None:
    """A seat that stood beside this order for the same person is theirs now."""
    services.claim(fact.order_id)


@handles(OrderGivenUp, queue="bulk")
def mail_event_off(fact: OrderGivenUp, key: str) -> None:
    """Whoever had not paid yet hears that there is nothing to pay for any more."""
    emails.event_off(fact.order_id)


@handles(SignedIn, queue="bulk")
def prove_orders(fact: SignedIn, key: str) -> None:
    """Free orders of a proven address count for no caller any more."""
    services.prove(fact.person_id)


@handles(HoldExpired, queue="bulk")
def mail_way_back(fact: HoldExpired, key: str) -> None:
    """A letter with a way back to the form, as it was filled in."""
    emails.hold_expired(fact.order_id)


@handles(RegistrationCancelled, queue="bulk")
def mail_cancelled(fact: RegistrationCancelled, key: str) -> None:
    """One letter that the place is given back, what money goes back, and that takes the entry out of the calendar."""
    calendars.in_turn(Kind.REGISTRATION, fact.registration_id)
    follow_place(fact.registration_id)
    emails.cancelled(fact.registration_id, fact.refund, _entries)


@handles(RegistrationCancelled, queue="bulk")
def mail_buyer_cancelled(fact: RegistrationCancelled, key: str) -> None:
    """The buyer hears of it too, where somebody else was to come."""
    emails.cancelled_for(fact.registration_id, fact.refund)


@handles(Refunded, queue="money")
def cancel_refunded(fact: Refunded, key: str) -> None:
    """Whoever got all the money back has no seat any more, wherever the refund was started."""
    _cancel_refunded(fact.order_id, fact.payment_id, must(Refund, fact.refund_id).registration_id)


def _cancel_refunded(order_id: int, payment_id: int, registration_id: int | None) -> None:
    """Cancel the order if all of its money went back, else the one registration that a refund was for."""
    order = must(Order, order_id, lock=True)
    payment = must(Payment, payment_id)
    if order.state is not OrderState.CONFIRMED or order.payment_id != payment.id:
        return
    back = session().scalar(
        sa.select(sa.func.sum(Refund.amount - Refund.covers)).where(
            Refund.payment_id == payment.id,
            Refund.state.in_((RefundState.SUCCEEDED, RefundState.RETURNED)),
        )
    )
    live = {each.id for each in registrations_of(order.id) if each.state is RegistrationState.CONFIRMED}
    if (back or 0) < payment.amount:
        live &= {registration_id}
    if live:
        services.cancel(order.id, now(), registration_ids=live, refunded=True)


@handles(ConferenceCancelled, queue="money")
def cancel_all(fact: ConferenceCancelled, key: str) -> None:
    """Everybody's place is given back with all the money, and holds end, some orders at a time."""
    orders = (
        session()
        .scalars(
            sa.select(Order.id)
            .where(
                Order.conference_id == fact.conference_id,
                Order.state.in_((*KEEPING, OrderState.CONFIRMED)),
                Order.id > fact.after_order_id,
            )
            .order_by(Order.id)
            .limit(CANCEL_AT_ONCE)
        )
        .all()
    )
    for order_id in orders:
        with suppress(NothingToCancel):  # somebody else was quicker
            if not services.give_up(order_id, now()):
                services.cancel(order_id, now(), by_house=True)
    if orders:
        emit(ConferenceCancelled(conference_id=fact.conference_id, after_order_id=orders[-1]))


@handles(ConsentWithdrawn, queue="waiting")
def forget_needs(fact: ConsentWithdrawn, key: str) -> None:
    """Without consent, sensitive answers are erased."""
    if fact.purpose == Purpose.SENSITIVE_ANSWERS:
        erasure.sensitive_of(fact.person_id)


@handles(PersonErased, queue="waiting")
def forget_person(fact: PersonErased, key: str) -> None:
    """Orders keep their amounts; who it was is gone."""
    erasure.person(fact.person_id)


@every(seconds=60)
def cancel_late(at: datetime) -> None:
    """Orders that were on their way while their event was cancelled are cancelled with it."""
    for organization_id, conference_id, order_id in services.ordered_while_cancelled():
        with as_organization(organization_id):
            emit(ConferenceCancelled(conference_id=conference_id, after_order_id=order_id - 1))


@every(seconds=15)
def expire_holds(at: datetime) -> None:
    """Unpaid orders whose time is over free their places."""
    services.expire_holds(at)


@every(seconds=3600)
def forget_due(at: datetime) -> None:
    """Sensitive answers whose day has come, and drafts nobody came back for, are erased."""
    erasure.due(at)
    form_drafts.forget(at)
