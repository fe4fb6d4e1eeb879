"""Tiers 3 to 5 in one run and one after another are two ways to the same answer, each with its own proof."""

from dataclasses import replace

import pytest

from citevents.matching.solver.pool import compile_pool
from citevents.matching.solver.populations import population
from citevents.matching.solver.seats import seat_weights, seats_of
from citevents.matching.solver.tiers import PairTiers, left_out_goal, people_goal


def _tiers(programs: int, seed: int) -> PairTiers:
    asked = population(programs, seed)
    pool = compile_pool(replace(asked, round=replace(asked.round, longest_cycle=2)))
    seats = seats_of(pool, ())
    return PairTiers(pool, seats, seat_weights(pool, seats), ())


@pytest.mark.parametrize("programs", [40, 400])
def test_at_once_and_one_by_one_prove_the_same(programs: int) -> None:
    both_open = 0
    for seed in range(6):
        at_once, singly = _tiers(programs, seed), _tiers(programs, seed)
        at_once.solve()
        singly.goals = [people_goal(singly.seats), left_out_goal(singly.pool, singly.seats)]
        first = singly._run("people", singly.weight, ())
        assert first is not None
        later = singly._later(first)
        singly._one_by_one(later)
        both_open += len(later) == 2
        assert [t.name for t in at_once.tiers[2:]] == [t.name for t in singly.tiers]
        for one, other in zip(at_once.tiers[2:], singly.tiers, strict=True):
            assert one.proven and other.proven, (seed, one.name)
            assert one.value == other.value, (seed, one.name)
    assert both_open
