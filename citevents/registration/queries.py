"""What other slices and pages may know of orders and places: frozen rows. Desks read `desk/`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from citevents.conferences import queries as conferences
from citevents.conferences.catalog import QuestionView, catalog
from citevents.conferences.models import TicketType
from citevents.conferences.queries import ConferenceView
from citevents.core.db import current_organization_id, get, must, session
from citevents.core.errors import NotYours
from citevents.core.money import Money
from citevents.people import queries as people
from citevents.registration import policy
from citevents.registration.models import (
    CheckIn,
    Order,
    OrderLine,
    OrderState,
    Registration,
    RegistrationState,
    SensitiveAnswer,
    Sold,
    Ticket,
)
from citevents.registration.placing import lines_of

# ---------- orders ----------


@dataclass(frozen=True, kw_only=True)
class LineView:
    """One thing bought; amounts in minor units."""

    registration_id: int
    ticket_type_id: int
    name: str
    step: str
    net: int
    tax: int
    total: int
    tax_basis_points: int


@dataclass(frozen=True, kw_only=True)
class PlaceView:
    """One person's place in an order, with its live ticket where there is one."""

    id: int
    person_id: int | None
    state: RegistrationState
    name: str
    call_name: str
    agency: str
    country: str
    ticket: str | None
    code: str | None


@dataclass(frozen=True, kw_only=True)
class OrderView:
    """An order with everything its page shows."""

    id: int
    public_id: str
    conference_id: int
    person_id: int
    state: OrderState
    net: Money
    tax: Money
    total: Money
    language: str
    placed_at: datetime
    expires_at: datetime | None
    confirmed_at: datetime | None
    lines: tuple[LineView, ...]
    places: tuple[PlaceView, ...]

    @property
    def number(self) -> str:
        """How the order is called in words: short, and opening nothing."""
        return number_of(self.id)

    @property
    def keeps(self) -> bool:
        """Whether it keeps places that are not paid."""
        return self.state in policy.KEEPING

    @property
    def refund(self) -> int:
        """What the live places cost, minor units."""
        live = {place.id for place in self.places if place.state is RegistrationState.CONFIRMED}
        return sum(line.total for line in self.lines if line.registration_id in live)


def number_of(order_id: int) -> str:
    """How an order is called in words."""
    return f"{order_id:06d}"


def order_at(conference_id: int, public_id: str) -> OrderView:
    """The order of a link. Raises NotYours for a code that is not one of this conference's."""
    row = session().scalar(
        sa.select(Order).where(Order.public_id == public_id, Order.conference_id == conference_id)
    )
    if row is None:
        raise NotYours()
    return _order(row)


def order(order_id: int) -> OrderView:
    """An order by id; LookupError where there is none."""
    return _order(must(Order, order_id))


def conference_of_order(public_id: str) -> int | None:
    """Which conference an order's link belongs to."""
    return session().scalar(sa.select(Order.conference_id).where(Order.public_id == public_id))


def _order(row: Order) -> OrderView:
    places = session().execute(
        sa.select(Registration, Ticket.public_id, Ticket.code)
        .outerjoin(
            Ticket,
            sa.and_(
                Ticket.organization_id == Registration.organization_id,
                Ticket.registration_id == Registration.id,
                Ticket.voided_at.is_(None),
            ),
        )
        .where(Registration.order_id == row.id)
        .order_by(Registration.id)
    )
    return OrderView(
        id=row.id,
        public_id=row.public_id,
        conference_id=row.conference_id,
        person_id=row.person_id,
        state=row.state,
        net=Money(row.net, row.currency),
        tax=Money(row.tax, row.currency),
        total=Money(row.total, row.currency),
        language=row.language,
        placed_at=row.placed_at,
        expires_at=row.expires_at,
        confirmed_at=row.confirmed_at,
        lines=tuple(_line(each) for each in lines_of(row.id)),
        places=tuple(_place(*each) for each in places),
    )


def _line(row: OrderLine) -> LineView:
    return LineView(**{name: getattr(row, name) for name in LineView.__dataclass_fields__})


def _place(row: Registration, ticket: str | None, code: str | None) -> PlaceView:
    return PlaceView(
        id=row.id,
        person_id=row.person_id,
        state=row.state,
        name=row.name,
        call_name=row.call_name or row.name,
        agency=row.agency,
        country=row.country,
        ticket=ticket,
        code=code,
    )


# ---------- for money ----------


@dataclass(frozen=True, kw_only=True)
class OrderToPay:
    """What a payment page needs; `amount` in minor units. `mail` may be "" for somebody erased."""

    order_id: int
    public_id: str
    amount: int
    currency: str
    description: str
    mail: str
    language: str
    state: OrderState
    expires_at: datetime | None
    conference: str

    @property
    def payable(self) -> bool:
        """Whether it takes money now."""
        return self.state in policy.KEEPING and self.amount > 0


def order_to_pay(public_id: str) -> OrderToPay | None:
    """The order of a link as a payment page sees it; `conference` is its slug."""
    row = session().scalar(sa.select(Order).where(Order.public_id == public_id))
    if row is None:
        return None
    conference = conferences.by_id(row.conference_id)
    return OrderToPay(
        order_id=row.id,
        public_id=row.public_id,
        amount=row.total,
        currency=row.currency,
        description=f"{conference.name} · {number_of(row.id)}",
        mail=people.person(row.person_id).mail,
        language=row.language,
        state=row.state,
        expires_at=row.expires_at,
        conference=conference.slug,
    )


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What an invoice says of an order; amounts in minor units of `currency`."""

    order_id: int
    public_id: str
    number: str
    buyer: str
    conference: str
    currency: str
    net: int
    tax: int
    total: int
    lines: tuple[LineView, ...]


def bill(order_id: int) -> Bill:
    """The order as an invoice sees it: amounts and names of that moment."""
    row = must(Order, order_id)
    first = session().scalar(
        sa.select(Registration.name)
        .where(Registration.order_id == order_id)
        .order_by(Registration.id)
        .limit(1)
    )
    return Bill(
        order_id=row.id,
        public_id=row.public_id,
        number=number_of(row.id),
        buyer=people.person(row.person_id).name or first or "",
        conference=conferences.by_id(row.conference_id).name,
        currency=row.currency,
        net=row.net,
        tax=row.tax,
        total=row.total,
        lines=tuple(_line(each) for each in lines_of(order_id)),
    )


def payment_of(order_id: int) -> int | None:
    """The payment that confirmed an order."""
    return must(Order, order_id).payment_id


def public_id_of(order_id: int) -> str:
    """The name of an order in links."""
    return must(Order, order_id).public_id


def order_ids(conference_id: int) -> sa.Select[int]:
    """The ids of a conference's orders, as a subquery."""
    return sa.select(Order.id).where(
        Order.organization_id == current_organization_id(), Order.conference_id == conference_id
    )


def order_names(order_ids: Iterable[int]) -> dict[int, str]:
    """Id -> public id, in one query."""
    rows = session().execute(sa.select(Order.id, Order.public_id).where(Order.id.in_(set(order_ids))))
    return {row.id: row.public_id for row in rows}


def charge(registration_id: int) -> tuple[int, int] | None:
    """(payment id, minor units) that were paid for one registration; None where nothing was."""
    found = _paid(registration_id)
    return (found.payment_id, found.amount) if found and found.amount else None


@dataclass(frozen=True, kw_only=True)
class Due:
    """Money to give back of a payment, minor units."""

    payment_id: int
    amount: int


def refund_due(registration_id: int) -> Due | None:
    """What was promised back when this registration was cancelled; None where nothing was."""
    registration = must(Registration, registration_id)
    found = _paid(registration_id)
    if found is None or not registration.refund_due:
        return None
    return Due(payment_id=found.payment_id, amount=registration.refund_due)


def _paid(registration_id: int) -> Due | None:
    registration = must(Registration, registration_id)
    payment_id = must(Order, registration.order_id).payment_id
    if payment_id is None:
        return None
    total = sa.select(sa.func.coalesce(sa.func.sum(OrderLine.total), 0))
    amount = session().scalar(total.where(OrderLine.registration_id == registration_id)) or 0
    return Due(payment_id=payment_id, amount=int(amount))


# ---------- people and their places ----------


@dataclass(frozen=True, kw_only=True)
class RegistrationView:
    """One person's place at one conference."""

    id: int
    conference_id: int
    order_id: int
    order_public_id: str
    person_id: int | None
    state: RegistrationState
    name: str
    call_name: str
    agency: str
    country: str
    confirmed_at: datetime | None
    ended_at: datetime | None
    ticket: str | None
    code: str | None


def registration(registration_id: int) -> RegistrationView:
    """A registration by id; LookupError where there is none."""
    found = _registrations(Registration.id == registration_id)
    if not found:
        raise LookupError(f"registration {registration_id} is not in this organization")
    return found[0]


def of_person(person_id: int) -> list[RegistrationView]:
    """Everything a person registered for and did not give up, newest first."""
    return _registrations(
        Registration.person_id == person_id,
        Registration.state.in_((RegistrationState.HELD, RegistrationState.CONFIRMED)),
    )


def place_of(person_id: int, conference_id: int) -> RegistrationView | None:
    """The confirmed place of a person at a conference."""
    found = _registrations(
        Registration.person_id == person_id,
        Registration.conference_id == conference_id,
        Registration.state == RegistrationState.CONFIRMED,
    )
    return found[0] if found else None


def is_registered(person_id: int, conference_id: int) -> bool:
    """Whether a person has a confirmed place at a conference."""
    return bool(
        session().scalar(
            sa.select(Registration.id).where(
                Registration.person_id == person_id,
                Registration.conference_id == conference_id,
                Registration.state == RegistrationState.CONFIRMED,
            )
        )
    )


def people_with_place(conference_id: int) -> sa.Select[int | None]:
    """The ids of the people with a confirmed place at a conference, as a subquery."""
    return sa.select(Registration.person_id).where(
        Registration.organization_id == current_organization_id(),
        Registration.conference_id == conference_id,
        Registration.state == RegistrationState.CONFIRMED,
        Registration.person_id.is_not(None),
    )


def confirmed(conference_id: int) -> list[RegistrationView]:
    """Every confirmed place of a conference that has a person."""
    return _registrations(
        Registration.conference_id == conference_id,
        Registration.state == RegistrationState.CONFIRMED,
        Registration.person_id.is_not(None),
    )


def checked_in(conference_id: int) -> list[tuple[int, int]]:
    """(registration, person) of those who are or were there."""
    rows = session().execute(
        sa.select(Registration.id, Registration.person_id)
        .join(
            CheckIn,
            sa.and_(
                CheckIn.organization_id == Registration.organization_id,
                CheckIn.registration_id == Registration.id,
            ),
        )
        .where(
            CheckIn.conference_id == conference_id,
            CheckIn.undone_at.is_(None),
            Registration.person_id.is_not(None),
        )
        .order_by(Registration.id)
    )
    return [(registration_id, person_id) for registration_id, person_id in rows if person_id is not None]


def _registrations(*wanted: sa.ColumnElement[bool]) -> list[RegistrationView]:
    rows = session().execute(
        sa.select(Registration, Order.public_id, Ticket.public_id, Ticket.code)
        .join(
            Order,
            sa.and_(Order.organization_id == Registration.organization_id, Order.id == Registration.order_id),
        )
        .outerjoin(
            Ticket,
            sa.and_(
                Ticket.organization_id == Registration.organization_id,
                Ticket.registration_id == Registration.id,
                Ticket.voided_at.is_(None),
            ),
        )
        .where(*wanted)
        .order_by(Registration.id.desc())
    )
    return [
        RegistrationView(
            id=row.id,
            conference_id=row.conference_id,
            order_id=row.order_id,
            order_public_id=order_public_id,
            person_id=row.person_id,
            state=row.state,
            name=row.name,
            call_name=row.call_name or row.name,
            agency=row.agency,
            country=row.country,
            confirmed_at=row.confirmed_at,
            ended_at=row.ended_at,
            ticket=ticket,
            code=code,
        )
        for row, order_public_id, ticket, code in rows
    ]


def find_ticket(public_id: str) -> tuple[Ticket, Registration] | None:
    """A ticket by its link, with its registration."""
    row = session().scalar(sa.select(Ticket).where(Ticket.public_id == public_id))
    found = get(Registration, row.registration_id) if row else None
    return (row, found) if row and found else None


# ---------- places ----------


@dataclass(frozen=True, kw_only=True)
class QuotaPlaces:
    """Places of one quota. `held` are among the `taken`: being paid for now."""

    capacity: int
    taken: int
    held: int = 0

    @property
    def free(self) -> int:
        return self.capacity - self.taken


def places(conference_id: int, *, held: bool = False) -> dict[int, QuotaPlaces]:
    """Quota id -> its places now. Counters, nothing is counted; with `held`, the few unpaid orders are."""
    rows = session().execute(
        _PLACES, {"organization": current_organization_id(), "conference": conference_id}
    )
    waiting = _held(conference_id) if held else {}
    return {
        row.quota_id: QuotaPlaces(
            capacity=row.capacity, taken=row.taken, held=min(waiting.get(row.quota_id, 0), row.taken)
        )
        for row in rows
    }


def without(places: dict[int, QuotaPlaces], conference_id: int, public_id: str) -> dict[int, QuotaPlaces]:
    """The same places if an unpaid order gave back its own."""
    found = session().scalar(
        sa.select(Order.id).where(
            Order.public_id == public_id,
            Order.conference_id == conference_id,
            Order.state.in_(policy.KEEPING),
        )
    )
    if found is None:
        return places
    kept = policy.draws(line.quota_ids for line in lines_of(found))
    return {id: replace(each, taken=each.taken - kept[id]) for id, each in places.items()}


_PLACES = sa.text(
    """SELECT p.quota_id, p.capacity, p.taken FROM quota q
       JOIN places p ON p.organization_id = q.organization_id AND p.quota_id = q.id
       WHERE q.organization_id = :organization AND q.conference_id = :conference"""
)
_HELD = sa.text(
    """SELECT quota_id, count(*) AS n FROM "order" o
       JOIN order_line l ON l.organization_id = o.organization_id AND l.order_id = o.id
       CROSS JOIN unnest(l.quota_ids) AS quota_id
       WHERE o.state IN ('held', 'awaiting_payment') AND o.organization_id = :organization
         AND o.conference_id = :conference
       GROUP BY quota_id"""
)


def _held(conference_id: int) -> dict[int, int]:
    rows = session().execute(_HELD, {"organization": current_organization_id(), "conference": conference_id})
    return {row.quota_id: row.n for row in rows}


def sold(ticket_type_ids: Iterable[int]) -> dict[int, int]:
    """How many were sold of types whose price ends by count; only for those types."""
    wanted = list(ticket_type_ids)
    if not wanted:
        return {}
    rows = session().execute(
        sa.select(Sold.ticket_type_id, Sold.count.label("n")).where(Sold.ticket_type_id.in_(wanted))
    )
    return {row.ticket_type_id: row.n for row in rows}


# ---------- for pages ----------

#: A country with fewer people than this is not drawn: one dot could be one person.
SMALLEST_COUNTRY = 5


def countries(conference_id: int) -> list[str]:
    """Codes of the countries from which at least five people come, most first."""
    count = sa.func.count()
    rows = session().execute(
        sa.select(Registration.country)
        .where(
            Registration.conference_id == conference_id,
            Registration.state == RegistrationState.CONFIRMED,
            Registration.country != "",
        )
        .group_by(Registration.country)
        .having(count >= SMALLEST_COUNTRY)
        .order_by(count.desc(), Registration.country)
    )
    return [row.country for row in rows]


def typed_of(conference_id: int, public_id: str) -> dict[str, Any]:
    """An unpaid order as the form that would make it again, without sensitive answers. Raises NotYours."""
    found = session().scalar(
        sa.select(Order).where(Order.public_id == public_id, Order.conference_id == conference_id)
    )
    if found is None:
        raise NotYours()
    if found.confirmed_at is not None:
        return {}
    place = (
        session()
        .scalars(
            sa.select(Registration)
            .where(Registration.order_id == found.id)
            .order_by(Registration.id)
            .limit(1)
        )
        .one()
    )
    bought = [line.ticket_type_id for line in lines_of(found.id)]
    rows = session().execute(sa.select(TicketType.id, TicketType.public_id).where(TicketType.id.in_(bought)))
    names = {row.id: row.public_id for row in rows}
    return {
        "of_order": True,
        "ticket": names[bought[0]],
        "add_ons": [names[each] for each in bought[1:]],
        "name": place.name,
        "call_name": place.call_name,
        "mail": people.person(place.person_id or found.person_id).mail,
        "agency": place.agency,
        "country": place.country,
        **{f"q{question}": answer for question, answer in place.answers.items()},
    }


def ticket_type_names(conference: ConferenceView, ids: Iterable[int]) -> list[str]:
    """Names of ticket types in the reader's language, in the order asked for."""
    names = {ticket.id: ticket.name for ticket in catalog(conference).tickets}
    return [names[id] for id in ids if id in names]


def answers(conference: ConferenceView, order: OrderView) -> list[tuple[str, str]]:
    """(question, answer) of an order's first person, as they are shown to the buyer; the sensitive only until it is paid."""
    if not order.places:
        return []
    place_id = order.places[0].id
    given: dict[int, Any] = {
        int(question): answer for question, answer in must(Registration, place_id).answers.items()
    }
    if order.keeps:
        rows = session().scalars(
            sa.select(SensitiveAnswer).where(SensitiveAnswer.registration_id == place_id)
        )
        given |= {row.question_id: row.answer for row in rows}
    return [
        (question.label, in_words(question, given[question.id]))
        for question in catalog(conference).questions
        if question.id in given
    ]


def in_words(question: QuestionView, answer: Any) -> str:
    """An answer in the reader's language."""
    words = dict(question.options)
    if isinstance(answer, list):
        return "; ".join(words.get(each, str(each)) for each in answer)
    return words.get(answer, str(answer))
