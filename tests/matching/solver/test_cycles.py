"""Cycles of two and three: as every packing tried says, bounds that are bounds, and an end in time."""

import time
from functools import cache

import numpy as np
import pytest

from citevents.matching.solver.graphs.cycles import Cycle, best_cycles, cycles_of
from citevents.matching.solver.graphs.zero_half import odd_rows, relaxed
from citevents.matching.solver.milp import Packing, clock, matrix, pack
from tests.matching.solver.graph_oracles import arcs_of


def tried(n: int, cycles: list[Cycle], coverage: bool) -> tuple[int, int]:
    """(people, value) of the best of all packings."""
    starting: list[list[Cycle]] = [[c for c in cycles if c.nodes[0] == v] for v in range(n)]

    @cache
    def best(v: int, taken: int) -> tuple[int, int]:
        if v == n:
            return 0, 0
        found = [best(v + 1, taken)]
        for c in starting[v]:
            nodes = sum(1 << u for u in c.nodes)
            if not nodes & taken:
                people, value = best(v + 1, taken | nodes)
                found.append((people + len(c.nodes), value + c.weight))
        return max(found) if coverage else max(found, key=lambda x: x[1])

    return best(0, 0)


@pytest.mark.parametrize("coverage", [False, True])
@pytest.mark.parametrize("longest", [2, 3])
def test_small_graphs_agree_with_every_packing_tried(longest: int, coverage: bool) -> None:
    for seed in range(40):
        n = 4 + seed % 8
        cycles = cycles_of(n, arcs_of(n, min(n * (n - 1) // 2, 3 * n), seed), longest)
        found = best_cycles(n, cycles, coverage, clock(60, None))
        people, value = tried(n, cycles, coverage)
        assert found.proven
        assert sum(c.weight for c in found.chosen) == found.bound == value
        nodes = [v for c in found.chosen for v in c.nodes]
        assert len(nodes) == len(set(nodes))
        assert len(nodes) == people or not coverage


def test_cuts_come_off_the_relaxation_and_never_below_the_best() -> None:
    lower = 0
    for seed in range(8):
        n = 60
        cycles = cycles_of(n, arcs_of(n, 20 * n, seed), 3)
        packing = Packing(
            np.array([c.weight for c in cycles], float),
            matrix(n, [list(c.nodes) for c in cycles]),
            np.ones(n),
        )
        left = clock(60, None)
        best = pack(packing, left)
        plain = pack(Packing(packing.value, packing.a, packing.upper, whole=False), left)
        cut = relaxed(packing, left)
        assert best is not None
        assert plain is not None
        assert cut is not None
        value = float(packing.value @ best.chosen)
        assert value - 1e-6 <= cut.bound <= plain.bound + 1e-6
        # What a cycle loses is what any packing that holds it is at least below the bound.
        for k in np.flatnonzero(best.chosen > 0.5).tolist():
            assert value <= cut.bound + cut.reduced[k] + 1e-6
        lower += cut.bound < plain.bound - 1e-6
    assert lower > 2


def test_a_triangle_of_pairs_is_an_odd_set() -> None:
    a = matrix(3, [[0, 1], [1, 2], [0, 2]])
    assert odd_rows(a, np.ones(3), np.full(3, 0.5)) == [frozenset({0, 1, 2})]


def test_the_search_ends_when_it_has_to_with_the_best_so_far() -> None:
    n = 600
    cycles = cycles_of(n, arcs_of(n, 30 * n, 1), 3)
    started = time.process_time()
    found = best_cycles(n, cycles, coverage=True, left=clock(2, None))
    assert time.process_time() - started < 20  # of work, however busy the machine is; seldom above 3
    people, value = sum(len(c.nodes) for c in found.chosen), sum(c.weight for c in found.chosen)
    assert 0 < people <= found.most <= n
    assert value <= found.bound
    assert best_cycles(n, cycles, coverage=False, left=lambda: 0.0).proven is False
