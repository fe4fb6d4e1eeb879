"""The tiers for pairs, one after another, each with its value, bound and proof.

(1) most programs, (2) those left out before, (3) country equity, (4) ranked wishes, (5) total score. Tiers 1,
2 and 5 are solved in one exact run. Where 3 or 4 leave something to decide, a second run does 3 to 5 at once;
if its multipliers are too large to prove them all, one run each.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from citevents.matching.solver.answer import Tier, made_tier
from citevents.matching.solver.capacities import Seats
from citevents.matching.solver.equity import Empty, empties, shares
from citevents.matching.solver.graphs.allpairs import AllPairs, Columns
from citevents.matching.solver.graphs.certificate import dual_value
from citevents.matching.solver.graphs.graph import Graph, Ints
from citevents.matching.solver.lexicographic import Answer, Goal, improve, optimise
from citevents.matching.solver.lower_bounds import unavoidable
from citevents.matching.solver.pool import Pool
from citevents.matching.solver.scoring import Weights
from citevents.matching.solver.stability import Preferences
from citevents.matching.solver.wishing import MOST_WISHES, wished_pairs

Stop = Callable[[], bool]
Progress = Callable[[str, float], None]
Pair = tuple[int, int]


def people_goal(seats: Seats) -> Goal:
    """Tier 1: every program counts once, on its own seat."""
    counts = seats.counts.astype(np.int64)
    return Goal("people", counts, {}, int(counts.sum()), 2)


def left_out_goal(pool: Pool, seats: Seats) -> Goal:
    """Tier 2: every program counts as often as it was left out before."""
    waited = np.array([pool.programs[i].left_out for i in seats.owner.tolist()], np.int64)
    waited *= seats.counts
    return Goal("left_out", waited, {}, int(waited.sum()), 2 * int(waited.max(initial=0)))


@dataclass(slots=True)
class PairTiers:
    """One solving of the tiers over pairs of seats."""

    pool: Pool
    seats: Seats
    weight: Weights  # between seats
    kept: Sequence[int]  # programs that the kept matches serve
    stop: Stop | None = None
    progress: Progress | None = None
    tiers: list[Tier] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)  # seats, the best answer so far
    answer: Answer | None = None  # the run behind `pairs`, for prices
    goals: list[Goal] = field(default_factory=list)
    columns: Columns = field(init=False)
    nodes: int = field(init=False)
    special: list[Pair] = field(default_factory=list)
    known: tuple[int, ...] = ()  # optima of the goals so far, to be kept

    def __post_init__(self) -> None:
        self.nodes = self.seats.n
        self.columns = Columns(AllPairs(0, self.weight, np.empty(0, np.int64), _no_edges(0)))

    def solve(self) -> None:
        """Run every tier. Stopped early, `pairs` is the best so far and the open tiers are unproven."""
        started = time.monotonic()
        self.goals = [people_goal(self.seats), left_out_goal(self.pool, self.seats)]
        first = self._run("people", self.weight, ())
        if first is None:
            self._unproven(("people", "left_out", "equity", "wishes", "score"), started)
            return
        people, left_out = first.values
        spent = time.monotonic() - started
        self._tier("people", people + len(self.kept), first.bounds[0] + len(self.kept), spent)
        waited = sum(self.pool.programs[i].left_out for i in self.kept)
        self._tier("left_out", left_out + waited, first.bounds[1] + waited, 0.0)
        later = self._later(first)
        if not self._at_once(first, later):
            self._one_by_one(later)

    def resume(self, earlier: "PairTiers", gone: Collection[Pair]) -> bool:
        """Every tier in one run, from where the same instance ended that had the pairs `gone` (of seats) as well.

        No answer is better now, so one that is as good in tiers 1 and 2 is proven in them; and who was matched in
        every such answer still is, so that the same empty places stand for equity. False, and nothing recorded, where
        the answer is less good or not proven.
        """
        before = earlier.answer
        if before is None or not all(t.proven for t in earlier.tiers):
            return False
        started = time.monotonic()
        self.nodes, self.columns.keys = earlier.nodes, earlier.columns.keys
        self.goals = [goal.without(gone) for goal in earlier.goals]
        self.special = [pair for pair in earlier.special if pair not in gone]
        answer: Answer | None = before
        if gone:
            self._report("people")
            answer = improve(
                before, self.weight, self.goals, self.special, self.nodes, self.columns, self.stop
            )
        same = answer is not None and answer.values[:2] == before.values[:2]
        if answer is None or not same or answer.values[2:] != answer.bounds[2:]:
            self.nodes = self.seats.n
            self.goals, self.special = [], []
            return False
        self._took(answer)
        people, left_out = (t.value for t in earlier.tiers[:2])
        self._tier("people", people, people, time.monotonic() - started)
        self._tier("left_out", left_out, left_out, 0.0)
        self._record("equity", None, 0.0)
        self._record("wishes", None, 0.0)
        self._tier("score", self.score(), answer.rest, 0.0)
        return True

    def score(self) -> int:
        return sum(int(self.weight[pair]) for pair in self.pairs)

    def served(self) -> list[int]:
        """Programs with a partner, the kept ones included."""
        return sorted({*self.kept, *(int(self.seats.owner[s]) for pair in self.pairs for s in pair)})

    def least_blocking(self, preferences: Preferences, given_up: int) -> int:
        """Pairs of seats that block every answer that keeps tiers 1 to 4 and all but `given_up` of the score.

        0 where a tier is not proven, or where a program has several seats: pairs may sit on either.
        """
        answer = self.answer
        if answer is None or not all(t.proven for t in self.tiers) or not self.seats.own.all():
            return 0
        reached = sum(m * v for m, v in zip(answer.multipliers, answer.values, strict=True)) + self.score()
        within = dual_value(answer.matched) - 2 * (reached - given_up)
        return unavoidable(preferences, answer.problem, answer.matched.prices, within, self.pool.round.step)

    # -- tiers 3 and 4 ----------------------------------------------------------------------------------

    def _later(self, first: Answer) -> dict[str, Goal]:
        """Tiers 3 and 4 by name, where they leave something to decide."""
        found = {}
        places, doubtful = self._places(first)
        if places:
            self.nodes += len(places)
            self.goals = [goal.widened(self.nodes) for goal in self.goals]
            found["equity"] = self._equity_goal(places, doubtful)
        edge = self._wished()
        if edge:
            nothing = np.zeros(self.nodes, np.int64)
            found["wishes"] = Goal("wishes", nothing, edge, sum(edge.values()), 2 * MOST_WISHES)
        return found

    def _at_once(self, first: Answer, later: Mapping[str, Goal]) -> bool:
        """Tiers 3 to 5 in one run; False, and nothing recorded, where that does not prove 3 and 4."""
        started = time.monotonic()
        earlier, known = self.goals, self.known
        self.goals = [*earlier, *later.values()]
        self.special = [pair for goal in later.values() for pair in goal.edge]
        answer = self._run("score", self.weight, known) if later else first
        if answer is None or answer.values[len(known) :] != answer.bounds[len(known) :]:
            self.goals, self.special, self.known = earlier, [], known
            return False
        self._record("equity", None, time.monotonic() - started)
        self._record("wishes", None, 0.0)
        self._tier("score", self.score(), answer.rest, 0.0)
        return True

    def _one_by_one(self, later: Mapping[str, Goal]) -> None:
        """Tiers 3 and 4 in runs of their own, over pairs that are all alike, then the score."""
        for name in ("equity", "wishes"):
            started = time.monotonic()
            bound = None
            if name in later:
                before = self.special
                self.goals.append(later[name])
                self.special = [*before, *later[name].edge]
                answer = self._run(name, _ones(self.weight), self.known)
                if answer is None:
                    self.goals.pop()
                    self.special = before
                    bound = later[name].most
                elif answer.bounds[-1] != answer.values[-1]:
                    bound = answer.bounds[-1]
            self._record(name, bound, time.monotonic() - started)
        started = time.monotonic()
        answer = self._run("score", self.weight, self.known)
        if answer is None:
            self._unproven(("score",), started)
        else:
            self._tier("score", self.score(), answer.rest, time.monotonic() - started)

    def _record(self, name: str, bound: int | None, spent: float) -> None:
        """Tier 3 or 4 as it stands; `bound` on its goal, None where it is reached."""
        if name == "equity":
            value = shares(self.pool, self.served())
            self._tier(name, value, value if bound is None else (1000,) * len(value), spent)
        else:
            wished = self._wished()
            points = sum(wished.get(pair, 0) for pair in self.pairs)
            self._tier(name, points, points if bound is None else bound, spent)

    def _places(self, first: Answer) -> tuple[list[Empty], list[int]]:
        """Ranked empty places, and the own seats that may end in one; nothing if there is no choice."""
        score = sum(int(self.weight[pair]) for pair in self.pairs)
        matched = {s for pair in self.pairs for s in pair}
        partner = (self.weight > 0).any(axis=1) & self.seats.counts
        # Complementary slackness: who is priced above all scores together is matched in every answer that
        # keeps tiers 1 and 2.
        doubtful = [s for s in np.flatnonzero(partner).tolist() if first.matched.prices[s] <= 2 * score]
        gone = sum(1 for s in doubtful if s not in matched)
        unsure = self._by_country(doubtful)
        if not gone or gone == len(doubtful) or len(unsure) == 1:
            return [], doubtful
        sure = [*self.kept, *self.seats.owner[np.flatnonzero(partner)].tolist()]
        surely: dict[int, int] = {}
        for i in sure:
            surely[int(self.pool.country[i])] = surely.get(int(self.pool.country[i]), 0) + 1
        for c, count in unsure.items():
            surely[c] -= count
        return empties(self.pool, surely, unsure, gone), doubtful

    def _by_country(self, seats: Sequence[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for s in seats:
            c = int(self.pool.country[self.seats.owner[s]])
            found[c] = found.get(c, 0) + 1
        return found

    def _equity_goal(self, places: Sequence[Empty], doubtful: Sequence[int]) -> Goal:
        """Who is in doubt brings `worst`, less the rank of the empty place if it ends in one."""
        worst = max(place.rank for place in places) + 1
        node = np.zeros(self.nodes, np.int64)
        node[list(doubtful)] = worst
        at: dict[int, list[int]] = {}
        for k, place in enumerate(places):
            at.setdefault(place.country, []).append(k)
        edge = {
            (s, self.seats.n + k): worst - places[k].rank
            for s in doubtful
            for k in at.get(int(self.pool.country[self.seats.owner[s]]), ())
        }
        return Goal("equity", node, edge, worst * len(doubtful), 2 * worst)

    def _wished(self) -> dict[Pair, int]:
        """Points of every possible pair of seats that one or both of its programs wished for."""
        seats_of: dict[int, list[int]] = {}
        for s, i in enumerate(self.seats.owner.tolist()):
            seats_of.setdefault(i, []).append(s)
        found: dict[Pair, int] = {}
        for (i, j), points in wished_pairs(self.pool).items():
            for s in seats_of.get(i, ()):
                for t in seats_of.get(j, ()):
                    if self.weight[s, t]:
                        pair = min(s, t), max(s, t)
                        found[pair] = found.get(pair, 0) + points
        return found

    # -- runs -----------------------------------------------------------------------------------

    def _run(self, name: str, weight: Weights, known: Sequence[int]) -> Answer | None:
        self._report(name)
        answer = optimise(weight, self.goals, known, self.special, self.nodes, self.columns, self.stop)
        if answer is not None:
            self._took(answer)
        return answer

    def _took(self, answer: Answer) -> None:
        self.answer = answer
        self.known = answer.values
        self.pairs = [pair for pair in answer.matched.pairs() if pair[1] < self.seats.n]

    def _report(self, name: str) -> None:
        if self.progress is not None:
            self.progress(name, len(self.tiers) / 5)

    def _tier(
        self, name: str, value: int | tuple[int, ...], bound: int | tuple[int, ...], seconds: float
    ) -> None:
        self.tiers.append(made_tier(name, value, bound, seconds))

    def _unproven(self, names: Sequence[str], started: float) -> None:
        """Close the open tiers with what is reached and what anybody can see cannot be beaten."""
        spent = time.monotonic() - started
        served = self.served()
        able = {*self.kept, *self.seats.owner[(self.weight > 0).any(axis=1) & self.seats.own].tolist()}
        programs = self.pool.programs
        wished = self._wished()
        reached: dict[str, int | tuple[int, ...]] = {
            "people": len(served),
            "left_out": sum(programs[i].left_out for i in served),
            "equity": shares(self.pool, served),
            "wishes": sum(wished.get(pair, 0) for pair in self.pairs),
            "score": self.score(),
        }
        limit: dict[str, int | tuple[int, ...]] = {
            "people": len(able),
            "left_out": sum(programs[i].left_out for i in able),
            "equity": shares(self.pool, sorted(able)),
            "wishes": sum(wished.values()),
            "score": 1000 * self.seats.n,
        }
        for name in names:
            self._tier(name, reached[name], limit[name], spent)


def _ones(weight: Weights) -> Weights:
    """The same possible pairs, all alike."""
    return (weight > 0).astype(np.int16)


def _no_edges(n: int) -> Graph:
    none: Ints = np.empty(0, np.int64)
    return Graph(n, none, none, none)
