"""Foreign keys whose rows can only be found by reading all."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

import workers.reactions  # noqa: F401 - every table
from citevents.core.db import Model

#: Foreign keys without an index, over all rows, whose first columns are theirs.
LOST = """SELECT c.conrelid::regclass::text AS "table", c.conname FROM pg_constraint c
          WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL AND i.indisvalid
              AND (string_to_array(i.indkey::text, ' ')::smallint[])[1:array_length(c.conkey, 1)] @> c.conkey)"""


def explained() -> set[tuple[str, str]]:
    """(table, constraint) of those that say why they have none."""
    return {
        (table.name, str(constraint.name))
        for table in Model.metadata.tables.values()
        for constraint in table.foreign_key_constraints
        if any(element.info.get("unindexed") for element in constraint.elements)
    }


def lost(connection: sa.Connection | Session) -> set[tuple[str, str]]:
    """(table, constraint) of foreign keys whose rows can only be found by reading all."""
    return {(row.table.strip('"'), row.conname) for row in connection.execute(sa.text(LOST))}
