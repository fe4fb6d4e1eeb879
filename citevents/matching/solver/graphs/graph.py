"""A weighted undirected graph as arrays, and what a matching of it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Graph:
    """n nodes; edge k joins a[k] < b[k] with an integer weight. No loops, no parallel edges."""

    n: int
    a: Ints
    b: Ints
    weight: Ints

    @property
    def edges(self) -> int:
        return len(self.a)

    def only(self, which: Ints) -> "Graph":
        """The same nodes with these edges."""
        return Graph(self.n, self.a[which], self.b[which], self.weight[which])


@dataclass(frozen=True, slots=True)
class OddSet:
    """An odd set of nodes with its price in half units: at most (size - 1) / 2 pairs fit inside."""

    nodes: tuple[int, ...]
    price: int


@dataclass(frozen=True, slots=True)
class Matched:
    """A matching with the dual prices (half units, for weights plus `reward`) that prove it optimal."""

    mate: tuple[int, ...]  # -1: alone
    reward: int
    prices: tuple[int, ...]
    odd_sets: tuple[OddSet, ...]
    searches: int  # augmenting searches that were needed after the double cover
    proven: bool = True
    spread: tuple[
        int, ...
    ] = ()  # prices that cover every edge without odd sets: for a similar instance to start from

    def pairs(self) -> list[tuple[int, int]]:
        return [(i, j) for i, j in enumerate(self.mate) if i < j]


def grouped(keys: Ints, n: int) -> tuple[Ints, Ints]:
    """(start, order): positions of key k are order[start[k]:start[k + 1]], in order. A counting sort, in C."""
    positions = np.arange(len(keys))
    rows = csr_matrix((positions, (keys, positions)), shape=(n, max(1, len(keys))))
    return rows.indptr.astype(np.int64), rows.data


def neighbours(graph: Graph, doubled: Ints) -> tuple[Ints, Ints, Ints]:
    """Compressed rows: (start of each row, neighbour, value of `doubled` on the edge)."""
    ends = np.concatenate([graph.a, graph.b])
    others = np.concatenate([graph.b, graph.a])
    start, order = grouped(ends, graph.n)
    return start, others[order], np.concatenate([doubled, doubled])[order]
