"""Verbs about orders: place, go to pay, confirm, expire, cancel, claim. Called inside a `transaction()`.

Locks are taken in one order everywhere: the order's row, its registrations, counted sales by ticket type, the places of quotas
by id.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from citevents.conferences import queries as conferences
from citevents.core import audit
from citevents.core.db import must, session
from citevents.core.events import emit
from citevents.registration import policy, quota_counters, returns, tickets
from citevents.registration.caller_share import prove
from citevents.registration.errors import NothingToCancel
from citevents.registration.events import (
    LatePaymentFound,
    OrderConfirmed,
    RegistrationCancelled,
    RegistrationClaimed,
    RegistrationConfirmed,
)
from citevents.registration.holds import (
    end,
    expire,
    expire_holds,
    give_up,
    go_to_pay,
    let_go,
    lines_of,
    live_of,
    registrations_of,
)
from citevents.registration.models import Order, OrderState, Registration, RegistrationState
from citevents.registration.submission import place

__all__ = [
    "cancel",
    "claim",
    "confirm",
    "correct",
    "expire",
    "expire_holds",
    "give_up",
    "go_to_pay",
    "let_go",
    "place",
    "prove",
]


def confirm(order_id: int, at: datetime, *, payment_id: int, amount: int, currency: str) -> bool:
    """The order is paid: its registrations have their seats. Twice is once; False when the money has no seat to go to.

    Money for an order that expired takes the seats again if they are free. Otherwise, for an order that was given up, and
    for a second payment or another amount, LatePaymentFound is emitted.
    """
    order = must(Order, order_id, lock=True)
    if order.payment_id == payment_id:
        return True
    if (amount, currency) != (order.total, order.currency) or not _has_room(order, at):
        emit(LatePaymentFound(order_id=order.id, payment_id=payment_id))
        return False
    order.state, order.expires_at = OrderState.CONFIRMED, None
    order.confirmed_at, order.payment_id, order.caller = at, payment_id, None
    emit(OrderConfirmed(order_id=order.id, conference_id=order.conference_id))
    for registration in registrations_of(order.id):
        registration.state, registration.confirmed_at = RegistrationState.CONFIRMED, at
        registration.ended_at = registration.ended_by = None
        if registration.person_id is None and live_of(order.conference_id, registration.contact_id) is None:
            registration.person_id = registration.contact_id
        tickets.issue(registration.id, at)
        emit(RegistrationConfirmed(registration_id=registration.id, conference_id=order.conference_id))
    return True


def _has_room(order: Order, at: datetime) -> bool:
    """Whether the order keeps its seats, or could take them again just now."""
    # Confirmed once, or given up: whatever came of it, this is not its money. And nobody comes to what will not take place.
    if order.confirmed_at is not None or conferences.by_id(order.conference_id).state == "cancelled":
        return False
    if order.state in policy.KEEPING:
        return True
    if order.state is not OrderState.EXPIRED:
        return False
    attempt = session().begin_nested()
    if _take_again(order, at):
        attempt.commit()
        return True
    attempt.rollback()
    return False


def _take_again(order: Order, at: datetime) -> bool:
    """Take free seats for an expired order. A newer hold of the same browser gives way; beside anybody else's the seat is
    nobody's until that hold ends."""
    drawn, freed = quota_counters.Drawn(), quota_counters.Drawn()
    for registration in registrations_of(order.id):
        rival = live_of(order.conference_id, registration.person_id)
        if rival is None:
            continue
        if rival.state is RegistrationState.CONFIRMED:
            return False
        theirs = order.browser and must(Order, rival.order_id).browser == order.browser
        if not theirs or not end(rival.order_id, OrderState.CANCELLED, freed, at):
            registration.person_id = None
    drawn.add(lines_of(order.id))
    drawn.places.subtract(freed.places)
    drawn.sales.subtract(freed.sales)
    quota_counters.sell(drawn.sales)
    return quota_counters.take(drawn.places) is None


def claim(order_id: int) -> None:
    """An unpaid order has ended: a confirmed seat that stood beside it for the same person is theirs now."""
    ended = must(Order, order_id)
    for was in session().scalars(sa.select(Registration).where(Registration.order_id == ended.id)).all():
        if was.person_id is None or live_of(ended.conference_id, was.person_id):
            continue
        waiting = session().scalar(
            sa.select(Registration)
            .where(
                Registration.contact_id == was.person_id,
                Registration.conference_id == ended.conference_id,
                Registration.person_id.is_(None),
                Registration.state == RegistrationState.CONFIRMED,
            )
            .order_by(Registration.id)
            .limit(1)
            .with_for_update()
        )
        if waiting is not None:
            waiting.person_id = was.person_id
            emit(RegistrationClaimed(registration_id=waiting.id, conference_id=waiting.conference_id))


def cancel(
    order_id: int,
    at: datetime,
    *,
    registration_ids: set[int] | None = None,
    by_house: bool = False,
    refunded: bool = False,
    note: str = "",
) -> int:
    """Give back confirmed places of an order (all, or those named). Returns what goes back, in minor units.

    It is owed to the buyer from this transaction on. `by_house`: all of it, at any time. `refunded`: it went back before.
    `note`: what those who lose their places are to know.
    Raises NothingToCancel.
    """
    order = must(Order, order_id, lock=True)
    places = [each for each in registrations_of(order_id) if each.state is RegistrationState.CONFIRMED]
    leaving = [each for each in places if registration_ids is None or each.id in registration_ids]
    if not leaving:
        raise NothingToCancel()
    conference = conferences.by_id(order.conference_id)
    lines = lines_of(order_id)
    costs = {
        each.id: sum(line.total for line in lines if line.registration_id == each.id and not refunded)
        for each in leaving
    }
    due = returns.due(order.payment_id, costs, conference, at, by_house=by_house)
    returns.promise(order.payment_id, due.amounts)
    by = policy.ended_by(off=conference.cancelled, by_house=by_house, refunded=refunded)
    for registration in leaving:
        registration.ended_by, registration.end_note = by, note
        registration.refund_held = due.held[registration.id]
        _end_place(registration, due.amounts[registration.id], at)
    if len(leaving) == len(places):
        order.state, order.caller = OrderState.CANCELLED, None
    if by_house:
        audit.record("cancel", "order", order.id, registrations=sorted(costs), refund=due.total)
    freed = quota_counters.Drawn()
    freed.add(line for line in lines if line.registration_id in costs)
    quota_counters.give_back(freed)
    return due.total


def _end_place(registration: Registration, refund: int, at: datetime) -> None:
    registration.state, registration.ended_at = RegistrationState.CANCELLED, at
    registration.refund_due = refund
    tickets.void(registration.id, at)
    emit(
        RegistrationCancelled(
            registration_id=registration.id,
            conference_id=registration.conference_id,
            order_id=registration.order_id,
            refund=refund,
        )
    )


_LATE = sa.text(
    """SELECT o.organization_id, o.conference_id, min(o.id) FROM conference c
       JOIN "order" o ON o.organization_id = c.organization_id AND o.conference_id = c.id
       WHERE c.state = 'cancelled' AND o.placed_at > c.cancelled_at - interval '10 minutes'
         AND o.state IN ('held', 'awaiting_payment', 'confirmed')
       GROUP BY 1, 2"""
)


def ordered_while_cancelled() -> list[tuple[int, int, int]]:
    """(organization, conference, first order) where an order lives that nobody saw while its event was being cancelled."""
    return [(row[0], row[1], row[2]) for row in session().execute(_LATE)]


def correct(registration_id: int, *, name: str, call_name: str, agency: str) -> None:
    """What stands on ticket, badge and certificate."""
    registration = must(Registration, registration_id, lock=True)
    registration.name, registration.call_name, registration.agency = name, call_name, agency
