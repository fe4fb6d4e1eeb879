"""Meet-ups: nobody twice at once, nobody who said no thanks, as many people as can be, proven."""

import random
from itertools import combinations

import pytest

from citevents.matching.solver.meetups import Gathering, Person, plan
from citevents.matching.solver.problem import CORE_ELEMENTS


def gathering(n: int, slots: int, tables: int, seed: int, at_most: int = 3) -> Gathering:
    rng = random.Random(seed)
    names = tuple(f"s{k:02d}" for k in range(slots))
    ids = [f"p{k:03d}" for k in range(n)]
    people = tuple(
        Person(
            id=name,
            free=frozenset(rng.sample(names, rng.randint(1, min(6, slots)))),
            seeks=tuple(rng.sample(CORE_ELEMENTS, 3)),
            offers=frozenset(rng.sample(CORE_ELEMENTS, 3)),
            languages=frozenset(rng.choice((("en",), ("en", "fr"), ("fr",)))),
            must_meet=frozenset(rng.sample(ids, 1)) if rng.random() < 0.1 else frozenset(),
            no_thanks=frozenset(rng.sample(ids, 1)) if rng.random() < 0.2 else frozenset(),
        )
        for name in ids
    )
    return Gathering(people=people, slots=names, tables=tables, at_most=at_most)


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_keeps_every_rule(seed: int) -> None:
    asked = gathering(50, 8, 6, seed)
    found = plan(asked)
    who = {p.id: p for p in asked.people}
    seats: set[tuple[str, str]] = set()
    for meeting in found.meetings:
        a, b = meeting.people
        assert meeting.slot in who[a].free & who[b].free
        assert b not in who[a].no_thanks
        assert a not in who[b].no_thanks
        assert who[a].languages & who[b].languages
        assert 1 <= meeting.table <= asked.tables
        for name in (a, b):
            assert (name, meeting.slot) not in seats
            seats.add((name, meeting.slot))
    assert len({(m.slot, m.table) for m in found.meetings}) == len(found.meetings)
    assert len({frozenset(m.people) for m in found.meetings}) == len(found.meetings)
    assert all(sum(name in m.people for m in found.meetings) <= 3 for name in who)
    assert found.proven
    assert found.people == len({name for m in found.meetings for name in m.people})
    assert found.people + len(found.alone) == len(who)


@pytest.mark.parametrize("seed", range(8))
def test_people_and_score_agree_with_every_plan_tried(seed: int) -> None:
    asked = gathering(5, 2, 2, seed, at_most=2)
    asked = Gathering(
        people=tuple(
            Person(
                id=p.id,
                free=p.free,
                seeks=p.seeks,
                offers=p.offers,
                no_thanks=p.no_thanks,
                languages=frozenset(),
            )
            for p in asked.people
        ),
        slots=asked.slots,
        tables=asked.tables,
        at_most=2,
    )
    cells = [
        (a, b, s)
        for a, b in combinations(asked.people, 2)
        if b.id not in a.no_thanks and a.id not in b.no_thanks
        for s in sorted(a.free & b.free)
    ]

    def best(at: int, taken: frozenset[tuple[str, str]], met: dict[str, int], score: int) -> tuple[int, int]:
        if at == len(cells):
            return len(met), score
        found = best(at + 1, taken, met, score)
        a, b, s = cells[at]
        free = not taken & {(a.id, s), (b.id, s), (a.id + b.id, "")}
        room = sum(1 for _, slot in taken if slot == s) < 2 * asked.tables
        if free and room and met.get(a.id, 0) < 2 and met.get(b.id, 0) < 2:
            more = taken | {(a.id, s), (b.id, s), (a.id + b.id, "")}
            grown = {**met, a.id: met.get(a.id, 0) + 1, b.id: met.get(b.id, 0) + 1}
            found = max(found, best(at + 1, more, grown, score + _score(a, b)))
        return found

    result = plan(asked)
    assert (result.people, result.score) == best(0, frozenset(), {}, 0)
    assert result.proven


def _score(a: Person, b: Person) -> int:
    points = {0: 1000 * 3 // 6, 1: 1000 * 2 // 6, 2: 1000 * 1 // 6}
    points[0] += 1000 - sum(points.values())
    gained = sum(points[k] for k, t in enumerate(a.seeks) if t in b.offers)
    gained += sum(points[k] for k, t in enumerate(b.seeks) if t in a.offers)
    return max(1, gained)


def test_must_meets_come_first_and_missed_ones_are_named() -> None:
    people = (
        Person(id="a", free=frozenset({"1"}), must_meet=frozenset({"b"})),
        Person(id="b", free=frozenset({"1"}), must_meet=frozenset({"c"})),
        Person(id="c", free=frozenset({"2"})),
        Person(id="d", free=frozenset({"1"}), offers=frozenset({"x"})),
    )
    found = plan(Gathering(people=people, slots=("1", "2"), tables=1))
    assert [m.people for m in found.meetings] == [("a", "b")]
    assert found.missed == (("b", "c"),)
    assert (found.must_meet, found.alone) == (1, ("c", "d"))


@pytest.mark.parametrize(("n", "slots", "tables"), [(0, 3, 3), (1, 3, 3), (4, 0, 2), (4, 2, 0)])
def test_nothing_to_plan(n: int, slots: int, tables: int) -> None:
    people = tuple(Person(id=str(k), free=frozenset({"s0"})) for k in range(n))
    found = plan(Gathering(people=people, slots=tuple(f"s{k}" for k in range(slots)), tables=tables))
    assert (found.meetings, found.people, found.proven) == ((), 0, True)
