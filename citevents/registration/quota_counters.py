"""Taking and giving back places: one conditional update per quota, in the order of their ids, last in a transaction.

The row of a quota is the hottest of a sale. It is locked from its update until commit, so nothing may come between. The
counters of `sell` come just before; orders and registrations are locked before both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from citevents.core.db import current_organization_id, session
from citevents.registration.models import OrderLine, Places, Sold

_TAKE = sa.text(
    """UPDATE places SET taken = taken + :n - :released
       WHERE organization_id = :organization AND quota_id = :quota AND taken + :n <= capacity"""
)
_SOLD = sa.text(
    """INSERT INTO sold (organization_id, ticket_type_id, count) VALUES (:organization, :type, GREATEST(:n, 0))
       ON CONFLICT (organization_id, ticket_type_id) DO UPDATE SET count = sold.count + :n RETURNING count"""
)


@dataclass
class Drawn:
    """What lines keep: places by quota id, and sales by ticket type id where a price counts."""

    places: Counter[int] = field(default_factory=Counter)
    sales: Counter[int] = field(default_factory=Counter)

    def add(self, lines: Iterable[OrderLine]) -> None:
        """These lines keep something too."""
        for line in lines:
            self.places.update(line.quota_ids)
            self.sales.update([line.ticket_type_id] if line.counted else ())


def take(wanted: Mapping[int, int], released: Mapping[int, int] | None = None) -> int | None:
    """Take (or, where negative, give back) so many seats of each quota.

    `released` are given back with the same update, and do not help to find room: they are anybody's from commit on.
    The id of the first quota that has not enough left: the caller must then roll back; None when all were taken.
    """
    organization_id = current_organization_id()
    back = released or {}
    session().flush()  # everything else first: the update is the last statement before commit
    for quota_id in sorted({id for each in (wanted, back) for id, n in each.items() if n}):
        values = {
            "organization": organization_id,
            "quota": quota_id,
            "n": wanted.get(quota_id, 0),
            "released": back.get(quota_id, 0),
        }
        if not session().execute(_TAKE, values).rowcount:  # type: ignore[attr-defined]
            return quota_id
    return None


def full(wanted: Mapping[int, int]) -> int | None:
    """The first quota that has not so many seats left just now; None where all have. Nothing is locked."""
    rows = session().execute(
        sa.select(Places.quota_id, Places.capacity - Places.taken)
        .where(Places.quota_id.in_([quota_id for quota_id, n in wanted.items() if n > 0]))
        .order_by(Places.quota_id)
    )
    return next((quota_id for quota_id, free in rows if free < wanted[quota_id]), None)


def give_back(drawn: Drawn) -> None:
    """The places are free again and the sales undone."""
    sell({each: -n for each, n in drawn.sales.items()})
    short = take({each: -n for each, n in drawn.places.items()})
    assert short is None


def sold(ticket_type_ids: Iterable[int]) -> dict[int, int]:
    """How many were sold of types whose price ends by count; only for those types. Nothing is locked."""
    wanted = list(ticket_type_ids)
    if not wanted:
        return {}
    rows = session().execute(
        sa.select(Sold.ticket_type_id, Sold.count.label("n")).where(Sold.ticket_type_id.in_(wanted))
    )
    return {row.ticket_type_id: row.n for row in rows}


def sell(wanted: Mapping[int, int]) -> dict[int, int]:
    """Count sales (negative: undo) of types whose price ends by count; how many were sold before, by type."""
    organization_id = current_organization_id()
    before = {}
    for each in sorted(wanted):
        values = {"organization": organization_id, "type": each, "n": wanted[each]}
        before[each] = session().execute(_SOLD, values).scalar_one() - wanted[each]
    return before
