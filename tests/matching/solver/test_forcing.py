"""What a pair would cost: the round solved again with it, what it would break, and prices that never claim too much."""

from dataclasses import replace
from itertools import combinations

import pytest

from citevents.matching.solver import (
    Agreed,
    Mode,
    Population,
    Result,
    Shape,
    difference,
    explain,
    solve,
)
from citevents.matching.solver.populations import population
from tests.matching.solver.round_oracles import asking


def _agreed(result: Result) -> tuple[Agreed, ...]:
    return tuple(Agreed(shape=m.shape, programs=m.programs) for m in result.matches)


def _why(people: Population, a: str, b: str, **asked: object) -> list[tuple[str, object]]:
    found = explain(people, _agreed(solve(people)), a, b, **asked)  # type: ignore[arg-type]
    return [(r.code, r.arguments.get("programs")) for r in found.reasons]


def test_a_pair_that_an_agreement_leaves_no_room_for_says_so_and_costs_what_giving_it_up_costs() -> None:
    agreed = Agreed(shape=Shape.VIRTUAL, programs=("A", "B"))
    people = asking({key: {Mode.VIRTUAL} for key in "ABC"}, accepted=(agreed,))
    people = replace(people, programs=tuple(replace(p, left_out=2 * (p.id == "B")) for p in people.programs))
    assert _why(people, "A", "C") == [("agreed_before", ("A", "B"))]
    # Whom the other has agreed with is not for every program to read.
    assert _why(people, "A", "C", viewer="C") == [("others_gain_more", None)]
    lost = {
        d.name: (d.as_solved, d.forced, d.proven) for d in difference(people, solve(people).tiers, "A", "C")
    }
    assert lost["people"] == (2, 2, True)
    assert lost["left_out"] == (2, 0, True)


def test_two_who_named_each_other_are_an_agreement_too() -> None:
    people = asking({key: {Mode.VIRTUAL} for key in "ABC"})
    named = {"A": "B", "B": "A"}
    people = replace(
        people, requests=tuple(replace(r, pre_matched=named.get(r.program)) for r in people.requests)
    )
    assert _why(people, "B", "C") == [("agreed_before", ("A", "B"))]


def test_a_host_with_a_place_left_breaks_nothing() -> None:
    modes = {"guest": {Mode.GUEST}, "host": {Mode.HOST}, "other": {Mode.GUEST}, "last": {Mode.GUEST}}
    visit = Agreed(shape=Shape.VISIT, programs=("guest", "host"))
    people = asking(modes, places=2, accepted=(visit,))
    (alone,) = (u.program for u in solve(people).unmatched)
    assert _why(people, "host", alone) == [("others_gain_more", None)]


def test_a_pair_is_forced_in_the_shape_that_costs_least() -> None:
    """As guests of one host both find a place; a mutual visit, worth as much, would take the host's own."""
    modes = {"guest": {Mode.GUEST, Mode.MUTUAL}, "host": {Mode.HOST, Mode.MUTUAL}, "other": {Mode.MUTUAL}}
    people = asking(modes, places=2)
    tiers = solve(people).tiers
    lost = {d.name: (d.as_solved, d.forced) for d in difference(people, tiers, "guest", "host")}
    assert lost["people"] == (3, 3)


@pytest.mark.parametrize("seed", [44, 70])
def test_no_price_is_higher_than_what_is_really_lost_first(seed: int) -> None:
    """Tiers before the first one with a price lose nothing for sure; that one loses as much or more."""
    people = population(8, seed, skew="convener")
    people = replace(people, round=replace(people.round, longest_cycle=2))
    result = solve(people)
    apart = combinations([r.program for r in people.requests], 2)
    tried = 0
    for a, b in apart:
        found = explain(people, _agreed(result), a, b, prices=result.prices)
        if found.price is None:
            continue
        tried += 1
        lost = {d.name: d for d in difference(people, result.tiers, a, b)}
        for goal, units in found.price.items():
            if goal == "equity":
                break
            real = lost[goal].as_solved - lost[goal].forced  # type: ignore[operator]
            assert real >= units, (a, b, goal)
            if real or units:
                break
    assert tried > 5


def test_who_can_only_be_neighbours_in_a_larger_group_is_told_so() -> None:
    people = asking({key: {Mode.CIRCLE} for key in "ABC"})
    found = explain(people, (), "A", "B")
    assert (found.kind, [r.code for r in found.reasons]) == ("impossible", ["rule_mode", "only_with_others"])
    assert [r.code for r in explain(people, (), "A", "B", viewer="A").reasons] == ["not_compatible"]
