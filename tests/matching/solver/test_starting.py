"""From an earlier answer: after declines, every tier is as proven and as good as found anew."""

import random
from dataclasses import replace

import pytest

from citevents.matching.solver import Agreed, Mode, Population, Result, rematch, solve
from citevents.matching.solver.documents import document_of
from citevents.matching.solver.populations import SKEWS, population
from citevents.matching.solver.tiers import PairTiers
from tests.matching.solver.round_oracles import broken_rules, overbooked

Declined = frozenset[frozenset[str]]


def _pairs(n: int, seed: int, skew: str, modes: str) -> Population:
    """A round without cycles and circles, with hosts of several places where modes is "all"."""
    people = population(n, seed, skew=skew, modes=modes)
    requests = tuple(replace(r, modes=r.modes - {Mode.CIRCLE}) for r in people.requests)
    return replace(people, requests=requests, round=replace(people.round, longest_cycle=2))


def _without(people: Population, declined: Declined) -> Population:
    return replace(people, round=replace(people.round, declined=declined))


def _standing(result: Result) -> list[tuple[object, ...]]:
    return [(t.name, t.value, t.bound, t.proven) for t in result.tiers if t.name != "blocking"]


@pytest.fixture
def resumed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each attempt to go on from an earlier answer was enough."""
    said: list[bool] = []
    resume = PairTiers.resume

    def watched(self: PairTiers, *arguments: object) -> bool:
        said.append(resume(self, *arguments))  # type: ignore[arg-type]
        return said[-1]

    monkeypatch.setattr(PairTiers, "resume", watched)
    return said


@pytest.mark.parametrize("modes", ["mutual", "all"])
def test_declines_one_after_another_and_undone(modes: str, resumed: list[bool]) -> None:
    for seed in range(60):
        rng = random.Random(seed)
        people = _pairs(rng.randint(6, 70), seed, SKEWS[seed % len(SKEWS)], modes)
        first = now = solve(people)
        declined: Declined = frozenset()
        for _ in range(3):
            proposed = [frozenset(m.programs) for m in now.matches]
            declined |= set(rng.sample(proposed, min(len(proposed), rng.randint(0, 3))))
            asked = _without(people, declined)
            now, anew = solve(asked, after=now), solve(asked)
            assert _standing(now) == _standing(anew), seed
            assert all(t.proven for t in now.tiers if t.name != "blocking")
            assert not {frozenset(m.programs) for m in now.matches} & declined
            assert [broken_rules(asked, m) for m in now.matches] == [[] for _ in now.matches]
            assert overbooked(asked, now.matches) == []
        undone = solve(people, after=now)
        assert document_of(undone.matches) == document_of(first.matches), seed
    assert resumed.count(True) > 90
    assert resumed.count(False) > 5, "what cannot be kept is found anew"


def test_nothing_declined_is_the_same_answer() -> None:
    people = _pairs(60, 5, "world", "all")
    first = solve(people)
    again = solve(people, after=first)
    assert replace(again, seconds=0.0, tiers=()) == replace(first, seconds=0.0, tiers=())
    assert _standing(again) == _standing(first)


def test_an_answer_to_something_else_is_left_aside() -> None:
    """Another request, another round, or fewer declined: nothing of the earlier answer counts."""
    people = _pairs(40, 2, "world", "all")
    first = solve(people)
    pair = frozenset(first.matches[0].programs)
    changed = replace(people.requests[0], weeks=frozenset({"2027-W36"}))
    for other in (
        replace(people, requests=(changed, *people.requests[1:])),
        replace(people, round=replace(people.round, minimum=500)),
        replace(people, round=replace(people.round, credit={"US": 3})),
        _pairs(40, 3, "world", "all"),
    ):
        assert document_of(solve(other, after=first).matches) == document_of(solve(other).matches)
    declined = solve(_without(people, frozenset({pair})))
    assert document_of(solve(people, after=declined).matches) == document_of(first.matches)


def test_a_pre_matched_pair_that_is_declined_is_free_again() -> None:
    people = _pairs(30, 4, "world", "mutual")
    a, b = solve(people).matches[0].programs
    named = {a: b, b: a}
    people = replace(
        people, requests=tuple(replace(r, pre_matched=named.get(r.program)) for r in people.requests)
    )
    first = solve(people)
    assert first.matches[0].kept == "pre_matched"
    asked = _without(people, frozenset({frozenset((a, b))}))
    now = solve(asked, after=first)
    assert _standing(now) == _standing(solve(asked))
    assert all(m.kept is None for m in now.matches)


def test_a_re_match_begins_there_where_nothing_stands(resumed: list[bool]) -> None:
    people = _pairs(300, 7, "convener", "all")
    first = solve(people)
    proposals = [Agreed(shape=m.shape, programs=m.programs) for m in first.matches]
    declined = [frozenset(p.programs) for p in proposals[::20]]
    again = rematch(people, proposals, declined=declined, keep_open=False, after=first)
    anew = rematch(people, proposals, declined=declined, keep_open=False)
    assert again.kept == anew.kept == ()
    assert _standing(again.result) == _standing(anew.result)
    assert resumed == [True]


def test_what_a_search_begins_from_is_not_written() -> None:
    assert "start" not in document_of(solve(_pairs(8, 1, "world", "mutual")))
