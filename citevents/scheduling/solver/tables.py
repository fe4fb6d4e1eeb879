"""A problem as the memory of `places`: every rule's counts weighed, packed and laid out once."""

from collections import defaultdict
from typing import Any

import numpy as np

from citevents.scheduling.solver import assignment as at
from citevents.scheduling.solver.counting import Counts, overlap
from citevents.scheduling.solver.evaluation import minutes_between
from citevents.scheduling.solver.memory import packed, table
from citevents.scheduling.solver.problem import Agenda, Place, Problem, Scope, Severity
from citevents.scheduling.solver.rules import rule

FORBIDDEN = at.BLOCKING << 10


def weighed(problem: Problem, name: str, numbers: np.ndarray) -> np.ndarray:
    """A rule's counts as packed costs: one block where it blocks, weight times count where it warns."""
    taken = rule(problem, name)
    if taken.severity is Severity.BLOCK:
        return np.asarray((numbers > 0) * np.int64(at.BLOCKING))
    return numbers.astype(np.int64) * (taken.weight if taken.severity is Severity.WARN else 0)


def unit(problem: Problem, name: str) -> int:
    return int(weighed(problem, name, np.ones(1, dtype=np.int64))[0])


def summed(problem: Problem, tables: dict[str, np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    total = np.zeros(shape, dtype=np.int64)
    for name, numbers in tables.items():
        total += weighed(problem, name, numbers)
    return total


def empty_places(
    problem: Problem, counts: Counts, start: Agenda | None = None, scope: Scope | None = None
) -> Any:
    """A memory with nothing placed. With a scope, only what it allows can be reached from `start`."""
    items, slots, rooms = len(problem.sessions), len(problem.slots), len(problem.rooms)
    slot_cost = summed(problem, counts.by_slot, (items, slots))
    room_cost = summed(problem, counts.by_room, (items, rooms))
    movable = restrict(problem, start, scope, slot_cost, room_cost)
    pair_start, pairs = sparse_pairs(problem, counts)
    overlaps = np.array([[overlap(a, b) for b in problem.slots] for a in problem.slots])
    precedes = [[a.end <= b.start for b in problem.slots] for a in problem.slots]
    track = np.full(items, -1)
    for t, mine in enumerate(counts.rooms_per_track):
        track[mine] = t
    tracks = len(counts.rooms_per_track)
    may_move = np.zeros(items, dtype=np.int64)
    may_move[movable] = 1
    nowhere = np.full(items, at.NOWHERE)
    return packed(
        at.HEAD,
        {
            at.ITEMS: items,
            at.SLOTS: slots,
            at.ROOMS: rooms,
            at.TRACKS: tracks,
            at.ROOM_TWICE: unit(problem, "room_twice"),
            at.TRACK_ROOM: unit(problem, "rooms_per_track"),
            at.UNPLACED: unit(problem, "placed"),
            at.MOVABLES: len(movable),
            at.TOTAL: items * unit(problem, "placed"),
        },
        {
            at.SLOT_COST: slot_cost,
            at.ROOM_COST: room_cost,
            at.CELL_COST: summed(problem, counts.by_cell, (slots, rooms)),
            at.TOGETHER: summed(problem, counts.together, (items, items)),
            at.PAIR_START: pair_start,
            at.PAIR_OTHER: [pair[0] for pair in pairs],
            at.PAIR_FIRST: [pair[1] for pair in pairs],
            at.PAIR_SEQUENCE: [pair[2] for pair in pairs],
            at.PAIR_WALK: [pair[3] for pair in pairs],
            at.OVER_START: np.cumsum([0, *overlaps.sum(axis=1)]),
            at.OVER_SLOT: np.nonzero(overlaps)[1],
            at.OVERLAPS: overlaps,
            at.PRECEDES: precedes,
            at.BETWEEN: [[minutes_between(problem, a, b) for b in range(slots)] for a in range(slots)],
            at.WALKING: problem.walking,
            at.TRACK: track,
            at.MOVABLE: movable,
            at.MAY_MOVE: may_move,
            at.SLOT: nowhere,
            at.ROOM: nowhere,
            at.BEST_SLOT: nowhere,
            at.BEST_ROOM: nowhere,
            at.PRESSURE: np.zeros(items * slots),
            at.USERS: np.zeros(slots * rooms),
            at.SITTING: np.full(slots * rooms, at.NOWHERE),
            at.TRACK_USE: np.zeros(tracks * rooms),
            at.TRACK_ROOMS: np.zeros(tracks),
        },
    )


def restrict(
    problem: Problem, start: Agenda | None, scope: Scope | None, slot_cost: np.ndarray, room_cost: np.ndarray
) -> list[int]:
    """Which sessions may move. What the scope forbids them costs more in the two tables than anything could save."""
    everything = list(range(len(problem.sessions)))
    if scope is None or start is None:
        return everything
    movable = []
    for i in everything:
        place = start[i]
        if scope.sessions is not None and i not in scope.sessions:
            continue
        if place is None:
            movable.append(i)
            continue
        if scope.day is not None and problem.slots[place.slot].day != scope.day:
            continue
        movable.append(i)
        for slot, offered in enumerate(problem.slots):
            off_day = scope.day is not None and offered.day != scope.day
            if off_day or (not scope.times and slot != place.slot):
                slot_cost[i, slot] += FORBIDDEN
        if not scope.rooms:
            room_cost[i] += FORBIDDEN
            room_cost[i, place.room] -= FORBIDDEN
    return movable


def sparse_pairs(problem: Problem, counts: Counts) -> tuple[list[int], list[tuple[int, int, int, int]]]:
    """By item: (other, whether the item is the earlier one, packed cost of the wrong sequence, of the walk)."""
    near: dict[int, list[tuple[int, int, int, int]]] = defaultdict(list)
    for name, pairs in counts.before.items():
        cost = unit(problem, name)
        for a, b, _ in pairs if cost else ():
            near[a].append((b, 1, cost, 0))
            near[b].append((a, 0, cost, 0))
    for name, pairs in counts.walks.items():
        for a, b, times in pairs:
            cost = int(weighed(problem, name, np.array([times]))[0])
            if cost and any(any(row) for row in problem.walking):
                near[a].append((b, 0, 0, cost))
                near[b].append((a, 0, 0, cost))
    starts = [0]
    for i in range(len(problem.sessions)):
        starts.append(starts[-1] + len(near[i]))
    return starts, [pair for i in range(len(problem.sessions)) for pair in near[i]]


def agenda_of(m: Any, best: bool = True) -> Agenda:
    items = int(m[at.ITEMS])
    slots = table(m, at.BEST_SLOT if best else at.SLOT, items)
    rooms = table(m, at.BEST_ROOM if best else at.ROOM, items)
    return tuple(Place(s, r) if s >= 0 else None for s, r in zip(slots, rooms, strict=True))


def split(total: int) -> tuple[int, int]:
    """A packed total as (how much blocks, what it costs)."""
    return divmod(int(total), at.BLOCKING)
