"""Makers of agendas for tests of every slice: through the services, as organizers make them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from citevents.conferences.models import Conference, Room
from citevents.core.db import transaction
from citevents.scheduling import agenda, queries, services
from citevents.scheduling.models import AgendaVersion, Session
from citevents.scheduling.speakers import SpeakerInput

VANCOUVER = ZoneInfo("America/Vancouver")


def at(clock: str, day: int = 23) -> datetime:
    """`at("09:45")`: that time in Vancouver on 23 August 2027, as UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2027, 8, day, hour, minute, tzinfo=VANCOUVER).astimezone(UTC)


def a_session(
    conference: Conference, title: str = "Dispatch as the first contact", *speakers: str, **words: Any
) -> Session:
    """A workshop of an hour, not placed; its speakers by name."""
    with transaction():
        return services.add_session(
            conference.id, title=title, speakers=[SpeakerInput(name=name) for name in speakers], **words
        )


def placed(session: Session, room: Room | None, clock: str, day: int = 23) -> None:
    """Put it into a room at a time of Vancouver."""
    with transaction():
        services.place(session.id, room.id if room else None, at(clock, day))


def published(conference: Conference) -> AgendaVersion:
    """Publish the draft as it is."""
    with transaction():
        current = queries.current(conference.id)
        step = agenda.newest_step(conference.id)
        return services.publish(
            conference.id,
            seen_version=current.number if current else 0,
            seen_step=step.id if step else 0,
        )
