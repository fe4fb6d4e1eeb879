"""`flask check` is silent when all holds, and each invariant sees its own planted violation."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from citevents.core import audit
from citevents.core.db import Organization, transaction
from citevents.core.events import EventRow
from citevents.operations.invariants import INVARIANTS, violations
from tests.operations.planted import PLANTS, a_world


def codes() -> set[str]:
    return {violation.code for violation in violations()}


def test_an_empty_house_holds(session: Session, organization: Organization) -> None:
    assert violations() == []


def test_every_invariant_has_a_plant() -> None:
    assert set(PLANTS) == {invariant.code for invariant in INVARIANTS}


def test_a_living_house_holds(session: Session, organization: Organization) -> None:
    a_world(session)
    assert violations() == []


@pytest.mark.parametrize("code", sorted(PLANTS))
def test_a_planted_violation_is_seen(code: str, session: Session, organization: Organization) -> None:
    a_world(session)
    # What the database itself refuses must be planted behind its back.
    session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    for statement in PLANTS[code]:
        session.execute(sa.text(statement))
    assert code in codes()


def test_a_broken_audit_chain_is_seen(session: Session, organization: Organization) -> None:
    with transaction():
        audit.record("publish", "agenda", 1)
        audit.record("publish", "agenda", 2)
    with transaction():
        assert audit.seal() == 2
    assert codes() == set()
    session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    session.execute(sa.text("UPDATE audit_entry SET act = 'unpublish' WHERE place = 1"))
    session.expire_all()
    assert codes() == {"P5"}


def test_an_event_that_nobody_knows_yet_is_no_violation(session: Session, organization: Organization) -> None:
    with transaction():
        session.add(EventRow(organization_id=organization.id, name="test.of_tomorrow", payload={}))
    assert codes() == set()
