"""Feeds: many entries at once, made from what is public now and from what people were told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

import sqlalchemy as sa

from citevents.calendars import ics, queries
from citevents.calendars.emails import facts_entry
from citevents.calendars.facts import Facts
from citevents.calendars.models import Invitation, InvitationState, Kind, Why
from citevents.conferences import queries as conferences
from citevents.conferences.queries import ConferenceView
from citevents.core.db import session
from citevents.core.links import path_to, site
from citevents.core.tokens import digest
from citevents.locale.languages import current_language
from citevents.locale.languages import gettext as _
from citevents.scheduling import queries as scheduling
from citevents.scheduling.models import SessionKind
from citevents.scheduling.queries import Published, SessionView


def agenda(
    conference: ConferenceView, published: Published, only: Iterable[SessionView] | None = None
) -> bytes:
    """The published sessions (or some of them) in the language of now.

    SEQUENCE is the conference's revision: it rises with every version, and with the venue, the zone and the end of it all.
    """
    base = site()
    views = published.sessions() if only is None else only
    return ics.calendar(
        (
            _entry(conference, published, view, f"{view.public_id}@citevents", conference.revision, base)
            for view in views
            if view.kind is not SessionKind.BREAK
        ),
        method=ics.Method.PUBLISH,
        name=conference.name,
    )


def personal(person_id: int) -> bytes:
    """What a person's calendar holds: conferences, exchanges, favourites and their own sessions, in the language of now.

    Entries say what the letters about them say, under the same SEQUENCE; what others cancelled stays, as cancelled.
    """
    rows = _entries(person_id)
    known = {row.subject_id for row in rows if row.kind is Kind.SESSION}
    return ics.calendar(
        [*_told(rows), *_unheard(person_id, known)],
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


def _entries(person_id: int) -> list[Invitation]:
    return list(
        session().scalars(
            sa.select(Invitation).where(Invitation.person_id == person_id).order_by(Invitation.id)
        )
    )


#: Cancelled by somebody else: a calendar shows it struck through. What one took out oneself just goes.
BY_OTHERS = (Why.CONFERENCE, Why.CANCELLED, Why.REMOVED)


def _told(rows: Iterable[Invitation]) -> Iterator[ics.Entry]:
    """Entries that letters bring, as of their SEQUENCE."""
    abstracts: dict[int, dict[int, str]] = {}
    for row in rows:
        if row.state is not InvitationState.LIVE and row.why not in BY_OTHERS:
            continue
        entry = facts_entry(row, Facts.from_json(row.facts), current_language())
        if row.kind is Kind.SESSION and row.conference_id is not None:
            if row.conference_id not in abstracts:
                abstracts[row.conference_id] = _abstracts(row.conference_id)
            entry = replace(entry, description=abstracts[row.conference_id].get(row.subject_id, ""))
        yield entry


def _abstracts(conference_id: int) -> dict[int, str]:
    published = scheduling.current(conference_id)
    return {view.id: view.abstract for view in published.sessions()} if published else {}


def _unheard(person_id: int, known: Collection[int]) -> Iterator[ics.Entry]:
    """Favourites of somebody without a place: no letter brings them, the feed shows them."""
    base = site()
    for conference_id in sorted(scheduling.conferences_of(person_id)):
        published = scheduling.current(conference_id)
        conference = conferences.by_id(conference_id)
        if published is None or conference.state == "draft":
            continue
        for view in scheduling.agenda_of(person_id, conference_id):
            if view.id not in known:
                uid = queries.uid_of(Kind.SESSION, view.id, person_id)
                yield _entry(conference, published, view, uid, int(view.cancelled), base)


def _entry(
    conference: ConferenceView, published: Published, view: SessionView, uid: str, sequence: int, base: str
) -> ics.Entry:
    path = path_to("scheduling.session", conference=conference.slug, public_id=view.public_id)
    place = (view.room, conference.venue, conference.city)
    return ics.Entry(
        uid=uid,
        sequence=sequence,
        stamp=(view.cancelled and conference.cancelled_at) or published.published_at,
        start=view.starts_at,
        end=view.ends_at,
        title=view.title,
        place=", ".join(part for part in place if part),
        description=view.abstract,
        url=base + path,
        zone=conference.zone,
        cancelled=view.cancelled,
    )
