"""One round, solved: keep what is agreed, run the tiers over pairs, let more join, count who would rather.

Tier 7, the tie-break: programs are ordered by id, every step is deterministic, and the first best found
in that order stays.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from citevents.matching.solver.answer import Prices, Problem, Result, Tier
from citevents.matching.solver.equity import coverage, shares
from citevents.matching.solver.exactly import MOST_COLUMNS, MOST_STABLE, Exactly, enumerated
from citevents.matching.solver.groups import Group, Joining, groups_possible
from citevents.matching.solver.keeping import kept_matches
from citevents.matching.solver.pool import Pool, compile_pool
from citevents.matching.solver.pricing import prices_of
from citevents.matching.solver.problem import Population
from citevents.matching.solver.reasons import gain_of, match_of, why_unmatched, worth
from citevents.matching.solver.relaxed import limits
from citevents.matching.solver.scoring import Weights, best_shape
from citevents.matching.solver.seats import Kept, Seats, seat_weights, seating, seats_of
from citevents.matching.solver.stability import (
    WISH,
    Calming,
    Pair,
    Preferences,
    Values,
    as_programs,
    blocking_seats,
    current_values,
    settle,
)
from citevents.matching.solver.tiers import PairTiers
from citevents.matching.solver.wishing import wished_pairs

Progress = Callable[[str, float], None]
Stop = Callable[[], bool]

SHOWN = 200  # blocking pairs named in a result
_TRIALS = 400_000  # swaps tried in tier 6, times seats
_GIVEN_UP = 100  # tier 6 may cost one part in so many of the score


def solve(
    population: Population,
    *,
    mode: str = "coverage",
    seconds: float = 60.0,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Result:
    """The best exchange for everybody together; see the package docstring for what is promised."""
    if mode not in ("coverage", "stable"):
        raise ValueError(f"mode is coverage or stable, not {mode!r}")
    started = time.monotonic()
    ends = started + seconds

    def out_of_time() -> bool:
        return time.monotonic() > ends or (stop is not None and stop())

    def left() -> float:
        # Integer programs get part of the time, so that something is left for the others.
        return 0.0 if out_of_time() else max(0.0, started + 0.7 * seconds - time.monotonic())

    return Solving(compile_pool(population), mode, out_of_time, left, progress, started).run()


@dataclass(slots=True)
class Solving:
    """The steps of one solving, with what they hand on."""

    pool: Pool
    mode: str
    stop: Stop
    left: Callable[[], float]  # seconds
    progress: Progress | None
    started: float
    problems: list[Problem] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    seats: Seats = field(init=False)
    weight: Weights = field(init=False)
    preferences: Preferences = field(init=False)
    tiers: list[Tier] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    blocking: list[Pair] = field(default_factory=list)
    prices: Prices | None = None
    shapes: dict[Pair, Group] = field(default_factory=dict)  # of seat pairs, once found

    def run(self) -> Result:
        self.kept, problems = kept_matches(self.pool)
        self.problems = [*self.pool.problems, *problems]
        self.seats = seats_of(self.pool, self.kept)
        self.weight = seat_weights(self.pool, self.seats)
        self.preferences = Preferences(self.pool, self.seats, self.weight)
        if self._exactly():
            pass
        elif self.mode == "stable":
            self._settle()
        else:
            self._pairs()
            self._calm()
            if groups_possible(self.pool):
                self._join()
        return self._result()

    # -- the steps ------------------------------------------------------------------------------

    def _exactly(self) -> bool:
        """Small rounds whose pairs alone are not the whole question: integer programs for every tier."""
        if self.mode != "stable" and not groups_possible(self.pool):
            return False
        places = dict(enumerate(np.bincount(self.seats.owner, minlength=self.pool.n).tolist()))
        free = sorted(set(self.seats.owner.tolist()))
        most = MOST_STABLE if self.mode == "stable" else MOST_COLUMNS
        groups = enumerated(self.pool, free, places, most)
        if groups is None:
            return False
        self._report("exactly", 0.1)
        program = Exactly(
            self.pool, self.seats, self._kept_programs(), groups, self.mode == "stable", self.left
        )
        if not program.solve():
            return False
        self.groups = program.chosen
        already = {"score": self._kept_score(), "wishes": self._kept_wishes()}
        self.tiers = [_more(tier, already.get(tier.name, 0)) for tier in program.tiers]
        if self.mode == "stable":
            self.blocking = as_programs(self.seats, self._stand()[2])
        else:
            self._calm()
        return True

    def _settle(self) -> None:
        """Stable mode where integer programs are too large: paths to stability, honestly counted."""
        started = time.monotonic()
        self._report("blocking", 0.2)
        mate = settle(self.preferences, self.pool.round.step, self.stop)
        self.groups = self._as_groups(mate)
        self.blocking = as_programs(self.seats, self._stand()[2])
        blocking = _tier("blocking", len(self.blocking), 0, time.monotonic() - started)
        self._reached()
        self.tiers = [blocking, *self.tiers]

    def _pairs(self) -> None:
        """Tiers 1 to 5 over pairs."""
        tiers = PairTiers(self.pool, self.seats, self.weight, self._kept_programs(), self.stop, self.progress)
        tiers.solve()
        already = {"score": self._kept_score(), "wishes": self._kept_wishes()}
        self.tiers = [_more(tier, already.get(tier.name, 0)) for tier in tiers.tiers]
        self.prices = prices_of(self.pool, self.seats, tiers)
        mate = [-1] * self.seats.n
        for s, t in tiers.pairs:
            mate[s], mate[t] = t, s
        self.groups = self._as_groups(mate)

    def _calm(self) -> None:
        """Tier 6: fewer blocking pairs, for at most one part in a hundred of the score."""
        started = time.monotonic()
        self._report("blocking", 0.8)
        mate, have, blocking = self._stand()
        score = sum(int(self.weight[s, t]) for s, t in enumerate(mate) if s < t)
        calming = Calming(
            self.preferences,
            mate,
            have,
            self.pool.round.step,
            self._seat_wishes(),
            score,
            score - score // _GIVEN_UP,
            self.stop,
            max(50, _TRIALS // max(1, self.seats.n)),
        )
        calming.run(blocking)
        if calming.swaps:
            larger = [group for group in self.groups if len(group[1]) > 2]
            self.groups = larger + self._as_groups(calming.mate)
            mate, have, blocking = self._stand()
        self._count(blocking, time.monotonic() - started)

    def _as_groups(self, mate: Sequence[int]) -> list[Group]:
        """Matched seats as pairs of programs in their best shape."""
        owner, own = self.seats.owner.tolist(), self.seats.own
        found = []
        for s, t in enumerate(mate):
            if s < t:
                if (s, t) not in self.shapes:
                    self.shapes[s, t] = best_shape(self.pool, owner[s], owner[t], host_only=not own[t])
                found.append(self.shapes[s, t])
        return found

    def _count(self, blocking: list[Pair], spent: float) -> None:
        self.blocking = as_programs(self.seats, blocking)
        count = len(self.blocking)
        self.tiers = [t for t in self.tiers if t.name != "blocking"]
        self.tiers.append(Tier(name="blocking", value=count, bound=0, proven=count == 0, seconds=spent))

    def _join(self) -> None:
        """Cycles and circles: let those without a partner join, and bound what that could reach."""
        started = time.monotonic()
        self._report("groups", 0.9)
        served = self._served()
        alone = [i for i in self.seats.owner[self.seats.own].tolist() if i not in served]
        joining = Joining(self.pool, list(self.groups), alone)
        joining.run()
        self.groups = joining.groups
        self._reached(started)
        self._count(self._stand()[2], 0.0)

    def _reached(self, started: float | None = None) -> None:
        """The tiers as reached by `groups`, against what the relaxation says cannot be beaten."""
        started = time.monotonic() if started is None else started
        bound = limits(self.pool, self.seats, self.weight, self.stop)
        served = self._served()
        kept = self._kept_programs()
        able = served | set(kept) | (bound.able if bound else set(range(self.pool.n)))
        everybody = served >= able
        programs = self.pool.programs
        waited = sum(programs[i].left_out for i in kept)
        wishes = self._come_true(members for _, members in self.groups)
        people_bound = min(len(able), bound.people + len(kept) if bound else len(able))
        left_bound = sum(programs[i].left_out for i in able)
        if bound and len(served) == people_bound:
            left_bound = min(left_bound, bound.left_out + waited)
        reached = shares(self.pool, sorted(served))
        score = sum(worth(self.pool, *group) for group in self.groups)
        spent = time.monotonic() - started
        left_out = sum(programs[i].left_out for i in served)
        self.tiers = [
            _tier("people", len(served), people_bound, spent),
            _tier("left_out", left_out, left_bound),
            _tier("equity", reached, reached if everybody else shares(self.pool, sorted(able))),
            _tier("wishes", wishes, self._most_wishes()),
            _tier("score", score, max(score, bound.score if bound else 1000 * len(able))),
        ]
        already = {"score": self._kept_score(), "wishes": self._kept_wishes()}
        self.tiers = [_more(tier, already.get(tier.name, 0)) for tier in self.tiers]

    # -- what stands ----------------------------------------------------------------------------

    def _kept_programs(self) -> list[int]:
        return sorted({i for _, members, _ in self.kept for i in members})

    def _kept_score(self) -> int:
        return sum(worth(self.pool, shape, members) for shape, members, _ in self.kept)

    def _kept_wishes(self) -> int:
        return self._come_true([members for _, members, _ in self.kept])

    def _served(self) -> set[int]:
        return {i for _, members in self.groups for i in members} | set(self._kept_programs())

    def _stand(self) -> tuple[list[int], Values, list[Pair]]:
        """Where everybody sits, what that is worth to them, and the blocking pairs of seats."""
        mate, larger = seating(self.seats, self.groups)
        group_of = {i: group for group in self.groups if len(group[1]) > 2 for i in group[1]}
        wished = wished_pairs(self.pool)
        fixed = {}
        for s in larger:
            i = int(self.seats.owner[s])
            shape, members = group_of[i]
            points = max(wished.get((i, j), 0) for j in members if j != i)
            fixed[s] = gain_of(self.pool, shape, i, members) + WISH * points
        have = current_values(self.preferences, mate, fixed)
        return mate, have, blocking_seats(self.preferences, have, self.pool.round.step)

    def _seat_wishes(self) -> dict[Pair, int]:
        points: dict[Pair, int] = {}
        for s, wished in self.preferences.wishes.items():
            for t, worth_ in wished:
                pair = (min(s, t), max(s, t))
                points[pair] = points.get(pair, 0) + worth_
        return points

    def _come_true(self, groups: Iterable[tuple[int, ...]]) -> int:
        """Wish points of those in one group."""
        wished = wished_pairs(self.pool)
        return sum(wished.get((i, j), 0) for members in groups for i in members for j in members if i != j)

    def _most_wishes(self) -> int:
        """Wish points that could come true: each program's own wishes between free programs."""
        free = set(self.seats.owner.tolist())
        return sum(points for (i, j), points in wished_pairs(self.pool).items() if {i, j} <= free)

    def _report(self, stage: str, done: float) -> None:
        if self.progress is not None:
            self.progress(stage, done)

    def _result(self) -> Result:
        pool = self.pool
        served = self._served()
        kept = [match_of(pool, shape, members, why) for shape, members, why in self.kept]
        made = [match_of(pool, shape, members) for shape, members in sorted(self.groups, key=lambda g: g[1])]
        ids = [p.id for p in pool.programs]
        return Result(
            round=pool.round.id,
            mode=self.mode,
            matches=(*kept, *made),
            tiers=tuple(self.tiers),
            unmatched=tuple(why_unmatched(pool, i) for i in range(pool.n) if i not in served),
            problems=tuple(self.problems),
            people=len(served),
            score=sum(m.score for m in (*kept, *made)),
            blocking=tuple((ids[i], ids[j]) for i, j in self.blocking[:SHOWN]),
            blocking_count=len(self.blocking),
            complete=not self.stop(),
            seconds=time.monotonic() - self.started,
            countries=coverage(pool, sorted(served)),
            prices=self.prices,
        )


def _tier(
    name: str, value: int | tuple[int, ...], bound: int | tuple[int, ...], seconds: float = 0.0
) -> Tier:
    return Tier(name=name, value=value, bound=bound, proven=value == bound, seconds=seconds)


def _more(tier: Tier, offset: int) -> Tier:
    """The tier with what the kept matches bring."""
    if not offset or isinstance(tier.value, tuple) or isinstance(tier.bound, tuple):
        return tier
    return replace(tier, value=tier.value + offset, bound=tier.bound + offset)
