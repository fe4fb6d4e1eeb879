"""Cycles of three and circles of three to five: more programs than pairs alone can serve.

Packing cycles is NP-hard (Abraham, Blum & Sandholm 2007), so for rounds too large for `exactly.py` this
starts from the proven pairs and lets programs without a partner join: one visits into a mutual pair
and is visited out of it (a cycle of three), or sits down with an online pair or circle. Who joins whom is
one assignment. How far that can be from the best is told by the degree relaxation over everything that two
programs could possibly do next to each other (`relaxed`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import Mode, Shape
from citevents.matching.solver.reasons import worth
from citevents.matching.solver.rules import Mask, fits, possible, together
from citevents.matching.solver.scoring import best_shape, ways

LARGEST_CIRCLE = 5
_TRIES = 500  # triples looked at for one lonely program
Group = tuple[Shape, tuple[int, ...]]


def groups_possible(pool: Pool) -> bool:
    """Whether anything larger than a pair is asked for."""
    return bool(
        (pool.round.longest_cycle >= 3 and pool.accepts[Mode.MUTUAL].sum() >= 3)
        or pool.accepts[Mode.CIRCLE].sum() >= 3
    )


@dataclass(slots=True)
class Joining:
    """Programs that are alone join the groups there are."""

    pool: Pool
    groups: list[Group]
    alone: list[int]
    _visits: dict[int, tuple[Mask, Mask]] = field(default_factory=dict)
    _meets: dict[int, Mask] = field(default_factory=dict)

    def run(self) -> None:
        """Let as many as possible join, those left out before first; changes `groups` and `alone`."""
        while self.alone and self._one_each():
            pass
        for a in list(self.alone):
            if self._two_give_one_each(a):
                self.alone.remove(a)
        self._among_themselves()

    def _two_give_one_each(self, a: int) -> bool:
        """Two pairs (b, x) and (c, y) become the group of a, b and c, and the pair x, y, where both are possible."""
        times = Counter(i for _, members in self.groups for i in members)
        pair_of: dict[int, int] = {}
        for at, (_, members) in enumerate(self.groups):
            if len(members) == 2 and all(times[i] == 1 for i in members):
                pair_of.update(dict.fromkeys(members, at))
        tries = _TRIES
        for shape, b, c in self._triples(a, pair_of):
            first, second = pair_of[b], pair_of[c]
            if first == second:
                continue
            x, y = (next(i for i in self.groups[at][1] if i not in (b, c)) for at in (first, second))
            tries -= 1
            if any(fits(self.pool, s, *m) for s, m in ways(x, y)):
                members = (a, b, c) if shape is Shape.CYCLE else tuple(sorted((a, b, c)))
                self.groups[first] = shape, members
                self.groups[second] = best_shape(self.pool, x, y)
                return True
            if not tries:
                break
        return False

    def _triples(self, a: int, among: Mapping[int, int]) -> Iterator[tuple[Shape, int, int]]:
        """Groups of three that a could be in with two of `among`."""
        if self.pool.round.longest_cycle >= 3 and self.pool.accepts[Mode.MUTUAL][a]:
            out, into = self._arcs(a)
            last = [c for c in among if into[c]]
            for b in (b for b in among if out[b]):
                steps = self._arcs(b)[0]
                yield from ((Shape.CYCLE, b, c) for c in last if steps[c] and c != b)
        if self.pool.accepts[Mode.CIRCLE][a]:
            meets = self._circle(a)
            near = [b for b in among if meets[b]]
            for k, b in enumerate(near):
                known = self._circle(b)
                yield from (
                    (Shape.CIRCLE, b, c) for c in near[k + 1 :] if known[c] and together(self.pool, (a, b, c))
                )

    def _one_each(self) -> bool:
        """One assignment of lonely programs to groups; True if anybody joined."""
        offers: dict[tuple[int, int], tuple[int, Group]] = {}
        for row, a in enumerate(self.alone):
            for column, group in self._joinable(a):
                gain = worth(self.pool, *group) - worth(self.pool, *self.groups[column])
                known = offers.get((row, column))
                if known is None or gain > known[0]:
                    offers[row, column] = gain, group
        if not offers:
            return False
        from scipy.optimize import linear_sum_assignment  # takes longer to load than most rounds to solve

        columns = sorted({column for _, column in offers})
        at = {column: k for k, column in enumerate(columns)}
        cost = np.zeros((len(self.alone), len(columns)))
        for (row, column), (gain, _) in offers.items():
            waited = self.pool.programs[self.alone[row]].left_out
            cost[row, at[column]] = -(1e9 + 1e6 * min(waited, 100) + gain)
        joined = set()
        for row, k in zip(*linear_sum_assignment(cost), strict=True):
            if (row, columns[k]) in offers:
                self.groups[columns[k]] = offers[row, columns[k]][1]
                joined.add(int(row))
        self.alone = [a for row, a in enumerate(self.alone) if row not in joined]
        return bool(joined)

    def _joinable(self, a: int) -> list[tuple[int, Group]]:
        """Groups (by position) as they would be with a in them."""
        found: list[tuple[int, Group]] = []
        cycles = self.pool.round.longest_cycle >= 3 and self.pool.accepts[Mode.MUTUAL][a]
        circles = self.pool.accepts[Mode.CIRCLE][a]
        out, into = self._arcs(a) if cycles else (None, None)
        meets = self._circle(a) if circles else None
        for at, (shape, members) in enumerate(self.groups):
            if out is not None and into is not None and shape is Shape.MUTUAL:
                b, c = members
                if out[b] and into[c]:
                    found.append((at, (Shape.CYCLE, (a, b, c))))
                if out[c] and into[b]:
                    found.append((at, (Shape.CYCLE, (a, c, b))))
            if meets is not None and meets[list(members)].all() and self._may_grow(shape, members):
                grown = tuple(sorted((*members, a)))
                if together(self.pool, grown):
                    found.append((at, (Shape.CIRCLE, grown)))
        return found

    def _may_grow(self, shape: Shape, members: tuple[int, ...]) -> bool:
        if shape is Shape.VISIT and sum(members[1] in other for _, other in self.groups) > 1:
            return False  # a host with other matches has only a place to give, not itself
        if shape is Shape.CIRCLE:
            return len(members) < LARGEST_CIRCLE
        return shape is not Shape.CYCLE and bool(self._circle(members[0])[members[1]])

    def _arcs(self, a: int) -> tuple[Mask, Mask]:
        if a not in self._visits:
            one, everybody = slice(a, a + 1), slice(0, self.pool.n)
            self._visits[a] = (
                possible(self.pool, Shape.CYCLE, one, everybody)[0],
                possible(self.pool, Shape.CYCLE, everybody, one)[:, 0],
            )
        return self._visits[a]

    def _circle(self, a: int) -> Mask:
        if a not in self._meets:
            self._meets[a] = possible(self.pool, Shape.CIRCLE, slice(a, a + 1), slice(0, self.pool.n))[0]
        return self._meets[a]

    def _among_themselves(self) -> None:
        """Cycles and circles of programs that are all alone, first found first taken."""
        taken: set[int] = set()
        for a in self.alone:
            if a not in taken:
                others = [b for b in self.alone if b > a and b not in taken]
                group = self._cycle_of(a, others) or self._circle_of(a, others)
                if group is not None:
                    self.groups.append(group)
                    taken |= set(group[1])
        self.alone = [a for a in self.alone if a not in taken]

    def _cycle_of(self, a: int, others: Sequence[int]) -> Group | None:
        if self.pool.round.longest_cycle < 3 or not self.pool.accepts[Mode.MUTUAL][a]:
            return None
        out, into = self._arcs(a)
        for b, c in permutations([x for x in others if out[x] or into[x]], 2):
            if out[b] and into[c] and self._arcs(b)[0][c]:
                return Shape.CYCLE, (a, b, c)
        return None

    def _circle_of(self, a: int, others: Sequence[int]) -> Group | None:
        if not self.pool.accepts[Mode.CIRCLE][a]:
            return None
        members = [a]
        for b in others:
            fits = len(members) < LARGEST_CIRCLE and all(self._circle(m)[b] for m in members)
            if fits and together(self.pool, [*members, b]):
                members.append(b)
        return (Shape.CIRCLE, tuple(members)) if len(members) >= 3 else None
