"""Cycles of two and three in a bare graph of arcs: a packing of node-disjoint cycles.

The cycle formulation (Abraham, Blum & Sandholm 2007; Roth, Sonmez & Unver 2007): one column per cycle, one
row per node. Its relaxation, tightened by odd sets (`zero_half.py`), bounds the answer, says which cycles can still
matter, and leads a search by regions (`neighbourhoods.py`) before branch and bound (HiGHS) has the rest.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from citevents.matching.solver.graphs.neighbourhoods import greedy, improved
from citevents.matching.solver.graphs.zero_half import Relaxed, relaxed
from citevents.matching.solver.milp import Floats, Left, Packing, clock, matrix, pack

_MARGIN = 100.0  # loss up to which cycles are looked at first
_NEAR = 300.0  # loss up to which a cycle may well be in the best packing
_MANY = 2000  # such cycles from which on a search among a part of all no longer pays
UNIT = 2**20
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
class Proof:
    """Prices in units of 1/UNIT that cover every cycle: its nodes, and half (rounded down) of its nodes in an odd set.

    So no packing is worth more than the sum of the node prices and, per odd set of k nodes, (k - 1) / 2 times its price.
    """

    nodes: tuple[int, ...]
    odd_sets: tuple[tuple[tuple[int, ...], int], ...]


@dataclass(frozen=True, slots=True)
class Best:
    """Chosen cycles; no packing has more `people` than `most`, nor, with as many people, more weight than `bound`.

    `proof` is of the weights plus `reward` per node, `proof_of_people` of the nodes alone; None if there was no time.
    """

    chosen: list[Cycle]
    bound: int
    most: int
    proven: bool
    reward: int = 0
    proof: Proof | None = None
    proof_of_people: Proof | None = None


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
        proof = packer.proof(cycles, 0, 1)
        return Best([cycles[k] for k in chosen], bound, n, bound == value, 0, proof)
    reward = 2 * max((c.weight for c in cycles), default=0) + 1
    most = packer.limit(packer.length)
    of_people = packer.proof(cycles, 1, 0)
    found = packer.rewarded(reward)
    proof = packer.proof(cycles, reward, 1)
    if found.people < most:
        alone, most = packer.best(packer.length, found.at)
        people = int(packer.length[alone].sum())
        if people > found.people:
            reward *= n
            found = packer.rewarded(reward, alone)
            proof = packer.proof(cycles, reward, 1)
            most = max(most, found.people)
    proven = found.people == most and found.bound == found.value
    chosen_cycles = [cycles[k] for k in found.at]
    return Best(chosen_cycles, max(found.value, found.bound), most, proven, reward, proof, of_people)


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
        self.known: Relaxed | None = None  # the last relaxation

    def proof(self, cycles: Sequence[Cycle], per_node: int, per_weight: int) -> Proof | None:
        """The prices of the last relaxation, whose columns were worth this much per node and unit of weight."""
        if self.known is None:
            return None
        worth = [per_weight * c.weight + per_node * len(c.nodes) for c in cycles]
        return _proof(self.known, self.n, cycles, worth)

    def rewarded(self, reward: float, start: Sequence[int] = ()) -> _Found:
        """Most weight plus `reward` per node."""
        at, bound = self.best(self.weight + reward * self.length, start)
        people, value = int(self.length[at].sum()), int(self.weight[at].sum())
        # With fewer people than there might be, what the weights alone allow can be the lower of the two.
        limit = min(bound - int(reward) * people, self._shared(self.weight))
        return _Found(at, people, value, limit)

    def limit(self, value: Floats) -> int:
        """What no packing is worth more than."""
        found = self.known = relaxed(Packing(value, self.a, self.upper), self.left)
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
        known = self.known = relaxed(Packing(value, self.a, self.upper), self.left)
        if known is None:
            order = np.argsort(-value / np.maximum(self.length, 1), kind="stable").tolist()
            return self._better(value, start, greedy(self.groups, order)), self._shared(value)
        bound, loss = _floor(known.bound), -known.reduced
        order = np.lexsort((-value, -known.chosen.round(6))).tolist()
        chosen = self._better(value, start, greedy(self.groups, order))
        near = np.flatnonzero(loss <= max(_MARGIN, 0.2 * (bound - value[chosen].sum()))).tolist()
        better = improved(self.n, self.groups, value, loss, near, set(chosen), bound, self.left)
        chosen = self._better(value, chosen, better)
        if np.count_nonzero(loss <= _NEAR) > _MANY and bound > value[chosen].sum():
            return self._plain(value, chosen, bound)
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

    def _plain(self, value: Floats, chosen: list[int], bound: int) -> tuple[list[int], int]:
        """Branch and bound over every cycle, without a start: a poor one made it twice as slow."""
        found = pack(Packing(value, self.a, self.upper), self.left)
        if found is not None:
            chosen = self._better(value, chosen, np.flatnonzero(found.chosen > 0.5).tolist())
            bound = max(int(value[chosen].sum()), min(bound, _floor(found.bound)))
        return chosen, bound

    def _better(self, value: Floats, first: Iterable[int], second: Iterable[int]) -> list[int]:
        one, other = sorted(first), sorted(second)
        return other if value[other].sum() > value[one].sum() else one


def _part(left: Left) -> Left:
    """A third of what is left."""
    return clock(left() / 3, lambda: left() <= 0)


def _floor(bound: float) -> int:
    return math.floor(bound + 1e-6 + 1e-9 * abs(bound))


def _proof(relaxed_: Relaxed, n: int, cycles: Sequence[Cycle], worth: Sequence[int]) -> Proof:
    """The prices of a relaxation in whole numbers: rounded up, and mended where a cycle is not covered."""
    sets = [(sorted(rows), p) for rows, dual in relaxed_.cuts if (p := _units(dual)) > 0]
    nodes = [_units(dual) for dual in relaxed_.rows.tolist()]
    of: list[list[int]] = [[] for _ in range(n)]
    for k, (members, _) in enumerate(sets):
        for v in members:
            of[v].append(k)
    for cycle, value in zip(cycles, worth, strict=True):
        inside = Counter(k for v in cycle.nodes for k in of[v])
        priced = sum(sets[k][1] * (count // 2) for k, count in inside.items() if count > 1)
        missing = value * UNIT - sum(nodes[v] for v in cycle.nodes) - priced
        if missing > 0:
            nodes[cycle.nodes[0]] += missing
    return Proof(tuple(nodes), tuple((tuple(members), price) for members, price in sets))


def _units(dual: float) -> int:
    return max(0, math.ceil(dual * UNIT - 1e-3))
