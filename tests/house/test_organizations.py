"""One installation, several organizations: no statement of one sees a row of another, however the row is hidden in it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from citevents.core.db import Organization, as_organization
from citevents.people import services
from citevents.people.models import Person, RoleGrant


@pytest.fixture(autouse=True)
def _neighbours(session: Session, organization: Organization) -> None:
    services.find_or_make("a@cit.example", "Here")
    other = Organization(name="Other", host="other.example")
    session.add(other)
    session.flush()
    with as_organization(other.id):
        services.find_or_make("a@cit.example", "There")
        services.find_or_make("b@cit.example", "There")


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        (sa.select(Person.name), "Here"),
        (sa.select(sa.func.count()).select_from(Person), 1),
        (sa.select(sa.func.count(Person.id)), 1),
        (sa.select(sa.func.count()).where(Person.id > 0), 1),
        (sa.select(sa.func.count()).select_from(sa.select(Person.id).subquery()), 1),
        (sa.select(sa.func.count()).select_from(Person).join(RoleGrant, isouter=True), 1),
        (sa.select(sa.exists(sa.select(Person.id).where(Person.name == "There"))), False),
        (sa.select(sa.literal(1)).where(sa.exists().where(Person.name == "There")), None),
        (sa.select(sa.select(Person.name).where(Person.name == "There").scalar_subquery()), None),
        (
            sa.union_all(sa.select(Person.name).where(Person.name == "There"), sa.select(sa.literal("end"))),
            "end",
        ),
    ],
)
def test_reads_stay_at_home(session: Session, statement: Any, answer: object) -> None:
    assert session.scalars(statement).all() == ([] if answer is None and _rows(statement) == 0 else [answer])


def _rows(statement: Any) -> int:
    return 0 if "EXISTS" in str(statement) else 1


def test_writes_stay_at_home(session: Session) -> None:
    changed = session.execute(sa.update(Person).values(name="Changed").returning(Person.id))
    assert len(changed.all()) == 1
    gone = session.execute(sa.delete(Person).returning(Person.id))
    assert len(gone.all()) == 1
    assert session.scalar(sa.text("SELECT count(*) FROM person WHERE name = 'There'")) == 2
