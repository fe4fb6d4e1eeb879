"""Reactions of calendars: entries follow agenda, wishes, registrations and exchanges; each change is one letter."""

from __future__ import annotations

from citevents.calendars import letters, services
from citevents.calendars.events import InvitationChanged
from citevents.people.events import PersonErased
from citevents.scheduling.events import AgendaPublished, SessionFavourited, SessionUnfavourited
from workers.handles import handles


@handles(AgendaPublished)
def agenda_published(fact: AgendaPublished, key: str) -> None:
    """Everyone's entries say what the agenda says now."""
    services.follow_agenda(fact.conference_id)


@handles(SessionFavourited)
def session_favourited(fact: SessionFavourited, key: str) -> None:
    """The session comes into the person's calendar, as soon as it is public."""
    services.follow_agenda(fact.conference_id, fact.person_id)


@handles(SessionUnfavourited)
def session_unfavourited(fact: SessionUnfavourited, key: str) -> None:
    """The session leaves the person's calendar."""
    services.follow_agenda(fact.conference_id, fact.person_id)


@handles(InvitationChanged)
def invitation_changed(fact: InvitationChanged, key: str) -> None:
    """The letter with this SEQUENCE; none when a newer one is on its way."""
    letters.send(fact.invitation_id, fact.sequence)


@handles(PersonErased)
def person_erased(fact: PersonErased, key: str) -> None:
    """The feed ends."""
    services.erase_person(fact.person_id)
