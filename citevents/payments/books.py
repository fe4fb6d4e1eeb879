"""What the floor below asks of those who keep the money: how it stands, and to owe what was promised."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from citevents.core.db import session
from citevents.payments import current_state as stands
from citevents.payments import promises
from citevents.payments.models import Payment, RefundReason
from citevents.registration.returns import OrderMoney


def standing(payment_ids: Iterable[int] | sa.Select[int | None]) -> dict[int, OrderMoney]:
    """How payments stand, by id; those that did not succeed are left out."""
    return stands.of(payment_ids)


def of_order(order_id: int) -> OrderMoney:
    """The sum of every payment of an order."""
    ids = session().scalars(sa.select(Payment.id).where(Payment.order_id == order_id))
    return sum(stands.of(ids).values(), OrderMoney())


def promise(payment_id: int, registration_id: int, amount: int) -> None:
    """Owe the buyer what a cancelled place gives back; twice is once."""
    promises.ask(payment_id, amount, RefundReason.CANCELLED, registration_id=registration_id)
