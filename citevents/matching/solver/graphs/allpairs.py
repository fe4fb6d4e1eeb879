"""All pairs at once: column generation around the double cover, then repair, then prices for everybody.

A few candidate pairs per node are solved; the prices then tell which of all other pairs would improve the
answer, and those come back in. When none is left the answer is optimal over *all* pairs, not only over
the candidates (Dantzig & Wolfe 1960; for matching: Applegate & Cook 1993).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.graphs.cover import double_cover, rounded
from citevents.matching.solver.graphs.edmonds import Search
from citevents.matching.solver.graphs.graph import Graph, Ints, Matched
from citevents.matching.solver.graphs.laminar import Laminar, less_levels, levels
from citevents.matching.solver.graphs.pairs import Stop, odd_sets, repair, rows_of

_BLOCK = 128  # rows priced together: a block fits the cache
_FIRST = 20  # candidate pairs per node at the start
_WORST = 12  # pairs added per node and pricing round
_NEAR = 40  # pairs per node that the repair may look at


@dataclass(frozen=True, slots=True)
class AllPairs:
    """n nodes. Pair (i, j) is worth weight[i, j] + bonus[i] + bonus[j] where weight is not 0.

    `weight` is symmetric int16 over the first `len(weight)` nodes. `extra` are more edges with their whole
    worth, among any nodes; a pair in `extra` that has a weight is worth no less there.
    """

    n: int
    weight: NDArray[np.int16]
    bonus: Ints
    extra: Graph


@dataclass(slots=True)
class Columns:
    """The candidate pairs so far, as keys i * len(weight) + j with i < j."""

    problem: AllPairs
    keys: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def add(self, i: Ints, j: Ints) -> int:
        """Add pairs; how many of them are new."""
        new = np.minimum(i, j) * len(self.problem.weight) + np.maximum(i, j)
        before = len(self.keys)
        self.keys = np.union1d(self.keys, new)
        return len(self.keys) - before

    def graph(self) -> Graph:
        p = self.problem
        m = len(p.weight)
        # What stands in `extra` comes from there: all of it is always looked at, so that its prices cover the pair.
        keys = np.setdiff1d(self.keys, (p.extra.a * m + p.extra.b)[p.extra.b < m], assume_unique=True)
        i, j = np.divmod(keys, max(1, m))
        own = p.weight[i, j].astype(np.int64)
        i, j, own = i[own > 0], j[own > 0], own[own > 0]
        worth = own + p.bonus[i] + p.bonus[j]
        return Graph(
            n=p.n,
            a=np.concatenate([i, p.extra.a]),
            b=np.concatenate([j, p.extra.b]),
            weight=np.concatenate([worth, p.extra.weight]),
        )


def match_all(
    problem: AllPairs,
    columns: Columns | None = None,
    stop: Stop | None = None,
    start: Sequence[int] = (),
) -> Matched:
    """The best matching over all pairs, with its prices.

    `columns` may carry candidates of a similar run, `start` prices of one (`Matched.spread`): neither changes what
    is best, only how soon it is found.
    """
    columns = columns or Columns(problem)
    s, y = cover_all(problem, columns, stop, start)
    prices = y.tolist()
    mate = rounded(s, prices)
    if not any(p < 0 and prices[v] for v, p in enumerate(mate)) and not (stop is not None and stop()):
        # No odd cycle is left, and the prices cover all pairs: nothing to repair.
        return Matched(tuple(mate), 0, tuple(prices), (), 0, spread=tuple(prices))
    columns.add(*violated(problem, y - _nearby(problem), (), _NEAR))
    while True:
        graph = columns.graph()
        mate, y_now = rounded(s, prices), list(prices)
        search = Search(problem.n, mate, y_now, rows_of(graph, 2 * graph.weight))
        proven = repair(search, stop)
        found = Matched(
            mate=tuple(mate),
            reward=0,
            prices=tuple(y_now),
            odd_sets=odd_sets(search),
            searches=search.count,
            proven=proven,
            spread=tuple(search.blossoms.spread(y_now)),
        )
        if not proven or not columns.add(
            *violated(problem, np.array(y_now, np.int64), levels(search.blossoms), _WORST)
        ):
            return found


def cover_all(
    problem: AllPairs, columns: Columns, stop: Stop | None = None, start: Sequence[int] = ()
) -> tuple[Ints, Ints]:
    """The degree relaxation over all pairs: assignment and node prices (half units).

    Half the sum of the prices bounds every matching, and every packing of pairs and cycles whose worth
    is shared half and half by the edges of a cycle.
    """
    columns.problem = problem
    if not len(columns.keys):
        columns.add(*heaviest(problem.weight, _FIRST))
    y = np.array(start, np.int64) if len(start) else None
    while True:
        graph = columns.graph()
        s, y = double_cover(graph, graph.weight, y)
        if (stop is not None and stop()) or not columns.add(*violated(problem, y, (), _WORST)):
            return s, y


def heaviest(weight: NDArray[np.int16], k: int) -> tuple[Ints, Ints]:
    """The k heaviest pairs of every node."""
    n = len(weight)
    found_i, found_j = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    k = min(k, n - 1)
    for at in range(0, n if k > 0 else 0, _BLOCK):
        rows = weight[at : at + _BLOCK]
        top = np.argpartition(rows, n - k, axis=1)[:, n - k :]
        real = np.take_along_axis(rows, top, axis=1) > 0
        i, which = np.nonzero(real)
        found_i.append(i + at)
        found_j.append(top[i, which])
    return np.concatenate(found_i), np.concatenate(found_j)


def violated(problem: AllPairs, y: Ints, sets: Laminar | tuple[()], most: int) -> tuple[Ints, Ints]:
    """Pairs worth more than their prices, at most `most` per node and block, worst first."""
    found_i, found_j = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for at, gain in pricing_blocks(problem, y, sets):
        better = gain > 0
        if not better.any():
            continue
        better &= problem.weight[at : at + _BLOCK, at:] > 0
        i, j = np.nonzero(better)
        later = j > i
        i, j = i[later], j[later]
        much = gain[i, j].astype(np.int64)
        i, j = i + at, j + at
        if sets:
            kept, much = less_levels(sets.levels, i, j, much)
            i, j = i[kept], j[kept]
        order = np.lexsort((-much, i))
        i, j = i[order], j[order]
        rank = np.arange(len(i)) - np.searchsorted(i, i)
        found_i.append(i[rank < most])
        found_j.append(j[rank < most])
    return np.concatenate(found_i), np.concatenate(found_j)


def pricing_blocks(
    problem: AllPairs, y: Ints, sets: Laminar | tuple[()]
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Blocks from the diagonal on: (first row = first column, worth minus prices, half units).

    Cells of weight 0 and those below the diagonal hold numbers without meaning.
    """
    m = len(problem.weight)
    over = (2 * problem.bonus - y)[:m]
    small = int(np.abs(over).max(initial=0)) < 2**29 and all(
        c.max() < 2**29 for c in (sets.chains if sets else ())
    )
    kind: Any = np.int32 if small else np.int64
    over = over.astype(kind)
    chains = [c[:m].astype(kind) for c in (sets.chains if sets else ())]
    for at in range(0, m, _BLOCK):
        stop = min(at + _BLOCK, m)
        w = problem.weight[at:stop, at:]
        gain: NDArray[Any] = w.astype(kind)
        gain *= 2
        gain += over[at:stop, None]
        gain += over[None, at:]
        for chain in chains:
            gain -= np.minimum(chain[at:stop, None], chain[None, at:])
        yield at, gain


def _nearby(problem: AllPairs) -> int:
    """How far (half units, per node) below its prices a pair may be and still enter the repair."""
    return int(problem.weight.max(initial=0)) // 10
