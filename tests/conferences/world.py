"""Makers of conferences for tests of every slice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from citevents.conferences.models import (
    Conference,
    ConferenceState,
    Price,
    Question,
    QuestionKind,
    Quota,
    QuotaUse,
    Room,
    TicketType,
)
from citevents.core.clock import now
from citevents.core.db import session


def a_conference(slug: str = "cit-2027", **changes: Any) -> Conference:
    """A public conference in Vancouver, August 2027, with registration open since yesterday."""
    values: dict[str, Any] = {
        "slug": slug,
        "name": "CIT International Conference (sample)",
        "state": ConferenceState.PUBLIC,
        "summary": "Three days for everyone who answers a crisis together.",
        "venue": "Harbour Hall (sample)",
        "city": "Vancouver",
        "country": "CA",
        "zone": "America/Vancouver",
        "starts_on": date(2027, 8, 22),
        "ends_on": date(2027, 8, 25),
        "currency": "CAD",
        "registration_opens_at": now() - timedelta(days=1),
        "registration_closes_at": datetime(2027, 8, 20, 7, tzinfo=UTC),
        "refund_until": datetime(2027, 8, 1, 7, tzinfo=UTC),
        "sample": True,
    } | changes
    made = Conference(**values)
    session().add(made)
    session().commit()
    return made


def a_quota(conference: Conference, name: str = "Seats", capacity: int = 100, main: bool = True) -> Quota:
    """A quota."""
    made = Quota(conference_id=conference.id, name=name, capacity=capacity, main=main)
    session().add(made)
    session().commit()
    return made


def a_ticket_type(
    conference: Conference,
    *quotas: Quota,
    amount: int | None = 0,
    name: str = "Full conference",
    **changes: Any,
) -> TicketType:
    """A ticket type that draws from `quotas`, at one price (None: no price yet)."""
    made = TicketType(conference_id=conference.id, name=name, **changes)
    session().add(made)
    session().flush()
    for quota in quotas:
        session().add(QuotaUse(quota_id=quota.id, ticket_type_id=made.id))
    if amount is not None:
        session().add(Price(ticket_type_id=made.id, amount=amount))
    session().commit()
    return made


def a_price(ticket_type: TicketType, amount: int, **changes: Any) -> Price:
    """One more price step."""
    made = Price(ticket_type_id=ticket_type.id, amount=amount, **changes)
    session().add(made)
    session().commit()
    return made


def a_question(conference: Conference, label: str = "What do you need from us?", **changes: Any) -> Question:
    """A sensitive question with two options, unless told otherwise."""
    values: dict[str, Any] = {
        "kind": QuestionKind.MANY,
        "options": ["Step-free route and seat", "Live captions"],
        "sensitive": True,
        "reason": "So that rooms and interpreting are right when you arrive.",
        "erase_after_days": 30,
    } | changes
    made = Question(conference_id=conference.id, label=label, **values)
    session().add(made)
    session().commit()
    return made


def a_room(conference: Conference, name: str = "Arbutus", capacity: int = 60, **changes: Any) -> Room:
    """A room."""
    made = Room(conference_id=conference.id, name=name, capacity=capacity, **changes)
    session().add(made)
    session().commit()
    return made
