"""Several goals at once, strictly one after another, over one matching instance.

Earlier goals weigh so much more that the answer should keep their optimum. Where exact multipliers
(each beyond everything below it) fit into double precision they are used. Else goals whose optimum is known
get moderate ones, and it is *checked* that the answer attains every one of these. Either way what the dual prices leave for the
last goal is a bound on it (Lagrange): a goal is proven when its value meets that bound.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.graphs.allpairs import AllPairs, Columns, match_all
from citevents.matching.solver.graphs.certificate import dual_value
from citevents.matching.solver.graphs.cover import Inexact
from citevents.matching.solver.graphs.graph import Graph, Ints, Matched

Stop = Callable[[], bool]

_EXACT = 2**52
_LARGEST = 2**62  # integers hold it; whether double precision did is checked
_FACTORS = (1, 4, 64, 1024, 16384)


@dataclass(frozen=True, slots=True)
class Goal:
    """A linear goal over edges: node parts of both ends, plus parts of single edges.

    `most` bounds its total over any matching, `step` what one edge can add to it.
    """

    name: str
    node: Ints  # (nodes,)
    edge: dict[tuple[int, int], int]  # pair (i < j) -> additional part
    most: int
    step: int

    def total(self, pairs: Sequence[tuple[int, int]], dense: int) -> int:
        """What these pairs reach; with a node from `dense` on (an empty place) only the edge part counts."""
        found = 0
        for i, j in pairs:
            if j < dense:
                found += int(self.node[i]) + int(self.node[j])
            found += self.edge.get((i, j), 0)
        return found

    def without(self, gone: Collection[tuple[int, int]]) -> "Goal":
        """The same goal where these pairs bring nothing of their own."""
        edge = {pair: part for pair, part in self.edge.items() if pair not in gone}
        return Goal(self.name, self.node, edge, self.most, self.step)

    def widened(self, nodes: int) -> "Goal":
        """The same goal with more nodes, which bring nothing."""
        node = np.zeros(nodes, np.int64)
        node[: len(self.node)] = self.node
        return Goal(self.name, node, self.edge, self.most, self.step)


@dataclass(frozen=True, slots=True)
class Answer:
    """`bounds[k]` limits goal k, given that the goals before it are at their best."""

    problem: AllPairs
    matched: Matched
    values: tuple[int, ...]
    bounds: tuple[int, ...]
    multipliers: tuple[int, ...]

    @property
    def rest(self) -> int:
        """Bound on the summed weights below all goals, given the goals' values."""
        limit = dual_value(self.matched) // 2
        return limit - sum(m * v for m, v in zip(self.multipliers, self.values, strict=True))


def optimise(
    weight: NDArray[np.int16],
    goals: Sequence[Goal],
    known: Sequence[int],
    special: Sequence[tuple[int, int]],
    nodes: int,
    columns: Columns,
    stop: Stop | None,
) -> Answer | None:
    """Best for all goals in order, then for the summed weights; `known` are proven values of the first goals.

    `weight` is over the first len(weight) nodes; `special` are edges beyond it or with edge parts, whose
    weight counts where they have one. None if stopped, or if no multipliers keep the known values.
    """
    for multipliers in _multipliers(weight, goals, len(known), nodes):
        problem = instance(weight, goals, multipliers, special, nodes)
        try:
            matched = match_all(problem, columns, stop)
        except Inexact:
            continue
        if not matched.proven:
            return None
        values = tuple(goal.total(matched.pairs(), len(weight)) for goal in goals)
        if all(v >= k for v, k in zip(values, known, strict=False)):
            return Answer(problem, matched, values, _bounds(matched, values, multipliers), multipliers)
    return None


def improve(
    earlier: Answer,
    weight: NDArray[np.int16],
    goals: Sequence[Goal],
    special: Sequence[tuple[int, int]],
    nodes: int,
    columns: Columns,
    stop: Stop | None,
) -> Answer | None:
    """`optimise` with the multipliers of an answer to a similar instance, from its prices; None if stopped or inexact."""
    problem = instance(weight, goals, earlier.multipliers, special, nodes)
    try:
        matched = match_all(problem, columns, stop, earlier.matched.spread)
    except Inexact:
        return None
    if not matched.proven:
        return None
    values = tuple(goal.total(matched.pairs(), len(weight)) for goal in goals)
    return Answer(
        problem, matched, values, _bounds(matched, values, earlier.multipliers), earlier.multipliers
    )


def _bounds(matched: Matched, values: Sequence[int], multipliers: Sequence[int]) -> tuple[int, ...]:
    left = dual_value(matched) // 2
    found = []
    for value, multiplier in zip(values, multipliers, strict=True):
        found.append(left // multiplier)
        left -= multiplier * value
    return tuple(found)


def _multipliers(
    weight: NDArray[np.int16], goals: Sequence[Goal], checked: int, nodes: int
) -> list[tuple[int, ...]]:
    """Multipliers to try in turn. The first `checked` goals are checked, the others need a proof of their own."""
    heaviest = int(weight.max(initial=0))

    def fits(multipliers: Sequence[int], limit: int) -> bool:
        edge = heaviest + sum(m * g.step for m, g in zip(multipliers, goals, strict=True))
        return edge * 2 * (nodes + 1) < limit

    def made(exact: int, factor: int) -> tuple[int, ...]:
        """The last `exact` goals outweigh all that is below them, the others what one edge can add below."""
        below, step = heaviest * (len(weight) // 2), heaviest
        found: list[int] = []
        for goal in reversed(goals):
            found.append(below + 1 if len(found) < exact else factor * step + 1)
            below += found[-1] * goal.most
            step += found[-1] * goal.step
        return tuple(found[::-1])

    every = made(len(goals), 0)
    if fits(every, _EXACT):
        return [every]
    proving = [made(len(goals) - checked, factor) for factor in _FACTORS] if checked else []
    found = [m for m in proving if fits(m, _LARGEST)]
    return found or [m for m in (made(0, factor) for factor in _FACTORS) if fits(m, _EXACT)]


def instance(
    weight: NDArray[np.int16],
    goals: Sequence[Goal],
    multipliers: Sequence[int],
    special: Sequence[tuple[int, int]],
    nodes: int,
) -> AllPairs:
    """The goals and the weights below them as one matching instance."""
    bonus = np.zeros(nodes, np.int64)
    for goal, m in zip(goals, multipliers, strict=True):
        bonus += m * goal.node
    m_dense = len(weight)
    a, b = np.array(special, np.int64).reshape(-1, 2).T
    worth = np.zeros(len(special), np.int64)
    for goal, m in zip(goals, multipliers, strict=True):
        if goal.edge:
            worth += m * np.array([goal.edge.get(pair, 0) for pair in special], np.int64)
    real = b < m_dense
    worth += bonus[a] * real
    worth[real] += bonus[b[real]] + weight[a[real], b[real]]
    return AllPairs(nodes, weight, bonus, Graph(nodes, a, b, worth))
