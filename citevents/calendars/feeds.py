"""Feeds: many entries at once, made from what is public now."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from citevents.calendars import ics, queries
from citevents.calendars.facts import Facts
from citevents.calendars.letters import facts_entry
from citevents.calendars.models import Invitation, InvitationState, Kind
from citevents.conferences import queries as conferences
from citevents.conferences.queries import ConferenceView
from citevents.core.db import session
from citevents.core.languages import current_language
from citevents.core.languages import gettext as _
from citevents.core.links import path_to, site
from citevents.core.tokens import digest
from citevents.scheduling import queries as scheduling
from citevents.scheduling.models import SessionKind
from citevents.scheduling.queries import Published, SessionView


def agenda(
    conference: ConferenceView, published: Published, only: Iterable[SessionView] | None = None
) -> bytes:
    """The published sessions (or some of them) in the language of now. The version's number is the SEQUENCE of each."""
    base = site()
    views = published.sessions() if only is None else only
    return ics.calendar(
        (
            _entry(conference, published, view, f"{view.public_id}@citevents", published.number, base)
            for view in views
            if view.kind is not SessionKind.BREAK
        ),
        method=ics.Method.PUBLISH,
        name=conference.name,
    )


def personal(person_id: int) -> bytes:
    """What a person's calendar holds: places, exchanges, favourites and their own sessions, in the language of now."""
    return ics.calendar(
        [*_invited(person_id), *_sessions(person_id)],
        method=ics.Method.PUBLISH,
        name=_("My agenda"),
    )


def stamp(person_id: int) -> tuple[object, ...]:
    """What a person's feed is made of: equal stamps, equal feeds."""
    entries = session().execute(
        sa.select(
            sa.func.count(), sa.func.max(Invitation.changed_at), sa.func.sum(Invitation.sequence)
        ).where(Invitation.person_id == person_id)
    )
    here = []
    for conference_id in sorted(scheduling.conferences_of(person_id)):
        published = scheduling.current(conference_id)
        if published:
            wanted = sorted(scheduling.favourite_ids(person_id, conference_id))
            here.append((published.stamp, digest(repr(wanted))))
    return ("person", person_id, current_language(), site(), tuple(entries.one()), tuple(here))


def _invited(person_id: int) -> Iterable[ics.Entry]:
    rows = session().scalars(
        sa.select(Invitation)
        .where(
            Invitation.person_id == person_id,
            Invitation.kind != Kind.SESSION,
            Invitation.state == InvitationState.LIVE,
        )
        .order_by(Invitation.id)
    )
    for row in rows:
        yield facts_entry(row, Facts.from_json(row.facts), current_language())


def _sessions(person_id: int) -> Iterable[ics.Entry]:
    base = site()
    for conference_id in sorted(scheduling.conferences_of(person_id)):
        published = scheduling.current(conference_id)
        if published is None:
            continue
        conference = conferences.by_id(conference_id)
        views = scheduling.agenda_of(person_id, conference_id)
        sequences = queries.live_sessions(person_id, (view.id for view in views))
        for view in views:
            sequence, _since = sequences.get(view.id, (0, published.published_at))
            uid = queries.uid_of(Kind.SESSION, view.id, person_id)
            yield _entry(conference, published, view, uid, sequence, base)


def _entry(
    conference: ConferenceView, published: Published, view: SessionView, uid: str, sequence: int, base: str
) -> ics.Entry:
    path = path_to("scheduling.session", conference=conference.slug, public_id=view.public_id)
    place = (view.room, conference.venue, conference.city)
    return ics.Entry(
        uid=uid,
        sequence=sequence,
        stamp=published.published_at,
        start=view.starts_at,
        end=view.ends_at,
        title=view.title,
        place=", ".join(part for part in place if part),
        description=view.abstract,
        url=base + path,
        zone=conference.zone,
        cancelled=view.cancelled,
    )
