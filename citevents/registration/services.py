"""Verbs about orders: place, go to pay, confirm, expire, cancel. Called inside a `transaction()`.

Locks are taken in one order everywhere: the order's row, its registrations, counted sales by ticket type, the places of quotas
by id.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from citevents.conferences import queries as conferences
from citevents.core import audit
from citevents.core.db import as_organization, must, session
from citevents.core.events import emit
from citevents.registration import policy, returns, seats, tickets
from citevents.registration.errors import NothingToCancel, OrderIsOver
from citevents.registration.events import (
    HoldExpired,
    LatePaymentFound,
    OrderConfirmed,
    RegistrationCancelled,
    RegistrationConfirmed,
)
from citevents.registration.models import Order, OrderState, Registration, RegistrationState
from citevents.registration.placing import end, lines_of, live_of, place, registrations_of

__all__ = ["cancel", "confirm", "correct", "expire", "expire_holds", "give_up", "go_to_pay", "place"]


def go_to_pay(order_id: int, at: datetime) -> None:
    """The buyer goes to the payment page: places are kept long enough to finish there. Raises OrderIsOver."""
    order = must(Order, order_id, lock=True)
    if order.state not in policy.KEEPING:
        raise OrderIsOver()
    order.state = OrderState.AWAITING_PAYMENT
    order.expires_at = max(order.expires_at or at, at + policy.PAY)


def confirm(order_id: int, at: datetime, *, payment_id: int, amount: int, currency: str) -> bool:
    """The order is paid: its registrations have their places. Twice is once; False when the money has no place to go.

    Money for an order that expired, or was given up before it was paid, takes the places again if they are free.
    Otherwise, and for a second payment or another amount, LatePaymentFound is emitted.
    """
    order = must(Order, order_id, lock=True)
    if order.payment_id == payment_id:
        return True
    if (amount, currency) != (order.total, order.currency) or not _has_room(order, at):
        emit(LatePaymentFound(order_id=order.id, payment_id=payment_id))
        return False
    order.state, order.expires_at = OrderState.CONFIRMED, None
    order.confirmed_at, order.payment_id = at, payment_id
    emit(OrderConfirmed(order_id=order.id, conference_id=order.conference_id))
    for registration in registrations_of(order.id):
        registration.state, registration.confirmed_at = RegistrationState.CONFIRMED, at
        registration.ended_at = registration.ended_by = None
        tickets.issue(registration.id, at)
        emit(RegistrationConfirmed(registration_id=registration.id, conference_id=order.conference_id))
    return True


def _has_room(order: Order, at: datetime) -> bool:
    """Whether the order keeps its places, or could take them again just now."""
    # Confirmed once: whatever came of it, this is not its money. And nobody comes to what will not take place.
    if order.confirmed_at is not None or conferences.by_id(order.conference_id).state == "cancelled":
        return False
    if order.state in policy.KEEPING:
        return True
    attempt = session().begin_nested()
    if _take_again(order, at):
        attempt.commit()
        return True
    attempt.rollback()
    return False


def _take_again(order: Order, at: datetime) -> bool:
    drawn, freed = seats.Drawn(), seats.Drawn()
    for registration in registrations_of(order.id):
        rival = live_of(order.conference_id, registration.person_id)
        if rival and (
            rival.state is RegistrationState.CONFIRMED
            or not end(rival.order_id, OrderState.CANCELLED, freed, at)  # a hold gives way to money
        ):
            return False
    drawn.add(lines_of(order.id))
    drawn.places.subtract(freed.places)
    drawn.sales.subtract(freed.sales)
    seats.sell(drawn.sales)
    return seats.take(drawn.places) is None


_DUE = sa.text(
    """SELECT organization_id, id FROM "order"
       WHERE state IN ('held', 'awaiting_payment') AND expires_at <= :at
       ORDER BY expires_at LIMIT :most FOR UPDATE SKIP LOCKED"""
)


def expire_holds(at: datetime, most: int = 100) -> int:
    """End the holds that are over, of every organization; how many. Their places are free again."""
    due = session().execute(_DUE, {"at": at, "most": most}).all()
    freed: dict[int, seats.Drawn] = {}
    for organization_id, order_id in due:
        with as_organization(organization_id):
            if end(order_id, OrderState.EXPIRED, freed.setdefault(organization_id, seats.Drawn()), at):
                order = must(Order, order_id)
                emit(HoldExpired(order_id=order_id, conference_id=order.conference_id))
    for organization_id in sorted(freed):  # all at the end: hot rows are locked once, shortly, in order
        with as_organization(organization_id):
            seats.give_back(freed[organization_id])
    return len(due)


def expire(order_id: int, at: datetime) -> bool:
    """End one hold if it is over. False when there is nothing to do."""
    order = must(Order, order_id, lock=True)
    freed = seats.Drawn()
    if order.expires_at is None or at < order.expires_at or not end(order_id, OrderState.EXPIRED, freed, at):
        return False
    emit(HoldExpired(order_id=order_id, conference_id=order.conference_id))
    seats.give_back(freed)
    return True


def give_up(order_id: int, at: datetime) -> bool:
    """The buyer leaves an order unpaid: its places are free again. False when it keeps none."""
    freed = seats.Drawn()
    done = end(order_id, OrderState.CANCELLED, freed, at)
    seats.give_back(freed)
    return done


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
        order.state = OrderState.CANCELLED
    if by_house:
        audit.record("cancel", "order", order.id, registrations=sorted(costs), refund=due.total)
    freed = seats.Drawn()
    freed.add(line for line in lines if line.registration_id in costs)
    seats.give_back(freed)
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
