"""Who would rather have each other: blocking pairs, counted over all pairs, and made fewer.

A program values a partner by its own wish first, then by what it gains. Two seats that could be matched
block an answer if both would value each other more than what they have by at least the round's material
step (Gale & Shapley 1962; for one-sided markets Irving 1985). Who has no partner prefers anyone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.pool import Pool
from citevents.matching.solver.scoring import Weights
from citevents.matching.solver.seats import Seats
from citevents.matching.solver.wishing import wished_pairs

Values = NDArray[np.int32]
Pair = tuple[int, int]

_BLOCK = 256
WISH = 2000  # one wish point, beyond every gain
NOBODY = -(2**20)


@dataclass(slots=True)
class Preferences:
    """What every seat thinks of every other, computed row by row when asked."""

    pool: Pool
    seats: Seats
    weight: Weights
    wants: NDArray[np.float32] = field(init=False)
    shows: NDArray[np.float32] = field(init=False)
    wishes: dict[int, list[tuple[int, int]]] = field(init=False)  # seat -> (seat, points)
    wished: dict[int, list[tuple[int, int]]] = field(init=False)  # seat -> (who wishes for it, points)

    def __post_init__(self) -> None:
        f, owner = self.pool.features, self.seats.owner
        self.wants, self.shows = f.wants[owner], f.shows[owner]
        at: dict[int, list[int]] = {}
        for s, i in enumerate(owner.tolist()):
            at.setdefault(i, []).append(s)
        self.wishes, self.wished = {}, {}
        for (i, j), points in wished_pairs(self.pool).items():
            for s in at.get(i, ()):
                for t in at.get(j, ()):
                    self.wishes.setdefault(s, []).append((t, points))
                    self.wished.setdefault(t, []).append((s, points))

    def rows(self, rows: NDArray[np.int64], first: int = 0) -> tuple[Values, Values]:
        """(what the rows think of everybody from seat `first` on, what those think of the rows); (rows, seats)."""
        w = self.weight[rows, first:].astype(np.int32)
        mine = (self.wants[rows] @ self.shows[first:].T).astype(np.int32)
        theirs = (self.shows[rows] @ self.wants[first:].T).astype(np.int32)
        zone = (w - mine - theirs) >> 1  # the zone part is the same both ways
        mine += zone
        theirs += zone
        for k, s in enumerate(rows.tolist()):
            for t, points in self.wishes.get(s, ()):
                if t >= first:
                    mine[k, t - first] += WISH * points
            for t, points in self.wished.get(s, ()):
                if t >= first:
                    theirs[k, t - first] += WISH * points
        return mine, theirs

    def of_partners(self, s: NDArray[np.int64], t: NDArray[np.int64]) -> Values:
        """What seat s[k] thinks of seat t[k]."""
        mine: Values = (self.wants[s] * self.shows[t]).sum(axis=1).astype(np.int32)
        theirs: Values = (self.shows[s] * self.wants[t]).sum(axis=1).astype(np.int32)
        mine += (self.weight[s, t].astype(np.int32) - mine - theirs) >> 1
        at = {pair: k for k, pair in enumerate(zip(s.tolist(), t.tolist(), strict=True))}
        for seat, wished in self.wishes.items():
            for other, points in wished:
                if (seat, other) in at:
                    mine[at[seat, other]] += WISH * points
        return mine


def current_values(preferences: Preferences, mate: Sequence[int], fixed: Mapping[int, int]) -> Values:
    """What each seat has: the value of its partner, NOBODY, or `fixed` (for members of larger groups)."""
    have = np.full(preferences.seats.n, NOBODY, np.int32)
    partner = np.array(mate, np.int64)
    matched = np.flatnonzero(partner >= 0)
    have[matched] = preferences.of_partners(matched, partner[matched])
    for s, value in fixed.items():
        have[s] = value
    return have


def blocking_seats(preferences: Preferences, have: Values, step: int) -> list[Pair]:
    """All blocking pairs of seats (s < t), in order."""
    found: list[Pair] = []
    for at in range(0, preferences.seats.n, _BLOCK):
        rows = np.arange(at, min(at + _BLOCK, preferences.seats.n))
        k, t = np.nonzero(_blocking(preferences, have, step, rows, at))
        t += at
        later = t > rows[k]
        found += zip(rows[k[later]].tolist(), t[later].tolist(), strict=True)
    return found


def as_programs(seats: Seats, pairs: Sequence[Pair]) -> list[Pair]:
    """Seat pairs as pairs of programs (i < j), each once."""
    owner = seats.owner.tolist()
    return sorted({(min(owner[s], owner[t]), max(owner[s], owner[t])) for s, t in pairs})


def _blocking(
    preferences: Preferences, have: Values, step: int, rows: NDArray[np.int64], first: int = 0
) -> NDArray[np.bool_]:
    mine, theirs = preferences.rows(rows, first)
    mine -= have[rows, None]
    theirs -= have[None, first:]
    return (mine >= step) & (theirs >= step) & (preferences.weight[rows, first:] > 0)


@dataclass(slots=True)
class Calming:
    """Swaps partners of two matched pairs while that leaves fewer blocking pairs (tier 6).

    The same programs stay matched; wish points never fall, and the score not below `least_score`.
    """

    preferences: Preferences
    mate: list[int]
    have: Values
    step: int
    wish_points: Mapping[Pair, int]  # seat pairs
    score: int
    least_score: int
    stop: Callable[[], bool]
    trials: int
    swaps: int = 0

    def run(self, pairs: Sequence[Pair]) -> None:
        """Try the given blocking pairs of seats, worst offenders first, each once."""
        for s, t in pairs:
            if self.trials <= 0 or self.stop():
                return
            a, b = self.mate[s], self.mate[t]
            if min(a, b) < 0 or a == t or len({s, t, a, b}) < 4:
                continue
            self._try(s, t, a, b)

    def _try(self, s: int, t: int, a: int, b: int) -> None:
        weight, points = self.preferences.weight, self.wish_points
        if not (weight[s, t] and weight[a, b]):
            return
        change = int(weight[s, t]) + int(weight[a, b]) - int(weight[s, a]) - int(weight[t, b])
        wishes = _points(points, s, t) + _points(points, a, b) - _points(points, s, a) - _points(points, t, b)
        if wishes < 0 or self.score + change < self.least_score:
            return
        self.trials -= 1
        four = np.array([s, t, a, b])
        before = self._count(four)
        old = self.have[four].copy()
        mine, _ = self.preferences.rows(four)
        self.have[four] = mine[[0, 1, 2, 3], [t, s, b, a]]
        if self._count(four) < before:
            self.mate[s], self.mate[t], self.mate[a], self.mate[b] = t, s, b, a
            self.score += change
            self.swaps += 1
        else:
            self.have[four] = old

    def _count(self, four: NDArray[np.int64]) -> int:
        """Blocking pairs of seats with at least one of the four."""
        blocks = _blocking(self.preferences, self.have, self.step, four)
        inner = int(np.triu(blocks[:, four]).sum())
        return int(blocks.sum()) - inner


def _points(points: Mapping[Pair, int], s: int, t: int) -> int:
    return points.get((min(s, t), max(s, t)), 0)


def settle(preferences: Preferences, step: int, stop: Callable[[], bool], rounds: int = 40) -> list[int]:
    """A matching that tries to have no blocking pair: everyone in turn takes the best who would rather.

    Paths to stability (Roth & Vande Vate 1990): without one-sidedness they may go round in circles, so at
    most `rounds` turns per seat are taken; the caller counts what blocks then. Returns mates per seat.
    """
    n = preferences.seats.n
    mate, have = [-1] * n, np.full(n, NOBODY, np.int32)
    queue, turns = list(range(n)), rounds * n
    waiting = [True] * n
    while queue and turns and not stop():
        turns -= 1
        s = queue.pop(0)
        waiting[s] = False
        row = np.array([s])
        mine, theirs = preferences.rows(row)
        blocks = _blocking(preferences, have, step, row)[0]
        if not blocks.any():
            continue
        t = int(np.where(blocks, mine[0], NOBODY).argmax())
        for left in (mate[s], mate[t]):
            if left >= 0:
                mate[left], have[left] = -1, NOBODY
                if not waiting[left]:
                    waiting[left] = True
                    queue.append(left)
        mate[s], mate[t] = t, s
        have[s], have[t] = mine[0, t], theirs[0, t]
        for again in (s, t):
            if not waiting[again]:
                waiting[again] = True
                queue.append(again)
    return mate
