"""What the floor below asks of those who keep the money: how it stands, and to owe what was promised."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from citevents.core.db import session
from citevents.payments import policy, promises
from citevents.payments.models import OWED, Payment, PaymentState, Refund, RefundReason, RefundState
from citevents.registration.returns import OrderMoney

#: Whoever was owed it has it.
RETURNED = (RefundState.SUCCEEDED, RefundState.RETURNED)


def standing(payment_ids: Iterable[int] | sa.Select[int | None]) -> dict[int, OrderMoney]:
    """How payments stand, by id; those that did not succeed are left out."""
    wanted = payment_ids if isinstance(payment_ids, sa.Select) else list(payment_ids)
    rest = Refund.amount - Refund.covered
    stands = (
        sa.select(
            Refund.payment_id,
            sa.func.sum(Refund.amount - Refund.covers).label("promised"),
            sa.func.sum(rest).filter(Refund.state.in_(OWED)).label("owed"),
            sa.func.sum(rest).filter(Refund.state == RefundState.FAILED).label("stuck"),
            sa.func.sum(rest).filter(Refund.state.in_(RETURNED)).label("returned"),
        )
        .where(Refund.payment_id.in_(wanted))
        .group_by(Refund.payment_id)
        .subquery()
    )
    rows = session().execute(
        sa.select(
            Payment.id, Payment.amount, stands.c.promised, stands.c.owed, stands.c.stuck, stands.c.returned
        )
        .outerjoin(stands, stands.c.payment_id == Payment.id)
        .where(Payment.id.in_(wanted), Payment.state == PaymentState.SUCCEEDED)
    )
    return {id: _stands(paid, *(int(each or 0) for each in sums)) for id, paid, *sums in rows}


def _stands(paid: int, promised: int, owed: int, stuck: int, returned: int) -> OrderMoney:
    left = policy.refundable(paid, [promised])
    return OrderMoney(paid=paid, left=left, owed=owed, stuck=stuck, returned=returned)


def of_order(order_id: int) -> OrderMoney:
    """The sum of every payment of an order."""
    ids = session().scalars(sa.select(Payment.id).where(Payment.order_id == order_id))
    found = standing(ids).values()
    return OrderMoney(
        paid=sum(each.paid for each in found),
        left=sum(each.left for each in found),
        owed=sum(each.owed for each in found),
        stuck=sum(each.stuck for each in found),
        returned=sum(each.returned for each in found),
    )


def promise(payment_id: int, registration_id: int, amount: int) -> None:
    """Owe the buyer what a cancelled place gives back; twice is once."""
    promises.ask(payment_id, amount, RefundReason.CANCELLED, registration_id=registration_id)
