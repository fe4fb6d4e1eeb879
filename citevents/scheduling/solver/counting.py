"""What each rule counts in a problem, before any weight: the shapes of `Counts`, and one function a rule."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from citevents.scheduling.solver.problem import Problem, Slot

Pair = tuple[int, int, int]
"""Two sessions and how many people the rule counts for them."""


@dataclass(slots=True)
class Counts:
    """What the rules count, before weights. People are 0 where a rule counts occurrences and not people."""

    by_slot: dict[str, np.ndarray] = field(default_factory=dict)  # sessions by slots
    by_room: dict[str, np.ndarray] = field(default_factory=dict)  # sessions by rooms
    by_cell: dict[str, np.ndarray] = field(default_factory=dict)  # slots by rooms
    together: dict[str, np.ndarray] = field(default_factory=dict)  # sessions by sessions, symmetric
    before: dict[str, list[Pair]] = field(
        default_factory=dict
    )  # the first must have ended before the second starts
    walks: dict[str, list[Pair]] = field(default_factory=dict)  # someone has to get from one to the other
    rooms_per_track: list[list[int]] = field(default_factory=list)  # sessions of each track


def overlap(a: Slot, b: Slot) -> bool:
    return a.start < b.end and b.start < a.end


def demand(problem: Problem) -> list[int]:
    """How many people each session is expected to draw: as told, or as many as wished for it."""
    wished = [0] * len(problem.sessions)
    for wish in (*problem.wishes, *problem.roles):
        for session in wish.must | wish.nice:
            wished[session] += wish.people
    return [
        session.expected if session.expected is not None else wished[i]
        for i, session in enumerate(problem.sessions)
    ]


def matrix(problem: Problem, other: int) -> np.ndarray:
    return np.zeros((len(problem.sessions), other), dtype=np.int64)


def fits_slot(problem: Problem, counts: Counts) -> None:
    counts.by_slot["fits_slot"] = np.array(
        [[int(session.minutes > slot.minutes) for slot in problem.slots] for session in problem.sessions]
    )


def speaker_available(problem: Problem, counts: Counts) -> None:
    free = np.array(
        [
            [
                not speaker.available
                or any(start <= slot.start and slot.end <= end for start, end in speaker.available)
                for slot in problem.slots
            ]
            for speaker in problem.speakers
        ]
    ).reshape(len(problem.speakers), len(problem.slots))
    found = counts.by_slot["speaker_available"] = matrix(problem, len(problem.slots))
    for i, session in enumerate(problem.sessions):
        for speaker in session.speakers:
            found[i] += ~free[speaker]


def pinned(problem: Problem, counts: Counts) -> None:
    slots = counts.by_slot["pinned"] = matrix(problem, len(problem.slots))
    rooms = counts.by_room["pinned"] = matrix(problem, len(problem.rooms))
    for i, session in enumerate(problem.sessions):
        if session.pinned_slot is not None:
            slots[i] = 1
            slots[i, session.pinned_slot] = 0
        if session.pinned_room is not None:
            rooms[i] = 1
            rooms[i, session.pinned_room] = 0


def room_features(problem: Problem, counts: Counts) -> None:
    counts.by_room["room_features"] = np.array(
        [[len(session.needs - room.features) for room in problem.rooms] for session in problem.sessions]
    )


def room_open(problem: Problem, counts: Counts) -> None:
    counts.by_cell["room_open"] = np.array(
        [[int(slot in room.closed) for room in problem.rooms] for slot in range(len(problem.slots))]
    )


def seats(problem: Problem, counts: Counts) -> None:
    wanted = np.array(demand(problem))[:, None]
    capacity = np.array([room.capacity for room in problem.rooms])[None]
    counts.by_room["seats"] = np.maximum(0, wanted - capacity)


def speaker_twice(problem: Problem, counts: Counts) -> None:
    together = counts.together["speaker_twice"] = matrix(problem, len(problem.sessions))
    for a, b, shared in sharing(problem):
        together[a, b] = together[b, a] = shared


def sharing(problem: Problem) -> Iterator[Pair]:
    """Two sessions and how many speakers or chairs they share."""
    of: dict[int, list[int]] = defaultdict(list)
    for i, session in enumerate(problem.sessions):
        for speaker in session.speakers:
            of[speaker].append(i)
    pairs = {pair for mine in of.values() for pair in combinations(mine, 2)}
    for a, b in sorted(pairs):
        yield a, b, len(problem.sessions[a].speakers & problem.sessions[b].speakers)


def plenary(problem: Problem, counts: Counts) -> None:
    together = counts.together["plenary"] = matrix(problem, len(problem.sessions))
    for i, session in enumerate(problem.sessions):
        if session.plenary:
            together[i] = together[:, i] = 1
    np.fill_diagonal(together, 0)


def apart(problem: Problem, counts: Counts) -> None:
    together = counts.together["apart"] = matrix(problem, len(problem.sessions))
    for group in problem.apart:
        for a, b in combinations(sorted(group), 2):
            together[a, b] = together[b, a] = 1


def prerequisite(problem: Problem, counts: Counts) -> None:
    counts.before["prerequisite"] = [
        (first, i, 0) for i, session in enumerate(problem.sessions) for first in sorted(session.after)
    ]


def level_order(problem: Problem, counts: Counts) -> None:
    """Within a track, an easier session comes before a harder one."""
    of = tracks(problem)
    counts.before["level_order"] = [
        (a, b, 0)
        for mine in of.values()
        for a in mine
        for b in mine
        if 0 < problem.sessions[a].level < problem.sessions[b].level
    ]


def tracks(problem: Problem) -> dict[str, list[int]]:
    of: dict[str, list[int]] = defaultdict(list)
    for i, session in enumerate(problem.sessions):
        if session.track:
            of[session.track].append(i)
    return of


def rooms_per_track(problem: Problem, counts: Counts) -> None:
    counts.rooms_per_track = list(tracks(problem).values())


def track_parallel(problem: Problem, counts: Counts) -> None:
    counts.together["track_parallel"] = alike(
        problem, [frozenset({s.track} - {""}) for s in problem.sessions]
    )


def audience_parallel(problem: Problem, counts: Counts) -> None:
    counts.together["audience_parallel"] = alike(problem, [session.audience for session in problem.sessions])


def language_parallel(problem: Problem, counts: Counts) -> None:
    """Sessions in a language that few sessions are in should not compete; the most common one always does."""
    languages = [session.language for session in problem.sessions]
    common = max(set(languages), key=lambda language: (languages.count(language), language))
    counts.together["language_parallel"] = alike(
        problem, [frozenset({language} - {"", common}) for language in languages]
    )


def alike(problem: Problem, sets: list[frozenset[str]]) -> np.ndarray:
    names = {name: k for k, name in enumerate(sorted(frozenset().union(*sets)))}
    has = matrix(problem, len(names))
    for i, members in enumerate(sets):
        for name in members:
            has[i, names[name]] = 1
    found = np.minimum(has @ has.T, 1)
    np.fill_diagonal(found, 0)
    return np.asarray(found)


def favourites(problem: Problem, counts: Counts) -> None:
    """People who want two sessions that run at the same time. A must counts double, two musts four times."""
    grade = matrix(problem, len(problem.wishes))
    for k, wish in enumerate(problem.wishes):
        for session in wish.nice:
            grade[session, k] = 1
        for session in wish.must:
            grade[session, k] = 2
    people = np.array([wish.people for wish in problem.wishes], dtype=np.int64)
    counts.together["favourites"] = crossed(grade, people)


def role_must_see(problem: Problem, counts: Counts) -> None:
    """People whose role should see two sessions that run at the same time."""
    wanted = matrix(problem, len(problem.roles))
    for k, wish in enumerate(problem.roles):
        for session in wish.must:
            wanted[session, k] = 1
    people = np.array([wish.people for wish in problem.roles], dtype=np.int64)
    counts.together["role_must_see"] = crossed(wanted, people)


def crossed(graded: np.ndarray, people: np.ndarray) -> np.ndarray:
    # In floating point for its quick product; the numbers stay far below 2^53.
    found = np.rint((graded * people).astype(float) @ graded.T.astype(float)).astype(np.int64)
    np.fill_diagonal(found, 0)
    return np.asarray(found)


def walk(problem: Problem, counts: Counts) -> None:
    counts.walks["walk"] = list(sharing(problem))


def disturbance(problem: Problem, counts: Counts) -> None:
    """After publication: people who chose a session that changes its time (twice) or its room (once)."""
    slots = counts.by_slot["disturbance"] = matrix(problem, len(problem.slots))
    rooms = counts.by_room["disturbance"] = matrix(problem, len(problem.rooms))
    chosen = demand(problem)
    for i, place in enumerate(problem.published or ()):
        if place is not None:
            slots[i] = 2 * (chosen[i] + 1)
            slots[i, place.slot] = 0
            rooms[i] = chosen[i] + 1
            rooms[i, place.room] = 0


def nothing(problem: Problem, counts: Counts) -> None:
    """Counted by the evaluator itself: unplaced sessions and rooms used twice."""
