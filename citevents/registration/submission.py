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
from citevents.people.queries import person as person_of
from citevents.people.queries import wording as wording_of
from citevents.registration import holds, insert_order, policy, quota_counters, tickets
from citevents.registration.caller_share import check as check_share
from citevents.registration.errors import AlreadyRegistered, PriceChanged, TotalNotChargeable
from citevents.registration.events import OrderConfirmed, OrderPlaced, RegistrationConfirmed
from citevents.registration.models import (
    Order,
    OrderState,
    RegistrationState,
    SensitiveAnswer,
)
from citevents.registration.order_request import Placed, Wish

#: Days after the end until a sensitive answer goes, where its question does not say.
ERASE_AFTER_DAYS = 30


def _person(wish: Wish) -> int:
    """Whoever the seat is for, by the address, made where nobody has it."""
    return people.find_or_make(
        wish.mail,
        wish.name,
        call_name=wish.call_name,
        country=wish.country,
        agency=wish.agency,
        language=wish.language,
        zone=wish.zone,
    )


def place(
    catalog: Catalog,
    wish: Wish,
    at: datetime,
    *,
    began_at: datetime | None = None,
    share: policy.Share | None = None,
) -> Placed:
    """Hold seats for a wish, or confirm them at once where nothing is to be paid. The same form sent again is the same order.

    An unpaid order of the same form, of the link in `instead`, or of the same buyer gives way. Somebody else's never does:
    what a stranger asks for with a known address is an order beside it, and both are answered alike. `began_at`: the first
    submit of what `holds.let_go` freed for this wish. `share`: what its caller may keep. Raises DomainError subclasses of
    errors.py; the caller's transaction must then roll back.
    """
    counted = _counted(catalog, wish)
    try:
        lines = _choose(catalog, wish, counted, at)
    except DomainError:
        made = _of_form(wish.form, at)
        if made and made.fingerprint == wish.fingerprint:
            return _placed(made, again=True)
        raise
    person_id = _person(wish)
    into = holds.Handover(began_at=began_at or at)
    values = _values(catalog, wish, lines, person_id, at)
    booked = _book(values, lines, wish, into, at)
    if isinstance(booked, Order):
        return _placed(booked, again=True)
    for order in holds.replaced(catalog, wish) if wish.instead else ():
        if order.id != booked.order_id:
            holds.give_way(order.id, wish, into, at)
    registration_id = booked.registration_id
    if registration_id is None:
        registration_id = _beside_rival(booked.order_id, values, lines, wish, into, at)
    if into.began_at < at:
        _go_on(booked.order_id, into.began_at)
    if share and values["caller"]:
        check_share(values["caller"], share)
    _keep_answers(catalog, wish, registration_id, person_id)
    _tell(booked.order_id, registration_id, values)
    _take(catalog, wish, lines, counted, into, at)
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


def _choose(catalog: Catalog, wish: Wish, counted: list[int], at: datetime) -> list[policy.Line]:
    """The lines at today's prices. What the wish replaces counts neither as sold nor as taken."""
    closed = policy.why_closed(catalog.conference, at)
    if closed:
        raise closed
    kept = holds.kept_for(catalog, wish, at) if wish.instead or counted else quota_counters.Drawn()
    lines = _lines(
        catalog, wish, {each: n - kept.sales[each] for each, n in quota_counters.sold(counted).items()}, at
    )
    total = policy.totals(lines)[2]
    if wish.shown_total not in (None, total):
        raise _other_price(catalog, lines, holds.kept_for(catalog, wish, at))
    currency = catalog.conference.currency
    if chargeable.refusal(Money(total, currency)):
        raise TotalNotChargeable(
            total=format_money(Money(total, currency)),
            least=format_money(chargeable.least(currency)),
            most=format_money(chargeable.most(currency)),
        )
    return lines


def _lines(catalog: Catalog, wish: Wish, sold: dict[int, int], at: datetime) -> list[policy.Line]:
    step = chargeable.step(catalog.conference.currency)
    return policy.choose(catalog.by_public_id, wish.ticket, wish.add_ons, at, sold, step)


def _other_price(catalog: Catalog, lines: list[policy.Line], kept: quota_counters.Drawn) -> DomainError:
    """The refusal where the buyer saw another total: that something is full comes first, as no price helps then."""
    wanted = policy.draws(line.quota_ids for line in lines)
    wanted.subtract(kept.places)
    short = quota_counters.full(wanted)
    if short is not None:
        return policy.full(lines, short)
    total = Money(policy.totals(lines)[2], catalog.conference.currency)
    return PriceChanged(total=format_money(total))


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
        "contact_id": person_id,
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
        "began_at": at,
        "expires_at": at + policy.HOLD if total else None,
        "confirmed_at": None if total else at,
        "ticket_type_id": lines[0].ticket_type_id,
        "name": wish.name,
        "call_name": wish.call_name,
        "agency": wish.agency,
        "country": wish.country,
        "mail": wish.mail,
        "browser": wish.browser,
        # A free order of somebody who is signed in is proven, and keeps nothing on anybody's account.
        "caller": wish.caller if wish.caller and (total or wish.buyer_id != person_id) else None,
        "agreed": [] if _speaks_for(person_id, wish) else [purpose.value for purpose in wish.agreed],
        "answers": json.dumps({str(key): answer for key, answer in wish.answers.items()}),
        "ticket": ticket,
        "code": code,
    }


def _speaks_for(person_id: int, wish: Wish) -> bool:
    """Whether what is agreed to here counts at once: for oneself, or for an address that nobody has proven yet, as then it is
    used for nothing before it is. For somebody else it waits until they open the link in the email."""
    if not wish.agreed or wish.buyer_id == person_id:
        return True
    return not person_of(person_id).proven


def _book(
    values: dict[str, Any], lines: list[policy.Line], wish: Wish, into: holds.Handover, at: datetime
) -> insert_order.Booked | Order:
    """Write the order; or the earlier order of this form where it says the same, or is done."""
    while True:
        booked = insert_order.book(values, lines)
        if booked:
            return booked
        earlier = _of_form(wish.form, at)
        if earlier and (earlier.fingerprint == wish.fingerprint or earlier.state is OrderState.CONFIRMED):
            return earlier
        over = earlier or _of_form(wish.form, None)
        if over:
            holds.give_way(over.id, wish, into, at)


def _beside_rival(
    order_id: int,
    values: dict[str, Any],
    lines: list[policy.Line],
    wish: Wish,
    into: holds.Handover,
    at: datetime,
) -> int:
    """The seat of an order whose person has or holds one there. Theirs gives way to themselves, signed in or in the same
    browser; beside anybody else's this one stands without a person. Raises AlreadyRegistered, to themselves.
    """
    conference_id, person_id = values["conference_id"], values["person_id"]
    while True:
        rival = holds.live_of(conference_id, person_id)
        if rival is not None:
            order = must(Order, rival.order_id)  # not locked: its buyer does not wait for a stranger
            if not holds.is_theirs(order, rival.person_id, wish):
                added = insert_order.add_place(order_id, values | {"person_id": None}, lines)
                assert added is not None  # nothing is unique about a seat without a person
                return added
            if rival.state is RegistrationState.CONFIRMED:
                raise AlreadyRegistered(order=order.public_id)
            holds.give_way(order.id, wish, into, at)
        added = insert_order.add_place(order_id, values, lines)
        if added is not None:
            return added


def _go_on(order_id: int, began_at: datetime) -> None:
    """The order goes on with the time of those it replaced."""
    session().execute(
        sa.update(Order)
        .where(Order.id == order_id)
        .values(
            began_at=began_at,
            expires_at=sa.case((Order.expires_at.is_not(None), began_at + policy.HOLD)),
        )
        .execution_options(synchronize_session=False)
    )


def _keep_answers(catalog: Catalog, wish: Wish, registration_id: int, person_id: int) -> None:
    if _speaks_for(person_id, wish):
        for purpose in wish.agreed:
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
    into: holds.Handover,
    at: datetime,
) -> None:
    """Count the sales and take the seats, late, as these rows are everybody's. Raises what `place` raises.

    Prices were chosen by counters that nobody had locked: others may have bought meanwhile.
    """
    wanted = policy.draws(line.quota_ids for line in lines)
    wanted.subtract(into.freed.places)
    sales = Counter(counted)
    sales.subtract(into.freed.sales)
    sales.subtract(into.released.sales)
    sold = {each: n - into.freed.sales[each] for each, n in quota_counters.sell(sales).items()}
    if counted and (now_at := _lines(catalog, wish, sold, at)) != lines:
        raise _other_price(catalog, now_at, into.freed)
    short = quota_counters.take(wanted, into.released.places)
    if short is not None:
        raise policy.full(lines, short)


def _of_form(form: str, at: datetime | None) -> Order | None:
    """The live order that this form made; at `at`, one whose time is over does not live any more."""
    order = session().scalar(
        sa.select(Order)
        .where(Order.form == form, Order.state.in_((*policy.KEEPING, OrderState.CONFIRMED)))
        .execution_options(populate_existing=True)
    )
    if order is None or at is None or order.state is OrderState.CONFIRMED:
        return order
    return order if policy.keeps(order.state, order.expires_at, at) else None


def _placed(order: Order, *, again: bool) -> Placed:
    return Placed(
        order_id=order.id, public_id=order.public_id, state=order.state, total=order.total, again=again
    )
