"""The agenda as the public sees it: one version in the reader's language, remembered by what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa

from citevents.core.db import current_organization_id, session
from citevents.core.errors import NotYours
from citevents.locale.languages import current_language
from citevents.scheduling import policy
from citevents.scheduling.models import AgendaVersion, Level, Part, SessionKind, Speaker
from citevents.scheduling.policy import FOR_ALL, Content, Item, RoomItem, TrackItem


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
    """The agenda as the public sees it: one version, with the speakers' names of now; all cancelled with its conference.

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


CURRENT = sa.text(
    """SELECT v.id, v.number, v.published_at, c.state = 'cancelled' AS called_off, c.cancelled_at,
              (SELECT max(s.changed_at) FROM speaker s
                WHERE s.organization_id = v.organization_id AND s.conference_id = v.conference_id) AS named_at
         FROM agenda_version v
         JOIN conference c ON c.organization_id = v.organization_id AND c.id = v.conference_id
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
    return _published(organization_id, conference_id, _Stamp(*row))


class _Stamp(NamedTuple):
    """What a published agenda is made of."""

    version_id: int
    number: int
    published_at: datetime
    called_off: bool
    cancelled_at: datetime | None
    named_at: datetime | None


@lru_cache(maxsize=32)
def _published(organization_id: int, conference_id: int, stamp: _Stamp) -> Published:
    speakers = session().execute(
        sa.select(Speaker.id, Speaker.name, Speaker.person_id).where(Speaker.conference_id == conference_id)
    )
    content = content_of(stamp.version_id)
    return Published(
        conference_id=conference_id,
        version_id=stamp.version_id,
        number=stamp.number,
        published_at=stamp.published_at,
        stamp=f"{organization_id}.{stamp.version_id}.{stamp.named_at or ''}.{'off' if stamp.called_off else ''}",
        content=policy.called_off(content, stamp.cancelled_at) if stamp.called_off else content,
        speakers={id: (name, person_id) for id, name, person_id in speakers},
    )


def last_known(published: Published, public_id: str) -> SessionView:
    """A session that this version does not have, as the newest version that had it. NotYours (404) where it was never public."""
    version_id = session().scalar(
        sa.select(AgendaVersion.id)
        .where(
            AgendaVersion.conference_id == published.conference_id,
            AgendaVersion.content["items"].contains([{"public_id": public_id}]),
        )
        .order_by(AgendaVersion.number.desc())
        .limit(1)
    )
    if version_id is None:
        raise NotYours()
    then = replace(
        published,
        version_id=version_id,
        stamp=f"{published.stamp}.of {version_id}",
        content=content_of(version_id),
    )
    return then.session(public_id)


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
