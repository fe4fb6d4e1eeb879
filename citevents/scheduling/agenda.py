"""The working draft as the desk sees it: what is placed where, what waits, what the last step was, what could be better."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range

from citevents.conferences import queries as conferences
from citevents.conferences.queries import ConferenceView, RoomView
from citevents.core.db import session
from citevents.core.errors import NotYours
from citevents.scheduling import policy
from citevents.scheduling.findings import Placed, Problem
from citevents.scheduling.findings import problems as problems_of
from citevents.scheduling.models import (
    DraftStep,
    Favourite,
    Placement,
    Session,
    SessionKind,
    SessionSpeaker,
    SessionState,
    Speaker,
    Track,
)
from citevents.scheduling.policy import Content, Item, Place, RoomItem, TrackItem
from citevents.scheduling.queries import SpeakerView


@dataclass(frozen=True, kw_only=True)
class DraftSession:
    """A session of the working draft. `place` is None while it waits; `wanted_by` are people's ids, to be counted only."""

    id: int
    public_id: str
    title: str
    language: str
    kind: SessionKind
    track_id: int | None
    length: int
    needs: frozenset[str]
    cancelled: bool
    place: Place | None
    speakers: tuple[SpeakerView, ...]
    wanted_by: frozenset[int]

    @property
    def wants(self) -> int:
        """How many people want to see it."""
        return len(self.wanted_by)


@dataclass(frozen=True, kw_only=True)
class LastStep:
    """The step that Undo would take back: what happened to which session (the first, when it was many)."""

    id: int
    number: int
    at: datetime
    title: str
    moved: bool
    placed: bool
    cancelled: bool
    count: int


@dataclass(frozen=True, kw_only=True)
class DraftView:
    """The whole draft. `step` counts the steps of work so far: the number by which people talk about a draft."""

    conference: ConferenceView
    rooms: tuple[RoomView, ...]
    sessions: tuple[DraftSession, ...]
    step: int
    last: LastStep | None

    @property
    def placed(self) -> tuple[DraftSession, ...]:
        """Those with a place, by time."""
        rows = [(row.place.start, row.id, row) for row in self.sessions if row.place]
        return tuple(row for _start, _id, row in sorted(rows, key=lambda each: each[:2]))

    @property
    def waiting(self) -> tuple[DraftSession, ...]:
        """Those without a place that are to take place, most wanted first."""
        rows = [row for row in self.sessions if row.place is None and not row.cancelled]
        return tuple(sorted(rows, key=lambda row: (-row.wants, row.id)))

    @property
    def cancelled(self) -> tuple[DraftSession, ...]:
        """Those that do not take place, by title."""
        return tuple(sorted((row for row in self.sessions if row.cancelled), key=lambda row: row.title))

    def session(self, session_id: int) -> DraftSession:
        """One of them by id."""
        return next(row for row in self.sessions if row.id == session_id)

    def problems(self) -> list[Problem]:
        """What is wrong with it, worst first."""
        return problems(self, self.placed)


def of(conference: ConferenceView) -> DraftView:
    """The working draft of a conference, in five queries."""
    rows = (
        session()
        .execute(
            sa.select(Session, Placement.room_id, Placement.during)
            .outerjoin(
                Placement,
                sa.and_(
                    Placement.organization_id == Session.organization_id, Placement.session_id == Session.id
                ),
            )
            .where(Session.conference_id == conference.id)
            .order_by(Session.id)
        )
        .all()
    )
    who = speaking(row.id for row, _room, _during in rows)
    wished = _wished(conference.id)
    last, number = last_step(conference.id)
    return DraftView(
        conference=conference,
        rooms=tuple(conferences.rooms(conference.id)),
        sessions=tuple(
            DraftSession(
                id=row.id,
                public_id=row.public_id,
                title=row.title,
                language=row.language,
                kind=row.kind,
                track_id=row.track_id,
                length=row.length,
                needs=frozenset(row.needs),
                cancelled=row.state is SessionState.CANCELLED,
                place=place_of(room_id, during),
                speakers=who.get(row.id, ()),
                wanted_by=wished.get(row.id, frozenset()),
            )
            for row, room_id, during in rows
        ),
        step=number,
        last=last,
    )


def place_of(room_id: int | None, during: Range[datetime] | None) -> Place | None:
    """A placement's columns as a place."""
    if during is None:
        return None
    assert during.lower and during.upper
    return Place(room_id=room_id, start=during.lower, end=during.upper)


def _wished(conference_id: int) -> dict[int, frozenset[int]]:
    rows = session().execute(
        sa.select(Favourite.session_id, sa.func.array_agg(Favourite.person_id))
        .where(Favourite.conference_id == conference_id)
        .group_by(Favourite.session_id)
    )
    return {session_id: frozenset(people) for session_id, people in rows}


def problems(draft: DraftView, placed: Iterable[DraftSession]) -> list[Problem]:
    """What is wrong when these sessions are where they say."""
    rooms = {room.id: room for room in draft.rooms}
    rows = []
    for row in placed:
        if row.place is None or row.kind is SessionKind.BREAK:
            continue
        room = rooms.get(row.place.room_id or 0)
        rows.append(
            Placed(
                session_id=row.id,
                place=row.place,
                wanted_by=row.wanted_by,
                speakers=frozenset(speaker.id for speaker in row.speakers),
                needs=row.needs,
                capacity=room.capacity if room else None,
                features=frozenset(room.features) if room else frozenset(),
                for_all=row.kind in policy.FOR_ALL,
            )
        )
    conference = draft.conference
    return problems_of(rows, conference.starts_on, conference.ends_on, conference.zone)


def last_step(conference_id: int) -> tuple[LastStep | None, int]:
    """The newest step not undone, and how many steps were ever made (undone ones included: the draft's number)."""
    count = session().scalar(
        sa.select(sa.func.count()).select_from(DraftStep).where(DraftStep.conference_id == conference_id)
    )
    row = newest_step(conference_id)
    if row is None:
        return None, count or 0
    first = row.changes[0]
    title = session().scalar(sa.select(Session.title).where(Session.id == first["session"]))
    return (
        LastStep(
            id=row.id,
            number=count or 0,
            at=row.at,
            title=title or "",
            moved=bool(first["was"] and first["is"]),
            placed=bool(first["is"] and not first["was"]),
            cancelled=bool(first.get("cancels")),
            count=len(row.changes),
        ),
        count or 0,
    )


def newest_step(conference_id: int, *, lock: bool = False) -> DraftStep | None:
    """The step that Undo takes back."""
    wanted = (
        sa.select(DraftStep)
        .where(DraftStep.conference_id == conference_id, DraftStep.undone_at.is_(None))
        .order_by(DraftStep.id.desc())
        .limit(1)
    )
    return session().scalar(wanted.with_for_update() if lock else wanted)


def content(conference_id: int) -> Content:
    """The draft as it would be published: what is placed and takes place, by time and room."""
    rows = (
        session()
        .execute(
            sa.select(Session, Placement.room_id, Placement.during)
            .join(
                Placement,
                sa.and_(
                    Placement.organization_id == Session.organization_id, Placement.session_id == Session.id
                ),
            )
            .where(Session.conference_id == conference_id, Session.state == SessionState.PLANNED)
        )
        .all()
    )
    who = speaking(row.id for row, _room, _during in rows)
    rooms = conferences.rooms(conference_id)
    at = {room.id: position for position, room in enumerate(rooms)}
    items = [
        Item(
            session_id=row.id,
            public_id=row.public_id,
            title=row.title,
            abstract=row.abstract,
            wording=row.wording,
            kind=row.kind,
            track_id=row.track_id,
            level=row.level,
            audience=row.audience,
            language=row.language,
            place=place,
            speakers=tuple((speaker.id, speaker.part) for speaker in who.get(row.id, ())),
        )
        for row, room_id, during in rows
        if (place := place_of(room_id, during))
    ]
    items.sort(key=lambda item: (item.place.start, at.get(item.place.room_id or 0, -1), item.session_id))
    used = {item.place.room_id for item in items}
    return Content(
        items=tuple(items),
        tracks=tuple(
            TrackItem(id=row.id, public_id=row.public_id, name=row.name, short=row.short, wording=row.wording)
            for row in tracks(conference_id)
        ),
        rooms=tuple(
            RoomItem(id=room.id, name=room.name, capacity=room.capacity) for room in rooms if room.id in used
        ),
    )


def becomes(conference_id: int, published: Content | None) -> Content:
    """What would be public next: the draft, and what was public and is cancelled, marked: nobody finds it just gone."""
    content_now = content(conference_id)
    if published is None:
        return content_now
    off = set(
        session().scalars(
            sa.select(Session.id).where(
                Session.conference_id == conference_id, Session.state == SessionState.CANCELLED
            )
        )
    )
    rooms = conferences.rooms(conference_id)
    return policy.with_cancelled(
        content_now,
        [item for item in published.items if item.session_id in off],
        [RoomItem(id=room.id, name=room.name, capacity=room.capacity) for room in rooms],
    )


def tracks(conference_id: int) -> list[Track]:
    """The tracks of a conference in their order."""
    return list(
        session().scalars(
            sa.select(Track).where(Track.conference_id == conference_id).order_by(Track.position, Track.id)
        )
    )


def speaking(session_ids: Iterable[int]) -> dict[int, tuple[SpeakerView, ...]]:
    """Session id -> who speaks and chairs, in order."""
    rows = session().execute(
        sa.select(SessionSpeaker.session_id, SessionSpeaker.part, Speaker.id, Speaker.name, Speaker.person_id)
        .join(
            Speaker,
            sa.and_(
                Speaker.organization_id == SessionSpeaker.organization_id,
                Speaker.id == SessionSpeaker.speaker_id,
            ),
        )
        .where(SessionSpeaker.session_id.in_(set(session_ids)))
        .order_by(SessionSpeaker.position, SessionSpeaker.id)
    )
    found: dict[int, tuple[SpeakerView, ...]] = {}
    for session_id, part, id, name, person_id in rows:
        view = SpeakerView(id=id, name=name, part=part, person_id=person_id)
        found[session_id] = (*found.get(session_id, ()), view)
    return found


def session_of(conference_id: int, public_id: str) -> Session:
    """One session of the draft by the id in its URL. NotYours (404) where this conference has none."""
    row = session().scalar(
        sa.select(Session).where(Session.conference_id == conference_id, Session.public_id == public_id)
    )
    if row is None:
        raise NotYours()
    return row


def days(conference: ConferenceView) -> list[date]:
    """The days of the conference at its venue."""
    from citevents.core.times import days_between

    return days_between(conference.starts_on, conference.ends_on)
