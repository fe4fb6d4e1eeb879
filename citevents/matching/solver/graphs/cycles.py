"""Cycles of two and three in a bare graph of arcs: a packing of node-disjoint cycles.

The cycle formulation (Abraham, Blum & Sandholm 2007; Roth, Sonmez & Unver 2007): one column per cycle, one
row per node. Its relaxation is tight enough that branch and bound closes quickly at this size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.milp import Packed, Packing, clock, matrix, pack

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


def best_cycles(
    n: int, cycles: Sequence[Cycle], coverage: bool, seconds: float
) -> tuple[list[Cycle], int, bool]:
    """(chosen, bound on the weight, proven). Coverage: most nodes first, then most weight among those."""
    weight = np.array([c.weight for c in cycles], np.float64)
    length = np.array([len(c.nodes) for c in cycles], np.float64)
    rows = [list(c.nodes) for c in cycles]
    ones = np.ones(n)
    left = clock(seconds, None)
    if not coverage:
        found = pack(Packing(weight, matrix(n, rows), ones), left())
        return _answer(cycles, found, weight, found.proven if found else False)
    most = pack(Packing(length, matrix(n, rows), ones), left())
    if most is None:
        return [], 0, False
    nodes = float(length[most.chosen > 0.5].sum())
    # One more row: keep that many nodes, most weight among those.
    held = [[*row, n] for row in rows]
    factors = [[1.0] * len(row) + [float(len(row))] for row in rows]
    lower = np.concatenate([np.full(n, -np.inf), [nodes]])
    upper = np.concatenate([ones, [float(n)]])
    found = pack(Packing(weight, matrix(n + 1, held, factors), upper, lower), left())
    return _answer(cycles, found or most, weight, most.proven and found is not None and found.proven)


def _answer(
    cycles: Sequence[Cycle], found: Packed | None, weight: NDArray[np.float64], proven: bool
) -> tuple[list[Cycle], int, bool]:
    if found is None:
        return [], int(weight.sum()), False
    chosen = [c for c, x in zip(cycles, found.chosen, strict=True) if x > 0.5]
    value = sum(c.weight for c in chosen)
    return chosen, value if proven else max(value, int(found.bound)), proven


UNIT = 2**20


def node_prices(n: int, cycles: Sequence[Cycle]) -> tuple[int, list[int]]:
    """Integer prices in units of 1/2**20, covering every cycle: (sum rounded down, prices).

    The relaxation's dual prices, rounded up and mended, so that they are a proof in whole numbers.
    """
    weight = np.array([c.weight for c in cycles], np.float64)
    relaxed = pack(Packing(weight, matrix(n, [list(c.nodes) for c in cycles]), np.ones(n), whole=False))
    duals = np.zeros(n) if relaxed is None else np.maximum(relaxed.duals, 0)
    prices = [int(p) for p in np.ceil(duals * UNIT)]
    for cycle in cycles:
        missing = cycle.weight * UNIT - sum(prices[v] for v in cycle.nodes)
        if missing > 0:
            prices[cycle.nodes[0]] += missing
    return sum(prices) // UNIT, prices
