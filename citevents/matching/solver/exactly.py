"""Small rounds to the last detail: every pair, cycle and circle is a column, every tier an integer program.

Used where `enumerated` stays small; also a second solver beside `tiers.py`. In stable mode every possible
pair gets a column "blocks", switched off by a partner that one of the two likes at least as much
(Rothblum 1992; for capacities and ties: Kwanashie & Manlove 2014).
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

import numpy as np
from scipy.sparse import csc_matrix

from citevents.matching.solver.answer import Tier
from citevents.matching.solver.capacities import Seats
from citevents.matching.solver.equity import entitlements, shares
from citevents.matching.solver.groups import LARGEST_CIRCLE, Group
from citevents.matching.solver.milp import Packing, pack
from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import Mode, Shape
from citevents.matching.solver.reasons import gain_of, worth
from citevents.matching.solver.rules import possible, together
from citevents.matching.solver.scoring import PAIR_SHAPES, best_shape
from citevents.matching.solver.stability import WISH
from citevents.matching.solver.wishing import wished_pairs

MOST_COLUMNS = 20_000
MOST_IN_A_HURRY = 4_000  # groups, where there is less than half a minute
MOST_STABLE = 700  # blocking columns make the programs much harder
MOST_PROGRAMS = 200
Terms = dict[int, float]


def enumerated(
    pool: Pool, free: Sequence[int], hosts: Collection[int], most: int = MOST_COLUMNS
) -> list[Group] | None:
    """Every group that could be made of the free programs, or None if there are more than `most`.

    `hosts` may have a guest beside a match of their own, so a visit to one counts besides the best shape.
    """
    if len(free) > MOST_PROGRAMS:
        return None
    everybody = slice(0, pool.n)
    masks = {shape: possible(pool, shape, everybody, everybody) for shape in Shape}
    found: list[Group] = []
    for i, j in combinations(sorted(free), 2):
        if any(masks[s][i, j] or masks[s][j, i] for s in PAIR_SHAPES):
            best = best_shape(pool, i, j)
            found.append(best)
            for guest, host in ((i, j), (j, i)):
                visit = (Shape.VISIT, (guest, host))
                if masks[Shape.VISIT][guest, host] and visit != best and host in hosts:
                    found.append(visit)
    if pool.round.longest_cycle >= 3:
        arcs = masks[Shape.CYCLE]
        later = np.zeros(pool.n, bool)
        later[list(free)] = True
        for a in sorted(free):
            later[a] = False  # a is the smallest of its cycles
            for b in np.flatnonzero(arcs[a] & later).tolist():
                closing = np.flatnonzero(arcs[b] & arcs[:, a] & later).tolist()
                found += [(Shape.CYCLE, (a, b, c)) for c in closing]
            if len(found) > most:
                return None
    meets = masks[Shape.CIRCLE]
    willing = [i for i in sorted(free) if pool.accepts[Mode.CIRCLE][i]]
    circles: list[tuple[int, ...]] = [(i,) for i in willing]
    for size in range(2, LARGEST_CIRCLE + 1):
        circles = [(*c, i) for c in circles for i in willing if i > c[-1] and meets[list(c), i].all()]
        if size >= 3:
            found += [(Shape.CIRCLE, c) for c in circles if together(pool, c)]
        if len(found) + len(circles) > most:
            return None
    return found


@dataclass(slots=True)
class Exactly:
    """The tiers as integer programs over enumerated groups."""

    pool: Pool
    seats: Seats
    kept: Sequence[int]  # programs that kept matches serve
    groups: Sequence[Group]
    stable: bool
    left: Callable[[], float]
    tiers: list[Tier] = field(default_factory=list)
    chosen: list[Group] = field(default_factory=list)
    _rows: list[tuple[Terms, float, float]] = field(default_factory=list)
    _variables: int = 0
    _served: dict[int, list[int]] = field(default_factory=dict)  # "has a partner" -> its groups
    _solution: list[int] = field(default_factory=list)

    def solve(self) -> bool:
        """Run the tiers; False if time ran out before any answer."""
        served = self._model()
        programs = self.pool.programs
        if self.stable and not self._goal("blocking", self._blocking(), -1):
            return False
        if not self._goal("people", dict.fromkeys(served.values(), 1.0), 1, len(self.kept)):
            return False
        waited = sum(programs[i].left_out for i in self.kept)
        self._goal("left_out", {v: float(programs[i].left_out) for i, v in served.items()}, 1, waited)
        self._equity(served)
        self._goal("wishes", self._wishes(), 1)
        self._goal("score", {k: float(worth(self.pool, *group)) for k, group in enumerate(self.groups)}, 1)
        self.chosen = [group for k, group in enumerate(self.groups) if self._solution[k]]
        return True

    # -- the model ------------------------------------------------------------------------------

    def _model(self) -> dict[int, int]:
        """One variable per group and one per program that says "has a partner"."""
        self._variables = len(self.groups)
        of: dict[int, list[int]] = {}
        as_host: dict[int, set[int]] = {}
        for k, (shape, members) in enumerate(self.groups):
            for at, i in enumerate(members):
                of.setdefault(i, []).append(k)
                if shape is Shape.VISIT and at == 1:
                    as_host.setdefault(i, set()).add(k)
        own = set(self.seats.owner[self.seats.own].tolist())
        counts = set(self.seats.owner[self.seats.counts].tolist())
        capacity = np.bincount(self.seats.owner, minlength=self.pool.n)
        served = {}
        for i, columns in sorted(of.items()):
            self._row(dict.fromkeys(columns, 1.0), 0, float(capacity[i]))
            guest = {k: 1.0 for k in columns if k not in as_host.get(i, ())}
            self._row(guest, 0, 1.0 if i in own else 0.0)
            if i in counts:
                served[i] = self._variable()
                self._served[served[i]] = columns
                self._row({**dict.fromkeys(columns, 1.0), served[i]: -1.0}, 0, np.inf)
        return served

    def _variable(self) -> int:
        self._variables += 1
        return self._variables - 1

    def _row(self, terms: Terms, lower: float, upper: float) -> None:
        if terms:
            self._rows.append((terms, lower, upper))

    def _maximise(self, terms: Terms) -> tuple[int, int, bool] | None:
        """(value, bound, proven) of whole-numbered terms; the optimum is kept from here on."""
        value = np.zeros(self._variables)
        for v, factor in terms.items():
            value[v] = factor
        row = [r for r, (t, _, _) in enumerate(self._rows) for _ in t]
        column = [v for t, _, _ in self._rows for v in t]
        data = [f for t, _, _ in self._rows for f in t.values()]
        a = csc_matrix((data, (row, column)), shape=(len(self._rows), self._variables))
        lower = np.array([low for _, low, _ in self._rows], float)
        upper = np.array([up for _, _, up in self._rows], float)
        found = pack(Packing(value, a, upper, lower), self.left)
        if found is None:
            return None
        self._solution = [round(x) for x in found.chosen]
        for flag, columns in self._served.items():
            self._solution[flag] = int(any(self._solution[k] for k in columns))
        reached = round(sum(f * self._solution[v] for v, f in terms.items()))
        self._row(terms, reached, np.inf)
        return reached, reached if found.proven else int(np.floor(found.bound + 1e-6)), found.proven

    def _goal(self, name: str, terms: Terms, sign: int, offset: int = 0) -> bool:
        started = time.monotonic()
        signed = {v: f * sign for v, f in terms.items()}
        found = self._maximise(signed)
        if found is None:
            if not self._solution:
                return False
            # Out of time: what stands stays, and nothing is claimed.
            reached = round(sum(f * self._solution[v] for v, f in signed.items()))
            found = reached, round(sum(max(0.0, f) for f in signed.values())), False
        value, bound, proven = found
        spent = time.monotonic() - started
        self.tiers.append(
            Tier(
                name=name,
                value=sign * value + offset,
                bound=sign * bound + offset,
                proven=proven,
                seconds=spent,
            )
        )
        return True

    # -- goals ----------------------------------------------------------------------------------

    def _equity(self, served: Mapping[int, int]) -> None:
        """Leximin, share by share from below: as few countries as possible stay at or under each."""
        started = time.monotonic()
        entitled = entitlements(self.pool)
        country = self.pool.country.tolist()
        base = [self.pool.round.served.get(name, 0) for name in self.pool.countries]
        for i in self.kept:
            base[country[i]] += 1
        of: dict[int, list[int]] = {}
        for i, v in served.items():
            of.setdefault(country[i], []).append(v)
        levels = sorted(
            {
                Fraction(base[c] + k, entitled[c])
                for c, vs in of.items()
                if entitled[c]
                for k in range(len(vs) + 1)
            }
        )
        proven = True
        for level in levels:
            above: Terms = {}
            for c, vs in of.items():
                need = int(level * entitled[c]) + 1 - base[c] if entitled[c] else 0
                if 0 < need <= len(vs):
                    flag = self._variable()
                    above[flag] = 1.0
                    self._row({**dict.fromkeys(vs, 1.0), flag: -float(need)}, 0, np.inf)
                    self._solution.append(int(sum(self._solution[v] for v in vs) >= need))
            if not above:
                continue
            if all(self._solution[flag] for flag in above):
                self._row(above, float(len(above)), np.inf)
                continue
            found = self._maximise(above)
            proven &= found is not None and found[2]
        self._tier_of_shares(proven, time.monotonic() - started)

    def _tier_of_shares(self, proven: bool, spent: float) -> None:
        members = {i for k, (_, m) in enumerate(self.groups) if self._solution[k] for i in m}
        value = shares(self.pool, sorted(members | set(self.kept)))
        bound = value if proven else (1000,) * len(value)
        self.tiers.append(Tier(name="equity", value=value, bound=bound, proven=proven, seconds=spent))

    def _wishes(self) -> Terms:
        wished = wished_pairs(self.pool)
        terms: Terms = {}
        for k, (_, members) in enumerate(self.groups):
            points = sum(wished.get((i, j), 0) for i in members for j in members if i != j)
            if points:
                terms[k] = float(points)
        return terms

    def _blocking(self) -> Terms:
        """One variable per pair of programs that could be matched: 1 if the pair blocks."""
        wished = wished_pairs(self.pool)

        def value(i: int, group: Group) -> int:
            shape, members = group
            points = max(wished.get((i, j), 0) for j in members if j != i)
            return gain_of(self.pool, shape, i, members) + WISH * points

        of: dict[int, list[int]] = {}
        for k, (_, members) in enumerate(self.groups):
            for i in members:
                of.setdefault(i, []).append(k)
        capacity = np.bincount(self.seats.owner, minlength=self.pool.n)
        step = self.pool.round.step
        terms: Terms = {}
        for group in self.groups:
            if len(group[1]) != 2:
                continue
            blocks = self._variable()
            terms[blocks] = 1.0
            row: Terms = {blocks: 1.0}
            for at, i in enumerate(group[1]):
                # Content: all i's places are filled with none materially worse; or, where i would need its
                # own seat for this pair, that one is.
                content = self._variable()
                row[content] = 1.0
                hosting = group[0] is Shape.VISIT and at == 1
                places = float(capacity[i])
                good = {
                    k: 1.0 if hosting or _hosts(self.groups[k], i) else places
                    for k in of[i]
                    if value(i, self.groups[k]) > value(i, group) - step
                }
                self._row({**good, content: -places}, 0, np.inf)
            self._row(row, 1.0, np.inf)
        return terms


def _hosts(group: Group, i: int) -> bool:
    return group[0] is Shape.VISIT and group[1][1] == i
