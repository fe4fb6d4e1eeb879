"""The catalogue of rules: what each is called, how serious it is, and how its reasons are put into words.

A rule counts in one of a few shapes, and only in those (`counting.Counts`), so that a single evaluator knows every
rule: by session and slot, by session and room, by slot and room, by two sessions at the same time, by two sessions in
the wrong sequence, by a walk between two, by the rooms of a track, by two sessions in one room.
"""

from collections.abc import Callable
from dataclasses import dataclass

from citevents.scheduling.solver.counting import (
    Counts,
    apart,
    audience_parallel,
    disturbance,
    favourites,
    fits_slot,
    language_parallel,
    level_order,
    nothing,
    pinned,
    plenary,
    prerequisite,
    role_must_see,
    room_features,
    room_open,
    rooms_per_track,
    seats,
    speaker_available,
    speaker_twice,
    track_parallel,
    walk,
)
from citevents.scheduling.solver.problem import Problem, Rule, Severity
from citevents.scheduling.solver.sentences import sentence


@dataclass(frozen=True, slots=True)
class Kind:
    """A rule of the catalogue. `reason` is its sentence; `resolve` says what would make it go away."""

    name: str
    severity: Severity
    weight: int
    reason: str
    resolve: str
    count: Callable[[Problem, Counts], None]
    counts_people: bool = False


BLOCK, WARN = Severity.BLOCK, Severity.WARN

CATALOGUE: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "placed",
            BLOCK,
            1,
            sentence("%(session)s has no place"),
            sentence("add a slot or a room, or drop %(session)s"),
            nothing,
        ),
        Kind(
            "room_twice",
            BLOCK,
            1,
            sentence("%(session)s and %(other)s are in %(room)s at the same time"),
            sentence("add a room or a slot"),
            nothing,
        ),
        Kind(
            "fits_slot",
            BLOCK,
            1,
            sentence("%(session)s is longer than its slot %(slot)s"),
            sentence("shorten %(session)s or add a longer slot"),
            fits_slot,
        ),
        Kind(
            "speaker_twice",
            BLOCK,
            1,
            sentence("%(session)s and %(other)s share a speaker and run at the same time"),
            sentence("let another speaker take %(session)s or %(other)s"),
            speaker_twice,
        ),
        Kind(
            "speaker_available",
            BLOCK,
            1,
            sentence("a speaker of %(session)s is not available in %(slot)s"),
            sentence("ask the speakers of %(session)s for more times"),
            speaker_available,
        ),
        Kind(
            "pinned",
            BLOCK,
            1,
            sentence("%(session)s is not where it is pinned"),
            sentence("unpin %(session)s"),
            pinned,
        ),
        Kind(
            "room_features",
            BLOCK,
            1,
            sentence("%(room)s lacks what %(session)s needs"),
            sentence("drop a need of %(session)s or equip another room"),
            room_features,
        ),
        Kind(
            "room_open",
            BLOCK,
            1,
            sentence("%(room)s is closed in %(slot)s"),
            sentence("open a room for longer"),
            room_open,
        ),
        Kind(
            "plenary",
            BLOCK,
            1,
            sentence("%(session)s and %(other)s run at the same time, and one of them is for everybody"),
            sentence("make it no plenary"),
            plenary,
        ),
        Kind(
            "apart",
            BLOCK,
            1,
            sentence("%(session)s and %(other)s must not run at the same time, and do"),
            sentence("take %(session)s or %(other)s out of the group"),
            apart,
        ),
        Kind(
            "prerequisite",
            BLOCK,
            1,
            sentence("%(session)s must have ended before %(other)s starts"),
            sentence("let %(other)s no longer build on %(session)s"),
            prerequisite,
        ),
        Kind(
            "walk",
            WARN,
            20,
            sentence("there is no time to walk from %(session)s to %(other)s"),
            sentence("put them into nearer rooms or further apart in time"),
            walk,
        ),
        Kind(
            "favourites",
            WARN,
            1,
            sentence("%(session)s and %(other)s run at the same time, and people want both"),
            sentence("put them at different times"),
            favourites,
            counts_people=True,
        ),
        Kind(
            "role_must_see",
            WARN,
            3,
            sentence("%(session)s and %(other)s run at the same time, and a role should see both"),
            sentence("put them at different times"),
            role_must_see,
            counts_people=True,
        ),
        Kind(
            "seats",
            WARN,
            1,
            sentence("%(room)s has too few seats for %(session)s"),
            sentence("use a larger room for %(session)s"),
            seats,
            counts_people=True,
        ),
        Kind(
            "track_parallel",
            WARN,
            5,
            sentence("%(session)s and %(other)s are of one track and run at the same time"),
            sentence("put them at different times"),
            track_parallel,
        ),
        Kind(
            "rooms_per_track",
            WARN,
            2,
            sentence("the track %(track)s changes rooms"),
            sentence("keep the track in one room"),
            rooms_per_track,
        ),
        Kind(
            "audience_parallel",
            WARN,
            0,
            sentence("%(session)s and %(other)s are for the same audience and run at the same time"),
            sentence("put them at different times"),
            audience_parallel,
        ),
        Kind(
            "language_parallel",
            WARN,
            10,
            sentence(
                "%(session)s and %(other)s are in the same less common language and run at the same time"
            ),
            sentence("put them at different times"),
            language_parallel,
        ),
        Kind(
            "level_order",
            WARN,
            2,
            sentence("%(session)s is easier than %(other)s of its track and does not come before it"),
            sentence("put it earlier"),
            level_order,
        ),
        Kind(
            "disturbance",
            WARN,
            1,
            sentence("%(session)s is no longer where it was published"),
            sentence("leave it where it was"),
            disturbance,
            counts_people=True,
        ),
    )
}


def rule(problem: Problem, name: str) -> Rule:
    """As the problem sets it, else as the catalogue does."""
    kind = CATALOGUE[name]
    return problem.rules.get(name) or Rule(name, kind.severity, kind.weight)


def counted(problem: Problem) -> Counts:
    """What every rule that is not ignored counts in this problem."""
    counts = Counts()
    for name, kind in CATALOGUE.items():
        if rule(problem, name).severity is not Severity.IGNORE:
            kind.count(problem, counts)
    return counts
