"""What is erased, and when: sensitive answers first, people when they ask."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import session
from citevents.registration.models import Registration, SensitiveAnswer


def due(at: datetime) -> None:
    """Sensitive answers of every organization whose day has come."""
    session().execute(sa.text("DELETE FROM sensitive_answer WHERE erase_at <= :at"), {"at": at})


def sensitive_of(person_id: int) -> None:
    """All sensitive answers of a person."""
    theirs = sa.select(Registration.id).where(Registration.person_id == person_id)
    session().execute(
        sa.delete(SensitiveAnswer)
        .where(SensitiveAnswer.registration_id.in_(theirs))
        .execution_options(synchronize_session=False)
    )


def person(person_id: int) -> None:
    """What a person typed here is gone; that somebody had a place, and what was paid, stays. Twice is once."""
    sensitive_of(person_id)
    session().execute(
        sa.update(Registration)
        .where(Registration.person_id == person_id)
        .values(name="", call_name="", agency="", country="", answers={}, end_note="")
        .execution_options(synchronize_session=False)
    )
