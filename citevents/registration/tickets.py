"""Tickets: what is shown at the desk. A confirmed registration has exactly one that is live."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import session
from citevents.core.tokens import new_public_id
from citevents.registration import policy
from citevents.registration.models import Ticket


def new() -> tuple[str, str]:
    """The public id and the code of a ticket to be."""
    public_id = new_public_id()
    return public_id, policy.ticket_code(hashlib.sha256(public_id.encode()).digest())


def issue(registration_id: int, at: datetime) -> str:
    """A live ticket for a registration; its public id."""
    public_id, code = new()
    session().add(Ticket(registration_id=registration_id, public_id=public_id, code=code, issued_at=at))
    return public_id


def void(registration_id: int, at: datetime) -> None:
    """The registration's ticket no longer opens anything."""
    session().execute(
        sa.update(Ticket)
        .where(Ticket.registration_id == registration_id, Ticket.voided_at.is_(None))
        .values(voided_at=at)
        .execution_options(synchronize_session=False)
    )
