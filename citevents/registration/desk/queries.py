"""What the desk reads: orders page by page, registrations by day, arrivals. For people with a role only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from citevents.conferences.queries import ConferenceView
from citevents.core.db import session
from citevents.core.money import Money
from citevents.people import queries as people
from citevents.registration import policy
from citevents.registration.models import (
    CheckIn,
    Order,
    OrderState,
    Registration,
    RegistrationState,
    SensitiveAnswer,
    StateChange,
    Ticket,
)

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    """One order in a list; `name` is the first person's."""

    id: int
    public_id: str
    state: OrderState
    name: str
    agency: str
    country: str
    places: int
    total: Money
    placed_at: datetime
    person_id: int


@dataclass(frozen=True)
class Listing:
    rows: list[OrderRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def _orders(conference_id: int, text: str, state: OrderState | None) -> sa.Select[Order]:
    wanted = sa.select(Order).where(Order.conference_id == conference_id)
    if state:
        wanted = wanted.where(Order.state == state)
    if text:
        wanted = wanted.where(_matches(text))
    return wanted


def _matches(text: str) -> sa.ColumnElement[bool]:
    """Name or agency holds the text; or it is a whole address, an order's number or a ticket's code."""
    place = sa.and_(Registration.organization_id == Order.organization_id, Registration.order_id == Order.id)
    named = sa.exists().where(
        place,
        sa.or_(
            Registration.name.icontains(text, autoescape=True),
            Registration.agency.icontains(text, autoescape=True),
        ),
    )
    either: list[sa.ColumnElement[bool]] = [named]
    person = people.by_mail(text) if "@" in text else None
    if person:
        either.append(sa.exists().where(place, Registration.person_id == person.id))
        either.append(Order.person_id == person.id)
    if text.isdecimal() and len(text) < 18:
        either.append(Order.id == int(text))
    code = policy.read_code(text)
    if len(code) == 8:
        either.append(
            sa.exists().where(
                place,
                Ticket.organization_id == Registration.organization_id,
                Ticket.registration_id == Registration.id,
                Ticket.code == code,
            )
        )
    return sa.or_(*either)


def orders(conference_id: int, *, text: str = "", state: OrderState | None = None, page: int = 1) -> Listing:
    """Orders newest first, fifty a page."""
    wanted = _orders(conference_id, text, state)
    total = session().scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    page = min(max(page, 1), max(1, -(-total // PAGE)))
    rows = session().scalars(
        wanted.order_by(Order.placed_at.desc(), Order.id.desc()).limit(PAGE).offset((page - 1) * PAGE)
    )
    return Listing(_rows(list(rows)), total, page)


def _rows(found: list[Order]) -> list[OrderRow]:
    places: dict[int, list[Registration]] = {order.id: [] for order in found}
    registrations = session().scalars(
        sa.select(Registration).where(Registration.order_id.in_(places)).order_by(Registration.id)
    )
    for each in registrations:
        places[each.order_id].append(each)
    return [
        OrderRow(
            id=order.id,
            public_id=order.public_id,
            state=order.state,
            name=places[order.id][0].name if places[order.id] else "",
            agency=places[order.id][0].agency if places[order.id] else "",
            country=places[order.id][0].country if places[order.id] else "",
            places=len(places[order.id]),
            total=Money(order.total, order.currency),
            placed_at=order.placed_at,
            person_id=order.person_id,
        )
        for order in found
    ]


def all_orders(conference_id: int, *, text: str = "", state: OrderState | None = None) -> Iterator[OrderRow]:
    """Every order that matches, oldest first, read in portions."""
    after = 0
    while True:
        portion = list(
            session().scalars(
                _orders(conference_id, text, state).where(Order.id > after).order_by(Order.id).limit(1000)
            )
        )
        if not portion:
            return
        yield from _rows(portion)
        after = portion[-1].id


def states(conference_id: int) -> dict[OrderState, int]:
    """How many orders are in each state."""
    rows = session().execute(
        sa.select(Order.state, sa.func.count().label("n"))
        .where(Order.conference_id == conference_id)
        .group_by(Order.state)
    )
    return {row.state: row.n for row in rows}


def history(order_id: int) -> list[tuple[datetime, str, str]]:
    """(moment, state before, state after) of an order, oldest first."""
    rows = session().execute(
        sa.select(StateChange.at, StateChange.was, StateChange.became)
        .where(StateChange.kind == "order", StateChange.subject_id == order_id)
        .order_by(StateChange.id)
    )
    return [(row.at, row.was, row.became) for row in rows]


def by_day(conference: ConferenceView) -> list[tuple[date, int]]:
    """(day at the venue, confirmed places up to its end), for the days on which one was added; those given back are gone."""
    day = sa.cast(sa.func.timezone(conference.zone, Registration.confirmed_at), sa.Date)
    rows = session().execute(
        sa.select(day.label("day"), sa.func.count().label("n"))
        .where(
            Registration.conference_id == conference.id,
            Registration.state == RegistrationState.CONFIRMED,
        )
        .group_by(day)
        .order_by(day)
    )
    found: list[tuple[date, int]] = []
    for row in rows:
        found.append((row.day, row.n + (found[-1][1] if found else 0)))
    return found


def needs(conference_id: int) -> list[tuple[str, int, object]]:
    """(name, question id, answer) of everybody who told us something sensitive, agrees that we keep it, and has a place."""
    rows = session().execute(
        sa.select(Registration.name, SensitiveAnswer.question_id, SensitiveAnswer.answer)
        .join(
            Registration,
            sa.and_(
                Registration.organization_id == SensitiveAnswer.organization_id,
                Registration.id == SensitiveAnswer.registration_id,
            ),
        )
        .where(
            SensitiveAnswer.conference_id == conference_id,
            Registration.state == RegistrationState.CONFIRMED,
            # Asked here, where it is read: erasing what was taken back comes a moment later.
            Registration.person_id.in_(people.agreeing(people.Purpose.SENSITIVE_ANSWERS)),
        )
        .order_by(Registration.name, Registration.id)
    )
    return [(row.name, row.question_id, row.answer) for row in rows]


@dataclass(frozen=True, kw_only=True)
class Guest:
    """Somebody with a place, as the check-in desk sees them."""

    registration_id: int
    name: str
    call_name: str
    agency: str
    code: str
    ticket: str
    arrived_at: datetime | None


def _guests() -> sa.Select[Registration, str, str, datetime]:
    return (
        sa.select(Registration, Ticket.code, Ticket.public_id, CheckIn.at)
        .join(
            Ticket,
            sa.and_(
                Ticket.organization_id == Registration.organization_id,
                Ticket.registration_id == Registration.id,
                Ticket.voided_at.is_(None),
            ),
        )
        .outerjoin(
            CheckIn,
            sa.and_(
                CheckIn.organization_id == Registration.organization_id,
                CheckIn.registration_id == Registration.id,
                CheckIn.undone_at.is_(None),
            ),
        )
        .where(Registration.state == RegistrationState.CONFIRMED)
    )


def _guest(row: sa.Row[Registration, str, str, datetime]) -> Guest:
    place, code, ticket, at = row
    return Guest(
        registration_id=place.id,
        name=place.name,
        call_name=place.call_name or place.name,
        agency=place.agency,
        code=code,
        ticket=ticket,
        arrived_at=at,
    )


def guests(conference_id: int, text: str, most: int = 30) -> list[Guest]:
    """People with a place whose name, agency or code holds the text, by name."""
    rows = session().execute(
        _guests()
        .where(
            Registration.conference_id == conference_id,
            sa.or_(
                Registration.name.icontains(text, autoescape=True),
                Registration.agency.icontains(text, autoescape=True),
                Ticket.code == policy.read_code(text),
            ),
        )
        .order_by(Registration.name, Registration.id)
        .limit(most)
    )
    return [_guest(row) for row in rows]


def latest_arrivals(conference_id: int, most: int = 8) -> list[Guest]:
    """Who came last, the latest first."""
    rows = session().execute(
        _guests()
        .where(Registration.conference_id == conference_id, CheckIn.id.is_not(None))
        .order_by(CheckIn.at.desc())
        .limit(most)
    )
    return [_guest(row) for row in rows]


def guest(registration_id: int) -> Guest | None:
    """One of them."""
    row = session().execute(_guests().where(Registration.id == registration_id)).first()
    return _guest(row) if row else None


def arrived(conference_id: int) -> int:
    """How many are there."""
    return (
        session().scalar(
            sa.select(sa.func.count())
            .select_from(CheckIn)
            .where(CheckIn.conference_id == conference_id, CheckIn.undone_at.is_(None))
        )
        or 0
    )


def expected(conference_id: int) -> int:
    """How many have a place."""
    return (
        session().scalar(
            sa.select(sa.func.count())
            .select_from(Registration)
            .where(
                Registration.conference_id == conference_id,
                Registration.state == RegistrationState.CONFIRMED,
            )
        )
        or 0
    )
