"""Meet-ups at a conference: which two people meet, in which slot, at which numbered table.

Must-meets first, then most people with a meeting, then the score: one packing of pairs into slots, solved
over all pairs and slots by pricing (`milp.priced_pack`), and so proven.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from citevents.matching.solver.documents import fit
from citevents.matching.solver.milp import Packed, Packing, Stop, clock, priced_pack
from citevents.matching.solver.refusals import Unreadable
from citevents.matching.solver.schemas import GATHERING
from citevents.matching.solver.score import need_points

Pair = tuple[int, int]
Cell = tuple[Pair, int]  # a pair in a slot

# What it costs that somebody meets nobody. The first usually outweighs all scores at stake; checked.
_ALONE = (8 * 2001.0, 128 * 2001.0, 2048 * 2001.0)
_FIRST = 16  # cells per person to start from


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person who would like to meet others."""

    id: str
    free: frozenset[str]  # slots
    seeks: tuple[str, ...] = ()  # topics, most wanted first
    offers: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()  # none named: any
    at_most: int | None = None  # meetings; None is the gathering's
    must_meet: frozenset[str] = frozenset()
    no_thanks: frozenset[str] = frozenset()  # private


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    people: tuple[Person, ...]
    slots: tuple[str, ...]  # in order of time
    tables: int
    at_most: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    people: tuple[str, str]
    slot: str
    table: int  # 1..tables
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`bound` limits the score of any plan with as many must-meets and people."""

    meetings: tuple[Meeting, ...]
    people: int
    score: int
    must_meet: int  # pairs that had to meet and do
    missed: tuple[tuple[str, str], ...]  # must-meets that could not be
    alone: tuple[str, ...]
    bound: int
    proven: bool


def gathering_of(document: Any) -> Gathering:
    """A gathering from its JSON form. Raises Unreadable."""
    fit(document, GATHERING)
    ids = [p["id"] for p in document["people"]]
    if len(set(ids)) < len(ids):
        raise Unreadable("$.people", "an id appears twice")
    sets = ("free", "offers", "languages", "must_meet", "no_thanks")
    people = tuple(
        Person(
            **{
                **p,
                **{key: frozenset(p[key]) for key in sets if key in p},
                **({"seeks": tuple(p["seeks"])} if "seeks" in p else {}),
            }
        )
        for p in document["people"]
    )
    return Gathering(**{**document, "people": people, "slots": tuple(document["slots"])})


def plan(gathering: Gathering, *, seconds: float = 60.0, stop: Stop | None = None) -> Plan:
    """The best plan in the time given, or until `stop()` says so."""
    worth, must = _worth(gathering)
    cells = _cells(gathering, worth)
    left = clock(seconds, stop)
    most: int | None = None
    nothing = _planned(gathering, worth, must, {}, sum(worth.values()), proven=False)
    for alone in _ALONE:
        packing = _packing(gathering, worth, must, cells, alone)
        found = _solve(packing, cells, len(gathering.people), left)
        if found is None:
            return nothing
        chosen = {pair: slot for (pair, slot), x in zip(cells, found.chosen, strict=False) if x > 0.5}
        met = len({i for pair in chosen for i in pair})
        if most is None:
            most = _most_people(gathering, packing, cells, must, left, met)
        proven = found.proven and met == most
        gap = 0 if proven else max(1, int(found.bound - float(packing.value @ found.chosen)))
        score = sum(worth[pair] for pair in chosen)
        best = _planned(gathering, worth, must, chosen, score + gap, proven=proven)
        if proven or not left():
            return best
    return best


def _solve(packing: Packing, cells: Sequence[Cell], n: int, left: Callable[[], float]) -> Packed | None:
    first = np.concatenate([_candidates(cells, packing.value, n), np.arange(len(cells), len(cells) + n)])
    return priced_pack(packing, first, left)


def _most_people(
    gathering: Gathering,
    packing: Packing,
    cells: Sequence[Cell],
    must: set[Pair],
    left: Callable[[], float],
    met: int,
) -> int:
    """How many can meet somebody, with as many must-meets: everybody possible, or one more packing."""
    n = len(gathering.people)
    able = {i for (i, j), _ in cells for i in (i, j)}
    if met == len(able):
        return met
    value = np.array([2.0 * n if pair in must else 0.0 for pair, _ in cells] + [-1.0] * n)
    found = _solve(replace(packing, value=value), cells, n, left)
    if found is None or not found.proven:
        return len(able)
    return len({i for (pair, _), x in zip(cells, found.chosen, strict=False) if x > 0.5 for i in pair})


def _limit(gathering: Gathering, person: Person) -> int:
    most = gathering.at_most if person.at_most is None else person.at_most
    return min(most, len(person.free & set(gathering.slots)))


def _worth(gathering: Gathering) -> tuple[dict[Pair, int], set[Pair]]:
    """Score 1..2000 of every possible pair, and those that must meet."""
    people, slots = gathering.people, set(gathering.slots)
    points = [need_points(p.seeks, 1000) for p in people]
    worth: dict[Pair, int] = {}
    must: set[Pair] = set()
    for i, j in combinations(range(len(people)), 2):
        a, b = people[i], people[j]
        if b.id in a.no_thanks or a.id in b.no_thanks or not (a.free & b.free & slots):
            continue
        if a.languages and b.languages and not a.languages & b.languages:
            continue
        gain = sum(points[i][t] for t in a.seeks if t in b.offers)
        gain += sum(points[j][t] for t in b.seeks if t in a.offers)
        worth[i, j] = max(1, gain)
        if b.id in a.must_meet or a.id in b.must_meet:
            must.add((i, j))
    return worth, must


def _cells(gathering: Gathering, worth: Mapping[Pair, int]) -> list[Cell]:
    at = {slot: k for k, slot in enumerate(gathering.slots)}
    free = [sorted(at[s] for s in p.free if s in at) for p in gathering.people]
    sets = [set(f) for f in free]
    return [((i, j), s) for i, j in worth for s in free[i] if s in sets[j]]


def _packing(
    gathering: Gathering, worth: Mapping[Pair, int], must: set[Pair], cells: Sequence[Cell], alone: float
) -> Packing:
    """Cells and, per person, one more column "meets nobody" that costs `alone`.

    Rows: each pair once; one meeting per person and slot; tables per slot; meetings per person; everybody
    meets somebody or takes the column that says so. A must-meet is worth more than all people together.
    """
    n, slots = len(gathering.people), len(gathering.slots)
    number = {pair: k for k, pair in enumerate(worth)}
    i = np.array([pair[0] for pair, _ in cells], np.int64)
    j = np.array([pair[1] for pair, _ in cells], np.int64)
    s = np.array([slot for _, slot in cells], np.int64)
    once = np.array([number[pair] for pair, _ in cells], np.int64)
    sitting = len(number)
    tables = sitting + n * slots
    most = tables + slots
    somebody = most + n
    rows = somebody + n
    at = np.stack(
        [
            once,
            sitting + i * slots + s,
            sitting + j * slots + s,
            tables + s,
            most + i,
            most + j,
            somebody + i,
            somebody + j,
        ],
        axis=1,
    )
    index = np.concatenate([at.ravel(), somebody + np.arange(n)])
    start = np.concatenate([np.arange(len(cells) + 1) * 8, 8 * len(cells) + 1 + np.arange(n)])
    a = csc_matrix((np.ones(len(index)), index, start), shape=(rows, len(cells) + n))
    upper = np.ones(rows)
    upper[tables:most] = gathering.tables
    upper[most:somebody] = [_limit(gathering, p) for p in gathering.people]
    upper[somebody:] = np.inf
    lower = np.full(rows, -np.inf)
    lower[somebody:] = 1.0
    rank = [worth[pair] + (alone * n if pair in must else 0.0) for pair, _ in cells]
    return Packing(np.array([*rank, *[-alone] * n]), a, upper, lower)


def _candidates(cells: Sequence[Cell], rank: NDArray[np.float64], n: int) -> NDArray[np.int64]:
    """Every person's best cells, to start from."""
    ends = np.array([pair for pair, _ in cells], np.int64).reshape(-1, 2)
    chosen = [np.empty(0, np.int64)]
    order = np.argsort(-rank[: len(cells)], kind="stable")
    for side in (0, 1):
        person = ends[order, side]
        by_person = np.argsort(person, kind="stable")
        place = np.arange(len(person)) - np.searchsorted(person[by_person], person[by_person])
        chosen.append(order[by_person[place < _FIRST]])
    return np.unique(np.concatenate(chosen))


def _planned(
    gathering: Gathering,
    worth: Mapping[Pair, int],
    must: set[Pair],
    slots: Mapping[Pair, int],
    bound: int,
    *,
    proven: bool,
) -> Plan:
    ids = [p.id for p in gathering.people]
    tables = [0] * len(gathering.slots)
    meetings = []
    for (i, j), slot in sorted(slots.items(), key=lambda item: (item[1], item[0])):
        tables[slot] += 1
        meetings.append(
            Meeting(
                people=(ids[i], ids[j]), slot=gathering.slots[slot], table=tables[slot], score=worth[i, j]
            )
        )
    met = {name for m in meetings for name in m.people}
    score = sum(m.score for m in meetings)
    wanted = _wanted(gathering)
    kept = {frozenset(m.people) for m in meetings}
    return Plan(
        meetings=tuple(meetings),
        people=len(met),
        score=score,
        must_meet=sum(1 for p in must if p in slots),
        missed=tuple(pair for pair in wanted if frozenset(pair) not in kept),
        alone=tuple(name for name in ids if name not in met),
        bound=max(bound, score),
        proven=proven,
    )


def _wanted(gathering: Gathering) -> list[tuple[str, str]]:
    """Must-meets as asked, each once; refusals are not told apart from other reasons for missing one."""
    known = {p.id for p in gathering.people}
    asked = {
        (min(p.id, q), max(p.id, q))
        for p in gathering.people
        for q in p.must_meet
        if q in known and q != p.id
    }
    return sorted(asked)
