"""Whole rounds: every tier as brute force finds it, every match within the rules, nobody's secret told."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citevents.matching.solver import (
    Agreed,
    Mode,
    Population,
    Program,
    Request,
    Result,
    Round,
    Shape,
    in_the_way,
    solve,
)
from citevents.matching.solver.capacities import seat_weights, seats_of
from citevents.matching.solver.exactly import Exactly, enumerated
from citevents.matching.solver.pool import compile_pool
from citevents.matching.solver.populations import SKEWS, population
from citevents.matching.solver.reasons import gain_of
from citevents.matching.solver.scoring import best_shape, pair_weights
from citevents.matching.solver.tiers import PairTiers
from citevents.matching.solver.wishing import wished_pairs
from tests.examples import examples
from tests.matching.solver.round_oracles import (
    broken_rules,
    exact_shares,
    matchings,
    overbooked,
    shares_of,
    wish_points,
)


def _pairs_only(people: Population) -> Population:
    return replace(people, round=replace(people.round, longest_cycle=2))


def _small(seed: int, n: int) -> Population:
    """A few programs of few countries, so that tiers have something to decide."""
    people = _pairs_only(population(n, seed, skew="world"))
    rng = np.random.default_rng(seed)
    countries = ("US", "FR", "KE", "BR")
    programs = tuple(
        replace(
            p,
            country=countries[int(rng.integers(0, 4))],
            languages={"en": "C1"},
            left_out=int(rng.integers(0, 3)),
        )
        for p in people.programs
    )
    weeks = tuple(f"2027-W{k}" for k in range(40, 44))
    ids = [p.id for p in programs]
    requests = tuple(
        replace(
            r,
            weeks=frozenset(w for w in weeks if rng.random() < 0.4),
            budget=None,
            wishes=tuple(x for x in rng.permutation(ids)[:2].tolist() if x != r.program),
        )
        for r in people.requests
    )
    return replace(people, programs=programs, requests=requests)


def _value(result: Result, name: str) -> int | tuple[int, ...]:
    return next(t.value for t in result.tiers if t.name == name)


def _brute(people: Population) -> tuple[int, int, tuple[int, ...], int, int]:
    pool = compile_pool(people)
    weight = pair_weights(pool)
    ids = [p.id for p in pool.programs]
    pairs = {(ids[i], ids[j]) for i, j in np.argwhere(np.triu(weight)).tolist()}
    left_out = {p.id: p.left_out for p in people.programs}

    def rank(chosen: list[tuple[str, str]]) -> tuple[object, ...]:
        served = {x for pair in chosen for x in pair}
        return (
            len(served),
            sum(left_out[x] for x in served),
            exact_shares(people, served),
            wish_points(people, chosen),
            sum(int(weight[pool.index[a], pool.index[b]]) for a, b in chosen),
        )

    best = max(matchings(ids, pairs), key=rank)
    served = {x for pair in best for x in pair}
    found = rank(best)
    return found[0], found[1], shares_of(people, served), found[3], found[4]  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(40))
def test_all_tiers_agree_with_every_matching_tried(seed: int) -> None:
    people = _small(seed, 4 + seed % 7)
    result = solve(people)
    reached = tuple(_value(result, name) for name in ("people", "left_out", "equity", "wishes", "score"))
    assert reached == _brute(people)
    assert all(t.proven for t in result.tiers if t.name != "blocking")


@pytest.mark.parametrize("seed", range(6))
def test_tiers_agree_with_a_second_solver_when_hosts_have_several_places(seed: int) -> None:
    people = _pairs_only(population(45, seed, modes="all"))
    modes = frozenset(Mode) - {Mode.CIRCLE}
    people = replace(people, requests=tuple(replace(r, modes=r.modes & modes) for r in people.requests))
    pool = compile_pool(people)
    seats = seats_of(pool, [])
    tiers = PairTiers(pool, seats, seat_weights(pool, seats), [])
    tiers.solve()
    groups = enumerated(pool, list(range(pool.n)), set(seats.owner[~seats.own].tolist()))
    assert groups is not None
    second = Exactly(pool, seats, [], groups, False, lambda: 60.0)
    assert second.solve()
    assert [(t.name, t.value) for t in tiers.tiers] == [(t.name, t.value) for t in second.tiers]
    assert all(t.proven for t in (*tiers.tiers, *second.tiers))


@pytest.mark.parametrize("mode", ["coverage", "stable"])
@pytest.mark.parametrize("skew", SKEWS)
def test_every_match_keeps_the_rules(skew: str, mode: str) -> None:
    for modes in ("mutual", "all"):
        people = population(40, 5, skew=skew, modes=modes)
        result = solve(people, mode=mode, seconds=20)
        assert [broken_rules(people, m) for m in result.matches] == [[] for _ in result.matches]
        assert overbooked(people, result.matches) == []
        served = {p for m in result.matches for p in m.programs}
        assert result.people == len(served) == _value(result, "people")
        assert served | {u.program for u in result.unmatched} == {r.program for r in people.requests}
        assert all(t.value == t.bound for t in result.tiers if t.proven)
        for match in result.matches:
            for way in match.directions:
                assert way.score == sum(way.parts.values())
                assert 0 <= way.score <= 1000


def test_hosts_of_several_never_join_a_circle_twice() -> None:
    people = population(600, 5, modes="all")
    result = solve(people)
    assert overbooked(people, result.matches) == []
    assert [broken_rules(people, m) for m in result.matches] == [[] for _ in result.matches]


def test_a_large_round_keeps_the_rules_and_serves_more_by_cycles_and_circles() -> None:
    people = population(260, 4, modes="all")
    result = solve(people)
    assert [broken_rules(people, m) for m in result.matches] == [[] for _ in result.matches]
    assert overbooked(people, result.matches) == []
    pairs = solve(
        replace(
            _pairs_only(people),
            requests=tuple(replace(r, modes=r.modes - {Mode.CIRCLE}) for r in people.requests),
        )
    )
    assert result.people > pairs.people


@settings(max_examples=examples(6))
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_order_of_the_input_does_not_matter(seed: int, rng: object) -> None:
    people = population(25, seed, modes="all")
    programs, requests = list(people.programs), list(people.requests)
    rng.shuffle(programs)  # type: ignore[attr-defined]
    rng.shuffle(requests)  # type: ignore[attr-defined]
    other = replace(people, programs=tuple(programs), requests=tuple(requests))
    first, second = solve(people), solve(other)
    assert first.matches == second.matches
    assert first.unmatched == second.unmatched


@settings(max_examples=examples(6))
@given(st.integers(0, 10**6))
def test_other_names_and_a_program_nobody_can_match_change_no_value(seed: int) -> None:
    people = population(24, seed)
    before = solve(people)
    name = {p.id: f"Q{99 - k}" for k, p in enumerate(people.programs)}

    def named(ids: object) -> list[str]:
        return [name[x] for x in ids]  # type: ignore[attr-defined]

    programs = tuple(
        replace(p, id=name[p.id], previous=frozenset(named(p.previous))) for p in people.programs
    )
    requests = tuple(
        replace(
            r,
            program=name[r.program],
            wishes=tuple(named(r.wishes)),
            must_not=frozenset(named(r.must_not)),
        )
        for r in people.requests
    )
    lonely = Program(id="Z", country="AQ", languages={"tlh": "C2"})
    after = solve(
        replace(
            people,
            programs=(*programs, lonely),
            requests=(*requests, Request(program="Z", modes=frozenset())),
        )
    )
    assert {t.name: t.value for t in before.tiers if t.name not in ("equity", "blocking")} == {
        t.name: t.value for t in after.tiers if t.name not in ("equity", "blocking")
    }


@pytest.mark.parametrize("seed", range(8))
def test_no_two_pairs_could_swap_partners_to_everyones_gain(seed: int) -> None:
    people = _pairs_only(population(40, seed))
    result = solve(people)
    pool = compile_pool(people)
    weight = pair_weights(pool)
    from citevents.matching.solver.stability import Preferences

    seats = seats_of(pool, [])
    opinion = Preferences.of(pool, seats, weight).opinions
    pairs = [tuple(pool.index[p] for p in m.programs) for m in result.matches]
    for k, (a, b) in enumerate(pairs):
        for c, d in pairs[k + 1 :]:
            for (p, q), (r, s) in (((a, c), (b, d)), ((a, d), (b, c))):
                if weight[p, q] and weight[r, s]:
                    new = {p: q, q: p, r: s, s: r}
                    old = {a: b, b: a, c: d, d: c}
                    assert not all(opinion[x, new[x]] > opinion[x, old[x]] for x in new)


def test_stable_mode_leaves_nobody_who_would_both_rather() -> None:
    people = population(26, 3)
    result = solve(people, mode="stable")
    assert result.blocking_count == 0
    assert result.tiers[0].name == "blocking"
    assert result.tiers[0].proven


def test_accepted_stays_and_a_pre_matched_pair_that_breaks_a_rule_is_named() -> None:
    base = population(20, 4)
    free = solve(base)
    pair = free.matches[-1].programs
    kept = solve(
        replace(base, round=replace(base.round, accepted=(Agreed(shape=Shape.MUTUAL, programs=pair),)))
    )
    assert kept.matches[0].kept == "accepted"
    assert kept.matches[0].programs == pair
    a, b = base.programs[0], next(p for p in base.programs[1:] if p.country == base.programs[0].country)
    named = {a.id: b.id, b.id: a.id}
    requests = tuple(replace(r, pre_matched=named.get(r.program)) for r in base.requests)
    result = solve(replace(base, requests=requests))
    assert {(x.program, x.code) for x in result.problems if "pre_matched" in x.code} == {
        (a.id, "pre_matched_breaks_rule"),
        (b.id, "pre_matched_breaks_rule"),
    }
    assert all(set(m.programs) != {a.id, b.id} for m in result.matches)


def test_a_stopped_solver_hands_over_what_it_has_and_claims_nothing() -> None:
    people = population(300, 1)
    result = solve(people, stop=lambda: True)
    assert not result.complete
    assert [broken_rules(people, m) for m in result.matches] == [[] for _ in result.matches]
    assert not next(t for t in result.tiers if t.name == "score").proven


def test_progress_is_told_in_message_ids() -> None:
    told: list[tuple[str, float]] = []
    solve(population(250, 1), progress=lambda stage, done: told.append((stage, done)))
    assert told[0][0] == "people"
    assert all(0 <= done <= 1 for _, done in told)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_rounds(n: int) -> None:
    result = solve(population(n, 1))
    assert result.complete
    assert len(result.unmatched) + result.people == n


def test_requests_that_cannot_be_honoured_are_named() -> None:
    programs = (
        Program(id="A", country="FI", languages={}),
        Program(id="B", country="KE", languages={"en": "C1"}),
        Program(id="C", country="JO", languages={"en": "C1"}),
    )
    requests = (
        Request(program="A", weeks=frozenset({"2020-W01"}), places=0),
        Request(
            program="B", weeks=frozenset({"2027-W40"}), wishes=("B", "nobody"), must_not=frozenset({"C"})
        ),
        Request(program="C", weeks=frozenset({"2027-W40"}), must_not=frozenset({"B"}), modes=frozenset()),
        Request(program="ghost"),
    )
    result = solve(Population(programs=programs, requests=requests, round=Round(opens="2027-W36")))
    assert [(p.program, p.code) for p in result.problems] == [
        ("A", "no_language"),
        ("A", "no_places"),
        ("A", "weeks_past"),
        ("B", "wish_for_oneself"),
        ("B", "wish_unknown"),
        ("C", "no_mode"),
        ("ghost", "unknown_program"),
    ]
    assert result.matches == ()


def test_all_from_one_country_is_answered_with_the_rule() -> None:
    people = population(30, 1, skew="one_country")
    result = solve(people)
    assert result.people == 0
    assert {u.reason.code for u in result.unmatched} == {"nobody_possible"}
    rules = [reason.arguments["rule"] for reason in in_the_way(people, result).values()]
    assert len(rules) > 25
    assert set(rules) == {"country"}


@pytest.mark.parametrize(
    ("shape", "count"), [("mutual", 3), ("visit", 4), ("cycle", 2), ("cycle", 4), ("circle", 2)]
)
def test_an_agreement_of_too_few_or_too_many_is_reported_and_left_out(shape: str, count: int) -> None:
    people = population(6, 1)
    agreed = Agreed(shape=Shape(shape), programs=tuple(r.program for r in people.requests[:count]))
    result = solve(replace(people, round=replace(people.round, accepted=(agreed,))))
    assert [p.code for p in result.problems if p.program == agreed.programs[0]] == ["accepted_unusable"]
    assert [m for m in result.matches if m.kept] == []


def _swaps_for_all(people: Population, result: Result) -> list[tuple[str, ...]]:
    """Two pairs each that could swap partners so that all four gain: a wish before any number of points."""
    pool = compile_pool(people)
    able = pair_weights(pool) > 0
    wished = wished_pairs(pool)

    def likes(i: int, group: tuple[Shape, tuple[int, int]]) -> tuple[int, int]:
        (j,) = set(group[1]) - {i}
        return wished.get((i, j), 0), gain_of(pool, group[0], i, group[1])

    pairs = [
        (m.shape, (pool.index[m.programs[0]], pool.index[m.programs[1]]))
        for m in result.matches
        if len(m.programs) == 2
    ]
    found = []
    for one, other in combinations(pairs, 2):
        (a, b), rest = one[1], other[1]
        for c, d in (rest, rest[::-1]):
            if able[a, c] and able[b, d] and len({a, b, c, d}) == 4:
                now = {a: one, b: one, c: other, d: other}
                then = {
                    i: group for group in (best_shape(pool, a, c), best_shape(pool, b, d)) for i in group[1]
                }
                if all(likes(i, then[i]) > likes(i, now[i]) for i in now):
                    found.append(tuple(pool.programs[i].id for i in now))
    return found


@pytest.mark.parametrize(("seed", "mode"), [(0, "coverage"), (6, "coverage"), (1, "stable")])
def test_nor_could_they_where_larger_groups_and_fewer_blocking_pairs_moved_them(seed: int, mode: str) -> None:
    people = population(300, seed, modes="all")
    people = replace(people, requests=tuple(replace(r, places=1) for r in people.requests))
    assert _swaps_for_all(people, solve(people, mode=mode)) == []
