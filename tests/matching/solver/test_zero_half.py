"""Cuts of packings with limits beyond one: no whole packing is lost, and they say what only whole numbers say."""

import random
from itertools import product

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from citevents.matching.solver.columns import priced_pack
from citevents.matching.solver.graphs.zero_half import relaxed
from citevents.matching.solver.milp import Packing, clock


def made(seed: int) -> Packing:
    rng = random.Random(seed)
    rows, columns = rng.randint(3, 7), rng.randint(3, 9)
    a = np.zeros((rows, columns))
    for k in range(columns):
        a[rng.sample(range(rows), rng.randint(1, 3)), k] = 1
    upper = np.array([float(rng.randint(1, 3)) for _ in range(rows)])
    if rng.random() < 0.5:
        a[0] = -np.abs(a[0])  # at least one of these, where there are any
        upper[0] = -1.0 if a[0].any() else 0.0
    return Packing(np.array([float(rng.randint(1, 9)) for _ in range(columns)]), csc_matrix(a), upper)


@pytest.mark.parametrize("seed", range(150))
def test_every_whole_packing_keeps_the_cuts_and_the_best_one_is_found(seed: int) -> None:
    packing = made(seed)
    a = packing.a.toarray()
    whole = [
        x
        for bits in product((0.0, 1.0), repeat=len(packing.value))
        if (a @ (x := np.array(bits)) <= packing.upper).all()
    ]
    first = np.arange(0, len(packing.value), 2)
    if not whole:
        return
    best = max(float(packing.value @ x) for x in whole)
    for columns in (None, np.arange(len(packing.value))):
        found = relaxed(packing, clock(10, None), columns)
        assert found is not None
        assert found.bound >= best - 1e-6
        cut = found.tightened
        assert all((cut.a @ x <= cut.upper + 1e-9).all() for x in whole)
        assert all(
            packing.value @ x <= found.bound + min(0, (found.reduced[x > 0]).sum()) + 1e-6 for x in whole
        )
    if (packing.upper >= 0).all():
        packed = priced_pack(packing, first, clock(10, None))
        assert packed is not None
        assert (float(packing.value @ packed.chosen), packed.proven) == (best, True)


def test_three_people_with_three_places_each_in_a_triangle_of_many_meetings() -> None:
    """Nine places in all are four meetings, though halves of meetings would make four and a half."""
    pairs = [(0, 1), (0, 2), (1, 2)] * 3
    a = np.zeros((3, 9))
    for k, pair in enumerate(pairs):
        a[list(pair), k] = 1
    packing = Packing(np.ones(9), csc_matrix(a), np.full(3, 3.0))
    found = relaxed(packing, clock(10, None))
    assert found is not None
    assert found.bound == pytest.approx(4)
