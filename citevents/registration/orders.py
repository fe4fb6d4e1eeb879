"""Orders as their pages and desks show them: one statement brings an order with its people, tickets and lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from citevents.conferences import queries as conferences
from citevents.conferences.catalog import QuestionView, catalog
from citevents.conferences.queries import ConferenceView
from citevents.core.db import current_organization_id, session
from citevents.core.errors import NotYours
from citevents.core.money import Money
from citevents.registration import policy
from citevents.registration.holds import lines_of
from citevents.registration.models import (
    EndedBy,
    Order,
    OrderLine,
    OrderState,
    Registration,
    RegistrationState,
    SensitiveAnswer,
    Ticket,
)


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

    @classmethod
    def of(cls, row: OrderLine) -> LineView:
        """The row of a line."""
        return cls(**{name: getattr(row, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True)
class PlaceView:
    """One person's place in an order, with its live ticket where there is one."""

    id: int
    person_id: int | None
    state: RegistrationState
    ended_by: EndedBy | None
    end_note: str
    name: str
    call_name: str
    agency: str
    country: str
    #: The address as typed, and whose it is.
    mail: str
    contact_id: int | None
    #: Question id as text -> answer; nothing sensitive.
    answers: dict[str, Any]
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
    #: The payment that confirmed it.
    payment_id: int | None
    #: Whether something was agreed to that whoever reads the mail of the address has to confirm.
    agreed: bool
    lines: tuple[LineView, ...]
    places: tuple[PlaceView, ...]

    @property
    def number(self) -> str:
        """How the order is called in words: short, and opening nothing."""
        return number_of(self.id)

    @property
    def end_note(self) -> str:
        """What the organizers said about it."""
        return next((place.end_note for place in self.places if place.end_note), "")

    @property
    def ended_by(self) -> EndedBy | None:
        """Whose act ended it, once no place is left."""
        return next((place.ended_by for place in self.places if place.ended_by), None)

    @property
    def keeps(self) -> bool:
        """Whether it keeps places that are not paid."""
        return self.state in policy.KEEPING

    @property
    def costs(self) -> dict[int, int]:
        """What each live place cost, by registration, minor units."""
        return {
            place.id: sum(line.total for line in self.lines if line.registration_id == place.id)
            for place in self.places
            if place.state is RegistrationState.CONFIRMED
        }


def number_of(order_id: int) -> str:
    """How an order is called in words."""
    return f"{order_id:06d}"


def order_at(conference_id: int, public_id: str) -> OrderView:
    """The order of a link. Raises NotYours for a code that is not one of this conference's."""
    found = _order(_BY_LINK, public_id=public_id)
    if found is None or found.conference_id != conference_id:
        raise NotYours()
    return found


def order(order_id: int) -> OrderView:
    """An order by id; LookupError where there is none."""
    found = _order(_BY_ID, id=order_id)
    if found is None:
        raise LookupError(f"order {order_id} is not in organization {current_organization_id()}")
    return found


def conference_of_order(public_id: str) -> int | None:
    """Which conference an order's link belongs to."""
    return session().scalar(sa.select(Order.conference_id).where(Order.public_id == public_id))


def id_of_order(public_id: str) -> int | None:
    """The id behind an order's link."""
    return session().scalar(sa.select(Order.id).where(Order.public_id == public_id))


# Columns rather than entities: this is on the way of every buyer. Each line belongs to one registration, and each
# registration has a line, so that the join is as long as the lines are.
_o, _r, _l, _t = (kind.__table__.c for kind in (Order, Registration, OrderLine, Ticket))
_OF_ORDER = (
    *(
        "id",
        "public_id",
        "conference_id",
        "person_id",
        "state",
        "currency",
        "net",
        "tax",
        "total",
        "language",
    ),
    *("placed_at", "expires_at", "confirmed_at", "payment_id", "agreed"),
)
_OF_PLACE = (
    "id",
    "person_id",
    "state",
    "ended_by",
    "end_note",
    "name",
    "call_name",
    "agency",
    "country",
    "mail",
    "contact_id",
    "answers",
)
_WHOLE = (
    sa.select(
        *(_o[name].label(f"o_{name}") for name in _OF_ORDER),
        *(_r[name].label(f"r_{name}") for name in _OF_PLACE),
        *(_l[name].label(f"l_{name}") for name in LineView.__dataclass_fields__),
        _t.public_id.label("ticket"),
        _t.code,
    )
    .join_from(
        Order.__table__,
        Registration.__table__,
        sa.and_(_r.organization_id == _o.organization_id, _r.order_id == _o.id),
    )
    .join(OrderLine.__table__, sa.and_(_l.organization_id == _r.organization_id, _l.registration_id == _r.id))
    .outerjoin(
        Ticket.__table__,
        sa.and_(
            _t.organization_id == _r.organization_id, _t.registration_id == _r.id, _t.voided_at.is_(None)
        ),
    )
    .where(_o.organization_id == sa.bindparam("organization_id"))
    .order_by(_l.id)
)
_BY_LINK = _WHOLE.where(_o.public_id == sa.bindparam("public_id"))
_BY_ID = _WHOLE.where(_o.id == sa.bindparam("id"))


def _order(whole: sa.Select[Any], **which: str | int) -> OrderView | None:
    rows = session().execute(whole, which | {"organization_id": current_organization_id()}).all()
    if not rows:
        return None
    row = rows[0]
    return OrderView(
        id=row.o_id,
        public_id=row.o_public_id,
        conference_id=row.o_conference_id,
        person_id=row.o_person_id,
        state=row.o_state,
        net=Money(row.o_net, row.o_currency),
        tax=Money(row.o_tax, row.o_currency),
        total=Money(row.o_total, row.o_currency),
        language=row.o_language,
        placed_at=row.o_placed_at,
        expires_at=row.o_expires_at,
        confirmed_at=row.o_confirmed_at,
        payment_id=row.o_payment_id,
        agreed=bool(row.o_agreed),
        lines=tuple(_line(each) for each in rows),
        places=tuple({each.r_id: _place(each) for each in rows}.values()),
    )


def _line(row: Any) -> LineView:
    return LineView(
        registration_id=row.l_registration_id,
        ticket_type_id=row.l_ticket_type_id,
        name=row.l_name,
        step=row.l_step,
        net=row.l_net,
        tax=row.l_tax,
        total=row.l_total,
        tax_basis_points=row.l_tax_basis_points,
    )


def _place(row: Any) -> PlaceView:
    return PlaceView(
        id=row.r_id,
        person_id=row.r_person_id,
        state=row.r_state,
        ended_by=row.r_ended_by,
        end_note=row.r_end_note,
        name=row.r_name,
        call_name=row.r_call_name or row.r_name,
        agency=row.r_agency,
        country=row.r_country,
        mail=row.r_mail,
        contact_id=row.r_contact_id,
        answers=row.r_answers,
        ticket=row.ticket,
        code=row.code,
    )


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
    names = conferences.ticket_names(bought)
    return {
        "of_order": True,
        "ticket": names[bought[0]],
        "add_ons": [names[each] for each in bought[1:]],
        "name": place.name,
        "call_name": place.call_name,
        "mail": place.mail,
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
    place = order.places[0]
    given: dict[int, Any] = {int(question): answer for question, answer in place.answers.items()}
    if order.keeps:
        rows = session().scalars(
            sa.select(SensitiveAnswer).where(SensitiveAnswer.registration_id == place.id)
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
