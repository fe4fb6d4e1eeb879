"""Meet-ups at a conference: which two people meet, in which slot, at which numbered table.

Must-meets first, then most people with a meeting, then the score: one packing of pairs into slots, solved
over all pairs and slots by pricing (`columns.priced_pack`), and so proven. Tables are alike, so that a slot only has
to hold no more meetings than there are; who sits where is numbered afterwards.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from citevents.matching.solver.columns import priced_pack
from citevents.matching.solver.meetup_input import Gathering, Meeting, Person, Plan, oddities
from citevents.matching.solver.milp import Packed, Packing, Stop, clock
from citevents.matching.solver.score import need_points

Pair = tuple[int, int]
Cell = tuple[Pair, int]  # a pair in a slot

# What it costs that somebody meets nobody. The first usually outweighs all scores at stake; checked.
_ALONE = (8 * 2001.0, 128 * 2001.0, 2048 * 2001.0)
_FIRST = 16  # cells per person to start from


def plan(gathering: Gathering, *, seconds: float = 60.0, stop: Stop | None = None) -> Plan:
    """The best plan in the time given, or until `stop()` says so."""
    worth, must = _worth(gathering)
    cells = _cells(gathering, worth)
    if not cells:
        return _planned(gathering, worth, must, {}, 0, proven=True)
    left = clock(seconds, stop)
    most: tuple[int, int] | None = None
    for alone in _ALONE:
        packing = _packing(gathering, worth, must, cells, alone)
        found = _solve(packing, cells, len(gathering.people), left)
        if found is None:
            chosen = _best_first(gathering, worth, must, cells)
            return _planned(gathering, worth, must, chosen, sum(worth.values()), proven=False)
        chosen = _chosen(cells, found)
        if most is None:
            most = _most(gathering, packing, cells, must, left, found)
        proven = found.proven and _reached(chosen, must) == most
        gap = 0 if proven else max(1, int(found.bound - float(packing.value @ found.chosen)))
        score = sum(worth[pair] for pair in chosen)
        best = _planned(gathering, worth, must, chosen, score + gap, proven=proven)
        if proven or not left():
            return best
    return best


def _best_first(
    gathering: Gathering, worth: Mapping[Pair, int], must: set[Pair], cells: Sequence[Cell]
) -> dict[Pair, int]:
    """A plan without any proof, for when there is no time: must-meets, then who meets nobody yet, then the rest."""
    places = [_limit(gathering, person) for person in gathering.people]
    tables = [gathering.tables] * len(gathering.slots)
    sitting: set[tuple[int, int]] = set()  # who, in which slot
    met: set[int] = set()
    chosen: dict[Pair, int] = {}
    order = sorted(cells, key=lambda cell: (cell[0] not in must, -worth[cell[0]]))
    for strangers in (2, 1, 0):
        for pair, slot in order:
            i, j = pair
            if (
                pair not in chosen
                and (pair in must or (i not in met) + (j not in met) >= strangers)
                and min(places[i], places[j], tables[slot]) > 0
                and not {(i, slot), (j, slot)} & sitting
            ):
                chosen[pair] = slot
                sitting |= {(i, slot), (j, slot)}
                met |= {i, j}
                tables[slot] -= 1
                places[i] -= 1
                places[j] -= 1
    return chosen


def _solve(
    packing: Packing,
    cells: Sequence[Cell],
    n: int,
    left: Callable[[], float],
    known: NDArray[np.float64] | None = None,
) -> Packed | None:
    first = np.concatenate([_candidates(cells, packing.value, n), np.arange(len(cells), len(cells) + n)])
    return priced_pack(packing, first, left, known)


def _chosen(cells: Sequence[Cell], found: Packed) -> dict[Pair, int]:
    return {pair: slot for (pair, slot), x in zip(cells, found.chosen, strict=False) if x > 0.5}


def _reached(chosen: Mapping[Pair, int], must: set[Pair]) -> tuple[int, int]:
    """(must-meets, people) that a choice serves."""
    return len(must & chosen.keys()), len({i for pair in chosen for i in pair})


def _most(
    gathering: Gathering,
    packing: Packing,
    cells: Sequence[Cell],
    must: set[Pair],
    left: Callable[[], float],
    best: Packed,
) -> tuple[int, int]:
    """Most must-meets, and most people with as many: all that is possible, or what a packing of its own says."""
    n = len(gathering.people)
    everything = len(must), len({i for pair, _ in cells for i in pair})
    if _reached(_chosen(cells, best), must) == everything:
        return everything
    value = np.array([2.0 * n if pair in must else 0.0 for pair, _ in cells] + [-1.0] * n)
    found = _solve(replace(packing, value=value), cells, n, left, best.chosen)
    return everything if found is None or not found.proven else _reached(_chosen(cells, found), must)


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
    meets somebody or takes the column that says so; and, as two sit at every table, meetings at most half of all
    that people may have, which follows from the others only in whole numbers. Rows that nothing could break are left
    out. A must-meet is worth more than all people together.
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
    together = most + n
    somebody = together + 1
    at = np.stack(
        [
            once,
            sitting + i * slots + s,
            sitting + j * slots + s,
            tables + s,
            most + i,
            most + j,
            np.full(len(cells), together),
            somebody + i,
            somebody + j,
        ],
        axis=1,
    )
    index = np.concatenate([at.ravel(), somebody + np.arange(n)])
    start = np.concatenate([np.arange(len(cells) + 1) * 9, 9 * len(cells) + 1 + np.arange(n)])
    a = csc_matrix(
        (np.where(index < somebody, 1.0, -1.0), index, start), shape=(somebody + n, len(cells) + n)
    )
    upper = np.ones(somebody + n)
    limits = [_limit(gathering, p) for p in gathering.people]
    upper[tables:most] = gathering.tables
    upper[most:together] = limits
    upper[together] = sum(limits) // 2
    upper[somebody:] = -1.0
    rank = [worth[pair] + (alone * n if pair in must else 0.0) for pair, _ in cells]
    return Packing(np.array([*rank, *[-alone] * n]), a, upper).binding()


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
        problems=oddities(gathering),
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
