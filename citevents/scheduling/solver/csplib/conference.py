"""A CSPLib conference as plain typed values: who submits what, where it may go, what each misplacement costs."""

from dataclasses import dataclass

TERMS = (
    "tracks_sessions",
    "tracks_rooms",
    "sessions_rooms",
    "similar tracks",
    "rooms per track",
    "parallel tracks",
    "consecutive tracks",
    "time zones",
    "order",
    "submissions_sessions",
    "submissions_rooms",
    "presenters",
    "attendees",
    "chairs",
    "presenters, time slots",
    "attendees, time slots",
)
"""The sixteen terms of the objective, in the order of the workbook's weights."""


@dataclass(frozen=True, slots=True)
class Submission:
    reference: str
    track: int
    slots: int  # required time slots
    order: int  # wanted position within the track from 1, 0 = none
    presenters: frozenset[str]
    attendees: frozenset[str]


@dataclass(frozen=True, slots=True)
class Track:
    name: str
    chairs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Session:
    name: str
    slots: int  # how many time slots it offers in each room


Matrix = tuple[tuple[int, ...], ...]
"""Rows by the first noun of the name, columns by the second."""


@dataclass(frozen=True, slots=True)
class Conference:
    """Everything that the objective reads. Matrices hold the workbook's raw values, `weights` multiplies them."""

    submissions: tuple[Submission, ...]
    tracks: tuple[Track, ...]
    sessions: tuple[Session, ...]
    rooms: tuple[str, ...]
    weights: dict[str, int]
    tracks_sessions: Matrix
    tracks_rooms: Matrix
    sessions_rooms: Matrix
    similar_tracks: Matrix  # symmetric, the diagonal 0
    time_zones: Matrix  # submissions by sessions
    submissions_sessions: Matrix
    submissions_rooms: Matrix


@dataclass(frozen=True, slots=True)
class Place:
    """Where a submission starts. `slot` counts from 1 inside the session."""

    session: int
    room: int
    slot: int


Solution = tuple[Place, ...]
"""One place for each submission, in the conference's order."""


def presenters_conflict(conference: Conference, a: Submission, b: Submission) -> bool:
    """A shared presenter, or a presenter who chairs the other's track."""
    return bool(
        a.presenters & b.presenters
        or a.presenters & conference.tracks[b.track].chairs
        or b.presenters & conference.tracks[a.track].chairs
    )


def attendees_conflict(a: Submission, b: Submission) -> bool:
    return bool(a.attendees & b.attendees)
