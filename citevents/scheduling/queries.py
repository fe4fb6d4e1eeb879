"""What pages and other slices may know of agendas: frozen rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from citevents.core.db import current_organization_id, session
from citevents.core.errors import NotYours
from citevents.core.languages import current_language
from citevents.registration import queries as registration
from citevents.scheduling.models import (
    AgendaVersion,
    Favourite,
    Level,
    Part,
    Session,
    SessionKind,
    SessionSpeaker,
    SessionState,
    Speaker,
)
from citevents.scheduling.policy import FOR_ALL, Change, Content, Item, RoomItem, TrackItem


@dataclass(frozen=True, kw_only=True)
class SpeakerView:
    """Who speaks or chairs; `name` is empty once the person was erased."""

    id: int
    name: str
    part: Part
    person_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class TrackView:
    """A track in the reader's language; `position` chooses its shape."""

    id: int
    public_id: str
    name: str
    short: str
    position: int


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """A published session in the reader's language. `title_language` is set where the title is in another one than asked."""

    id: int
    public_id: str
    conference_id: int
    title: str
    title_language: str
    abstract: str
    kind: SessionKind
    track: TrackView | None
    level: Level
    audience: str
    language: str
    starts_at: datetime
    ends_at: datetime
    room_id: int | None
    room: str
    #: Column of the room in the grid, from 1; 0 without a room.
    column: int
    capacity: int | None
    speakers: tuple[SpeakerView, ...]
    cancelled: bool

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def for_all(self) -> bool:
        """Meant for everyone: drawn across all rooms."""
        return self.kind in FOR_ALL


@dataclass(frozen=True, kw_only=True)
class Published:
    """The agenda as the public sees it: one version, with the speakers' names of now.

    `stamp` names what it is made of: two with the same stamp are equal. It is the key of every cache.
    """

    conference_id: int
    version_id: int
    number: int
    published_at: datetime
    stamp: str
    content: Content
    #: Speaker id -> (name, person id).
    speakers: Mapping[int, tuple[str, int | None]]

    def sessions(self) -> tuple[SessionView, ...]:
        """Every session in the language of now, by time and room."""
        return _sessions(self, current_language())

    def session(self, public_id: str) -> SessionView:
        """One session by its public id. NotYours (404) when this version does not have it."""
        for view in self.sessions():
            if view.public_id == public_id:
                return view
        raise NotYours()

    def tracks(self) -> tuple[TrackView, ...]:
        """The tracks in their order."""
        return tuple(_track(track, at, current_language()) for at, track in enumerate(self.content.tracks))

    @property
    def rooms(self) -> tuple[RoomItem, ...]:
        """The rooms in use, in their order: the columns of the grid."""
        return self.content.rooms

    def __hash__(self) -> int:
        return hash(self.stamp)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Published) and other.stamp == self.stamp


@dataclass(frozen=True, kw_only=True)
class VersionView:
    """One published version, as the list shows it. `summary` counts its changes by kind, and the people told."""

    id: int
    number: int
    published_at: datetime
    by_person_id: int | None
    summary: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FavouriteView:
    """A favourite of a person; `session` is None while the session is not public."""

    conference_id: int
    session_id: int
    session: SessionView | None


CURRENT = sa.text(
    """SELECT v.id, v.number, v.published_at,
              (SELECT max(s.changed_at) FROM speaker s
                WHERE s.organization_id = v.organization_id AND s.conference_id = v.conference_id) AS named_at
         FROM agenda_version v
        WHERE v.organization_id = :organization_id AND v.conference_id = :conference_id
        ORDER BY v.number DESC LIMIT 1"""
)


def current(conference_id: int) -> Published | None:
    """The agenda that is public now, or None before the first. One small query; the rest is remembered by its stamp."""
    organization_id = current_organization_id()
    row = (
        session()
        .execute(CURRENT, {"organization_id": organization_id, "conference_id": conference_id})
        .first()
    )
    if row is None:
        return None
    named_at = row.named_at.isoformat() if row.named_at else ""
    return _published(organization_id, conference_id, row.id, row.number, row.published_at, named_at)


@lru_cache(maxsize=32)
def _published(
    organization_id: int,
    conference_id: int,
    version_id: int,
    number: int,
    published_at: datetime,
    named_at: str,
) -> Published:
    speakers = session().execute(
        sa.select(Speaker.id, Speaker.name, Speaker.person_id).where(Speaker.conference_id == conference_id)
    )
    return Published(
        conference_id=conference_id,
        version_id=version_id,
        number=number,
        published_at=published_at,
        stamp=f"{organization_id}.{version_id}.{named_at}",
        content=content_of(version_id),
        speakers={id: (name, person_id) for id, name, person_id in speakers},
    )


def content_of(version_id: int) -> Content:
    """What a version holds. It never changes."""
    stored = session().scalar(sa.select(AgendaVersion.content).where(AgendaVersion.id == version_id))
    if stored is None:
        raise NotYours()
    return Content.from_json(stored)


@lru_cache(maxsize=64)
def _sessions(published: Published, language: str) -> tuple[SessionView, ...]:
    tracks = {track.id: _track(track, at, language) for at, track in enumerate(published.content.tracks)}
    rooms = {room.id: (at + 1, room) for at, room in enumerate(published.content.rooms)}
    return tuple(_session(published, item, tracks, rooms, language) for item in published.content.items)


def _session(
    published: Published,
    item: Item,
    tracks: Mapping[int, TrackView],
    rooms: Mapping[int, tuple[int, RoomItem]],
    language: str,
) -> SessionView:
    words = item.wording.get(language, {})
    column, room = rooms.get(item.place.room_id or 0, (0, None))
    return SessionView(
        id=item.session_id,
        public_id=item.public_id,
        conference_id=published.conference_id,
        title=words.get("title") or item.title,
        title_language="" if words.get("title") or item.language == language else item.language,
        abstract=words.get("abstract") or item.abstract,
        kind=item.kind,
        track=tracks.get(item.track_id or 0),
        level=item.level,
        audience=item.audience,
        language=item.language,
        starts_at=item.place.start,
        ends_at=item.place.end,
        room_id=item.place.room_id,
        room=room.name if room else "",
        column=column,
        capacity=room.capacity if room else None,
        speakers=tuple(_speaker(published, id, part) for id, part in item.speakers),
        cancelled=item.cancelled,
    )


def _speaker(published: Published, speaker_id: int, part: Part) -> SpeakerView:
    name, person_id = published.speakers.get(speaker_id, ("", None))
    return SpeakerView(id=speaker_id, name=name, part=part, person_id=person_id)


def _track(track: TrackItem, position: int, language: str) -> TrackView:
    words = track.wording.get(language, {})
    name = words.get("name") or track.name
    return TrackView(
        id=track.id,
        public_id=track.public_id,
        name=name,
        short=words.get("short") or track.short or name,
        position=position,
    )


def versions(conference_id: int) -> list[VersionView]:
    """Every published version, newest first."""
    rows = session().execute(
        sa.select(
            AgendaVersion.id,
            AgendaVersion.number,
            AgendaVersion.published_at,
            AgendaVersion.by_person_id,
            AgendaVersion.summary,
        )
        .where(AgendaVersion.conference_id == conference_id)
        .order_by(AgendaVersion.number.desc())
    )
    return [VersionView(**row._mapping) for row in rows]


def counts(conference_id: int) -> dict[str, int]:
    """`sessions` planned (breaks not counted), `published` in the current version, its `version` number, `favourites`."""
    planned = session().scalar(
        sa.select(sa.func.count())
        .select_from(Session)
        .where(
            Session.conference_id == conference_id,
            Session.state == SessionState.PLANNED,
            Session.kind != SessionKind.BREAK,
        )
    )
    wished = session().scalar(
        sa.select(sa.func.count()).select_from(Favourite).where(Favourite.conference_id == conference_id)
    )
    published = current(conference_id)
    items = published.content.items if published else ()
    return {
        "sessions": planned or 0,
        "published": sum(not item.cancelled and item.kind is not SessionKind.BREAK for item in items),
        "version": published.number if published else 0,
        "favourites": wished or 0,
    }


def featured(conference_id: int, n: int = 4) -> list[SessionView]:
    """The sessions to tell a newcomer about: some for everyone, then what most people want to see; by time."""
    published = current(conference_id)
    if published is None:
        return []
    wanted = wants(conference_id)
    shown = [
        view for view in published.sessions() if not view.cancelled and view.kind is not SessionKind.BREAK
    ]
    shown.sort(key=lambda view: (-wanted.get(view.id, 0), view.starts_at, view.id))
    for_all = [view for view in shown if view.for_all][: n // 2]
    best = for_all + [view for view in shown if not view.for_all][: n - len(for_all)]
    return sorted(best, key=lambda view: (view.starts_at, view.column))


def favourite_ids(person_id: int, conference_id: int) -> frozenset[int]:
    """The ids of the sessions that a person wants to see there."""
    return frozenset(
        session().scalars(
            sa.select(Favourite.session_id).where(
                Favourite.person_id == person_id, Favourite.conference_id == conference_id
            )
        )
    )


def agenda_of(person_id: int, conference_id: int) -> list[SessionView]:
    """What a person wants to see, and where they speak or chair, by time; cancelled ones stay, marked."""
    published = current(conference_id)
    if published is None:
        return []
    wanted = favourite_ids(person_id, conference_id)
    return [
        view
        for view in published.sessions()
        if view.id in wanted or any(speaker.person_id == person_id for speaker in view.speakers)
    ]


def conferences_of(person_id: int) -> list[int]:
    """Conferences in which a person has favourites or speaks."""
    wished = sa.select(Favourite.conference_id).where(Favourite.person_id == person_id)
    speaks = sa.select(Speaker.conference_id).where(Speaker.person_id == person_id)
    return list(session().scalars(sa.union(wished, speaks)))


def wants(conference_id: int) -> dict[int, int]:
    """Session id -> how many people want to see it."""
    rows = session().execute(
        sa.select(Favourite.session_id, sa.func.count())
        .where(Favourite.conference_id == conference_id)
        .group_by(Favourite.session_id)
    )
    return {row.session_id: row[1] for row in rows}


def attending(conference_id: int, person_id: int | None = None) -> sa.Select[tuple[int, int]]:
    """(session id, person id) of everyone who means to be in a session: registered people's favourites, and its speakers.

    A statement, so that thousands need not pass through Python; of one person where one is given.
    """
    here = current_organization_id()
    wishing = sa.select(Favourite.session_id, Favourite.person_id).where(
        Favourite.organization_id == here,
        Favourite.conference_id == conference_id,
        Favourite.person_id.in_(registration.people_with_place(conference_id)),
    )
    speaking = (
        sa.select(SessionSpeaker.session_id, Speaker.person_id)
        .join(
            Speaker,
            sa.and_(
                Speaker.organization_id == SessionSpeaker.organization_id,
                Speaker.id == SessionSpeaker.speaker_id,
            ),
        )
        .where(
            Speaker.organization_id == here,
            Speaker.conference_id == conference_id,
            Speaker.person_id.is_not(None),
        )
    )
    if person_id is not None:
        wishing = wishing.where(Favourite.person_id == person_id)
        speaking = speaking.where(Speaker.person_id == person_id)
    both = sa.union(wishing, speaking).subquery()
    return sa.select(both.c.session_id, both.c.person_id)


def told(conference_id: int, changed: Iterable[Change]) -> int:
    """How many people have a calendar entry that these changes make, move or take away."""
    return calendars_with(
        conference_id, {change.session_id for change in changed if change.shows_in_calendars}
    )


def calendars_with(conference_id: int, session_ids: Collection[int]) -> int:
    """In how many people's calendars these sessions are, or will be once public."""
    if not session_ids:
        return 0
    who = attending(conference_id).subquery()
    count = sa.select(sa.func.count(who.c.person_id.distinct())).where(who.c.session_id.in_(session_ids))
    return session().scalar(count) or 0


def names_of(speaker_ids: Iterable[int]) -> dict[int, str]:
    """Speakers' names by id."""
    rows = session().execute(sa.select(Speaker.id, Speaker.name).where(Speaker.id.in_(set(speaker_ids))))
    return {row.id: row.name for row in rows}
