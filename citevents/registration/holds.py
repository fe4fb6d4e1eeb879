"""Holds: unpaid orders that keep seats. Each ends at one moment that no act moves, and gives way only to whom it belongs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from citevents.conferences.catalog import Catalog
from citevents.core.db import as_organization, must, session
from citevents.core.events import emit
from citevents.people import queries as people
from citevents.registration import policy, quota_counters
from citevents.registration.errors import OrderIsOver
from citevents.registration.events import HoldExpired, OrderGivenUp
from citevents.registration.models import Order, OrderLine, OrderState, Registration, RegistrationState
from citevents.registration.order_request import Wish


def go_to_pay(order_id: int, at: datetime) -> None:
    """The buyer goes to the payment page, as often as they like: the seats are kept no longer for it. Raises OrderIsOver."""
    order = must(Order, order_id, lock=True)
    if not policy.keeps(order.state, order.expires_at, at):
        raise OrderIsOver()
    order.state = OrderState.AWAITING_PAYMENT


def end(order_id: int, state: OrderState, freed: quota_counters.Drawn, at: datetime) -> bool:
    """An order that is not confirmed keeps nothing any more; what it kept is added to `freed`. False when it kept nothing."""
    order = must(Order, order_id, lock=True)
    if order.state not in policy.KEEPING:
        return False
    order.state, order.expires_at, order.caller = state, None, None
    for registration in registrations_of(order_id):
        registration.state, registration.ended_at = RegistrationState(state.value), at
    freed.add(lines_of(order_id))
    if state is OrderState.EXPIRED:
        emit(HoldExpired(order_id=order_id, conference_id=order.conference_id))
    else:
        emit(OrderGivenUp(order_id=order_id, conference_id=order.conference_id))
    session().flush()
    return True


def expire(order_id: int, at: datetime) -> bool:
    """End one hold if it is over. False when there is nothing to do."""
    order = must(Order, order_id, lock=True)
    freed = quota_counters.Drawn()
    if order.expires_at is None or at < order.expires_at or not end(order_id, OrderState.EXPIRED, freed, at):
        return False
    quota_counters.give_back(freed)
    return True


_DUE = sa.text(
    """SELECT organization_id, id FROM "order"
       WHERE state IN ('held', 'awaiting_payment') AND expires_at <= :at
       ORDER BY expires_at LIMIT :most FOR UPDATE SKIP LOCKED"""
)


def expire_holds(at: datetime, most: int = 100) -> int:
    """End the holds that are over, of every organization; how many. Their seats are free again."""
    due = session().execute(_DUE, {"at": at, "most": most}).all()
    freed: dict[int, quota_counters.Drawn] = {}
    for organization_id, order_id in due:
        with as_organization(organization_id):
            end(order_id, OrderState.EXPIRED, freed.setdefault(organization_id, quota_counters.Drawn()), at)
    for organization_id in sorted(freed):  # all at the end: hot rows are locked once, shortly, in order
        with as_organization(organization_id):
            quota_counters.give_back(freed[organization_id])
    return len(due)


def give_up(order_id: int, at: datetime) -> bool:
    """The buyer leaves an order unpaid: its seats are free again. False when it keeps none."""
    freed = quota_counters.Drawn()
    done = end(order_id, OrderState.CANCELLED, freed, at)
    quota_counters.give_back(freed)
    return done


# ---------- to whom a hold gives way ----------


@dataclass
class Handover:
    """What a new order takes over from those it replaces."""

    #: The first submit of them all.
    began_at: datetime
    #: Seats that go on to the new order.
    freed: quota_counters.Drawn = field(default_factory=quota_counters.Drawn)
    #: Seats that are anybody's from commit on, and no help to the new order: of another address, or over their time.
    released: quota_counters.Drawn = field(default_factory=quota_counters.Drawn)


def is_theirs(order: Order, person_id: int | None, wish: Wish) -> bool:
    """Whether a wish comes from the browser that placed this order, or from whoever it is of or paid by, signed in.

    `person_id`: whose seat it is. Typing somebody's address makes nobody its owner.
    """
    same_browser = bool(wish.browser) and order.browser == wish.browser
    return same_browser or (wish.buyer_id is not None and wish.buyer_id in (person_id, order.person_id))


def give_way(order_id: int, wish: Wish, into: Handover, at: datetime) -> None:
    """An unpaid order ends for a new one of the same buyer, which goes on with its time and, for the same address, its seats."""
    order = must(Order, order_id, lock=True)
    over = not policy.keeps(order.state, order.expires_at, at)
    state = OrderState.EXPIRED if over else OrderState.CANCELLED
    if end(order_id, state, into.freed if goes_on(order, wish, at) else into.released, at) and not over:
        into.began_at = min(into.began_at, order.began_at)


def goes_on(order: Order, wish: Wish, at: datetime) -> bool:
    """Whether the seats of this order stay for the wish that replaces it: in its time, and for the same address."""
    if not policy.keeps(order.state, order.expires_at, at):
        return False
    mails = session().scalars(sa.select(Registration.mail).where(Registration.order_id == order.id)).all()
    return all(people.mail_key(mail) == people.mail_key(wish.mail) for mail in mails)


def replaced(catalog: Catalog, wish: Wish) -> list[Order]:
    """The unpaid orders that a wish names: by the link of the one it changes, and by its form, sent before."""
    return list(
        session().scalars(
            sa.select(Order)
            .where(
                sa.or_(Order.public_id == wish.instead, Order.form == wish.form),
                Order.conference_id == catalog.conference.id,
                Order.state.in_(policy.KEEPING),
            )
            .order_by(Order.id)
            .execution_options(populate_existing=True)
        )
    )


def kept_for(catalog: Catalog, wish: Wish, at: datetime) -> quota_counters.Drawn:
    """What the orders that a wish replaces keep for it. Nothing is locked."""
    kept = quota_counters.Drawn()
    for order in replaced(catalog, wish):
        if goes_on(order, wish, at):
            kept.add(lines_of(order.id))
    return kept


def let_go(catalog: Catalog, wish: Wish, at: datetime) -> datetime | None:
    """Free, in a transaction of its own, what may not go on to a wish that found no seat; whoever is quicker has it.

    The first submit of what was let go, or None where there was nothing.
    """
    into = Handover(began_at=at)
    found = [order for order in replaced(catalog, wish) if not goes_on(order, wish, at)]
    for order in found:
        give_way(order.id, wish, into, at)
    quota_counters.give_back(into.released)
    return into.began_at if found else None


# ---------- rows ----------


def registrations_of(order_id: int) -> list[Registration]:
    """The registrations of an order whose row is locked, as they are now."""
    rows = sa.select(Registration).where(Registration.order_id == order_id).order_by(Registration.id)
    return list(session().scalars(rows.with_for_update().execution_options(populate_existing=True)))


def lines_of(order_id: int) -> list[OrderLine]:
    """The lines of an order in the order they were bought."""
    return list(
        session().scalars(sa.select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id))
    )


def live_of(conference_id: int, person_id: int | None) -> Registration | None:
    """The registration that this person has or holds there."""
    if person_id is None:
        return None
    return session().scalar(
        sa.select(Registration)
        .where(
            Registration.conference_id == conference_id,
            Registration.person_id == person_id,
            Registration.state.in_(policy.LIVE),
        )
        .execution_options(populate_existing=True)
    )
