"""Cycles and circles: exact where small, bounded where large, and the bounds are bounds."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from citevents.matching.solver import Mode, Population, Program, Request, Round, Shape, solve
from citevents.matching.solver.capacities import seat_weights, seats_of
from citevents.matching.solver.exactly import Exactly, enumerated
from citevents.matching.solver.groups import Group, Joining
from citevents.matching.solver.pool import Pool, compile_pool
from citevents.matching.solver.populations import population
from citevents.matching.solver.reasons import worth
from citevents.matching.solver.relaxed import limits
from tests.matching.solver.round_oracles import exact_shares


def _friendly(n: int, seed: int) -> Population:
    """Few languages and many modes, so that every shape occurs; one place per host."""
    people = population(n, seed, modes="all")
    rng = np.random.default_rng(seed)
    programs = tuple(
        replace(p, languages={"en": "C1"}, left_out=int(rng.integers(0, 2)), previous=frozenset())
        for p in people.programs
    )
    requests = tuple(
        replace(
            r,
            modes=frozenset(m for m in Mode if rng.random() < 0.5) or frozenset({Mode.CIRCLE}),
            weeks=frozenset(w for w in ("2027-W40", "2027-W41", "2027-W42") if rng.random() < 0.6),
            places=1,
            floor="B1",
        )
        for r in people.requests
    )
    return replace(people, programs=programs, requests=requests)


def _packings(groups: Sequence[Group], taken: frozenset[int] = frozenset()) -> list[list[Group]]:
    if not groups:
        return [[]]
    found = _packings(groups[1:], taken)
    if not taken & set(groups[0][1]):
        more = _packings(groups[1:], taken | set(groups[0][1]))
        found = found + [[groups[0], *rest] for rest in more]
    return found


def _rank(people: Population, pool: Pool, chosen: Sequence[Group]) -> tuple[object, ...]:
    served = {i for _, members in chosen for i in members}
    points = 0
    for _, members in chosen:
        for i in members:
            wishes = pool.requests[i].wishes
            points += sum(
                max(0, 5 - wishes.index(pool.programs[j].id))
                for j in members
                if j != i and pool.programs[j].id in wishes
            )
    return (
        len(served),
        sum(pool.programs[i].left_out for i in served),
        exact_shares(people, {pool.programs[i].id for i in served}),
        points,
        sum(worth(pool, *group) for group in chosen),
    )


@pytest.mark.parametrize("seed", range(14))
def test_every_tier_agrees_with_every_packing_tried(seed: int) -> None:
    people = _friendly(6 + seed % 3, seed)
    pool = compile_pool(people)
    groups = enumerated(pool, list(range(pool.n)), ())
    assert groups is not None
    if len(groups) > 60:
        pytest.skip(f"{len(groups)} groups are too many packings to try")
    best = max(_rank(people, pool, chosen) for chosen in _packings(groups))
    result = solve(people)
    value = {t.name: t.value for t in result.tiers}
    fair = tuple(int(1000 * share) for share in best[2])  # type: ignore[attr-defined]
    assert (value["people"], value["left_out"], value["equity"], value["wishes"], value["score"]) == (
        best[0],
        best[1],
        fair,
        best[3],
        best[4],
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_relaxation_is_never_below_the_best(seed: int) -> None:
    people = _friendly(14, seed)
    pool = compile_pool(people)
    seats = seats_of(pool, [])
    weight = seat_weights(pool, seats)
    groups = enumerated(pool, list(range(pool.n)), (), 20_000)
    assert groups is not None
    best = Exactly(pool, seats, [], groups, False, lambda: 60.0)
    assert best.solve()
    value = {t.name: t.value for t in best.tiers}
    bound = limits(pool, seats, weight, None)
    assert bound is not None
    assert bound.people >= value["people"]  # type: ignore[operator]
    assert bound.score >= value["score"]  # type: ignore[operator]
    if bound.people == value["people"]:
        assert bound.left_out >= value["left_out"]  # type: ignore[operator]
    assert {i for _, members in best.chosen for i in members} <= bound.able


def test_who_is_alone_joins_a_pair_as_a_cycle_of_three() -> None:
    people = population(3, 1)
    countries = ("FI", "KE", "BR")
    programs = tuple(
        replace(p, country=c, languages={"en": "C1"}, previous=frozenset())
        for p, c in zip(people.programs, countries, strict=True)
    )
    requests = tuple(
        replace(
            r, weeks=frozenset({"2027-W40"}), budget=None, visas_closed=frozenset(), largest_delegation=None
        )
        for r in people.requests
    )
    pool = compile_pool(replace(people, programs=programs, requests=requests))
    joining = Joining(pool, [(Shape.MUTUAL, (0, 1))], [2])
    joining.run()
    assert joining.alone == []
    assert [(shape, sorted(members)) for shape, members in joining.groups] == [(Shape.CYCLE, [0, 1, 2])]


def test_a_circle_needs_one_week_and_one_language_for_all() -> None:
    people = population(3, 1)
    weeks = (("W40", "W41"), ("W41", "W42"), ("W42", "W40"))  # pairwise, never all
    programs = tuple(
        replace(p, country=c, languages={"en": "C1"}, previous=frozenset())
        for p, c in zip(people.programs, ("FI", "KE", "BR"), strict=True)
    )

    def asked(chosen: Sequence[Sequence[str]]) -> Population:
        requests = tuple(
            replace(r, modes=frozenset({Mode.CIRCLE}), weeks=frozenset(f"2027-{x}" for x in w))
            for r, w in zip(people.requests, chosen, strict=True)
        )
        return replace(people, programs=programs, requests=requests)

    assert solve(asked(weeks)).people == 0
    together = solve(asked((*weeks[:2], ("W41",))))
    assert [(m.shape, m.weeks) for m in together.matches] == [(Shape.CIRCLE, ("2027-W41",))]


def test_a_country_short_of_its_share_with_all_its_programs_is_weighed_like_any() -> None:
    """FI can meet BR or KE. One of three entitled programs is a third, one of two a half: KE, whatever BR scores."""
    programs = tuple(
        Program(
            id=country, country=country, languages={"en": "C1"}, needs=needs, strengths=shown, previous=met
        )
        for country, needs, shown, met in (
            ("BR", ("youth",), frozenset({"outreach"}), frozenset({"KE"})),
            ("FI", ("outreach",), frozenset({"youth"}), frozenset()),
            ("KE", ("veterans",), frozenset(), frozenset()),
        )
    )
    requests = tuple(Request(program=p.id, weeks=frozenset({"2027-W40"})) for p in programs)
    people = Population(
        programs=programs, requests=requests, round=Round(targets={"BR": 3, "KE": 2, "FI": 1})
    )
    result = solve(people)
    assert [m.programs for m in result.matches] == [("FI", "KE")]
    assert {t.name: (t.value, t.proven) for t in result.tiers}["equity"] == ((0, 500, 1000), True)
