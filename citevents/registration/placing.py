"""From a wish to an order: everything is written in one transaction, and the same wish sent twice is one order."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from citevents.conferences.catalog import Catalog
from citevents.core import chargeable
from citevents.core.db import current_organization_id, must, session
from citevents.core.errors import DomainError
from citevents.core.events import emit
from citevents.core.money import Money, format_money
from citevents.core.tokens import new_public_id
from citevents.people import services as people
from citevents.people.models import Purpose
from citevents.people.queries import wording as wording_of
from citevents.registration import booking, policy, seats, tickets
from citevents.registration.errors import AlreadyRegistered, PriceChanged, TotalNotChargeable
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


def place(catalog: Catalog, wish: Wish, at: datetime) -> Placed:
    """Hold places for a wish, or confirm them at once where nothing is to be paid. The same form sent again is the same order.

    An earlier hold of the same person, or of the same form with other content, gives way. Raises DomainError subclasses of
    errors.py; the caller's transaction must then roll back.
    """
    counted = _counted(catalog, wish)
    try:
        lines = _choose(catalog, wish, seats.sold(counted), at)
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
    values = _values(catalog, wish, lines, person_id, at)
    booked = _book(values, lines, wish, freed, at)
    if isinstance(booked, Order):
        return _placed(booked, again=True)
    if wish.instead:
        _leave(catalog, wish.instead, freed, at)
    registration_id = booked.registration_id
    while registration_id is None:
        _make_room(catalog, person_id, freed, at)
        registration_id = booking.add_place(booked.order_id, values, lines)
    _keep_answers(catalog, wish, registration_id, person_id)
    _tell(booked.order_id, registration_id, values)
    _take(catalog, wish, lines, counted, freed, at)
    return Placed(
        order_id=booked.order_id,
        public_id=values["public_id"],
        state=OrderState(values["state"]),
        total=values["total"],
    )


def _counted(catalog: Catalog, wish: Wish) -> list[int]:
    """The wanted types whose price ends by count."""
    wanted = (catalog.by_public_id.get(each) for each in dict.fromkeys((wish.ticket, *wish.add_ons)))
    return [each.id for each in wanted if each and each.counted]


def _choose(catalog: Catalog, wish: Wish, sold: dict[int, int], at: datetime) -> list[policy.Line]:
    """The lines at today's prices, after so many sales."""
    closed = policy.why_closed(catalog.conference, at)
    if closed:
        raise closed
    currency = catalog.conference.currency
    step = chargeable.step(currency)
    lines = policy.choose(catalog.by_public_id, wish.ticket, wish.add_ons, at, sold, step)
    total = policy.totals(lines)[2]
    if wish.shown_total is not None and wish.shown_total != total:
        raise _price_changed(catalog, total)
    if chargeable.refusal(Money(total, currency)):
        raise TotalNotChargeable(
            total=format_money(Money(total, currency)),
            least=format_money(chargeable.least(currency)),
            most=format_money(chargeable.most(currency)),
        )
    return lines


def _price_changed(catalog: Catalog, total: int) -> PriceChanged:
    return PriceChanged(total=format_money(Money(total, catalog.conference.currency)))


def _values(
    catalog: Catalog, wish: Wish, lines: list[policy.Line], person_id: int, at: datetime
) -> dict[str, Any]:
    """What `booking` writes."""
    net, tax, total = policy.totals(lines)
    ticket, code = (None, None) if total else tickets.new()
    return {
        "organization_id": current_organization_id(),
        "public_id": new_public_id(),
        "conference_id": catalog.conference.id,
        "buyer_id": wish.buyer_id or person_id,
        "person_id": person_id,
        # Orders and registrations begin with the same words.
        "state": (OrderState.HELD if total else OrderState.CONFIRMED).value,
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
        "ticket_type_id": lines[0].ticket_type_id,
        "name": wish.name,
        "call_name": wish.call_name,
        "agency": wish.agency,
        "country": wish.country,
        "answers": json.dumps({str(key): answer for key, answer in wish.answers.items()}),
        "ticket": ticket,
        "code": code,
    }


def _book(
    values: dict[str, Any], lines: list[policy.Line], wish: Wish, freed: seats.Drawn, at: datetime
) -> booking.Booked | Order:
    """Write the order; or the earlier order of this form where it says the same, or is done."""
    while True:
        booked = booking.book(values, lines)
        if booked:
            return booked
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


def _make_room(catalog: Catalog, person_id: int, freed: seats.Drawn, at: datetime) -> None:
    """The newest wish of a person counts: what they hold there gives way. Raises AlreadyRegistered."""
    rival = live_of(catalog.conference.id, person_id)
    if rival and rival.state is RegistrationState.CONFIRMED:
        raise AlreadyRegistered()
    if rival:
        end(rival.order_id, OrderState.CANCELLED, freed, at)


def _keep_answers(catalog: Catalog, wish: Wish, registration_id: int, person_id: int) -> None:
    for agreed, purpose in ((wish.news, Purpose.NEWS), (wish.follow_up, Purpose.FOLLOW_UP)):
        if agreed:
            people.give_consent(person_id, purpose, wording_of(purpose).version, "registration")
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


def _tell(order_id: int, registration_id: int, values: dict[str, Any]) -> None:
    conference_id = values["conference_id"]
    if values["total"]:
        emit(OrderPlaced(order_id=order_id, conference_id=conference_id))
    else:
        emit(
            OrderPlaced(order_id=order_id, conference_id=conference_id),
            OrderConfirmed(order_id=order_id, conference_id=conference_id),
            RegistrationConfirmed(registration_id=registration_id, conference_id=conference_id),
        )


def _take(
    catalog: Catalog,
    wish: Wish,
    lines: list[policy.Line],
    counted: list[int],
    freed: seats.Drawn,
    at: datetime,
) -> None:
    """Count the sales and take the places, late, as these rows are everybody's. Raises what `place` raises.

    Prices were chosen by counters that nobody had locked: others may have bought meanwhile.
    """
    sales = Counter(counted)
    sales.subtract(freed.sales)
    sold = seats.sell(sales)
    chosen = _choose(catalog, wish, sold, at) if counted else lines
    if chosen != lines:
        raise _price_changed(catalog, policy.totals(chosen)[2])
    wanted = policy.draws(line.quota_ids for line in lines)
    wanted.subtract(freed.places)
    short = seats.take(wanted)
    if short is not None:
        raise policy.full(lines, short)


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
