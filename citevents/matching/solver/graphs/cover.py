"""The double cover: the matching problem without its odd sets, solved as an assignment.

Every node becomes a row and a column, an edge two cells, and staying alone the diagonal of weight 0. A
best assignment s is a half-integral optimum of the degree relaxation (Balinski 1965): its 2-cycles and
even cycles are pairs, only odd cycles are left to repair. LAPJVsp (Jonker & Volgenant 1987; scipy)
solves it in C; the prices are then longest paths in the residual graph.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from citevents.matching.solver.graphs.graph import Graph, Ints, neighbours


class Inexact(Exception):
    """Double precision was not enough for these weights: the assignment is not optimal."""


def double_cover(graph: Graph, weight: Ints) -> tuple[Ints, Ints]:
    """Assignment s (n,) and node prices y (n,) in half units: y[i] + y[j] >= 2 weight[ij], y >= 0.

    Raises Inexact where weights are so large that the float assignment is not optimal.
    """
    n = graph.n
    start, other, value = neighbours(graph, weight)
    rows = np.repeat(np.arange(n), np.diff(start))
    ceiling = int(weight.max(initial=0)) + 1
    at = np.concatenate([rows, np.arange(n)])
    to = np.concatenate([other, np.arange(n)])
    cost = np.concatenate([ceiling - value, np.full(n, ceiling)]).astype(np.float64)
    _, s = min_weight_full_bipartite_matching(csr_matrix((cost, (at, to)), shape=(n, n)))
    s = np.asarray(s, np.int64)
    u = _row_prices(n, start, rows, other, value, s)
    chosen = _chosen(n, start, rows, other, value, s)
    v = np.empty(n, np.int64)
    v[s] = chosen - u
    return s, u + v


def _chosen(n: int, start: Ints, rows: Ints, other: Ints, value: Ints, s: Ints) -> Ints:
    """Weight of cell (i, s[i]) per row."""
    chosen = np.zeros(n, np.int64)
    hit = other == s[rows]
    chosen[rows[hit]] = value[hit]
    return chosen


def _row_prices(n: int, start: Ints, rows: Ints, other: Ints, value: Ints, s: Ints) -> Ints:
    """Least u >= 0 with u[i] - u[k] >= W[i, j] - W[k, j] for the row k that holds column j.

    Longest paths by Bellman & Ford: whole passes while much still changes, then only what changed.
    """
    holder = np.empty(n, np.int64)
    holder[s] = np.arange(n)
    chosen = _chosen(n, start, rows, other, value, s)
    # Arcs k -> i, one per cell (i, j) off the assignment, the diagonal (weight 0) included.
    k = np.concatenate([holder[other], holder])
    i = np.concatenate([rows, np.arange(n)])
    gap = np.concatenate([value, np.zeros(n, np.int64)]) - chosen[k]
    real = k != i
    k, i, gap = k[real], i[real], gap[real]
    order = np.argsort(i, kind="stable")
    k, i, gap = k[order], i[order], gap[order]
    heads, first = np.unique(i, return_index=True)
    by_k = np.argsort(k, kind="stable")
    leave = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(k, minlength=n), out=leave[1:])
    u = np.zeros(n, np.int64)
    changed: NDArray[np.int64] = np.arange(n)
    for _ in range(2 * n + 2):
        if not len(changed):
            return u
        if len(changed) > n // 16:
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


def _spans(start: Ints, stop: Ints) -> Ints:
    """All positions of the half-open spans, one after another."""
    length = stop - start
    total = int(length.sum())
    offset = np.repeat(start - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    return np.arange(total) + offset


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
