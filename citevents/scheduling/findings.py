"""What could be better in a draft, as pure decisions: counted in people, worst first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from citevents.scheduling.policy import Place, within_days

#: Two sessions in different rooms need at least this long between them for a speaker to walk.
WALK = timedelta(minutes=10)


class Severity(StrEnum):
    """In falling order of weight."""

    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"


class ProblemKind(StrEnum):
    ROOM_SHORT = "room_short"
    NEEDS = "needs"
    NO_WALK = "no_walk"
    OUTSIDE = "outside"
    BOTH_WANTED = "both_wanted"


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What a problem is found in: one session of the draft, placed."""

    session_id: int
    place: Place
    wanted_by: frozenset[int]
    speakers: frozenset[int]
    needs: frozenset[str]
    capacity: int | None
    features: frozenset[str]
    for_all: bool


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that must or could be better, counted in people. `other_id` is the second session where there is one."""

    kind: ProblemKind
    severity: Severity
    session_id: int
    people: int
    other_id: int | None = None
    needs: tuple[str, ...] = ()


def problems(drafts: Iterable[Placed], starts_on: date, ends_on: date, zone: str) -> list[Problem]:
    """What is wrong, worst first. Rooms and speakers in two places cannot be: the database refuses them."""
    rows = sorted(drafts, key=lambda draft: (draft.place.start, draft.session_id))
    found = [problem for row in rows for problem in _alone(row, starts_on, ends_on, zone)]
    for index, row in enumerate(rows):
        for other in rows[index + 1 :]:
            if other.place.start >= row.place.end + WALK:
                break
            found.extend(_together(row, other))
    order = list(Severity)
    return sorted(
        found, key=lambda each: (order.index(each.severity), -each.people, each.kind, each.session_id)
    )


def _alone(row: Placed, starts_on: date, ends_on: date, zone: str) -> Iterable[Problem]:
    if not within_days(row.place.start, starts_on, ends_on, zone):
        yield Problem(
            kind=ProblemKind.OUTSIDE,
            severity=Severity.BLOCK,
            session_id=row.session_id,
            people=len(row.wanted_by),
        )
    lacking = row.needs - row.features
    if lacking and row.place.room_id is not None:
        yield Problem(
            kind=ProblemKind.NEEDS,
            severity=Severity.BLOCK,
            session_id=row.session_id,
            people=len(row.wanted_by),
            needs=tuple(sorted(lacking)),
        )
    if row.capacity is not None and len(row.wanted_by) > row.capacity:
        yield Problem(
            kind=ProblemKind.ROOM_SHORT,
            severity=Severity.WARN,
            session_id=row.session_id,
            people=len(row.wanted_by) - row.capacity,
        )


def _together(row: Placed, other: Placed) -> Iterable[Problem]:
    if row.place.overlaps(other.place):
        both = len(row.wanted_by & other.wanted_by)
        if both and not row.for_all and not other.for_all:
            yield Problem(
                kind=ProblemKind.BOTH_WANTED,
                severity=Severity.NOTE,
                session_id=row.session_id,
                other_id=other.session_id,
                people=both,
            )
    elif row.speakers & other.speakers and row.place.room_id != other.place.room_id:
        yield Problem(
            kind=ProblemKind.NO_WALK,
            severity=Severity.WARN,
            session_id=row.session_id,
            other_id=other.session_id,
            people=len(row.speakers & other.speakers),
        )
