"""The invariants of all slices: what `flask check` runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.db import session
from citevents.core.invariants import Invariant
from citevents.slices import slices


def invariants() -> list[Invariant]:
    """Those of every slice, in the slices' order."""
    return [invariant for each in slices() for invariant in each.invariants]


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One row that should not be."""

    code: str
    promise: str
    row: dict[str, Any]


def violations(limit: int = 20) -> list[Violation]:
    """Every violation found, at most `limit` of each invariant; the keyed audit chain (P5) included."""
    found: list[Violation] = []
    for invariant in invariants():
        rows = session().execute(
            sa.text(f"SELECT * FROM ({invariant.sql}) violation LIMIT :most"),  # noqa: S608 - our own SQL
            {**invariant.values(), "most": limit},
        )
        found += [
            Violation(code=invariant.code, promise=invariant.promise, row=dict(row._mapping)) for row in rows
        ]
    found += [
        Violation(
            code="P5",
            promise="The audit chain is unbroken.",
            row={"organization_id": organization_id, "place": place},
        )
        for organization_id, place in audit.broken_links()[:limit]
    ]
    return found
