"""Makers and readers of calendars for tests: what a mail client sees, read with a reader that is not ours."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa

from citevents.conferences.models import Conference, TicketType
from citevents.core.db import session
from citevents.core.events import EventRow
from citevents.people import queries as people
from standins.mail import Outbox
from standins.mail.calendars import calendar_events
from tests.registration.world import an_order


def registered(
    conference: Conference, ticket_type: TicketType, mail: str, name: str = "Aino Lehtonen"
) -> int:
    """Somebody with a (free) place; their person id."""
    an_order(conference, ticket_type, mail=mail, name=name)
    found = people.by_mail(mail)
    assert found
    return found.id


def entries(outbox: Outbox, to: str) -> list[dict[str, Any]]:
    """The calendar entries of the letters to somebody, oldest first; each once for each letter."""
    found = []
    for message in outbox.messages():
        if to in str(message["To"]):
            found += list(
                {(each["uid"], each["sequence"]): each for each in calendar_events(message)}.values()
            )
    return found


def emitted(name: str) -> list[dict[str, Any]]:
    """The payloads of this event, oldest first."""
    return list(
        session().scalars(sa.select(EventRow.payload).where(EventRow.name == name).order_by(EventRow.id))
    )


def letters(outbox: Outbox, to: str) -> list[EmailMessage]:
    """Emails to somebody, oldest first."""
    return [message for message in outbox.messages() if to in str(message["To"])]


def text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
