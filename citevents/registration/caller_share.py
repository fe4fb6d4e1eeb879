"""What one caller keeps: orders that are neither paid for nor of a proven address. A share of each quota, and so many in all."""

from __future__ import annotations

import sqlalchemy as sa

from citevents.core.db import current_organization_id, session
from citevents.people import services as people
from citevents.people.models import Purpose
from citevents.people.queries import wording as wording_of
from citevents.registration import policy
from citevents.registration.errors import KeepsTooMuch
from citevents.registration.models import Order, OrderState, Registration

_KEPT = sa.text(
    """WITH kept AS (
         SELECT o.id, l.quota_ids FROM "order" o
         JOIN order_line l ON l.organization_id = o.organization_id AND l.order_id = o.id
         WHERE o.organization_id = :organization AND o.caller = :caller)
       SELECT count(DISTINCT id) AS n, NULL AS capacity FROM kept
       UNION ALL
       SELECT count(*), p.capacity FROM kept CROSS JOIN unnest(quota_ids) AS drawn (quota_id)
       JOIN places p ON p.organization_id = :organization AND p.quota_id = drawn.quota_id
       GROUP BY p.quota_id, p.capacity"""
)


def check(caller: str, share: policy.Share) -> None:
    """Refuse an order, just written, with which its caller keeps more than its share. Raises KeepsTooMuch.

    Orders of one caller must come one after another: the edge counts its tries first, and that row is locked until commit.
    """
    rows = session().execute(_KEPT, {"organization": current_organization_id(), "caller": caller}).all()
    orders = next(row.n for row in rows if row.capacity is None)
    if policy.keeps_too_much(
        share, orders, [(row.n, row.capacity) for row in rows if row.capacity is not None]
    ):
        raise KeepsTooMuch()


def prove(person_id: int) -> None:
    """Whoever reads the mail of this person signed in by it: their free orders count for no caller any more, and what they
    agreed to with orders of their own, as the email said, is agreed to."""
    theirs = sa.and_(Order.person_id == person_id, Order.state == OrderState.CONFIRMED)
    own = sa.exists().where(
        Registration.organization_id == Order.organization_id,
        Registration.order_id == Order.id,
        Registration.person_id == person_id,
    )
    agreed = session().scalars(sa.select(sa.func.unnest(Order.agreed)).where(theirs, own)).all()
    for purpose in sorted({Purpose(each) for each in agreed}):
        people.give_consent(person_id, purpose, wording_of(purpose).version, "registration")
    session().execute(
        sa.update(Order)
        .where(theirs, sa.or_(Order.caller.is_not(None), Order.agreed != []))
        .values(caller=None, agreed=[])
        .execution_options(synchronize_session=False)
    )
