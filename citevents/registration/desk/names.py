"""Orders and registrations by id, as pages of other slices at the desk name them. For people with a role only."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from citevents.core.db import session
from citevents.registration.models import Order, Registration
from citevents.registration.orders import number_of


@dataclass(frozen=True, kw_only=True)
class OrderName:
    """An order as other pages name it; `person_id` is the buyer's."""

    public_id: str
    number: str
    conference_id: int
    person_id: int


def order_names(order_ids: set[int]) -> dict[int, OrderName]:
    """Several orders by id; unknown ids are left out."""
    if not order_ids:
        return {}
    rows = session().execute(
        sa.select(Order.id, Order.public_id, Order.conference_id, Order.person_id).where(
            Order.id.in_(order_ids)
        )
    )
    return {
        row.id: OrderName(
            public_id=row.public_id,
            number=number_of(row.id),
            conference_id=row.conference_id,
            person_id=row.person_id,
        )
        for row in rows
    }


def behind(registration_ids: set[int]) -> dict[int, tuple[int, int | None]]:
    """(order id, person id) of several registrations."""
    if not registration_ids:
        return {}
    rows = session().execute(
        sa.select(Registration.id, Registration.order_id, Registration.person_id).where(
            Registration.id.in_(registration_ids)
        )
    )
    return {row.id: (row.order_id, row.person_id) for row in rows}
