"""After declines: accepted frozen, declined gone, nobody else disturbed."""

from dataclasses import replace

from citevents.matching.solver import Agreed, Population, Shape, rematch, solve
from citevents.matching.solver.populations import population
from tests.matching.solver.round_oracles import broken_rules, overbooked


def _solved(n: int, modes: str = "mutual") -> tuple[Population, list[Agreed]]:
    people = population(n, 6, modes=modes)
    if modes == "mutual":
        people = replace(people, round=replace(people.round, longest_cycle=2))
    return people, [Agreed(shape=m.shape, programs=m.programs) for m in solve(people).matches]


def test_open_proposals_stay_and_only_the_freed_move() -> None:
    people, proposals = _solved(200, "all")
    declined = [frozenset(p.programs) for p in proposals[::20] if len(p.programs) == 2]
    accepted = [frozenset(p.programs) for p in proposals[1::7]]
    again = rematch(people, proposals, accepted=accepted, declined=declined)
    after = [Agreed(shape=m.shape, programs=m.programs) for m in again.result.matches]
    standing = {p for p in proposals if frozenset(p.programs) not in declined}
    assert standing <= {*again.kept, *after}
    assert not {frozenset(m.programs) for m in after} & set(declined)
    free = replace(people, round=replace(people.round, declined=frozenset(declined)))
    assert [broken_rules(free, m) for m in again.result.matches] == [[] for _ in again.result.matches]
    assert overbooked(people, again.result.matches) == []


def test_reopened_everything_but_the_accepted_is_solved_afresh() -> None:
    people, proposals = _solved(80)
    pair = proposals[0]
    declined = frozenset(proposals[1].programs)
    again = rematch(
        people, proposals, accepted=[frozenset(pair.programs)], declined=[declined], keep_open=False
    )
    assert again.kept == (pair,)
    apart = replace(people, round=replace(people.round, declined=frozenset({declined}), accepted=(pair,)))
    whole = solve(apart)
    assert again.result.people + 2 == whole.people
    assert again.result.score + whole.matches[0].score == whole.score


def test_declined_and_undone_is_the_same_answer() -> None:
    people, _ = _solved(60)
    first = solve(people)
    pair = frozenset(first.matches[0].programs)
    declined = replace(people, round=replace(people.round, declined=frozenset({pair})))
    assert pair not in {frozenset(m.programs) for m in solve(declined).matches}
    undone = replace(declined, round=replace(declined.round, declined=frozenset()))
    assert solve(undone).matches == first.matches


def test_an_accepted_match_that_is_excluded_since_is_dissolved() -> None:
    people, proposals = _solved(30)
    a, b = proposals[0].programs
    requests = tuple(replace(r, must_not=frozenset({b})) if r.program == a else r for r in people.requests)
    again = rematch(replace(people, requests=requests), proposals, accepted=[frozenset((a, b))])
    assert proposals[0] not in again.kept
    assert frozenset((a, b)) not in {frozenset(m.programs) for m in again.result.matches}


def test_a_host_with_a_place_left_takes_another_guest() -> None:
    people = population(40, 5, modes="all", skew="scarce_hosts")
    proposals = [Agreed(shape=m.shape, programs=m.programs) for m in solve(people).matches]
    places = {r.program: r.places for r in people.requests}
    visit = next(p for p in proposals if p.shape is Shape.VISIT and places[p.programs[1]] == 3)
    again = rematch(people, [visit])
    together = [*again.kept, *(Agreed(shape=m.shape, programs=m.programs) for m in again.result.matches)]
    assert visit in together
    assert sum(visit.programs[1] in m.programs for m in together) == 3
    assert overbooked(people, again.result.matches) == []
