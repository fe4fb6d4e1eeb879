"""The letter that carries an entry into a calendar, moves it there, or takes it out."""

from __future__ import annotations

from dataclasses import replace
from email.utils import parseaddr

import sqlalchemy as sa
from flask import current_app

from citevents.calendars import ics
from citevents.calendars.facts import Facts
from citevents.calendars.models import Invitation, InvitationState, Kind
from citevents.core import mail
from citevents.core.clock import now
from citevents.core.db import Organization, current_organization_id, must, session
from citevents.core.languages import in_language
from citevents.core.links import absolute
from citevents.core.mail import Attachment
from citevents.people import queries as people


def organizer() -> ics.Party:
    """The organization, as calendars show who invites."""
    here = session().get_one(Organization, current_organization_id())
    name, address = parseaddr(current_app.config["SETTINGS"].mail_from)
    return ics.Party(name=here.name or name, mail=here.mail or address)


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
    return _tell([row, *_along(row)], language) if row else []


def _along(row: Invitation) -> list[Invitation]:
    """The entries of sessions that one letter about their conference tells too: those with news, locked."""
    if row.kind is not Kind.REGISTRATION:
        return []
    return list(
        session().scalars(
            sa.select(Invitation)
            .where(
                Invitation.kind == Kind.SESSION,
                Invitation.conference_id == row.conference_id,
                Invitation.person_id == row.person_id,
                Invitation.sent_sequence < Invitation.sequence,
            )
            .order_by(Invitation.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _tell(rows: list[Invitation], language: str) -> list[Attachment]:
    """The parts of a letter that tell these entries of one person; they are told from now on."""
    parts: list[Attachment] = []
    for row in rows:
        news = row.state is InvitationState.LIVE or bool(row.told)
        if news:
            parts.append(_part(row, people.person(row.person_id), language, len(parts)))
        _settled(row, told=news)
    return parts


def _part(row: Invitation, person: people.PersonView, language: str, place: int) -> Attachment:
    with in_language(language):
        part = ics.invitation(
            facts_entry(row, Facts.from_json(row.facts), language),
            organizer=organizer(),
            attendee=ics.Party(name=person.name, mail=person.mail),
        )
    return replace(part, name=part.name.replace(".ics", f"-{place + 1}.ics")) if place else part


def _settled(row: Invitation, *, told: bool) -> None:
    row.sent_sequence = row.sequence
    if told:
        row.sent_at, row.told = now(), row.facts


def send(invitation_id: int, sequence: int) -> bool:
    """Mail the entry as of this SEQUENCE, once. False when a newer one follows, or when there is nobody to tell.

    The same SEQUENCE sent again carries the same Message-ID, UID and words.
    """
    about = must(Invitation, invitation_id)
    if about.kind is Kind.REGISTRATION:
        in_turn(about.kind, about.subject_id)
    row = must(Invitation, invitation_id, lock=True)
    if row.sequence != sequence or row.sent_sequence >= sequence:
        return False
    cancelled = row.state is InvitationState.CANCELLED
    person = people.person(row.person_id)
    if not person.mail:
        return False
    if cancelled and not row.told:  # nobody heard of it: there is nothing to take back
        _settled(row, told=False)
        return False
    facts = Facts.from_json(row.facts)
    was = Facts.from_json(row.told) if row.told else None
    parts = _tell([row, *_along(row)], person.language)
    mail.post(
        f"invitation:{row.id}:{row.sequence}",
        "calendars/invitation",
        to=person.mail,
        name=person.name,
        language=person.language,
        person_id=person.id,
        attachments=parts,
        call_name=person.call_name,
        kind=row.kind.value,
        what="cancelled" if cancelled else "moved" if was else "new",
        facts=facts,
        was=was,
        title=facts.title_in(person.language),
        old_title=was.title_in(person.language) if was else "",
        zone=person.zone,
        along=len(parts) - 1,
        url=absolute(facts.path) if facts.path else "",
    )
    return True
