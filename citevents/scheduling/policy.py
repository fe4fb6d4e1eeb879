"""Pure decisions about agendas: what a published one holds, what changed between two, what could be better in a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from citevents.locale.text_cleaning import folded
from citevents.scheduling.models import Level, Part, SessionKind

#: Kinds that everyone is meant to attend: drawn across all rooms.
FOR_ALL = frozenset({SessionKind.PLENARY, SessionKind.SOCIAL})


def name_key(name: str) -> str:
    """How a name is compared: normalized, case and blanks ignored."""
    return " ".join(folded(name).split())


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where and when. `start` and `end` are UTC; no room is needed for a break."""

    room_id: int | None
    start: datetime
    end: datetime

    def overlaps(self, other: Place) -> bool:
        """They share an instant."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, kw_only=True)
class Item:
    """A session as published."""

    session_id: int
    public_id: str
    title: str
    abstract: str
    wording: Mapping[str, Any]
    kind: SessionKind
    track_id: int | None
    level: Level
    audience: str
    language: str
    place: Place
    #: (speaker id, part) in the order of the programme.
    speakers: tuple[tuple[int, Part], ...]
    cancelled: bool = False


@dataclass(frozen=True, kw_only=True)
class TrackItem:
    id: int
    public_id: str
    name: str
    short: str
    wording: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RoomItem:
    id: int
    name: str
    capacity: int


@dataclass(frozen=True, kw_only=True)
class Content:
    """A whole agenda, as a version keeps it: items by time and room."""

    items: tuple[Item, ...] = ()
    tracks: tuple[TrackItem, ...] = ()
    rooms: tuple[RoomItem, ...] = ()

    def by_session(self) -> dict[int, Item]:
        """Session id -> item."""
        return {item.session_id: item for item in self.items}

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSONB column."""
        return {
            "items": [_item_to_json(item) for item in self.items],
            "tracks": [asdict(track) for track in self.tracks],
            "rooms": [asdict(room) for room in self.rooms],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Content:
        """What `to_json` wrote."""
        return cls(
            items=tuple(_item_from_json(item) for item in stored["items"]),
            tracks=tuple(TrackItem(**track) for track in stored["tracks"]),
            rooms=tuple(RoomItem(**room) for room in stored["rooms"]),
        )


def place_to_json(place: Place | None) -> dict[str, Any] | None:
    """A place as plain values; None stays None."""
    if place is None:
        return None
    return {"room": place.room_id, "start": place.start.isoformat(), "end": place.end.isoformat()}


def place_from_json(stored: Mapping[str, Any] | None) -> Place | None:
    """What `place_to_json` wrote."""
    if stored is None:
        return None
    return Place(
        room_id=stored["room"],
        start=datetime.fromisoformat(stored["start"]),
        end=datetime.fromisoformat(stored["end"]),
    )


def _item_to_json(item: Item) -> dict[str, Any]:
    plain = {name: getattr(item, name) for name in Item.__dataclass_fields__}
    return plain | {
        "wording": dict(item.wording),
        "place": place_to_json(item.place),
        "speakers": [[speaker_id, part.value] for speaker_id, part in item.speakers],
    }


def _item_from_json(stored: Mapping[str, Any]) -> Item:
    place = place_from_json(stored["place"])
    assert place is not None
    return Item(
        **{
            **stored,
            "kind": SessionKind(stored["kind"]),
            "level": Level(stored["level"]),
            "place": place,
            "speakers": tuple((speaker_id, Part(part)) for speaker_id, part in stored["speakers"]),
        }
    )


class ChangeKind(StrEnum):
    NEW = "new"
    BACK = "back"  # it was cancelled, and takes place after all
    MOVED = "moved"
    REWORDED = "reworded"
    CANCELLED = "cancelled"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happened to one session between two agendas; `was` is None for a new one, `now` for a removed one."""

    kind: ChangeKind
    session_id: int
    was: Item | None
    now: Item | None

    @property
    def item(self) -> Item:
        """The session as it is now, or as it last was."""
        item = self.now or self.was
        assert item is not None
        return item


def changes(was: Content | None, becomes: Content) -> list[Change]:
    """What differs, session by session, ordered by time. Nothing when both say the same."""
    before, after = (was or Content()).by_session(), becomes.by_session()
    found = [_change(before.get(key), after.get(key)) for key in before.keys() | after.keys()]
    return sorted(
        (change for change in found if change), key=lambda each: (each.item.place.start, each.session_id)
    )


def _change(was: Item | None, becomes: Item | None) -> Change | None:
    if was == becomes:
        return None
    item = becomes or was
    assert item is not None
    if was is None:
        kind = ChangeKind.NEW
    elif becomes is None:
        # A session that was already cancelled and is now left out is no news.
        if was.cancelled:
            return None
        kind = ChangeKind.REMOVED
    elif becomes.cancelled != was.cancelled:
        kind = ChangeKind.CANCELLED if becomes.cancelled else ChangeKind.BACK
    elif becomes.place != was.place:
        kind = ChangeKind.MOVED
    else:
        kind = ChangeKind.REWORDED
    return Change(kind=kind, session_id=item.session_id, was=was, now=becomes)


def called_off(published: Content, at: datetime | None) -> Content:
    """The agenda of a conference that was cancelled then (None: long ago): what was over took place, the rest is cancelled."""
    return replace(
        published,
        items=tuple(
            replace(item, cancelled=item.cancelled or at is None or item.place.end > at)
            for item in published.items
        ),
    )


def without(published: Content, session_id: int) -> Content:
    """The same agenda with one session marked as cancelled."""
    return replace(
        published,
        items=tuple(
            replace(item, cancelled=True) if item.session_id == session_id else item
            for item in published.items
        ),
    )


def with_cancelled(becomes: Content, off: Iterable[Item], rooms: Sequence[RoomItem]) -> Content:
    """The agenda with these sessions in it as cancelled, where they were. `rooms`: all there are, in their order."""
    items = (*becomes.items, *(replace(item, cancelled=True) for item in off))
    at = {room.id: position for position, room in enumerate(rooms)}
    used = {item.place.room_id for item in items}
    return replace(
        becomes,
        items=tuple(
            sorted(
                items,
                key=lambda each: (each.place.start, at.get(each.place.room_id or 0, -1), each.session_id),
            )
        ),
        rooms=tuple(room for room in rooms if room.id in used),
    )


def moved(published: Content, session_id: int, becomes: Place) -> Content | None:
    """The same agenda with one session elsewhere; None where it is there already, or not in it."""
    item = published.by_session().get(session_id)
    if item is None or item.place == becomes:
        return None
    there = replace(item, place=becomes)
    return replace(published, items=tuple(there if each is item else each for each in published.items))


def within_days(start: datetime, starts_on: date, ends_on: date, zone: str) -> bool:
    """Whether something that begins then begins on one of the conference's days, on the venue's calendar."""
    return starts_on <= start.astimezone(ZoneInfo(zone)).date() <= ends_on


@dataclass(frozen=True, kw_only=True)
class Clash:
    """Two sessions that cannot both be where they are: in one room, or (`speaker_id`) with one person in both."""

    session_id: int
    other_id: int
    speaker_id: int | None = None


def first_clash(rows: Mapping[int, tuple[Place, frozenset[int]]], moved: Iterable[int]) -> Clash | None:
    """Why the database refused: session id -> (place, speakers and chairs), of which `moved` are new there."""
    for session_id in sorted(moved):
        if session_id not in rows:
            continue
        place, speakers = rows[session_id]
        for other_id, (there, others) in sorted(rows.items()):
            if other_id == session_id or not place.overlaps(there):
                continue
            if place.room_id is not None and place.room_id == there.room_id:
                return Clash(session_id=session_id, other_id=other_id)
            if speakers & others:
                return Clash(session_id=session_id, other_id=other_id, speaker_id=min(speakers & others))
    return None


def counted(changed: Iterable[Change]) -> dict[str, int]:
    """How many changes of each kind there are; kinds without any are left out."""
    found: dict[str, int] = {}
    for change in changed:
        found[change.kind.value] = found.get(change.kind.value, 0) + 1
    return found
