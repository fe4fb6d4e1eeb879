"""Reactions about surveys: plan when a conference ends, ask when it is due, publish when it closes."""

from __future__ import annotations

from datetime import datetime

from citevents.conferences import queries as conferences
from citevents.conferences.events import ConferenceEnded
from citevents.core.clock import now
from citevents.core.links import link_to
from citevents.core.mail import post
from citevents.locale.languages import in_language
from citevents.people import queries as people
from citevents.people.events import PersonErased
from citevents.people.models import Purpose
from citevents.registration import queries as registrations
from citevents.surveys import answering, queries, services
from citevents.surveys.events import SurveyDue
from workers.clock import every
from workers.handles import handles


@handles(ConferenceEnded, queue="waiting")
def plan_survey(fact: ConferenceEnded, key: str) -> None:
    """Plan one invitation for everybody who was there."""
    conference = conferences.by_id(fact.conference_id)
    there = people.people(person_id for _, person_id in registrations.checked_in(conference.id))
    services.plan(
        conference.id,
        [person.id for person in there.values() if not person.erased],
        conference.ended_at or now(),
        conference.zone,
    )


@handles(SurveyDue, queue="bulk")
def mail_survey(fact: SurveyDue, key: str) -> None:
    """Mail the link, if it is still time for it; a follow-up, if the person agrees to it now."""
    asked = queries.to_mail(fact.survey_invitation_id)
    if asked is None or asked.used:
        return
    person = people.person(asked.person_id)
    if not asked.open or person.erased or (asked.follow_up and not agrees(person.id)):
        services.drop(fact.survey_invitation_id)
        return
    with in_language(person.language):
        conference = conferences.by_id(asked.conference_id)
    post(
        f"survey:{fact.survey_invitation_id}",
        "surveys/asked",
        to=person.mail,
        name=person.greeting,
        language=person.language or "en",
        person_id=person.id,
        conference=conference,
        closes_at=asked.closes_at,
        follow_up=asked.follow_up,
        my_data=link_to("me.data"),
        url=link_to("surveys.answer", token=asked.public_id),
    )
    services.asked(fact.survey_invitation_id)


def agrees(person_id: int) -> bool:
    """Whether this person may be asked months later."""
    return people.agreed(person_id, Purpose.FOLLOW_UP)


@handles(PersonErased, queue="waiting")
def forget_surveys(fact: PersonErased, key: str) -> None:
    """Erase a person's invitations."""
    services.forget(fact.person_id)


@every(seconds=10)
def ask_due(at: datetime) -> None:
    """Ask those whose time has come."""
    services.ask_due(at)


@every(seconds=10)
def close_due(at: datetime) -> None:
    """Close surveys whose last day is over, and publish their results."""
    answering.close_due(at)
