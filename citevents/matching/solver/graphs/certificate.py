"""Proof for others to check: prices that cover every edge, and a barrier that says nobody more fits."""

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
    limit = (graph.n + len(found) - odd_components(graph, set(found))) // 2
    return found if limit == pairs else None


def odd_components(graph: Graph, without: set[int]) -> int:
    """How many components of the rest have an odd number of nodes (union-find)."""
    root = list(range(graph.n))

    def find(v: int) -> int:
        while root[v] != v:
            root[v] = root[root[v]]
            v = root[v]
        return v

    for a, b in zip(graph.a.tolist(), graph.b.tolist(), strict=True):
        if a not in without and b not in without:
            root[find(a)] = find(b)
    size: dict[int, int] = {}
    for v in range(graph.n):
        if v not in without:
            size[find(v)] = size.get(find(v), 0) + 1
    return sum(count % 2 for count in size.values())
