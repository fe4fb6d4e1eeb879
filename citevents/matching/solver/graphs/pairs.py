"""Maximum-weight matching of a bare graph: double cover, then one search per node still to be repaired."""

from collections.abc import Callable

import numpy as np

from citevents.matching.solver.graphs.certificate import barrier
from citevents.matching.solver.graphs.cover import Inexact, double_cover, rounded
from citevents.matching.solver.graphs.edmonds import Row, Search
from citevents.matching.solver.graphs.graph import Graph, Ints, Matched, OddSet, neighbours
from citevents.matching.solver.graphs.laminar import uncovered

Stop = Callable[[], bool]

_NEAR = 6  # edges per node that the repair looks at first
_PATIENCE = 100  # nodes of a tree before the others have their turn
_MORE_PATIENCE = 6
_MODERATE = 8  # reward, times the heaviest weight, that is tried first for most pairs


def coverage_reward(graph: Graph) -> int:
    """What one more pair must be worth so that no weights outweigh it, and eight times that.

    The room lets the prices settle near 0, 1 or 2 half rewards, which is what a barrier is read from.
    """
    return 8 * (int(graph.weight.max(initial=0)) * (graph.n // 2) + 1)


def match(graph: Graph, reward: int = 0, stop: Stop | None = None) -> Matched:
    """The matching of most weight + reward per pair, with its dual prices.

    The repair looks at the edges that are nearest to tight first; those that its prices do not cover come in.
    Exact for any integers; `stop()` True ends early with a matching that is not proven, and with the prices of
    the double cover, which bound it.
    """
    weight = graph.weight + reward
    s, prices = _start(graph, weight)
    y = np.array(prices, np.int64)
    near = _nearest(y[graph.a] + y[graph.b] - 2 * weight, _NEAR * graph.n)
    far = np.setdiff1d(np.arange(graph.edges), near, assume_unique=True)
    while True:
        mate, now = rounded(s, prices), list(prices)
        search = Search(graph.n, mate, now, rows_of(graph.only(near), 2 * weight[near]))
        proven = repair(search, stop)
        if not proven:
            return Matched(tuple(mate), reward, tuple(prices), (), search.count, proven=False)
        y = np.array(now, np.int64)
        a, b = graph.a[far], graph.b[far]
        missing = far[uncovered(2 * weight[far] - y[a] - y[b], a, b, search.blossoms)]
        if not len(missing):
            return Matched(tuple(mate), reward, tuple(now), odd_sets(search), search.count)
        near = np.union1d(near, missing)
        far = np.setdiff1d(far, missing, assume_unique=True)


def most_pairs(graph: Graph, stop: Stop | None = None) -> tuple[Matched, list[int] | None]:
    """Most pairs first, then most weight; and the barrier that proves the number of pairs, where there is one.

    A moderate reward keeps the prices small and the numbers short. If a barrier then shows that nobody more can
    be matched, the answer has most weight among those of most pairs; else the reward that settles it by itself.
    """
    moderate, sure = _MODERATE * int(graph.weight.max(initial=0)), coverage_reward(graph)
    for reward in (moderate, sure) if moderate < sure else (sure,):
        found = match(graph, reward, stop)
        nobody_more = barrier(graph, found)
        if nobody_more is not None or not found.proven:
            break
    return found, nobody_more


def repair(search: Search, stop: Stop | None = None) -> bool:
    """Search from every exposed node whose price is not 0; False if stopped before the end.

    A tree that grows large waits until the others had their turn: what is in its way has often found a partner
    nearby by then, which makes the work several times less where there are many odd cycles.
    """
    roots = [v for v, partner in enumerate(search.mate) if partner < 0]
    patience = _PATIENCE
    while roots:
        waiting = []
        for root in roots:
            if search.mate[root] < 0 and search.y[root] > 0:
                if stop is not None and stop():
                    return False
                if not search.from_root(root, patience):
                    waiting.append(root)
        roots, patience = waiting, _MORE_PATIENCE * patience
    return True


def _nearest(slack: Ints, most: int) -> Ints:
    """Positions of the `most` edges of least slack, in order."""
    if len(slack) <= most:
        return np.arange(len(slack))
    return np.sort(np.argpartition(slack, most)[:most])


def odd_sets(search: Search) -> tuple[OddSet, ...]:
    """The priced blossoms, outermost first."""
    return tuple(OddSet(nodes, price) for nodes, price in search.blossoms.priced())


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


def _start(graph: Graph, weight: Ints) -> tuple[Ints, list[int]]:
    try:
        s, prices = double_cover(graph, weight)
    except Inexact:
        return np.arange(graph.n), trivial_prices(graph, weight)
    return s, prices.tolist()


def trivial_prices(graph: Graph, weight: Ints) -> list[int]:
    """Everybody priced at the heaviest own edge: feasible whatever the weights."""
    y = np.zeros(graph.n, np.int64)
    np.maximum.at(y, graph.a, weight)
    np.maximum.at(y, graph.b, weight)
    return y.tolist()
