"""What the floor below asks of those who keep the money: how it stands, and to owe what was promised."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from citevents.core.db import session
from citevents.payments import policy, refunds
from citevents.payments.models import Payment, PaymentState, Refund, RefundReason, RefundState
from citevents.registration.returns import OrderMoney


def standing(payment_ids: Iterable[int] | sa.Select[int | None]) -> dict[int, OrderMoney]:
    """How payments stand, by id; those that did not succeed are left out."""
    wanted = payment_ids if isinstance(payment_ids, sa.Select) else list(payment_ids)
    promised = (
        sa.select(
            Refund.payment_id,
            sa.func.sum(Refund.amount).filter(Refund.state.in_(refunds.LIVE)).label("promised"),
            sa.func.sum(Refund.amount).filter(Refund.state == RefundState.SUCCEEDED).label("returned"),
        )
        .where(Refund.payment_id.in_(wanted))
        .group_by(Refund.payment_id)
        .subquery()
    )
    rows = session().execute(
        sa.select(Payment.id, Payment.amount, promised.c.promised, promised.c.returned)
        .outerjoin(promised, promised.c.payment_id == Payment.id)
        .where(Payment.id.in_(wanted), Payment.state == PaymentState.SUCCEEDED)
    )
    return {id: _stands(amount, int(all_ or 0), int(done or 0)) for id, amount, all_, done in rows}


def _stands(paid: int, promised: int, returned: int) -> OrderMoney:
    return OrderMoney(
        paid=paid, left=policy.refundable(paid, [promised]), owed=promised - returned, returned=returned
    )


def of_order(order_id: int) -> OrderMoney:
    """The sum of every payment of an order."""
    ids = session().scalars(sa.select(Payment.id).where(Payment.order_id == order_id))
    found = standing(ids).values()
    return OrderMoney(
        paid=sum(each.paid for each in found),
        left=sum(each.left for each in found),
        owed=sum(each.owed for each in found),
        returned=sum(each.returned for each in found),
    )


def promise(payment_id: int, registration_id: int, amount: int) -> None:
    """Owe the buyer what a cancelled place gives back; twice is once."""
    refunds.ask(payment_id, amount, RefundReason.CANCELLED, registration_id=registration_id)
