"""Maximum-weight matching of a bare graph: double cover, then one search per node still to be repaired."""

from collections.abc import Callable

import numpy as np

from citevents.matching.solver.graphs.cover import Inexact, double_cover, rounded
from citevents.matching.solver.graphs.edmonds import Row, Search
from citevents.matching.solver.graphs.graph import Graph, Ints, Matched, OddSet, neighbours

Stop = Callable[[], bool]


def coverage_reward(graph: Graph) -> int:
    """What one more pair must be worth so that no weights outweigh it, and eight times that.

    The room lets the prices settle near 0, 1 or 2 half rewards, which is what a barrier is read from.
    """
    return 8 * (int(graph.weight.max(initial=0)) * (graph.n // 2) + 1)


def match(graph: Graph, reward: int = 0, stop: Stop | None = None) -> Matched:
    """The matching of most weight + reward per pair, with its dual prices.

    Exact for any integers; `stop()` True ends early with a matching that is not proven.
    """
    weight = graph.weight + reward
    mate, y = _start(graph, weight)
    search = Search(graph.n, mate, y, rows_of(graph, 2 * weight))
    proven = repair(search, stop)
    return Matched(
        mate=tuple(mate),
        reward=reward,
        prices=tuple(y),
        odd_sets=odd_sets(search),
        searches=search.count,
        proven=proven,
    )


def repair(search: Search, stop: Stop | None = None) -> bool:
    """Search from every exposed node whose price is not 0; False if stopped before the end."""
    for root in range(len(search.mate)):
        if search.mate[root] < 0 and search.y[root] > 0:
            if stop is not None and stop():
                return False
            search.from_root(root)
    return True


def odd_sets(search: Search) -> tuple[OddSet, ...]:
    """The priced blossoms, outermost first."""
    blossoms = search.blossoms
    alive = [b for b in range(blossoms.n, len(blossoms.z)) if blossoms.z[b] > 0 and blossoms.parts[b]]
    return tuple(OddSet(tuple(sorted(blossoms.leaves(b))), blossoms.z[b]) for b in reversed(alive))


def rows_of(graph: Graph, doubled: Ints) -> Callable[[int], Row]:
    """Neighbours of a node as Python tuples, made when first asked for."""
    start, other, value = neighbours(graph, doubled)
    made: list[Row | None] = [None] * graph.n
    bounds = start.tolist()

    def row(v: int) -> Row:
        found = made[v]
        if found is None:
            span = slice(bounds[v], bounds[v + 1])
            found = made[v] = list(zip(other[span].tolist(), value[span].tolist(), strict=True))
        return found

    return row


def _start(graph: Graph, weight: Ints) -> tuple[list[int], list[int]]:
    try:
        s, prices = double_cover(graph, weight)
    except Inexact:
        return trivial_start(graph, weight)
    y = prices.tolist()
    return rounded(s, y), y


def trivial_start(graph: Graph, weight: Ints) -> tuple[list[int], list[int]]:
    """Nobody matched, everybody priced at the heaviest own edge: feasible whatever the weights."""
    y = np.zeros(graph.n, np.int64)
    np.maximum.at(y, graph.a, weight)
    np.maximum.at(y, graph.b, weight)
    return [-1] * graph.n, y.tolist()
