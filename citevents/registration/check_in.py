"""Check-in: one statement when somebody comes; the first time is news, undoing leaves a trace."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import current_organization_id, session
from citevents.core.events import emit
from citevents.registration import policy
from citevents.registration.errors import TicketUnknown, TicketVoid
from citevents.registration.events import CheckedIn
from citevents.registration.models import CheckIn, Registration, RegistrationState, Ticket

_ARRIVE = sa.text(
    """INSERT INTO check_in (organization_id, conference_id, registration_id, at, by_person_id)
       VALUES (:organization, :conference, :registration, :at, :by)
       ON CONFLICT (organization_id, registration_id) WHERE undone_at IS NULL DO NOTHING
       RETURNING NOT EXISTS (SELECT FROM check_in c
                             WHERE c.organization_id = :organization AND c.registration_id = :registration)"""
)


def find(conference_id: int, text: str) -> int:
    """The registration of a scanned address, a ticket's name or its letters. Raises TicketUnknown, TicketVoid."""
    code = policy.read_code(text)
    named = Ticket.code == code if len(code) == 8 else Ticket.public_id == code
    rows = session().execute(
        sa.select(Registration.id, Registration.state, Ticket.voided_at)
        .join(
            Ticket,
            sa.and_(
                Ticket.organization_id == Registration.organization_id,
                Ticket.registration_id == Registration.id,
            ),
        )
        .where(named, Registration.conference_id == conference_id)
        .order_by(Ticket.voided_at.nulls_first())
        .limit(1)
    )
    found = rows.first()
    if found is None:
        raise TicketUnknown()
    if found.voided_at or found.state is not RegistrationState.CONFIRMED:
        raise TicketVoid()
    return int(found.id)


def check_in(conference_id: int, registration_id: int, at: datetime, by_person_id: int | None) -> bool:
    """The person is there. False when they were there already. Raises TicketVoid for a place that is no more."""
    place = session().execute(
        sa.select(Registration.state, Registration.conference_id)
        .where(Registration.id == registration_id)
        .with_for_update(read=True)
    )
    found = place.first()
    if found is None or found.conference_id != conference_id:
        raise TicketUnknown()
    if found.state is not RegistrationState.CONFIRMED:
        raise TicketVoid()
    first = session().scalar(
        _ARRIVE,
        {
            "organization": current_organization_id(),
            "conference": conference_id,
            "registration": registration_id,
            "at": at,
            "by": by_person_id,
        },
    )
    if first:
        emit(CheckedIn(registration_id=registration_id, conference_id=conference_id))
    return first is not None


def undo(conference_id: int, registration_id: int, at: datetime) -> bool:
    """It was a mistake. False when there is nothing to undo."""
    undone = session().execute(
        sa.update(CheckIn)
        .where(
            CheckIn.registration_id == registration_id,
            CheckIn.conference_id == conference_id,
            CheckIn.undone_at.is_(None),
        )
        .values(undone_at=at)
        .returning(CheckIn.id)
        .execution_options(synchronize_session=False)
    )
    return undone.first() is not None
