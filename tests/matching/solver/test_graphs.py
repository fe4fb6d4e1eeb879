"""Matching a bare graph: equal to everybody else's answer, and proven by its own certificate."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citevents.matching.solver.graphs.allpairs import AllPairs, match_all
from citevents.matching.solver.graphs.certificate import barrier
from citevents.matching.solver.graphs.edmonds import Search
from citevents.matching.solver.graphs.graph import Graph, Matched
from citevents.matching.solver.graphs.pairs import (
    coverage_reward,
    match,
    most_pairs,
    odd_sets,
    repair,
    rows_of,
    trivial_prices,
)
from tests.examples import examples
from tests.matching.solver.graph_oracles import (
    FAMILIES,
    by_brute_force,
    by_networkx,
    by_rustworkx,
    certified,
    edges_of,
    graph_of,
    random_graph,
)


def _reward(graph: Graph, coverage: bool) -> int:
    return coverage_reward(graph) if coverage else 0


def _same(ours: tuple[int, int], theirs: tuple[int, int], coverage: bool) -> bool:
    return ours == theirs if coverage else ours[1] == theirs[1]


@pytest.mark.parametrize("coverage", [False, True])
def test_small_graphs_agree_with_brute_force(coverage: bool) -> None:
    rng = random.Random(11)
    for _ in range(300):
        graph = random_graph(rng, 10)
        found = certified(graph, match(graph, _reward(graph, coverage)))
        assert _same(found, by_brute_force(graph, coverage), coverage)


@pytest.mark.parametrize("coverage", [False, True])
def test_random_graphs_agree_with_rustworkx_and_networkx(coverage: bool) -> None:
    rng = random.Random(12)
    for k in range(200):
        graph = random_graph(rng, 40)
        found = certified(graph, match(graph, _reward(graph, coverage)))
        assert _same(found, by_rustworkx(graph, coverage), coverage)
        if k % 10 == 0:
            assert _same(found, by_networkx(graph, coverage), coverage)


@pytest.mark.parametrize("coverage", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_adversarial_families_agree_with_rustworkx(family: str, coverage: bool) -> None:
    graph = FAMILIES[family](210)
    found = certified(graph, match(graph, _reward(graph, coverage)))
    assert _same(found, by_rustworkx(graph, coverage), coverage)


def test_blossoms_open_again_when_the_search_starts_from_nothing() -> None:
    """From the double cover, expansion is almost never needed; from trivial prices it is."""
    rng = random.Random(13)
    opened = 0

    class Counting(Search):
        def _open(self, b: int) -> None:
            nonlocal opened
            opened += 1
            super()._open(b)

    for _ in range(150):
        graph = random_graph(rng, 30)
        mate, y = [-1] * graph.n, trivial_prices(graph, graph.weight)
        search = Counting(graph.n, mate, y, rows_of(graph, 2 * graph.weight))
        repair(search)
        found = Matched(tuple(mate), 0, tuple(y), odd_sets(search), search.count)
        assert certified(graph, found)[1] == by_rustworkx(graph, False)[1]
    assert opened > 10


def test_weights_of_ten_to_the_twelve_that_differ_by_ones_end_and_are_exact() -> None:
    rng = random.Random(14)
    edges = {
        (a, b): 10**12 - rng.randint(0, 5) for a in range(60) for b in range(a + 1, 60) if rng.random() < 0.2
    }
    graph = graph_of(61, edges)
    for coverage in (False, True):
        found = certified(graph, match(graph, _reward(graph, coverage)))
        assert _same(found, by_rustworkx(graph, coverage), coverage)


def test_a_barrier_proves_that_nobody_more_can_be_matched() -> None:
    rng = random.Random(15)
    proven = 0
    for _ in range(100):
        graph = random_graph(rng, 30)
        proven += barrier(graph, match(graph, coverage_reward(graph))) is not None
    assert proven == 100


def test_a_moderate_reward_with_a_barrier_is_most_pairs_first() -> None:
    rng = random.Random(16)
    moderate = 0
    for _ in range(150):
        graph = random_graph(rng, 40)
        found, nobody_more = most_pairs(graph)
        assert certified(graph, found) == by_rustworkx(graph, True)
        assert nobody_more is not None
        moderate += found.reward < coverage_reward(graph)
    assert moderate > 100
    for family in FAMILIES.values():
        graph = family(210)
        assert certified(graph, most_pairs(graph)[0]) == by_rustworkx(graph, True)


def test_few_edges_looked_at_first_are_not_the_end_of_it() -> None:
    """Dense graphs of equal weights: what the repair needs is often not among the nearest edges."""
    rng = random.Random(17)
    for _ in range(20):
        n = rng.randint(31, 45)
        edges = {(a, b): rng.randint(1, 3) for a in range(n) for b in range(a + 1, n) if rng.random() < 0.7}
        graph = graph_of(n, edges)
        assert certified(graph, match(graph))[1] == by_rustworkx(graph, False)[1]
        assert certified(graph, most_pairs(graph)[0]) == by_rustworkx(graph, True)


def test_no_edges_and_no_nodes() -> None:
    for n in (0, 1, 5):
        assert match(graph_of(n, {}), 0).pairs() == []


@settings(max_examples=examples(60))
@given(st.integers(0, 10**6))
def test_all_pairs_priced_back_in_agree_with_the_whole_graph(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, rng.choice([8, 60, 120])))
    heaviest = int(rng.choice([1, 3, 50, 2000]))
    weight = np.triu(
        rng.integers(1, heaviest + 1, (n, n)) * (rng.random((n, n)) < rng.choice([0.1, 0.5, 1])), 1
    )
    if rng.random() < 0.5:
        cluster = rng.integers(0, max(1, n // 7), n)
        weight[cluster[:, None] != cluster[None, :]] = 0
    weight = (weight + weight.T).astype(np.int16)
    bonus = rng.integers(0, 500, n)
    i, j = np.nonzero(np.triu(weight, 1))
    special = rng.random(len(i)) < 0.1
    own = rng.integers(1, 5000, len(i))
    dense = weight.copy()
    dense[i[special], j[special]] = dense[j[special], i[special]] = 0
    extra = Graph(n, i[special], j[special], own[special])
    worth = np.where(special, own, weight[i, j] + bonus[i] + bonus[j])
    whole = Graph(n, i, j, worth.astype(np.int64))
    found = match_all(AllPairs(n, dense, bonus, extra))
    assert certified(whole, found)[1] == by_rustworkx(whole, False)[1]


@settings(max_examples=examples(30))
@given(st.integers(0, 10**6))
def test_names_and_order_do_not_change_the_value(seed: int) -> None:
    rng = random.Random(seed)
    graph = random_graph(rng, 30)
    other = list(range(graph.n))
    rng.shuffle(other)
    moved = graph_of(
        graph.n,
        {tuple(sorted((other[a], other[b]))): w for (a, b), w in edges_of(graph).items()},  # type: ignore[misc]
    )
    reward = coverage_reward(graph)
    assert certified(graph, match(graph, reward)) == certified(moved, match(moved, reward))
