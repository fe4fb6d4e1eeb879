"""What is erased, and when: sensitive answers first, people when they ask."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import current_organization_id, session
from citevents.registration.models import Order, Registration, SensitiveAnswer


def due(at: datetime) -> None:
    """Sensitive answers of every organization whose day has come."""
    session().execute(sa.text("DELETE FROM sensitive_answer WHERE erase_at <= :at"), {"at": at})


def _theirs(person_id: int) -> sa.Select[int]:
    """Ids of the registrations of a person, and of those that somebody typed their address for."""
    whose = sa.or_(Registration.person_id == person_id, Registration.contact_id == person_id)
    return sa.select(Registration.id).where(Registration.organization_id == current_organization_id(), whose)


def sensitive_of(person_id: int) -> None:
    """All sensitive answers of a person."""
    session().execute(
        sa.delete(SensitiveAnswer)
        .where(SensitiveAnswer.registration_id.in_(_theirs(person_id)))
        .execution_options(synchronize_session=False)
    )


def person(person_id: int) -> None:
    """What a person typed here is gone; that somebody had a seat, and what was paid, stays. Twice is once."""
    sensitive_of(person_id)
    session().execute(
        sa.update(Registration)
        .where(Registration.id.in_(_theirs(person_id)))
        .values(name="", call_name="", agency="", country="", mail="", answers={}, end_note="")
        .execution_options(synchronize_session=False)
    )
    session().execute(
        sa.update(Order)
        .where(Order.person_id == person_id)
        .values(browser="", caller=None, agreed=[])
        .execution_options(synchronize_session=False)
    )
