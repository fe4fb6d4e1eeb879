"""Seats: a program that may host several delegations appears once per place.

The first seat is the program's own and may take part in anything; the others only host. Each seat takes
part in at most one match, so capacities become a plain matching (Tutte's node copies). A host whose kept matches are
all guests sits them on the others and keeps its own, which then counts nobody: it is served already.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import Mode, Shape
from citevents.matching.solver.scoring import PAIR_SHAPES, Weights, arc_weights, pair_weights

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Seats:
    """`owner[s]` is the program of seat s; `own[s]` whether it may take part in anything, and these come first.

    `counts[s]` says whether the seat makes its program one that is matched.
    """

    owner: Ints
    own: NDArray[np.bool_]
    counts: NDArray[np.bool_]

    @property
    def n(self) -> int:
        return len(self.owner)


Kept = tuple[Shape, tuple[int, ...], str]


def seats_of(pool: Pool, kept: Sequence[Kept]) -> Seats:
    """Seats still free once the kept matches have taken theirs."""
    left = np.where(pool.accepts[Mode.HOST], np.maximum(1, pool.places), 1)
    served, busy = np.zeros(pool.n, bool), np.zeros(pool.n, bool)
    for shape, members, _ in kept:
        left[list(members)] -= 1
        served[list(members)] = True
        busy[list(members[:1] if shape is Shape.VISIT else members)] = True
    own = np.flatnonzero((left > 0) & ~busy)
    left[own] -= 1
    owner = np.concatenate([own, np.repeat(np.arange(pool.n), np.maximum(0, left))])
    first = np.arange(len(owner)) < len(own)
    return Seats(owner=owner, own=first, counts=first & ~served[owner])


def seat_weights(pool: Pool, seats: Seats) -> Weights:
    """Weights between seats. Shape (seats, seats), symmetric."""
    own = int(seats.own.sum())
    weight = pair_weights(pool)
    if own < pool.n:
        weight = weight[np.ix_(seats.owner[:own], seats.owner[:own])]
    if own == seats.n:
        return weight
    grown = np.zeros((seats.n, seats.n), np.int16)
    grown[:own, :own] = weight
    hosts, at = np.unique(seats.owner[own:], return_inverse=True)
    visits = arc_weights(pool, Shape.VISIT, hosts)[seats.owner[:own]][:, at]
    grown[:own, own:] = visits
    grown[own:, :own] = visits.T
    return grown


def seating(seats: Seats, groups: Sequence[tuple[Shape, tuple[int, ...]]]) -> tuple[list[int], list[int]]:
    """Where the programs of these groups sit: (mate per seat, seats of members of larger groups)."""
    free: dict[int, list[int]] = {}
    for s, i in reversed(list(enumerate(seats.owner.tolist()))):
        free.setdefault(i, []).append(s)  # the own seat comes off first
    mate = [-1] * seats.n
    larger: list[int] = []
    # Only a host may sit on a spare seat, so hosts sit down last.
    seated: list[tuple[Shape, list[int]]] = []
    for shape, members in groups:
        first = members[:1] if shape is Shape.VISIT else members
        seated.append((shape, [free[i].pop() for i in first]))
    for (shape, at), (_, members) in zip(seated, groups, strict=True):
        at += [free[i].pop() for i in members[len(at) :]]
        if shape in PAIR_SHAPES:
            mate[at[0]], mate[at[1]] = at[1], at[0]
        else:
            larger += at
    return mate, larger
