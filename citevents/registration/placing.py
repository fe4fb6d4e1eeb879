"""From a wish to an order: everything is written in one transaction, and the same wish sent twice is one order."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from citevents.conferences.catalog import Catalog
from citevents.core.db import current_organization_id, must, session
from citevents.core.errors import DomainError
from citevents.core.events import emit
from citevents.core.money import Money, format_money
from citevents.core.tokens import new_public_id
from citevents.people import services as people
from citevents.people.models import Purpose
from citevents.people.queries import wording as wording_of
from citevents.registration import policy, seats, tickets
from citevents.registration.errors import AlreadyRegistered, PriceChanged
from citevents.registration.events import OrderConfirmed, OrderPlaced, RegistrationConfirmed
from citevents.registration.models import (
    Order,
    OrderLine,
    OrderState,
    Registration,
    RegistrationState,
    SensitiveAnswer,
)
from citevents.registration.wishes import Placed, Wish

#: Days after the end until a sensitive answer goes, where its question does not say.
ERASE_AFTER_DAYS = 30

_orders, _registrations, _lines = Order.__table__, Registration.__table__, OrderLine.__table__
# A conflict is somebody's earlier wish, which is looked at then; nearly always there is none.
_ADD_ORDER = insert(_orders).on_conflict_do_nothing().returning(_orders.c.id)  # type: ignore[arg-type]
_ADD_REGISTRATION = (
    insert(_registrations).on_conflict_do_nothing().returning(_registrations.c.id)  # type: ignore[arg-type]
)
_ADD_LINE = sa.insert(_lines)  # type: ignore[arg-type]


def place(catalog: Catalog, wish: Wish, at: datetime) -> Placed:
    """Hold places for a wish, or confirm them at once where nothing is to be paid. The same form sent again is the same order.

    An earlier hold of the same person, or of the same form with other content, gives way. Raises DomainError subclasses of
    errors.py; the caller's transaction must then roll back.
    """
    try:
        lines, counted = _choose(catalog, wish, at)
    except DomainError:
        made = _of_form(wish.form)
        if made and made.fingerprint == wish.fingerprint:
            return _placed(made, again=True)
        raise
    person_id = people.find_or_make(
        wish.mail,
        wish.name,
        call_name=wish.call_name,
        country=wish.country,
        agency=wish.agency,
        language=wish.language,
        zone=wish.zone,
    )
    freed = seats.Drawn()
    order = _new_order(catalog, wish, lines, person_id, at)
    earlier = _add_order(order, wish, freed, at)
    if earlier:
        seats.sell(dict.fromkeys(counted, -1))
        return _placed(earlier, again=True)
    if wish.instead:
        _leave(catalog, wish.instead, freed, at)
    registration_id = _add_registration(catalog, wish, lines, person_id, order, freed, at)
    _add_lines(order["id"], registration_id, lines)
    _keep_answers(catalog, wish, registration_id, person_id)
    _tell(order, registration_id, at)
    wanted = policy.draws(line.quota_ids for line in lines)
    wanted.subtract(freed.places)
    seats.sell({each: -n for each, n in freed.sales.items()})
    short = seats.take(wanted)
    if short is not None:
        raise policy.full(lines, short)
    return Placed(
        order_id=order["id"], public_id=order["public_id"], state=order["state"], total=order["total"]
    )


def _choose(catalog: Catalog, wish: Wish, at: datetime) -> tuple[list[policy.Line], list[int]]:
    """The lines at today's prices, and the types among them that were counted just now."""
    closed = policy.why_closed(catalog.conference, at)
    if closed:
        raise closed
    offered = catalog.by_public_id
    counted = {
        offered[each].id for each in (wish.ticket, *wish.add_ons) if each in offered and offered[each].counted
    }
    sold = seats.sell(dict.fromkeys(counted, 1))
    try:
        lines = policy.choose(offered, wish.ticket, wish.add_ons, at, sold)
        total = policy.totals(lines)[2]
        if wish.shown_total is not None and wish.shown_total != total:
            raise PriceChanged(total=format_money(Money(total, catalog.conference.currency)))
    except DomainError:
        seats.sell(dict.fromkeys(counted, -1))  # the form may turn out to be an order that is there already
        raise
    return lines, sorted(counted)


def _new_order(
    catalog: Catalog, wish: Wish, lines: list[policy.Line], person_id: int, at: datetime
) -> dict[str, Any]:
    net, tax, total = policy.totals(lines)
    return {
        "organization_id": current_organization_id(),
        "public_id": new_public_id(),
        "conference_id": catalog.conference.id,
        "person_id": wish.buyer_id or person_id,
        "state": OrderState.HELD if total else OrderState.CONFIRMED,
        "form": wish.form,
        "fingerprint": wish.fingerprint,
        "currency": catalog.conference.currency,
        "net": net,
        "tax": tax,
        "total": total,
        "terms": wish.terms,
        "language": wish.language,
        "placed_at": at,
        "expires_at": at + policy.HOLD if total else None,
        "confirmed_at": None if total else at,
    }


def _add_order(order: dict[str, Any], wish: Wish, freed: seats.Drawn, at: datetime) -> Order | None:
    """Write the order and give it its id; or the earlier order of this form where it says the same, or is done."""
    while True:
        order_id = session().execute(_ADD_ORDER, order).scalar()
        if order_id is not None:
            order["id"] = order_id
            return None
        earlier = _of_form(wish.form)
        if earlier and (earlier.fingerprint == wish.fingerprint or earlier.state is OrderState.CONFIRMED):
            return earlier
        if earlier:
            end(earlier.id, OrderState.CANCELLED, freed, at)


def _leave(catalog: Catalog, public_id: str, freed: seats.Drawn, at: datetime) -> None:
    """The order that the buyer changed gives its places to the new one."""
    order_id = session().scalar(
        sa.select(Order.id).where(
            Order.public_id == public_id,
            Order.conference_id == catalog.conference.id,
            Order.state.in_(policy.KEEPING),
        )
    )
    if order_id is not None:
        end(order_id, OrderState.CANCELLED, freed, at)


def _add_registration(
    catalog: Catalog,
    wish: Wish,
    lines: list[policy.Line],
    person_id: int,
    order: dict[str, Any],
    freed: seats.Drawn,
    at: datetime,
) -> int:
    done = order["state"] is OrderState.CONFIRMED
    values = {
        "organization_id": order["organization_id"],
        "conference_id": catalog.conference.id,
        "order_id": order["id"],
        "person_id": person_id,
        "ticket_type_id": lines[0].ticket_type_id,
        "state": RegistrationState.CONFIRMED if done else RegistrationState.HELD,
        "name": wish.name,
        "call_name": wish.call_name,
        "agency": wish.agency,
        "country": wish.country,
        "answers": {str(key): answer for key, answer in wish.answers.items()},
        "confirmed_at": at if done else None,
    }
    while True:
        made = session().execute(_ADD_REGISTRATION, values).scalar()
        if made is not None:
            return int(made)
        rival = live_of(catalog.conference.id, person_id)
        if rival and rival.state is RegistrationState.CONFIRMED:
            raise AlreadyRegistered()
        if rival:  # the newest wish of a person counts
            end(rival.order_id, OrderState.CANCELLED, freed, at)


def _add_lines(order_id: int, registration_id: int, lines: list[policy.Line]) -> None:
    session().execute(
        _ADD_LINE,
        [
            {
                "organization_id": current_organization_id(),
                "order_id": order_id,
                "registration_id": registration_id,
                "ticket_type_id": line.ticket_type_id,
                "name": line.name,
                "step": line.step,
                "net": line.net,
                "tax": line.tax,
                "total": line.total,
                "tax_basis_points": line.tax_basis_points,
                "quota_ids": list(line.quota_ids),
                "counted": line.counted,
            }
            for line in lines
        ],
    )


def _keep_answers(catalog: Catalog, wish: Wish, registration_id: int, person_id: int) -> None:
    if wish.news:
        people.give_consent(person_id, Purpose.NEWS, wording_of(Purpose.NEWS).version, "registration")
    if not wish.sensitive:
        return
    wording = wording_of(Purpose.SENSITIVE_ANSWERS)
    people.give_consent(person_id, wording.purpose, wording.version, "registration")
    days = {question.id: question.erase_after_days for question in catalog.questions}
    end_of_last_day = datetime.combine(
        catalog.conference.ends_on + timedelta(days=1), time(), catalog.conference.venue_zone
    ).astimezone(UTC)
    for question_id, answer in wish.sensitive.items():
        keep = timedelta(days=days.get(question_id) or ERASE_AFTER_DAYS)
        session().add(
            SensitiveAnswer(
                conference_id=catalog.conference.id,
                registration_id=registration_id,
                question_id=question_id,
                answer=answer,
                erase_at=end_of_last_day + keep,
            )
        )


def _tell(order: dict[str, Any], registration_id: int, at: datetime) -> None:
    order_id, conference_id = order["id"], order["conference_id"]
    emit(OrderPlaced(order_id=order_id, conference_id=conference_id))
    if order["state"] is OrderState.CONFIRMED:
        tickets.issue(registration_id, at)
        emit(OrderConfirmed(order_id=order_id, conference_id=conference_id))
        emit(RegistrationConfirmed(registration_id=registration_id, conference_id=conference_id))


def end(order_id: int, state: OrderState, freed: seats.Drawn, at: datetime) -> bool:
    """An order that is not confirmed keeps nothing any more; what it kept is added to `freed`. False when it kept nothing."""
    order = must(Order, order_id, lock=True)
    if order.state not in policy.KEEPING:
        return False
    order.state, order.expires_at = state, None
    for registration in registrations_of(order_id):
        registration.state, registration.ended_at = RegistrationState(state.value), at
    freed.add(lines_of(order_id))
    session().flush()
    return True


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
    return session().scalar(
        sa.select(Registration)
        .where(
            Registration.conference_id == conference_id,
            Registration.person_id == person_id,
            Registration.state.in_(policy.LIVE),
        )
        .execution_options(populate_existing=True)
    )


def _of_form(form: str) -> Order | None:
    return session().scalar(
        sa.select(Order)
        .where(Order.form == form, Order.state.in_((*policy.KEEPING, OrderState.CONFIRMED)))
        .execution_options(populate_existing=True)
    )


def _placed(order: Order, *, again: bool) -> Placed:
    return Placed(
        order_id=order.id, public_id=order.public_id, state=order.state, total=order.total, again=again
    )
