"""An agenda problem as typed plain values: what is to be placed, where and when it may go, and what people want.

Instants are UTC; lengths are whole minutes. People appear as counts and as anonymous lists of sessions, never by
name.
"""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    BLOCK = "block"  # an agenda that breaks it cannot be used
    WARN = "warn"  # it costs its weight each time
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Rule:
    """How seriously a rule of the catalogue (`rules.CATALOGUE`) is taken. `weight` counts only where it warns."""

    name: str
    severity: Severity
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of a day that one session in each room can have. Slots may overlap; breaks lie between them."""

    id: str
    day: int  # index into the problem's days
    start: dt.datetime
    end: dt.datetime

    @property
    def minutes(self) -> int:
        return int((self.end - self.start).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class Room:
    id: str
    capacity: int
    features: frozenset[str] = frozenset()
    closed: frozenset[int] = frozenset()  # slots in which it cannot be used


@dataclass(frozen=True, slots=True)
class Speaker:
    """`available` empty means always."""

    id: str
    available: tuple[tuple[dt.datetime, dt.datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    minutes: int
    kind: str = ""
    track: str = ""
    level: int = 0  # 1 introductory, 2 intermediate, 3 advanced; 0 not said
    audience: frozenset[str] = frozenset()
    language: str = ""
    speakers: frozenset[int] = frozenset()  # the chair among them
    needs: frozenset[str] = frozenset()  # room features
    pinned_slot: int | None = None
    pinned_room: int | None = None
    after: frozenset[int] = frozenset()  # sessions that must have ended before this one starts
    plenary: bool = False  # nothing else at the same time
    expected: int | None = None  # people expected, where that is known better than from favourites


@dataclass(frozen=True, slots=True)
class Wish:
    """What one attendee, or `people` of the same role, want to see."""

    must: frozenset[int] = frozenset()
    nice: frozenset[int] = frozenset()
    people: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    slot: int
    room: int


Agenda = tuple[Place | None, ...]
"""One place for each session in the problem's order; None: not placed."""


@dataclass(frozen=True, slots=True)
class Problem:
    days: tuple[str, ...]  # dates in the conference's zone
    slots: tuple[Slot, ...]  # in order of start
    rooms: tuple[Room, ...]
    speakers: tuple[Speaker, ...]
    sessions: tuple[Session, ...]
    walking: tuple[tuple[int, ...], ...]  # minutes, by room and room
    apart: tuple[frozenset[int], ...] = ()  # groups of sessions never at the same time
    wishes: tuple[Wish, ...] = ()
    roles: tuple[Wish, ...] = ()  # "must see" by role
    published: Agenda | None = None  # what people rely on already
    rules: dict[str, Rule] = field(default_factory=dict)  # where they differ from the catalogue


@dataclass(frozen=True, slots=True)
class Scope:
    """What a re-solve may change; everything else stays as it is in the agenda that it starts from."""

    sessions: frozenset[int] | None = None  # None: all
    day: int | None = None  # only what is on that day, and within it
    times: bool = True  # may change times
    rooms: bool = True  # may change rooms
