"""Who would rather have each other: blocking pairs, counted over all pairs, and made fewer.

A program values a partner by its own wish first, then by what it gains. Two seats that could be matched
block an answer if both would value each other more than what they have by at least the round's material
step (Gale & Shapley 1962; for one-sided markets Irving 1985). Who has no partner prefers anyone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.capacities import Seats
from citevents.matching.solver.pool import Pool
from citevents.matching.solver.scoring import Weights
from citevents.matching.solver.wishing import wished_pairs

Values = NDArray[np.int32]
Opinions = NDArray[np.int16]
Pair = tuple[int, int]

_BLOCK = 256
WISH = 2000  # one wish point, beyond every gain
NOBODY = -(2**20)
IMPOSSIBLE = -(2**15)  # what one thinks of a seat that it cannot have


@dataclass(frozen=True, slots=True)
class Preferences:
    """`opinions[s, t]`: what seat s thinks of seat t, IMPOSSIBLE where the two cannot be matched. Shape (seats, seats)."""

    seats: Seats
    opinions: Opinions
    wishes: Mapping[int, Sequence[tuple[int, int]]]  # seat -> (seat, points)

    @classmethod
    def of(cls, pool: Pool, seats: Seats, weight: Weights) -> "Preferences":
        f, owner = pool.features, seats.owner
        wants, shows = f.wants[owner], f.shows[owner]
        opinions = np.empty((seats.n, seats.n), np.int16)
        for at in range(0, seats.n, _BLOCK):
            rows, columns = slice(at, at + _BLOCK), slice(at, None)
            w = weight[rows, columns]
            mine = (wants[rows] @ shows[columns].T).astype(np.int16)
            theirs = (shows[rows] @ wants[columns].T).astype(np.int16)
            zone = (w - mine - theirs) >> 1  # the zone part is the same both ways
            opinions[rows, columns] = np.where(w > 0, mine + zone, np.int16(IMPOSSIBLE))
            opinions[columns, rows] = np.where(w > 0, theirs + zone, np.int16(IMPOSSIBLE)).T
        at_seats: dict[int, list[int]] = {}
        for s, i in enumerate(owner.tolist()):
            at_seats.setdefault(i, []).append(s)
        wishes: dict[int, list[tuple[int, int]]] = {}
        for (i, j), points in wished_pairs(pool).items():
            for s in at_seats.get(i, ()):
                for t in at_seats.get(j, ()):
                    wishes.setdefault(s, []).append((t, points))
                    if opinions[s, t] != IMPOSSIBLE:
                        opinions[s, t] += WISH * points
        return cls(seats, opinions, wishes)

    def without(self, gone: Sequence[Pair]) -> "Preferences":
        """The same, with these pairs of seats impossible."""
        opinions = self.opinions.copy()
        for s, t in gone:
            opinions[s, t] = opinions[t, s] = IMPOSSIBLE
        return replace(self, opinions=opinions)


def current_values(preferences: Preferences, mate: Sequence[int], fixed: Mapping[int, int]) -> Values:
    """What each seat has: the value of its partner, NOBODY, or `fixed` (for members of larger groups)."""
    have = np.full(preferences.seats.n, NOBODY, np.int32)
    partner = np.array(mate, np.int64)
    matched = np.flatnonzero(partner >= 0)
    have[matched] = preferences.opinions[matched, partner[matched]]
    for s, value in fixed.items():
        have[s] = value
    return have


def blocking_seats(preferences: Preferences, have: Values, step: int) -> list[Pair]:
    """All blocking pairs of seats (s < t), in order."""
    found: list[Pair] = []
    for at, blocks in blocking_blocks(preferences, have, step):
        k, t = np.nonzero(blocks)
        found += zip((k + at).tolist(), (t + at).tolist(), strict=True)
    return found


def blocking_blocks(
    preferences: Preferences, have: Values, step: int
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Where seats block, in blocks of rows: (first row = first column, mask above the diagonal)."""
    for at in range(0, preferences.seats.n, _BLOCK):
        blocks = _blocking(preferences, have, step, slice(at, at + _BLOCK), at)
        corner = blocks[:, : len(blocks)]
        corner &= np.triu(np.ones(corner.shape, bool), 1)
        yield at, blocks


def as_programs(seats: Seats, pairs: Sequence[Pair]) -> list[Pair]:
    """Seat pairs as pairs of programs (i < j), each once."""
    owner = seats.owner.tolist()
    return sorted({(min(owner[s], owner[t]), max(owner[s], owner[t])) for s, t in pairs})


def _blocking(
    preferences: Preferences, have: Values, step: int, rows: slice | NDArray[np.int64], first: int = 0
) -> NDArray[np.bool_]:
    wanted = np.clip(have + step, IMPOSSIBLE + 1, 2**15 - 1).astype(np.int16)
    mine, theirs = preferences.opinions[rows, first:], preferences.opinions[first:, rows].T
    blocks: NDArray[np.bool_] = mine >= wanted[rows, None]
    blocks &= theirs >= wanted[None, first:]
    return blocks


@dataclass(slots=True)
class Calming:
    """Swaps partners of two matched pairs while that leaves fewer blocking pairs (tier 6).

    The same programs stay matched; wish points never fall, and the score not below `least_score`.
    """

    preferences: Preferences
    weight: Weights
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
        weight, points = self.weight, self.wish_points
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
        self.have[four] = self.preferences.opinions[four, [t, s, b, a]]
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


def swap_for_all(preferences: Preferences, mate: list[int], have: Values) -> int:
    """Two matched pairs swap partners wherever all four then have more, until none can; how many did.

    Changes `mate` and `have`. Wishes and score rise with every swap and no pair blocks that did not before, so it ends
    and costs no tier anything.
    """
    swaps, opinions = 0, preferences.opinions
    while True:
        before = swaps
        for s, t in _swaps_for_all(preferences, mate, have):
            a, b = mate[s], mate[t]  # perhaps others by now
            four, others = [s, t, a, b], [t, s, b, a]
            if len({*four}) == 4 and (opinions[four, others] > have[four]).all():
                mate[s], mate[t], mate[a], mate[b] = t, s, b, a
                have[four] = opinions[four, others]
                swaps += 1
        if swaps == before:
            return swaps


def _swaps_for_all(preferences: Preferences, mate: Sequence[int], have: Values) -> list[Pair]:
    """Pairs of matched seats that would gain by each other, as would the two they leave."""
    partner, opinions = np.array(mate, np.int64), preferences.opinions
    found: list[Pair] = []
    for at, gains in blocking_blocks(preferences, have, 1):
        s, t = np.nonzero(gains)
        s, t = s + at, t + at
        both = (partner[s] >= 0) & (partner[t] >= 0)
        s, t = s[both], t[both]
        a, b = partner[s], partner[t]
        better = (opinions[a, b] > have[a]) & (opinions[b, a] > have[b])
        found += zip(s[better].tolist(), t[better].tolist(), strict=True)
    return found


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
        mine, theirs = preferences.opinions[s], preferences.opinions[:, s]
        blocks = _blocking(preferences, have, step, slice(s, s + 1))[0]
        if not blocks.any():
            continue
        t = int(np.where(blocks, mine, NOBODY).argmax())
        for left in (mate[s], mate[t]):
            if left >= 0:
                mate[left], have[left] = -1, NOBODY
                if not waiting[left]:
                    waiting[left] = True
                    queue.append(left)
        mate[s], mate[t] = t, s
        have[s], have[t] = mine[t], theirs[t]
        for again in (s, t):
            if not waiting[again]:
                waiting[again] = True
                queue.append(again)
    return mate
