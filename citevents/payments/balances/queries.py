"""What is known of the newest look, and which payments differed in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import current_organization_id, session
from citevents.payments.balances.models import Look
from citevents.payments.models import Case, CaseKind


@dataclass(frozen=True, kw_only=True)
class LookLine:
    """The newest complete look: when, how many payments, how many differed then, and how many differ still. `running`:
    another one is on its way."""

    finished_at: datetime | None
    compared: int
    differed: int
    differing: int
    running: bool


def newest() -> LookLine:
    """How the newest look of this organization came out; without `finished_at` where there was none."""
    current = session()
    look = current.scalar(
        sa.select(Look).where(Look.finished_at.is_not(None)).order_by(Look.asked_at.desc()).limit(1)
    )
    running = current.scalar(sa.select(Look.id).where(Look.finished_at.is_(None)).limit(1))
    open_ = sa.select(sa.func.count()).where(Case.kind == CaseKind.DIFFERENCE, Case.closed_at.is_(None))
    return LookLine(
        finished_at=look.finished_at if look else None,
        compared=look.compared if look else 0,
        differed=look.differed if look else 0,
        differing=current.scalar(open_) or 0,
        running=running is not None,
    )


# What was booked after the first page was read need not be in the look: tomorrow's has it.
_DIFFERING = sa.text(
    """SELECT b.payment_id, b.received = 0 AS missing FROM processor_balance b
       JOIN balance_look l ON l.organization_id = b.organization_id AND l.id = b.look_id
       LEFT JOIN LATERAL (
         SELECT coalesce(sum(e.amount) FILTER (WHERE e.account = 'processor' AND e.currency = b.currency
                                                 AND split_part(t.cause, ':', 1) <> 'dispute_fee'), 0) AS held,
                coalesce(sum(e.amount) FILTER (WHERE e.account = 'fees' AND e.currency = b.fee_currency), 0) AS fee,
                max(t.posted_at) AS moved_at
         FROM posting t JOIN ledger_entry e ON e.organization_id = t.organization_id AND e.posting_id = t.id
         WHERE t.organization_id = b.organization_id AND t.payment_id = b.payment_id) booked ON true
       WHERE b.organization_id = :organization AND b.look_id = :look
         AND (booked.held <> b.received - b.refunded - b.withdrawn OR booked.fee <> b.fee)
         AND (booked.moved_at IS NULL OR booked.moved_at < l.started_at)
       ORDER BY b.payment_id"""
)


def differing(look_id: int) -> dict[int, bool]:
    """Payments of which the processor holds another amount than the ledger says: id -> whether it does not know them at all."""
    session().flush()
    rows = session().execute(_DIFFERING, {"organization": current_organization_id(), "look": look_id})
    return {row.payment_id: row.missing for row in rows}
