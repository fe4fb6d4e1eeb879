"""The double cover: the matching problem without its odd sets, solved as an assignment.

Every node becomes a row and a column, an edge two cells, and staying alone the diagonal of weight 0. A
best assignment s is a half-integral optimum of the degree relaxation (Balinski 1965): its 2-cycles and
even cycles are pairs, only odd cycles are left to repair. LAPJVsp (Jonker & Volgenant 1987; scipy)
solves it in C; the prices are then longest paths in the residual graph.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from citevents.matching.solver.graphs.graph import Graph, Ints, grouped, neighbours


class Inexact(Exception):
    """Double precision was not enough for these weights: the assignment is not optimal."""


_DIRECT = 23  # bits that LAPJVsp takes at once from nothing
_STEP = 16  # bits added per scaling step
_FEW = 16  # changed nodes up to which plain Python is quicker
_FAR = 2**50  # reduced costs beyond this are all the same


def double_cover(graph: Graph, weight: Ints, start: Ints | None = None) -> tuple[Ints, Ints]:
    """Assignment s (n,) and node prices y (n,) in half units: y[i] + y[j] >= 2 weight[ij], y >= 0.

    `start` are prices of a similar instance. Without them large weights are solved by scaling (Gabow 1985):
    the leading bits first, each time with the prices of the step before. This is not only speed: the
    row reduction of LAPJVsp bids in steps of the smallest difference against the largest weight, which
    would not end for a reward of 10**10 over weights that differ by ones.
    Raises Inexact where the assignment, found in double precision, is not optimal.
    """
    if not graph.edges:
        return np.arange(graph.n), np.zeros(graph.n, np.int64)
    arcs = _Arcs.of(graph, weight)
    drop = 0
    if start is None:
        while int(weight.max(initial=0)) >> drop >= 1 << _DIRECT:
            drop += _STEP
    while True:
        value = arcs.value >> drop
        s = arcs.assignment(value, start)
        u, v = arcs.prices(value, s, start)
        if not drop:
            return s, u + v
        drop -= _STEP
        start = (u + v) << _STEP


@dataclass(frozen=True, slots=True)
class _Arcs:
    """Cells (i, j) of the cover, both ways round, row by row; the diagonal is kept apart."""

    n: int
    row: Ints
    column: Ints
    value: Ints

    @classmethod
    def of(cls, graph: Graph, weight: Ints) -> "_Arcs":
        start, other, value = neighbours(graph, weight)
        return cls(graph.n, np.repeat(np.arange(graph.n), np.diff(start)), other, value)

    def assignment(self, value: Ints, y: Ints | None) -> Ints:
        """The best assignment; costs are reduced by prices y where there are some."""
        n, alone = self.n, np.arange(self.n)
        if y is None:
            y = np.full(n, int(value.max(initial=0)), np.int64)
        cost = np.concatenate([y[self.row] + y[self.column] - 2 * value, 2 * y])
        cost -= cost.min() - 1  # explicit zeros would be dropped
        at = np.concatenate([self.row, alone]), np.concatenate([self.column, alone])
        cells = csr_matrix((np.minimum(cost, _FAR).astype(np.float64), at), shape=(n, n))
        return np.asarray(min_weight_full_bipartite_matching(cells)[1], np.int64)

    def prices(self, value: Ints, s: Ints, start: Ints | None) -> tuple[Ints, Ints]:
        """Row and column prices u + v >= value everywhere, equal on the assignment.

        u[i] - u[k] >= W[i, j] - W[k, j] for the row k that holds column j: longest paths by Bellman & Ford,
        whole passes while much still changes, then only what changed.
        """
        n = self.n
        chosen = np.zeros(n, np.int64)
        hit = self.column == s[self.row]
        chosen[self.row[hit]] = value[hit]
        holder = np.empty(n, np.int64)
        holder[s] = np.arange(n)
        k = np.concatenate([holder[self.column], holder])
        i = np.concatenate([self.row, np.arange(n)])
        gap = np.concatenate([value, np.zeros(n, np.int64)]) - chosen[k]
        real = k != i
        u = np.zeros(n, np.int64) if start is None else start // 2
        u = _longest_paths(n, k[real], i[real], gap[real], u)
        v = np.empty(n, np.int64)
        v[s] = chosen - u
        return u, v


def _longest_paths(n: int, k: Ints, i: Ints, gap: Ints, u: Ints) -> Ints:
    """Least fixpoint from u upwards of u[i] >= u[k] + gap."""
    arrive, order = grouped(i, n)
    k, i, gap = k[order], i[order], gap[order]
    heads = np.flatnonzero(np.diff(arrive))
    first = arrive[heads]
    leave, by_k = grouped(k, n)
    changed: NDArray[np.int64] = np.arange(n)
    for _ in range(2 * n + 2):
        if not len(changed) or not len(k):
            return u
        if len(changed) <= _FEW:
            changed = _step(changed, leave, by_k, i, gap, u)
        elif len(changed) > n // 16:
            reach = np.maximum.reduceat(gap + u[k], first)
            better = reach > u[heads]
            changed = heads[better]
            u[changed] = reach[better]
        else:
            arcs = by_k[_spans(leave[changed], leave[changed + 1])]
            before = u[i[arcs]]
            np.maximum.at(u, i[arcs], gap[arcs] + u[k[arcs]])
            changed = np.unique(i[arcs][u[i[arcs]] > before])
    raise Inexact


def _step(changed: Ints, leave: Ints, by_k: Ints, i: Ints, gap: Ints, u: Ints) -> Ints:
    """One pass from a few nodes, without the cost of numpy: long paths take n of them."""
    risen = []
    for node in changed.tolist():
        arcs = by_k[leave[node] : leave[node + 1]]
        for to, least in zip(i[arcs].tolist(), (gap[arcs] + u[node]).tolist(), strict=True):
            if least > u[to]:
                u[to] = least
                risen.append(to)
    return np.array(sorted(set(risen)), np.int64)


def _spans(start: Ints, stop: Ints) -> Ints:
    """All positions of the half-open spans, one after another."""
    length = stop - start
    total = int(length.sum())
    offset = np.repeat(start - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    positions: Ints = np.arange(total) + offset
    return positions


def rounded(s: Ints, y: list[int]) -> list[int]:
    """The assignment as a matching on tight edges; of each odd cycle the cheapest node stays exposed."""
    n = len(s)
    mate = [-1] * n
    to = s.tolist()
    seen = [False] * n
    for start in range(n):
        if seen[start]:
            continue
        cycle = []
        at = start
        while not seen[at]:
            seen[at] = True
            cycle.append(at)
            at = to[at]
        if len(cycle) % 2:
            cheapest = min(range(len(cycle)), key=lambda k: y[cycle[k]])
            cycle = cycle[cheapest + 1 :] + cycle[:cheapest]
        for p, q in zip(cycle[::2], cycle[1::2], strict=True):
            mate[p], mate[q] = q, p
    return mate
