"""What other slices and pages may know of orders and places: frozen rows. Desks read `desk/`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from citevents.conferences.queries import ConferenceView
from citevents.core.db import current_organization_id, get, session
from citevents.registration import policy
from citevents.registration.holds import lines_of
from citevents.registration.models import (
    CheckIn,
    EndedBy,
    Order,
    OrderState,
    Registration,
    RegistrationState,
    Ticket,
)
from citevents.registration.order_money import (
    Bill,
    OrderToPay,
    bill,
    order_ids,
    order_ids_of,
    order_names,
    order_to_pay,
    payment_of,
    public_id_of,
)
from citevents.registration.orders import (
    LineView,
    OrderView,
    PlaceView,
    answers,
    conference_of_order,
    id_of_order,
    in_words,
    number_of,
    order,
    order_at,
    ticket_type_names,
    typed_of,
)
from citevents.registration.quota_counters import Drawn, sold
from citevents.registration.returns import Cancelling, cancelling

__all__ = [
    "Bill",
    "Cancelling",
    "LineView",
    "OrderToPay",
    "OrderView",
    "PlaceView",
    "QuotaPlaces",
    "RegistrationView",
    "answers",
    "bill",
    "cancelling",
    "checked_in",
    "conference_of_order",
    "confirmed",
    "countries",
    "find_ticket",
    "id_of_order",
    "in_words",
    "is_registered",
    "kept_by",
    "lost_by",
    "number_of",
    "of_person",
    "order",
    "order_at",
    "order_ids",
    "order_ids_of",
    "order_names",
    "order_to_pay",
    "payment_of",
    "people_of_orders",
    "people_with_place",
    "place_of",
    "places",
    "public_id_of",
    "registration",
    "sold",
    "ticket_type_names",
    "typed_of",
]


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
    ended_by: EndedBy | None
    end_note: str
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


def lost_by(person_id: int) -> list[RegistrationView]:
    """What a person was registered for until others cancelled it, newest first; not where they are registered again."""
    found = _registrations(
        Registration.person_id == person_id,
        Registration.state == RegistrationState.CANCELLED,
        Registration.ended_by.in_((EndedBy.EVENT, EndedBy.ORGANIZERS)),
    )
    again = {each.conference_id for each in of_person(person_id)} if found else set()
    first: dict[int, RegistrationView] = {}
    for each in found:
        first.setdefault(each.conference_id, each)
    return [each for each in first.values() if each.conference_id not in again]


def ended_with_event(order: OrderView, conference: ConferenceView) -> bool:
    """Whether an order that nobody had paid ended because its event was cancelled."""
    if conference.cancelled_at is None or order.state is not OrderState.CANCELLED or order.confirmed_at:
        return False
    ended = session().scalar(
        sa.select(sa.func.max(Registration.ended_at)).where(Registration.order_id == order.id)
    )
    return ended is not None and ended >= conference.cancelled_at


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


def people_of_orders(conference_id: int) -> sa.CompoundSelect[Any]:
    """Whom the end of a conference concerns: everybody with a seat, whoever bought one, and whoever is about to pay. Their ids, as
    a statement with one column, `person_id`."""
    here = sa.and_(
        Registration.organization_id == current_organization_id(),
        Registration.conference_id == conference_id,
        Registration.state == RegistrationState.CONFIRMED,
    )
    there = sa.select(Registration.person_id).where(here, Registration.person_id.is_not(None))
    bought = (
        sa.select(Order.person_id)
        .join(
            Registration,
            sa.and_(Registration.organization_id == Order.organization_id, Registration.order_id == Order.id),
        )
        .where(here)
    )
    about_to = sa.select(Order.person_id).where(
        Order.organization_id == current_organization_id(),
        Order.conference_id == conference_id,
        Order.state.in_(policy.KEEPING),
    )
    return sa.union(there, bought, about_to)


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
            ended_by=row.ended_by,
            end_note=row.end_note,
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


def kept_by(conference_id: int, public_id: str, at: datetime) -> Drawn:
    """What an unpaid order keeps at this moment: free for whoever changes it."""
    found = session().scalar(
        sa.select(Order).where(Order.public_id == public_id, Order.conference_id == conference_id)
    )
    kept = Drawn()
    if found is not None and policy.keeps(found.state, found.expires_at, at):
        kept.add(lines_of(found.id))
    return kept


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
