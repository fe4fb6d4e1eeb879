"""Cycles of two and three in a bare graph of arcs: a packing of node-disjoint cycles.

The cycle formulation (Abraham, Blum & Sandholm 2007; Roth, Sonmez & Unver 2007): one column per cycle, one
row per node. Its relaxation, tightened by odd sets (`zero_half.py`), bounds the answer, says which cycles can still
matter, and leads a search by regions (`neighbourhoods.py`) before branch and bound (HiGHS) has the rest.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from citevents.matching.solver.graphs.neighbourhoods import greedy, improved
from citevents.matching.solver.graphs.zero_half import relaxed
from citevents.matching.solver.milp import Floats, Left, Packing, clock, matrix, pack

_MARGIN = 300.0  # loss up to which cycles are looked at first
_PRICING = 60.0  # seconds for prices
Arcs = dict[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Cycle:
    nodes: tuple[int, ...]  # in visiting order, the smallest first
    weight: int


def cycles_of(n: int, arcs: Arcs, longest: int) -> list[Cycle]:
    """Every cycle of length 2..longest (3 at most), each once, in order of its nodes."""
    after: list[list[int]] = [[] for _ in range(n)]
    for a, b in sorted(arcs):
        after[a].append(b)
    found: list[Cycle] = []
    for a in range(n):
        for b in after[a]:
            if b < a:
                continue
            if (b, a) in arcs:
                found.append(Cycle((a, b), arcs[a, b] + arcs[b, a]))
            if longest < 3:
                continue
            for c in after[b]:
                if c > a and c != b and (c, a) in arcs:
                    found.append(Cycle((a, b, c), arcs[a, b] + arcs[b, c] + arcs[c, a]))
    return found


@dataclass(frozen=True, slots=True)
class Best:
    """Chosen cycles; no packing has more `people` than `most`, nor, with as many people, more weight than `bound`."""

    chosen: list[Cycle]
    bound: int
    most: int
    proven: bool


def best_cycles(n: int, cycles: Sequence[Cycle], coverage: bool, left: Left) -> Best:
    """Score: most weight. Coverage: most nodes first, then most weight among those.

    Coverage adds a reward per node and checks afterwards that no packing has more nodes; if that cannot be seen, nodes
    alone are packed, and the reward grows.
    """
    packer = _Packer(n, cycles, left)
    if not coverage:
        chosen, bound = packer.best(packer.weight)
        value = int(packer.weight[chosen].sum())
        bound = max(value, bound)
        return Best([cycles[k] for k in chosen], bound, n, bound == value)
    reward = 2.0 * max((c.weight for c in cycles), default=0) + 1
    most = packer.limit(packer.length)
    found = packer.rewarded(reward)
    if found.people < most:
        alone, most = packer.best(packer.length, found.at)
        people = int(packer.length[alone].sum())
        if people > found.people:
            found = packer.rewarded(reward * n, alone)
            most = max(most, found.people)
    proven = found.people == most and found.bound == found.value
    return Best([cycles[k] for k in found.at], max(found.value, found.bound), most, proven)


@dataclass(frozen=True, slots=True)
class _Found:
    at: list[int]
    people: int
    value: int
    bound: int  # of the weight, with that many people


class _Packer:
    def __init__(self, n: int, cycles: Sequence[Cycle], left: Left) -> None:
        self.n, self.left = n, left
        self.groups = [c.nodes for c in cycles]
        self.weight = np.array([c.weight for c in cycles], np.float64)
        self.length = np.array([len(g) for g in self.groups], np.float64)
        self.a = matrix(n, [list(g) for g in self.groups])
        self.upper = np.ones(n)

    def rewarded(self, reward: float, start: Sequence[int] = ()) -> _Found:
        """Most weight plus `reward` per node."""
        at, bound = self.best(self.weight + reward * self.length, start)
        people, value = int(self.length[at].sum()), int(self.weight[at].sum())
        # With fewer people than there might be, what the weights alone allow can be the lower of the two.
        limit = min(bound - int(reward) * people, self._shared(self.weight))
        return _Found(at, people, value, limit)

    def limit(self, value: Floats) -> int:
        """What no packing is worth more than."""
        found = relaxed(Packing(value, self.a, self.upper), self.left)
        return self._shared(value) if found is None else _floor(found.bound)

    def _shared(self, value: Floats) -> int:
        """What nobody exceeds at a glance: every node gets the largest share that one of its cycles could bring."""
        share = np.zeros(self.n)
        np.maximum.at(share, self.a.indices, np.repeat(value / self.length, np.diff(self.a.indptr)))
        return _floor(float(share.sum()))

    def best(self, value: Floats, start: Sequence[int] = ()) -> tuple[list[int], int]:
        """(the best packing found, what none is worth more than). `start` is one to be beaten.

        The relaxation with its cuts says what each cycle loses at least, so that only those that lose less than
        what is missing have to be searched.
        """
        known = relaxed(Packing(value, self.a, self.upper), self.left)
        if known is None:
            order = np.argsort(-value / np.maximum(self.length, 1), kind="stable").tolist()
            return self._better(value, start, greedy(self.groups, order)), self._shared(value)
        bound, loss = _floor(known.bound), -known.reduced
        order = np.lexsort((-value, -known.chosen.round(6))).tolist()
        chosen = self._better(value, start, greedy(self.groups, order))
        near = np.flatnonzero(loss <= max(_MARGIN, 0.2 * (bound - value[chosen].sum()))).tolist()
        better = improved(self.n, self.groups, value, loss, near, set(chosen), bound, self.left)
        chosen = self._better(value, chosen, better)
        margin = _MARGIN
        while bound > (reached := int(value[chosen].sum())) and self.left() > 0:
            missing = known.bound - reached
            margin = missing if missing <= 2 * margin else margin
            at = np.flatnonzero((loss <= margin + 1e-6) | np.isin(np.arange(len(value)), chosen))
            start_at = np.isin(at, chosen).astype(np.float64)
            # Everything that is missing may be searched: then it has all the time; else it is a step on the way.
            left = self.left if margin >= missing else _part(self.left)
            found = pack(Packing(value, self.a, self.upper).only(at), left, start_at)
            if found is not None:
                chosen = self._better(value, chosen, at[found.chosen > 0.5].tolist())
            if margin >= missing:
                # What was left out loses so much that it is in no better packing.
                reached = int(value[chosen].sum())
                if found is not None:
                    bound = reached if found.proven else min(bound, max(_floor(found.bound), reached))
                break
            margin *= 4
        return chosen, bound

    def _better(self, value: Floats, first: Iterable[int], second: Iterable[int]) -> list[int]:
        one, other = sorted(first), sorted(second)
        return other if value[other].sum() > value[one].sum() else one


def _part(left: Left) -> Left:
    """A third of what is left."""
    return clock(left() / 3, lambda: left() <= 0)


def _floor(bound: float) -> int:
    return math.floor(bound + 1e-6 + 1e-9 * abs(bound))


UNIT = 2**20


def node_prices(n: int, cycles: Sequence[Cycle]) -> tuple[int, list[int]]:
    """Integer prices in units of 1/2**20, covering every cycle: (sum rounded down, prices).

    The relaxation's dual prices, rounded up and mended, so that they are a proof in whole numbers.
    """
    weight = np.array([c.weight for c in cycles], np.float64)
    packing = Packing(weight, matrix(n, [list(c.nodes) for c in cycles]), np.ones(n), whole=False)
    prices_of = pack(packing, clock(_PRICING, None))
    duals = np.zeros(n) if prices_of is None else np.maximum(prices_of.duals, 0)
    prices = [int(p) for p in np.ceil(duals * UNIT)]
    for cycle in cycles:
        missing = cycle.weight * UNIT - sum(prices[v] for v in cycle.nodes)
        if missing > 0:
            prices[cycle.nodes[0]] += missing
    return sum(prices) // UNIT, prices
