"""How payments stand: what came, what went back, what is owed, what a bank holds or keeps, what can still be promised."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from citevents.core.db import session
from citevents.payments import policy
from citevents.payments.models import OWED, Dispute, Payment, PaymentState, Refund, RefundState
from citevents.registration.returns import OrderMoney

#: Whoever was owed it has it.
RETURNED = (RefundState.SUCCEEDED, RefundState.RETURNED)


def of(payment_ids: Iterable[int] | sa.Select[int | None]) -> dict[int, OrderMoney]:
    """How payments stand, by id, amounts in minor units; those that did not succeed are left out."""
    wanted = payment_ids if isinstance(payment_ids, sa.Select) else list(payment_ids)
    refunds, disputes = _refunds(wanted), _disputes(wanted)
    rows = session().execute(
        sa.select(
            Payment.id,
            Payment.amount,
            refunds.c.promised,
            refunds.c.owed,
            refunds.c.stuck,
            refunds.c.returned,
            disputes.c.lost,
            disputes.c.blocked,
        )
        .outerjoin(refunds, refunds.c.payment_id == Payment.id)
        .outerjoin(disputes, disputes.c.payment_id == Payment.id)
        .where(Payment.id.in_(wanted), Payment.state == PaymentState.SUCCEEDED)
    )
    return {
        row.id: _money(row.amount, bool(row.blocked), *(int(each or 0) for each in row[2:7])) for row in rows
    }


def of_one(payment_id: int) -> OrderMoney:
    """The same of one payment."""
    return of([payment_id]).get(payment_id, OrderMoney())


def _refunds(wanted: list[int] | sa.Select[int | None]) -> sa.Subquery:
    rest = Refund.amount - Refund.covered
    return (
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


def _disputes(wanted: list[int] | sa.Select[int | None]) -> sa.Subquery:
    blocks = sa.and_(Dispute.closed_at.is_(None), sa.not_(Dispute.refundable))
    return (
        sa.select(
            Dispute.payment_id,
            sa.func.sum(Dispute.lost).label("lost"),
            sa.func.bool_or(blocks).label("blocked"),
        )
        .where(Dispute.payment_id.in_(wanted))
        .group_by(Dispute.payment_id)
        .subquery()
    )


def _money(
    paid: int, blocked: bool, promised: int, owed: int, stuck: int, returned: int, lost: int
) -> OrderMoney:
    free = policy.refundable(paid, [promised, lost])
    return OrderMoney(
        paid=paid,
        left=0 if blocked else free,
        held=free if blocked else 0,
        blocked=blocked,
        owed=owed,
        stuck=stuck,
        returned=returned,
    )
