"""Proof for others to check: prices that cover every edge, and a barrier that says nobody more fits."""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from citevents.matching.solver.graphs.graph import Graph, Matched


def dual_value(matched: Matched) -> int:
    """Sum of prices and odd sets, in half units: no matching is worth more (weights plus rewards)."""
    return sum(matched.prices) + sum(s.price * (len(s.nodes) // 2) for s in matched.odd_sets)


def barrier(graph: Graph, matched: Matched) -> list[int] | None:
    """A Tutte-Berge set U with (n + |U| - odd components of the rest) / 2 = pairs, or None.

    With a reward beyond all weights the prices are about 0, 1 or 2 half rewards; the nodes near 2 are the
    ones whose removal leaves the odd components (Edmonds 1965, Gallai 1964).
    """
    if not matched.reward:
        return None
    found = [v for v, price in enumerate(matched.prices) if 2 * price > 3 * matched.reward]
    pairs = sum(m >= 0 for m in matched.mate) // 2
    limit = (graph.n + len(found) - odd_components(graph, found)) // 2
    return found if limit == pairs else None


def odd_components(graph: Graph, without: list[int]) -> int:
    """How many components of the rest have an odd number of nodes."""
    left = np.ones(graph.n, bool)
    left[without] = False
    inside = left[graph.a] & left[graph.b]
    a, b = graph.a[inside], graph.b[inside]
    joined = csr_matrix((np.ones(len(a), np.int8), (a, b)), shape=(graph.n, graph.n))
    component = connected_components(joined, directed=False)[1]
    return int((np.bincount(component[left]) % 2).sum())
