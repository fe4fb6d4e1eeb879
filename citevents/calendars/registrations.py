"""Conferences in the calendars of those who registered: there with the place, gone with it, moved with the conference."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from citevents.calendars import queries, services, sessions
from citevents.calendars.meetings import conference_facts
from citevents.calendars.models import Invitation, InvitationState, Kind, Why
from citevents.conferences import queries as conferences
from citevents.core.clock import now
from citevents.core.db import session
from citevents.registration import queries as registration
from citevents.registration.models import RegistrationState


def follow_place(registration_id: int, *, told_elsewhere: bool = True) -> None:
    """Make the conference's entry, and those of its sessions, say what registration and conference say now.

    The emails about the seat bring the entry, and take it out with the sessions (not `told_elsewhere`: our own brings it);
    what changes in between is told by our own.
    """
    place = registration.registration(registration_id)
    services.hold("conference", place.conference_id, alone=False)
    session().expire_all()  # what was read before a change of the conference was waited for is old
    place = registration.registration(registration_id)
    off = conferences.by_id(place.conference_id).cancelled
    here = place.person_id is not None and place.state is RegistrationState.CONFIRMED and not off
    services.follow(
        Kind.REGISTRATION,
        registration_id,
        conference_facts(place.conference_id) if here else None,
        [place.person_id] if here and place.person_id else [],
        conference_id=place.conference_id,
        why=Why.CONFERENCE if off else Why.PLACE,
        told_elsewhere=told_elsewhere,
    )
    for person_id in queries.people_of(Kind.REGISTRATION, registration_id):
        gone = [] if here and person_id == place.person_id else [person_id]
        sessions.follow_agenda(
            place.conference_id, person_id, left=Why.PLACE if gone else Why.LEFT, told_elsewhere=gone
        )


def follow_conference(conference_id: int) -> int:
    """Make everybody's entries of a conference and of its sessions say what it says now, in a handful of statements.

    Returns how many changed. A person's are one InvitationChanged and one letter. Entries that are being made meanwhile are
    waited for.
    """
    services.hold("conference", conference_id)
    session().expire_all()
    if conferences.by_id(conference_id).cancelled:
        return 0  # that is told instead
    facts = sa.literal(conference_facts(conference_id).to_json(), JSONB)
    changed = session().execute(
        sa.update(Invitation)
        .where(
            Invitation.kind == Kind.REGISTRATION,
            Invitation.conference_id == conference_id,
            Invitation.state == InvitationState.LIVE,
            Invitation.facts != facts,
        )
        .values(sequence=Invitation.sequence + 1, changed_at=now(), facts=facts)
        .returning(Invitation.id, Invitation.sequence, Invitation.person_id)
        .execution_options(synchronize_session=False)
    )
    moved = [(id, sequence, whose) for id, sequence, whose in changed]
    services.announce([(id, sequence) for id, sequence, _whose in moved])
    along = sessions.follow_agenda(conference_id, told_elsewhere={whose for *_, whose in moved})
    return len(moved) + along


def call_off(conference_id: int) -> int:
    """The conference is cancelled: take its sessions out of everybody's calendar; how many entries.

    Who has a place hears of all in the letter about the place; everybody else (speakers, say) in one of their own.
    """
    services.hold("conference", conference_id)
    session().expire_all()
    with_place = session().scalars(
        sa.select(Invitation.person_id).where(
            Invitation.kind == Kind.REGISTRATION,
            Invitation.conference_id == conference_id,
            Invitation.state == InvitationState.LIVE,
        )
    )
    return sessions.follow_agenda(conference_id, told_elsewhere=set(with_place), together=True)
