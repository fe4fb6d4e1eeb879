"""Meet-ups at a conference: which two people meet, in which slot, at which numbered table.

Must-meets first, then most people with a meeting, then the score. Two steps: the best pairs if only
everybody's number of meetings and the number of tables in all counted (a b-matching, solved over all pairs
by pricing), then slots for them (a list edge colouring with room). If the slots fit, the plan is best,
because the first step is a relaxation of the whole. If not, pairs and slots are chosen together among the
candidates, and the first step is the bound.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from citevents.matching.solver.documents import fit
from citevents.matching.solver.milp import Packing, clock, pack, priced_pack
from citevents.matching.solver.refusals import Unreadable
from citevents.matching.solver.schemas import GATHERING
from citevents.matching.solver.score import need_points

Pair = tuple[int, int]


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


def plan(gathering: Gathering, *, seconds: float = 60.0) -> Plan:
    """The best plan in the time given."""
    left = clock(seconds, None)
    people = gathering.people
    worth, must = _worth(gathering)
    pairs = sorted(worth)
    limit = [_limit(gathering, p) for p in people]
    room = gathering.tables * len(gathering.slots)
    found = _pairs(pairs, worth, must, limit, room, left)
    if found is None:
        return _planned(gathering, worth, must, {}, 0, proven=False)
    chosen, bound, proven = found
    slots = _slots(gathering, chosen, dict.fromkeys(chosen, 1.0), left, every=True)
    if slots is None or len(slots) < len(chosen):
        # Not all fit: choose again among the best candidates, now with their slots.
        rank = _values(pairs, worth, must, len(people))
        slots = _slots(gathering, _candidates(pairs, rank, chosen), rank, left, every=False) or {}
        proven = False
    return _planned(gathering, worth, must, slots, bound, proven=proven)


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


def _values(pairs: Sequence[Pair], worth: Mapping[Pair, int], must: set[Pair], n: int) -> dict[Pair, float]:
    """A pair's score, must-meets beyond everything."""
    return {p: worth[p] + (2001.0 * 4 * n if p in must else 0.0) for p in pairs}


def _pairs(
    pairs: Sequence[Pair],
    worth: Mapping[Pair, int],
    must: set[Pair],
    limit: Sequence[int],
    room: int,
    left: Any,
) -> tuple[list[Pair], int, bool] | None:
    """Best pairs without slots: (pairs, bound on the score, proven).

    One more 0/1 column per person says "meets nobody", at the price of more than any score: then most people
    and most score are one packing.
    """
    n = len(limit)
    possible = {i for pair in pairs for i in pair if limit[i]}
    rank = _values(pairs, worth, must, n)
    alone = 2001.0 * 2
    rows = n  # rows 0..n-1: meetings of a person; n..2n-1: meets somebody or is alone; 2n: tables
    members, factors, value = [], [], []
    for i, j in pairs:
        members.append([i, j, rows + i, rows + j, 2 * n])
        factors.append([1.0, 1.0, 1.0, 1.0, 1.0])
        value.append(rank[i, j])
    for i in range(n):
        members.append([rows + i])
        factors.append([1.0])
        value.append(-alone if i in possible else 0.0)
    upper = np.array([float(x) for x in limit] + [float(n)] * n + [float(room)])
    lower = np.array([-np.inf] * n + [1.0] * n + [-np.inf])
    packing = Packing(np.array(value), members, upper, lower, coefficients=factors)
    found = priced_pack(packing, left)
    if found is None:
        return None
    chosen = [pair for pair, x in zip(pairs, found.chosen, strict=False) if x > 0.5]
    score = sum(worth[p] for p in chosen)
    value_found = float(packing.value @ np.round(found.chosen))
    gap = 0 if found.proven else max(0, int(found.bound - value_found))
    return chosen, score + gap, found.proven


def _candidates(pairs: Sequence[Pair], rank: Mapping[Pair, float], chosen: Sequence[Pair]) -> list[Pair]:
    """The chosen pairs and each person's best dozen."""
    found = set(chosen)
    mine: dict[int, list[Pair]] = {}
    for pair in pairs:
        for i in pair:
            mine.setdefault(i, []).append(pair)
    for own in mine.values():
        found.update(sorted(own, key=lambda p: (-rank[p], p))[:12])
    return sorted(found)


def _slots(
    gathering: Gathering, pairs: Sequence[Pair], rank: Mapping[Pair, float], left: Any, *, every: bool
) -> dict[Pair, str] | None:
    """Slots for these pairs: for all of them, or for the most valuable that fit. None if that fails."""
    people, n, slots = gathering.people, len(gathering.people), gathering.slots
    at = {slot: k for k, slot in enumerate(slots)}
    cells = [
        (pair, at[s]) for pair in pairs for s in slots if s in people[pair[0]].free & people[pair[1]].free
    ]
    number = {pair: k for k, pair in enumerate(pairs)}
    # Rows: one slot per pair; one meeting per person and slot; tables per slot; meetings per person.
    first_cell = len(pairs)
    first_slot = first_cell + n * len(slots)
    first_person = first_slot + len(slots)
    members = []
    for pair, s in cells:
        seats = [first_cell + i * len(slots) + s for i in pair]
        members.append([number[pair], *seats, first_slot + s, *(first_person + i for i in pair)])
    upper = np.ones(first_person + n)
    upper[first_slot:first_person] = gathering.tables
    upper[first_person:] = [_limit(gathering, p) for p in people]
    lower = np.full(len(upper), -np.inf)
    if every:
        lower[: len(pairs)] = 1.0
    value = np.array([rank[pair] for pair, _ in cells])
    found = pack(Packing(value, members, upper, lower), left())
    if found is None:
        return None
    return {pair: slots[s] for (pair, s), x in zip(cells, found.chosen, strict=True) if x > 0.5}


def _planned(
    gathering: Gathering,
    worth: Mapping[Pair, int],
    must: set[Pair],
    slots: Mapping[Pair, str],
    bound: int,
    *,
    proven: bool,
) -> Plan:
    ids = [p.id for p in gathering.people]
    tables: dict[str, int] = dict.fromkeys(gathering.slots, 0)
    meetings = []
    for (i, j), slot in sorted(slots.items(), key=lambda item: (gathering.slots.index(item[1]), item[0])):
        tables[slot] += 1
        meetings.append(Meeting(people=(ids[i], ids[j]), slot=slot, table=tables[slot], score=worth[i, j]))
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
