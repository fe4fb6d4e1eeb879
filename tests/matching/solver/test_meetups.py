"""Meet-ups: nobody twice at once, nobody who said no thanks, as many people as can be, proven."""

import random
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from citevents.matching.solver.meetup_input import Gathering, Person, Plan
from citevents.matching.solver.meetups import plan
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


def keeps_every_rule(asked: Gathering, found: Plan) -> None:
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
    assert found.people == len({name for m in found.meetings for name in m.people})
    assert found.people + len(found.alone) == len(who)


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_keeps_every_rule(seed: int) -> None:
    asked = gathering(50, 8, 6, seed)
    found = plan(asked)
    keeps_every_rule(asked, found)
    assert found.proven


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


@pytest.mark.parametrize("seed", range(12))
def test_must_meets_people_and_score_agree_with_one_integer_program(seed: int) -> None:
    """All pairs and slots at once, tier by tier, in HiGHS's own formulation of scipy: no pricing, no cuts of ours."""
    rng = random.Random(seed)
    asked = gathering(24, 4, rng.choice((2, 3, 9)), seed, at_most=rng.choice((1, 2, 3)))
    people = asked.people
    cells = [
        (a, b, s)
        for a, b in combinations(people, 2)
        if b.id not in a.no_thanks and a.id not in b.no_thanks and a.languages & b.languages
        for s in sorted(a.free & b.free)
    ]
    n, m = len(people), len(cells)
    ahead = [float(b.id in a.must_meet or a.id in b.must_meet) for a, b, _ in cells] + [0.0] * n
    served = [0.0] * m + [1.0] * n
    score = [float(_score(a, b)) for a, b, _ in cells] + [0.0] * n
    rows: dict[tuple[str, ...], tuple[list[int], int]] = {}
    for k, (a, b, s) in enumerate(cells):
        for key, limit in (
            (("once", a.id, b.id), 1),
            (("seat", a.id, s), 1),
            (("seat", b.id, s), 1),
            (("tables", s), asked.tables),
            (("most", a.id), asked.at_most),
            (("most", b.id), asked.at_most),
        ):
            rows.setdefault(key, ([], limit))[0].append(k)
    matrix = np.zeros((len(rows) + n, m + n))
    for row, (columns, _) in enumerate(rows.values()):
        matrix[row, columns] = 1
    for i, p in enumerate(people):
        matrix[len(rows) + i, m + i] = 1
        matrix[len(rows) + i, [k for k, (a, b, _) in enumerate(cells) if p in (a, b)]] = -1
    limits = [limit for _, limit in rows.values()] + [0] * n
    constraints = [LinearConstraint(matrix, -np.inf, limits)]
    best = []
    for value in (ahead, served, score):
        found = milp(
            -np.array(value), constraints=constraints, integrality=np.ones(m + n), bounds=Bounds(0, 1)
        )
        best.append(round(-found.fun))
        constraints.append(LinearConstraint(np.array(value), best[-1] - 0.5, np.inf))
    result = plan(asked)
    assert ([result.must_meet, result.people, result.score], result.proven) == (best, True)


def test_out_of_time_there_is_a_plan_all_the_same() -> None:
    """It keeps every rule and serves most, and does not claim to be the best."""
    asked = gathering(120, 12, 12, 1)
    found = plan(asked, seconds=0)
    keeps_every_rule(asked, found)
    assert (found.proven, found.people > 90, found.bound >= found.score > 0) == (False, True, True)
