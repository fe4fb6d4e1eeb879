"""One round, solved: keep what is agreed, run the tiers over pairs, let more join, count who would rather.

Tier 7, the tie-break: programs are ordered by id, every step is deterministic, and the first best found
in that order stays.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from citevents.matching.solver.answer import Prices, Problem, Result, Tier, made_tier
from citevents.matching.solver.capacities import Kept, seat_weights, seats_of
from citevents.matching.solver.current_state import Standing
from citevents.matching.solver.equity import coverage
from citevents.matching.solver.exactly import (
    MOST_COLUMNS,
    MOST_IN_A_HURRY,
    MOST_STABLE,
    Exactly,
    enumerated,
)
from citevents.matching.solver.frozen import kept_matches
from citevents.matching.solver.groups import Joining, groups_possible
from citevents.matching.solver.initial_solution import Start
from citevents.matching.solver.pool import Pool, compile_pool
from citevents.matching.solver.pricing import prices_of
from citevents.matching.solver.problem import Population
from citevents.matching.solver.reasons import match_of, why_unmatched
from citevents.matching.solver.relaxed import reached
from citevents.matching.solver.stability import Calming, Pair, Preferences, as_programs, settle
from citevents.matching.solver.tiers import PairTiers

Progress = Callable[[str, float], None]
Stop = Callable[[], bool]

_EXACT_SHARE = 0.5  # of the time
_HURRY = 15.0  # seconds for integer programs
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
    after: Result | None = None,
) -> Result:
    """The best exchange for everybody together; see the package docstring for what is promised.

    `after` is an answer to the same requests before some pairs were declined: as good an answer sooner, though of
    equally good ones it may be another. Any other result is left aside.
    """
    if mode not in ("coverage", "stable"):
        raise ValueError(f"mode is coverage or stable, not {mode!r}")
    started = time.monotonic()
    ends = started + seconds

    def out_of_time() -> bool:
        return time.monotonic() > ends or (stop is not None and stop())

    def left() -> float:
        # Integer programs get part of the time, so that something is left for the others.
        return 0.0 if out_of_time() else max(0.0, started + _EXACT_SHARE * seconds - time.monotonic())

    start = after.start if after is not None else None
    if start is not None and start.leads_to(population):
        pool = start.pool_of(population)
    else:
        start, pool = None, compile_pool(population)
    return Solving(population, pool, mode, out_of_time, left, progress, started, start).run()


@dataclass(slots=True)
class Solving:
    """The steps of one solving, with what they hand on."""

    population: Population
    pool: Pool
    mode: str
    stop: Stop
    left: Callable[[], float]  # seconds
    progress: Progress | None
    started: float
    start: Start | None = None
    gone: list[Pair] = field(default_factory=list)  # seats that `start` still had as possible pairs
    pair_tiers: PairTiers | None = None
    problems: list[Problem] = field(default_factory=list)
    now: Standing = field(init=False)
    tiers: list[Tier] = field(default_factory=list)
    blocking: list[Pair] = field(default_factory=list)
    least_blocking: int = 0
    prices: Prices | None = None

    def run(self) -> Result:
        kept, problems = kept_matches(self.pool)
        self.problems = [*self.pool.problems, *problems]
        self.now = self._instance(kept)
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

    def _instance(self, kept: list[Kept]) -> Standing:
        """Seats, what their pairs are worth and what they think of each other: taken over where they were known."""
        start = self.start
        if start is None or start.kept != kept:
            self.start = None
            seats = seats_of(self.pool, kept)
            weight = seat_weights(self.pool, seats)
            return Standing(self.pool, kept, seats, weight, Preferences.of(self.pool, seats, weight))
        self.gone = start.gone(self.population)
        weight, opinions = start.weight_without(self.gone), start.preferences.without(self.gone)
        return Standing(self.pool, kept, start.seats, weight, opinions)

    def _exactly(self) -> bool:
        """Small rounds whose pairs alone are not the whole question: integer programs for every tier."""
        if self.mode != "stable" and not groups_possible(self.pool):
            return False
        seats = self.now.seats
        hosts = set(seats.owner[~seats.own].tolist())
        most = MOST_STABLE
        if self.mode != "stable":
            most = MOST_COLUMNS if self.left() > _HURRY else MOST_IN_A_HURRY
        groups = enumerated(self.pool, sorted(set(seats.owner.tolist())), hosts, most)
        if groups is None:
            return False
        self._report("exactly", 0.1)
        kept = self.now.kept_programs()
        program = Exactly(self.pool, seats, kept, groups, self.mode == "stable", self.left)
        if not program.solve():
            return False
        self.now.groups = program.chosen
        self._take(program.tiers)
        if self.mode == "stable":
            self.blocking = as_programs(seats, self.now.opinions()[2])
        else:
            self._calm()
        return True

    def _settle(self) -> None:
        """Stable mode where integer programs are too large: paths to stability, honestly counted."""
        started = time.monotonic()
        self._report("blocking", 0.2)
        self.now.seat(settle(self.now.preferences, self.pool.round.step, self.stop))
        self.now.swap()
        self.blocking = as_programs(self.now.seats, self.now.opinions()[2])
        blocking = made_tier("blocking", len(self.blocking), 0, time.monotonic() - started)
        self._take(reached(self.now, self.stop, time.monotonic()))
        self.tiers = [blocking, *self.tiers]

    def _pairs(self) -> None:
        """Tiers 1 to 5 over pairs."""
        now = self.now
        tiers = PairTiers(self.pool, now.seats, now.weight, now.kept_programs(), self.stop, self.progress)
        earlier = self.start.tiers if self.start is not None else None
        if earlier is None or not tiers.resume(earlier, set(self.gone)):
            tiers.solve()
        self.pair_tiers = tiers
        self._take(tiers.tiers)
        self.prices = prices_of(self.pool, now.seats, tiers)
        if not groups_possible(self.pool):
            self.least_blocking = tiers.least_blocking(now.preferences, tiers.score() // _GIVEN_UP)
        mate = [-1] * now.seats.n
        for s, t in tiers.pairs:
            mate[s], mate[t] = t, s
        now.seat(mate)

    def _calm(self) -> None:
        """Tier 6: fewer blocking pairs, for at most one part in a hundred of the score."""
        started = time.monotonic()
        self._report("blocking", 0.8)
        now = self.now
        mate, have, blocking = now.opinions()
        score = sum(int(now.weight[s, t]) for s, t in enumerate(mate) if s < t)
        calming = Calming(
            now.preferences,
            now.weight,
            mate,
            have,
            self.pool.round.step,
            now.seat_wishes(),
            score,
            score - score // _GIVEN_UP,
            self.stop,
            max(50, _TRIALS // max(1, now.seats.n)),
        )
        calming.run(blocking)
        if calming.swaps:
            now.seat(calming.mate, now.larger())
        if calming.swaps or not all(tier.proven for tier in self.tiers):
            now.swap()
            blocking = now.opinions()[2]
        self._count(blocking, time.monotonic() - started)

    def _join(self) -> None:
        """Cycles and circles: let those without a partner join, and bound what that could reach."""
        started = time.monotonic()
        self._report("groups", 0.9)
        joining = Joining(self.pool, list(self.now.groups), self.now.alone())
        joining.run()
        self.now.groups = joining.groups
        self.now.swap()
        self._take(reached(self.now, self.stop, started))
        self._count(self.now.opinions()[2], 0.0)

    def _take(self, tiers: Sequence[Tier]) -> None:
        """Tiers over the free programs, plus what the kept matches bring."""
        kept = self.now.kept_part()
        self.tiers = [_more(tier, kept.get(tier.name, 0)) for tier in tiers]

    def _count(self, blocking: list[Pair], spent: float) -> None:
        self.blocking = as_programs(self.now.seats, blocking)
        self.tiers = [t for t in self.tiers if t.name != "blocking"]
        self.tiers.append(made_tier("blocking", len(self.blocking), self.least_blocking, spent))

    def _report(self, stage: str, done: float) -> None:
        if self.progress is not None:
            self.progress(stage, done)

    def _result(self) -> Result:
        pool, now = self.pool, self.now
        served = now.served()
        ids = [p.id for p in pool.programs]
        kept = [match_of(pool, shape, members, why) for shape, members, why in now.kept]
        known = {} if self.start is None else {(m.shape, m.programs): m for m in self.start.matches}
        made = [
            known.get((shape, tuple(ids[i] for i in members))) or match_of(pool, shape, members)
            for shape, members in sorted(now.groups, key=lambda g: g[1])
        ]
        return Result(
            round=pool.round.id,
            mode=self.mode,
            matches=(*kept, *made),
            tiers=tuple(self.tiers),
            unmatched=why_unmatched(pool, [i for i in range(pool.n) if i not in served]),
            problems=tuple(self.problems),
            people=len(served),
            score=sum(m.score for m in (*kept, *made)),
            blocking=tuple((ids[i], ids[j]) for i, j in self.blocking[:SHOWN]),
            blocking_count=len(self.blocking),
            complete=not self.stop(),
            seconds=time.monotonic() - self.started,
            countries=coverage(pool, sorted(served)),
            prices=self.prices,
            start=Start(
                self.population, pool, now.kept, now.seats, now.weight, now.preferences, self.pair_tiers, made
            ),
        )


def _more(tier: Tier, offset: int) -> Tier:
    """The tier with what the kept matches bring."""
    if not offset or isinstance(tier.value, tuple) or isinstance(tier.bound, tuple):
        return tier
    return replace(tier, value=tier.value + offset, bound=tier.bound + offset)
