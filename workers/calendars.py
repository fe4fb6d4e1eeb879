"""Reactions of calendars: entries follow agenda, wishes, registrations and exchanges; each change is one letter."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from citevents.calendars import emails, registrations, services, sessions
from citevents.calendars.events import InvitationChanged
from citevents.calendars.facts import Facts
from citevents.calendars.models import Kind, Why
from citevents.conferences.events import ConferenceCancelled, ConferenceChanged, ConferencePublished
from citevents.core.times import venue_days
from citevents.locale.languages import DEFAULT, LANGUAGES, in_language
from citevents.locale.languages import gettext as _
from citevents.matching import queries as matching
from citevents.matching.events import ExchangeAgreed, ExchangeCancelled, ExchangeDated
from citevents.people.events import PersonErased
from citevents.registration.events import RegistrationCancelled, RegistrationClaimed, RegistrationConfirmed
from citevents.scheduling.events import AgendaPublished, SessionFavourited, SessionUnfavourited
from workers.handles import handles


@handles(AgendaPublished, queue="waiting")
def agenda_published(fact: AgendaPublished, key: str) -> None:
    """Everyone's entries say what the agenda says now."""
    sessions.follow_agenda(fact.conference_id)


@handles(SessionFavourited, queue="waiting")
def session_favourited(fact: SessionFavourited, key: str) -> None:
    """The session comes into the person's calendar, as soon as it is public."""
    sessions.follow_agenda(fact.conference_id, fact.person_id, left=Why.LEFT)


@handles(SessionUnfavourited, queue="waiting")
def session_unfavourited(fact: SessionUnfavourited, key: str) -> None:
    """The session leaves the person's calendar."""
    sessions.follow_agenda(fact.conference_id, fact.person_id, left=Why.LEFT)


@handles(RegistrationConfirmed, queue="waiting")
def registration_confirmed(fact: RegistrationConfirmed, key: str) -> None:
    """The conference is in the person's calendar (the confirmation letter brings it), and their favourites follow."""
    registrations.follow_place(fact.registration_id)


@handles(RegistrationClaimed, queue="waiting")
def registration_claimed(fact: RegistrationClaimed, key: str) -> None:
    """The conference comes into the calendar of whoever the seat belongs to now."""
    registrations.follow_place(fact.registration_id, told_elsewhere=False)


@handles(RegistrationCancelled, queue="waiting")
def registration_cancelled(fact: RegistrationCancelled, key: str) -> None:
    """The conference and its sessions leave the person's calendar; the letter about the place says so."""
    registrations.follow_place(fact.registration_id)


@handles(ConferenceChanged, queue="waiting")
def conference_changed(fact: ConferenceChanged, key: str) -> None:
    """Everybody's entries say what the conference says now."""
    registrations.follow_conference(fact.conference_id)


@handles(ConferencePublished, queue="waiting")
def conference_published(fact: ConferencePublished, key: str) -> None:
    """Sessions of an agenda that was published before come into the calendars of their speakers now."""
    sessions.follow_agenda(fact.conference_id)


@handles(ConferenceCancelled, queue="waiting")
def conference_cancelled(fact: ConferenceCancelled, key: str) -> None:
    """Its sessions leave everybody's calendar; those without a place hear it in a letter of ours."""
    if not fact.after_order_id:  # told once, though orders are cancelled in several goes
        registrations.call_off(fact.conference_id)


@handles(ExchangeAgreed, queue="waiting")
def exchange_agreed(fact: ExchangeAgreed, key: str) -> None:
    """The exchange is in both leaders' calendars."""
    follow_exchange(fact.exchange_id)


@handles(ExchangeDated, queue="waiting")
def exchange_dated(fact: ExchangeDated, key: str) -> None:
    """The exchange moves in both calendars."""
    follow_exchange(fact.exchange_id)


@handles(ExchangeCancelled, queue="waiting")
def exchange_cancelled(fact: ExchangeCancelled, key: str) -> None:
    """The exchange leaves both calendars."""
    follow_exchange(fact.exchange_id)


def follow_exchange(exchange_id: int) -> None:
    """Make the leaders' entries say what the exchange says now."""
    meeting = matching.exchange_meeting(exchange_id)
    titles = {}
    for language in LANGUAGES:
        with in_language(language):
            titles[language] = str(_("Exchange: %(programs)s", programs=" – ".join(meeting.programs)))
    start: datetime | date = meeting.starts_at
    end: datetime | date = meeting.ends_at
    if meeting.ends_at - meeting.starts_at >= timedelta(hours=20):  # a visit takes whole days
        days = venue_days(meeting.starts_at, meeting.ends_at, meeting.zone)
        start, end = days[0], days[-1]
    facts = Facts(
        title=titles[DEFAULT],
        titles=titles,
        start=start,
        end=end,
        place=meeting.place,
        zone=meeting.zone,
        path=meeting.path,
    )
    services.follow(Kind.EXCHANGE, exchange_id, None if meeting.cancelled else facts, meeting.people)


@handles(InvitationChanged, queue="bulk")
def invitation_changed(fact: InvitationChanged, key: str) -> None:
    """The letter with this SEQUENCE; none when a newer one is on its way."""
    emails.send(fact.invitation_id, fact.sequence)


@handles(PersonErased, queue="waiting")
def person_erased(fact: PersonErased, key: str) -> None:
    """The feed ends."""
    services.erase_person(fact.person_id)
