"""Many rows at once, with their ids in order: the demo writes a past that was never lived through the services."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from citevents.core.db import Row, current_organization_id, session


def insert(kind: type[Row], rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows of one table; their ids in the same order. Columns left out get their defaults."""
    if not rows:
        return []
    organization_id = current_organization_id()
    made = session().execute(
        sa.insert(kind).returning(kind.id, sort_by_parameter_order=True),
        [{"organization_id": organization_id, **_defaults(kind), **row} for row in rows],
    )
    return list(made.scalars())


def _defaults(kind: type[Row]) -> dict[str, Any]:
    """What the model would fill in by itself: an insert of plain rows does not."""
    columns = kind.__table__.columns.keys()
    found: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name in columns and field.init and field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory()
    return found
