"""The letter that carries an entry into a calendar, moves it there, or takes it out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from citevents.calendars import ics
from citevents.calendars.facts import Facts
from citevents.calendars.meetings import conference_facts
from citevents.calendars.models import Invitation, InvitationState, Kind, Why
from citevents.conferences import queries as conferences
from citevents.core import mail
from citevents.core.clock import now
from citevents.core.db import Organization, current_organization_id, must, session
from citevents.core.links import absolute
from citevents.core.mail import Attachment
from citevents.locale.languages import in_language
from citevents.people import queries as people


def organizer() -> ics.Party:
    """The organization, as calendars show who invites."""
    here = session().get_one(Organization, current_organization_id())
    return ics.Party(name=here.name, mail=here.mail or mail.sender_of(here).addr_spec)


def facts_entry(row: Invitation, facts: Facts, language: str) -> ics.Entry:
    """An invitation as a calendar entry, in this language, which must be the language of now."""
    return ics.Entry(
        uid=row.uid,
        sequence=row.sequence,
        stamp=row.changed_at,
        start=facts.start,
        end=facts.end,
        title=facts.title_in(language),
        place=facts.place,
        url=absolute(facts.path) if facts.path else "",
        zone=facts.zone,
        cancelled=row.state is InvitationState.CANCELLED,
    )


def in_turn(kind: Kind, subject_id: int) -> None:
    """Until commit, no other letter about this meeting is on its way: a calendar keeps what comes last.

    For entries that two kinds of letters bring: what is read after this is what calendars hear last.
    """
    name = f"letters.{kind.value}:{current_organization_id()}:{subject_id}"
    session().execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def carried(kind: Kind, subject_id: int, person_id: int, language: str) -> list[Attachment]:
    """The entry as of now, as a part of a letter that another slice is about to send: told with it.

    The sessions in the person's calendar that change with it come along. Empty where there is no entry, or where it is
    taken out before anybody heard of it. Call `in_turn` first.
    """
    row = session().scalar(
        sa.select(Invitation)
        .where(
            Invitation.kind == kind, Invitation.subject_id == subject_id, Invitation.person_id == person_id
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return []
    along = _along(row)
    # The letter about a place brings its entry anew: whoever lost the first letter has it in the second.
    told = [row] if row.state is InvitationState.LIVE or row.told else []
    told += [each for each in along if _news(each)]
    parts = [_part(each, language, place) for place, each in enumerate(told)]
    _settle([row, *along], told)
    return parts


def _along(row: Invitation) -> list[Invitation]:
    """The entries of sessions that one letter about their conference tells too: those with news, locked."""
    if row.kind is not Kind.REGISTRATION and row.why is not Why.CONFERENCE:
        return []
    return list(
        session().scalars(
            sa.select(Invitation)
            .where(
                Invitation.kind == Kind.SESSION,
                Invitation.conference_id == row.conference_id,
                Invitation.person_id == row.person_id,
                Invitation.sent_sequence < Invitation.sequence,
                Invitation.id != row.id,
            )
            .order_by(Invitation.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _news(row: Invitation) -> bool:
    """Whether something else stands in their calendar than this entry says."""
    return row.told != row.facts if row.state is InvitationState.LIVE else bool(row.told)


def _part(row: Invitation, language: str, place: int) -> Attachment:
    person = people.person(row.person_id)
    with in_language(language):
        part = ics.invitation(
            facts_entry(row, Facts.from_json(row.facts), language),
            organizer=organizer(),
            attendee=ics.Party(name=person.name if person.proven else "", mail=person.mail),
        )
    return replace(part, name=part.name.replace(".ics", f"-{place + 1}.ics")) if place else part


def _settle(rows: Iterable[Invitation], told: Collection[Invitation]) -> None:
    """These are told, or there is nothing to tell of them."""
    for row in rows:
        live = row.state is InvitationState.LIVE
        row.sent_sequence, row.told = row.sequence, row.facts if live else {}
        if row in told:
            row.sent_at = now()
        if live:
            row.why = None


@dataclass(frozen=True)
class News:
    """What one letter tells of one entry: the words it is written with, and its parts for the calendar."""

    what: str
    facts: Facts
    was: Facts | None
    parts: list[Attachment]


def _news_of(row: Invitation, language: str) -> News | None:
    """What is to be told of an entry and of those that go along; None where nothing is. It is told from now on."""
    rows = [row, *_along(row)]
    heard = [each for each in rows if _news(each)]
    parts = [_part(each, language, place) for place, each in enumerate(heard)]
    first = heard[0] if heard else row
    facts = Facts.from_json(first.facts)
    if first.why is Why.CONFERENCE and first.conference_id is not None:
        facts = conference_facts(first.conference_id)
    was = Facts.from_json(first.told) if first.told else None
    what = _what(first)
    _settle(rows, heard)
    return News(what, facts, was, parts) if heard else None


def _what(row: Invitation) -> str:
    """The word for what happened: new, back, moved, or why it is gone."""
    if row.state is InvitationState.CANCELLED:
        return (row.why or Why.CANCELLED).value
    if row.told:
        return "moved"
    return "back" if row.why in (Why.CANCELLED, Why.REMOVED) else "new"


def _note(row: Invitation) -> str:
    """What the organizers say about cancelling the whole."""
    return conferences.by_id(row.conference_id).cancel_note if row.conference_id is not None else ""


def send(invitation_id: int, sequence: int) -> bool:
    """Mail the entry as of this SEQUENCE, once. False when a newer one follows, or when there is nobody or nothing to tell.

    The same SEQUENCE sent again carries the same Message-ID, UID and words.
    """
    about = must(Invitation, invitation_id)
    if about.kind is Kind.REGISTRATION:
        in_turn(about.kind, about.subject_id)
    row = must(Invitation, invitation_id, lock=True)
    if row.sequence != sequence or row.sent_sequence >= sequence:
        return False
    person = people.person(row.person_id)
    if not person.mail:
        return False
    news = _news_of(row, person.language)
    if news is None:
        return False
    mail.post(
        f"invitation:{row.id}:{row.sequence}",
        "calendars/invitation",
        to=person.mail,
        name=person.greeting,
        language=person.language,
        person_id=person.id,
        attachments=news.parts,
        kind=row.kind.value,
        what=news.what,
        gone=row.state is InvitationState.CANCELLED,
        facts=news.facts,
        was=news.was if news.what == "moved" else None,
        title=news.facts.title_in(person.language),
        old_title=news.was.title_in(person.language) if news.was else "",
        zone=person.zone,
        note=_note(row) if news.what == Why.CONFERENCE.value else "",
        along=len(news.parts) - (news.what != Why.CONFERENCE.value),
        url=absolute(news.facts.path) if news.facts.path else "",
    )
    return True
