"""What grows is found by an index: every foreign key has one that leads with it, or says in its `info` why not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import workers.reactions  # noqa: F401 - every table
from citevents.core.db import Model
from tests.house.keys import explained, lost

#: Columns that name rows of other tables without a foreign key, and by which these rows are searched.
SEARCHED = (
    ("letter", "person_id"),
    ("audit_entry", "subject_id"),
    ("state_change", "subject_id"),
    ("invitation", "subject_id"),
)


def test_every_foreign_key_has_an_index_that_leads_with_it_or_says_why_not(session: Session) -> None:
    assert lost(session) == explained()


def test_a_foreign_key_without_one_is_seen(session: Session) -> None:
    session.execute(sa.text("DROP INDEX order_line_registration"))
    assert lost(session) - explained() == {("order_line", "fk_order_line_organization_id_registration_id")}


@pytest.mark.parametrize(("table", "column"), SEARCHED)
def test_rows_searched_by_the_name_of_another_have_an_index(table: str, column: str) -> None:
    indexes = [
        [getattr(each, "name", "") for each in index.expressions]
        for index in Model.metadata.tables[table].indexes
    ] + [
        [each.name for each in constraint.columns]
        for constraint in Model.metadata.tables[table].constraints
        if isinstance(constraint, sa.UniqueConstraint)
    ]
    assert any(column in names[1:3] and names[0] == "organization_id" for names in indexes)
