"""Orders as money sees them: what is to be paid, what was bought, what goes back. Amounts in minor units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.conferences import queries as conferences
from citevents.core.db import current_organization_id, must, session
from citevents.people import queries as people
from citevents.registration import policy
from citevents.registration.holds import lines_of
from citevents.registration.models import Order, OrderState, Registration
from citevents.registration.orders import LineView, number_of


@dataclass(frozen=True, kw_only=True)
class OrderToPay:
    """What a payment page needs; `amount` in minor units. `mail` is as typed, and "" for somebody erased."""

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

    def payable(self, at: datetime) -> bool:
        """Whether it takes money at this moment."""
        return policy.keeps(self.state, self.expires_at, at) and self.amount > 0


def order_to_pay(public_id: str) -> OrderToPay | None:
    """The order of a link as a payment page sees it; `conference` is its slug. It does not end until commit."""
    row = session().scalar(
        sa.select(Order)
        .where(Order.public_id == public_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    conference = conferences.by_id(row.conference_id)
    return OrderToPay(
        order_id=row.id,
        public_id=row.public_id,
        amount=row.total,
        currency=row.currency,
        description=f"{conference.name} · {number_of(row.id)}",
        mail=_mail_of(row),
        language=row.language,
        state=row.state,
        expires_at=row.expires_at,
        conference=conference.slug,
    )


def _mail_of(order: Order) -> str:
    """The buyer's address, as typed where it was: how somebody's profile spells it is nobody else's business."""
    typed = session().scalars(
        sa.select(Registration.mail).where(Registration.order_id == order.id).order_by(Registration.id)
    )
    known = people.person(order.person_id).mail
    return next((mail for mail in typed if people.mail_key(mail) == people.mail_key(known)), known)


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What an invoice says of an order; amounts in minor units of `currency`."""

    order_id: int
    public_id: str
    number: str
    #: Who buys, as known and typed then; all three are "" for somebody erased.
    buyer: str
    agency: str
    country: str
    conference: str
    currency: str
    net: int
    tax: int
    total: int
    lines: tuple[LineView, ...]


def bill(order_id: int) -> Bill:
    """The order as an invoice sees it: amounts and names of that moment."""
    row = must(Order, order_id)
    buyer = people.person(row.person_id)
    own = session().scalar(
        sa.select(Registration)
        .where(Registration.order_id == order_id, Registration.person_id == row.person_id)
        .order_by(Registration.id)
        .limit(1)
    )
    return Bill(
        order_id=row.id,
        public_id=row.public_id,
        number=number_of(row.id),
        buyer="" if buyer.erased else buyer.name or (own.name if own else ""),
        agency=own.agency if own else buyer.agency,
        country=own.country if own else buyer.country,
        conference=conferences.by_id(row.conference_id).name,
        currency=row.currency,
        net=row.net,
        tax=row.tax,
        total=row.total,
        lines=tuple(LineView.of(each) for each in lines_of(order_id)),
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


def order_ids_of(person_id: int) -> sa.Select[int]:
    """The ids of what a person bought, as a subquery."""
    return sa.select(Order.id).where(
        Order.organization_id == current_organization_id(), Order.person_id == person_id
    )


def order_names(order_ids: Iterable[int]) -> dict[int, str]:
    """Id -> public id, in one query."""
    rows = session().execute(sa.select(Order.id, Order.public_id).where(Order.id.in_(set(order_ids))))
    return {row.id: row.public_id for row in rows}
