"""The demo world, from a seed, the same each time for the same day: everything labelled sample, nobody real."""

from __future__ import annotations

from datetime import datetime
from random import Random

import sqlalchemy as sa

from citevents.calendars import sessions as calendars
from citevents.calendars.meetings import conference_facts
from citevents.calendars.models import Invitation, InvitationState, Kind
from citevents.calendars.queries import uid_of
from citevents.core import audit
from citevents.core.access import Role
from citevents.core.db import Organization, as_organization, session
from citevents.core.events import EventRow
from citevents.people import services as people
from citevents.people.services import Newcomer
from citevents.portal.demo import afterwards, conference, crowd
from citevents.portal.demo.bulk import insert
from citevents.registration.models import Registration, RegistrationState

SEED = 2009

#: Who the ready sign-in links are for: key -> (mail, name, call name, country, language, zone).
PERSONAS = {
    "attendee": ("attendee@sample.example", "Mateus Rocha", "Mateus", "BR", "en", "America/Recife"),
    "organizer": ("organizer@sample.example", "Claire Tremblay", "Claire", "CA", "en", "America/Vancouver"),
    "leader": ("leader@sample.example", "Aino Lehtonen", "Aino", "FI", "en", "Europe/Helsinki"),
    "coordinator": ("coordinator@sample.example", "Grace Achieng", "Grace", "KE", "en", "Africa/Nairobi"),
}
ROLES = {
    "organizer": (Role.OWNER,),
    "coordinator": (Role.EXCHANGE_COORDINATOR,),
}


def persona(key: str) -> Newcomer:
    """One of the four, as a newcomer."""
    mail, name, call_name, country, language, zone = PERSONAS[key]
    return Newcomer(mail=mail, name=name, call_name=call_name, country=country, language=language, zone=zone)


def load(now: datetime, registrations: int = 1200) -> Organization:
    """Build the world in the current transaction. Its past has happened already: nobody is mailed about it."""
    rng = Random(SEED)
    organization = Organization(name="CIT International (sample)", mail="hello@sample.example", sample=True)
    session().add(organization)
    session().flush()
    with as_organization(organization.id):
        _people_and_roles()
        who = crowd.newcomers(rng, registrations - 1)
        ids = people.find_or_make_all(who)
        speakers = [(each.name, person_id) for each, person_id in list(zip(who, ids, strict=True))]
        fair = conference.conference(rng, now.date(), _different(speakers))
        attendee_id = people.find_or_make_all([persona("attendee")])[0]
        here = crowd.visitors(rng, fair, [*ids, attendee_id], [*who, persona("attendee")], now)
        crowd.favourites(rng, fair, here)
        course = conference.course(now.date())
        graduates = crowd.graduates(rng, course, 38, now)
        afterwards.survey(rng, course, graduates, now)
        afterwards.programs(rng, now, persona("leader"))
        for about in (fair.conference, course):
            _in_calendars(about.id)
        calendars.follow_agenda(fair.conference.id)
        _all_was_told(now)
    audit.seal(limit=10_000)
    return organization


def _different(speakers: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The first 120 of different names: ten rooms with twelve people each who speak only there, so nobody is in two places."""
    seen: dict[str, tuple[str, int]] = {}
    for name, person_id in speakers:
        seen.setdefault(name.casefold(), (name, person_id))
    return list(seen.values())[:120]


def _people_and_roles() -> None:
    for key, roles in ROLES.items():
        person_id = people.find_or_make_all([persona(key)])[0]
        for role in roles:
            people.grant(person_id, role)


def _in_calendars(conference_id: int) -> None:
    """The confirmation letters of the past brought the conference into everybody's calendar."""
    facts = conference_facts(conference_id).to_json()
    places = session().execute(
        sa.select(Registration.id, Registration.person_id)
        .where(Registration.conference_id == conference_id, Registration.state == RegistrationState.CONFIRMED)
        .order_by(Registration.id)
    )
    insert(
        Invitation,
        [
            {
                "uid": uid_of(Kind.REGISTRATION, registration_id, person_id),
                "person_id": person_id,
                "kind": Kind.REGISTRATION,
                "subject_id": registration_id,
                "conference_id": conference_id,
                "sequence": 0,
                "state": InvitationState.LIVE,
                "facts": facts,
            }
            for registration_id, person_id in places
            if person_id is not None
        ],
    )


def _all_was_told(now: datetime) -> None:
    """What the demo's services emitted belongs to its past: it is not mailed, and calendars know it."""
    session().flush()
    session().execute(sa.delete(EventRow).where(EventRow.routed_at.is_(None)))
    session().execute(
        sa.update(Invitation)
        .values(sent_sequence=Invitation.sequence, told=Invitation.facts, sent_at=now)
        .execution_options(synchronize_session=False)
    )
