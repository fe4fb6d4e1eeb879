"""Tiers 3 to 5 at once and one after another are two proofs of the same; nothing beats the bound of tier 6."""

from dataclasses import replace

import numpy as np
import pytest

from citevents.matching.solver import Population, solve
from citevents.matching.solver.capacities import seat_weights, seats_of
from citevents.matching.solver.pool import compile_pool
from citevents.matching.solver.populations import population
from citevents.matching.solver.stability import Preferences, blocking_seats, current_values
from citevents.matching.solver.tiers import PairTiers, left_out_goal, people_goal
from tests.matching.solver.round_oracles import exact_shares, matchings, wish_points


def _tiers(programs: int, seed: int) -> PairTiers:
    return _of(population(programs, seed))


def _of(asked: Population) -> PairTiers:
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


def _least_by_trying(tiers: PairTiers, asked: Population, given_up: int) -> int:
    """The fewest blocking pairs of all matchings as good in tiers 1 to 4 and nearly in the score."""
    pool, weight = tiers.pool, tiers.weight
    preferences = Preferences.of(pool, tiers.seats, weight)
    ids = [pool.programs[i].id for i in tiers.seats.owner.tolist()]
    at = {name: s for s, name in enumerate(ids)}
    left_out = {p.id: p.left_out for p in asked.programs}
    pairs = {(ids[i], ids[j]) for i, j in np.argwhere(np.triu(weight)).tolist()}

    def rank(chosen: list[tuple[str, str]]) -> tuple[object, ...]:
        served = {x for pair in chosen for x in pair}
        waited = sum(left_out[x] for x in served)
        return len(served), waited, exact_shares(asked, served), wish_points(asked, chosen)

    def score(chosen: list[tuple[str, str]]) -> int:
        return sum(int(weight[at[a], at[b]]) for a, b in chosen)

    tried = [(rank(m), score(m), m) for m in matchings(ids, pairs)]
    best = max(t[:2] for t in tried)
    fewest = []
    for goals, worth, chosen in tried:
        if goals == best[0] and worth >= best[1] - given_up:
            mate = [-1] * len(ids)
            for a, b in chosen:
                mate[at[a]], mate[at[b]] = at[b], at[a]
            have = current_values(preferences, mate, {})
            fewest.append(len(blocking_seats(preferences, have, pool.round.step)))
    return min(fewest)


def test_no_answer_has_fewer_blocking_pairs_than_the_bound_of_tier_6() -> None:
    some = 0
    for seed in range(60):
        asked = population(9, seed, skew="two_blocs" if seed % 2 else "convener")
        tiers = _of(asked)
        tiers.solve()
        given_up = tiers.score() // (100 if seed % 3 else 4)
        bound = tiers.least_blocking(Preferences.of(tiers.pool, tiers.seats, tiers.weight), given_up)
        least = _least_by_trying(tiers, asked, given_up)
        assert bound <= least, seed
        some += bound > 0
    assert some > 5


@pytest.mark.parametrize("seconds", [0, 20])
@pytest.mark.parametrize("mode", ["coverage", "stable"])
@pytest.mark.parametrize("programs", [0, 25, 130])
def test_every_tier_of_a_round_of_all_shapes_has_a_value_and_a_bound(
    programs: int, mode: str, seconds: float
) -> None:
    result = solve(population(programs, 2, modes="all"), mode=mode, seconds=seconds)
    tiers = {t.name: t for t in result.tiers}
    assert set(tiers) == {"people", "left_out", "equity", "wishes", "score", "blocking"}
    assert len(result.tiers) == len(tiers)
    for name, tier in tiers.items():
        if name == "blocking":
            assert tier.bound <= tier.value  # type: ignore[operator]
        else:
            assert tier.value <= tier.bound, name  # type: ignore[operator]
        assert tier.proven == (tier.value == tier.bound), name
