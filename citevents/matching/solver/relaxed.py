"""What no answer can beat once cycles and circles are allowed: the degree relaxation over everything.

In a pair, a cycle or a circle every program has a next one, and what members gain on average is shared by
the steps of a round through them. So the best assignment of a next one to each program, over all that two
programs could possibly do side by side, is worth at least as much as any answer (Abraham, Blum & Sandholm
2007 use the same bound for kidney exchange). The double cover finds it.
"""

from dataclasses import dataclass

import numpy as np

from citevents.matching.solver.graphs.allpairs import AllPairs, Columns, cover_all
from citevents.matching.solver.graphs.graph import Graph
from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import Shape
from citevents.matching.solver.scoring import PAIR_SHAPES, Weights, pair_weights
from citevents.matching.solver.seats import Seats
from citevents.matching.solver.tiers import Stop, left_out_goal, people_goal


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds over the free seats; `left_out` and `score` hold for answers that reach the ones before."""

    people: int
    left_out: int
    score: int
    able: frozenset[int]  # programs that anything at all is possible for


def limits(pool: Pool, seats: Seats, weight: Weights, stop: Stop | None) -> Limits | None:
    """Solve the relaxation; None if stopped."""
    own = seats.owner[seats.own]
    near = pair_weights(pool, (*PAIR_SHAPES, Shape.CYCLE, Shape.CIRCLE))
    near = near if len(own) == pool.n else near[np.ix_(own, own)]
    together = weight.copy()
    together[: len(own), : len(own)] = near
    people, left_out = people_goal(seats), left_out_goal(pool, seats)
    m_left = 2001 * (seats.n // 2 + 1) + 1
    m_people = m_left * (left_out.most + 1)
    none = np.empty(0, np.int64)
    problem = AllPairs(
        seats.n,
        together,
        m_people * people.node + m_left * left_out.node,
        Graph(seats.n, none, none, none),
    )
    _, y = cover_all(problem, Columns(problem), stop)
    if stop is not None and stop():
        return None
    total = int(y.sum()) // 2
    most = total // m_people
    waited = (total - m_people * most) // m_left
    rest = total - m_people * most - m_left * waited
    able = seats.owner[(together > 0).any(axis=1) & seats.own]
    return Limits(most, waited, rest, frozenset(able.tolist()))
