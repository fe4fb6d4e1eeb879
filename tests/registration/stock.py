"""A conference with few places, and what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference, TicketType
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.events import EventRow
from citevents.registration import services
from citevents.registration.models import (
    Order,
    Places,
    Registration,
)
from tests.conferences.world import a_conference, a_quota, a_ticket_type


def facts(session: Session) -> list[str]:
    """The names of all events, in their order."""
    return list(session.scalars(sa.select(EventRow.name).order_by(EventRow.id)))


def taken(session: Session) -> list[int]:
    """How many seats are taken of each quota."""
    session.expire_all()
    return list(session.scalars(sa.select(Places.taken).order_by(Places.quota_id)))


def states(session: Session) -> list[tuple[str, str]]:
    """(of the order, of its registration), in their order."""
    session.expire_all()
    rows = session.execute(
        sa.select(Order.state, Registration.state)
        .join(Registration, Registration.order_id == Order.id)
        .order_by(Order.id)
    )
    return [(order.value, registration.value) for order, registration in rows]


def sale(amount: int = 49000, capacity: int = 2, **changes: object) -> tuple[Conference, TicketType]:
    conference = a_conference()
    return conference, a_ticket_type(
        conference, a_quota(conference, capacity=capacity), amount=amount, **changes
    )


def pay(placed: object, payment_id: int = 7, amount: int = 49000) -> bool:
    with transaction():
        return services.confirm(
            placed.order_id,  # type: ignore[attr-defined]
            now(),
            payment_id=payment_id,
            amount=amount,
            currency="CAD",
        )
