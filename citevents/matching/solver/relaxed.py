"""What no answer can beat once cycles and circles are allowed: relaxations over everything.

In a pair, a cycle or a circle every program has a next one, and what members gain on average is shared by
the steps of a round through them. So the best assignment of a next one to each program, over all that two
programs could possibly do side by side, is worth at least as much as any answer (Abraham, Blum & Sandholm
2007 use the same bound for kidney exchange).
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from citevents.matching.solver.answer import Tier, made_tier
from citevents.matching.solver.capacities import Seats
from citevents.matching.solver.current_state import Standing
from citevents.matching.solver.equity import shares
from citevents.matching.solver.graphs.allpairs import AllPairs, Columns, cover_all
from citevents.matching.solver.graphs.graph import Graph, Ints
from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import Mode, Shape
from citevents.matching.solver.rules import Mask, possible
from citevents.matching.solver.scoring import PAIR_SHAPES, Weights, asked_shapes, pair_weights
from citevents.matching.solver.tiers import Stop, left_out_goal

_BLOCK = 256
_MOST_PRUNED = 1500  # programs up to which arcs in no cycle of three are dropped (a matrix product)
_MOST_DIRECTED = 6000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds over the free seats; `left_out` holds for answers that serve `people`."""

    people: int
    left_out: int
    score: int
    able: frozenset[int]  # programs that anything at all is possible for


def limits(pool: Pool, seats: Seats, weight: Weights, stop: Stop | None) -> Limits | None:
    """Solve the relaxations; None if stopped."""
    own = seats.owner[seats.own]
    near = pair_weights(pool, (*PAIR_SHAPES, Shape.CYCLE, Shape.CIRCLE))
    near = near if len(own) == pool.n else near[np.ix_(own, own)]
    together = weight.copy()
    together[: len(own), : len(own)] = near
    able = seats.owner[(together > 0).any(axis=1) & seats.own]
    score = _cover(together, np.zeros(seats.n, np.int64), stop)
    left_out = left_out_goal(pool, seats)
    alike = (together > 0).astype(np.int16)
    m_left = seats.n // 2 + 1
    m_people = m_left * (left_out.most + 1)
    total = _cover(alike, m_people * seats.counts + m_left * left_out.node, stop)
    people = min(total // m_people, _most_with_a_next_one(pool, seats, weight))
    waited = min(left_out.most, (total - m_people * people) // m_left)
    if stop is not None and stop():
        return None
    return Limits(people, waited, score, frozenset(able.tolist()))


def _cover(weight: Weights, bonus: Ints, stop: Stop | None) -> int:
    none = np.empty(0, np.int64)
    problem = AllPairs(len(weight), weight, bonus, Graph(len(weight), none, none, none))
    return int(cover_all(problem, Columns(problem), stop)[1].sum()) // 2


def _most_with_a_next_one(pool: Pool, seats: Seats, weight: Weights) -> int:
    """Programs that can all have a next one at once, the direction of visits respected (Hopcroft & Karp)."""
    own = seats.owner[seats.own]
    if seats.n > _MOST_DIRECTED:
        return int(seats.counts.sum())
    nexts: NDArray[np.bool_] = weight[: len(own)] > 0
    if pool.round.longest_cycle >= 3 and asked_shapes(pool, (Shape.CYCLE,)):
        nexts[:, : len(own)] |= _in_cycles(_between(pool, Shape.CYCLE, own))
    willing = own[pool.accepts[Mode.CIRCLE][own]]
    if len(willing) >= 3:
        at = np.flatnonzero(pool.accepts[Mode.CIRCLE][own])
        nexts[np.ix_(at, at)] |= _in_cycles(_between(pool, Shape.CIRCLE, willing))
    counting = nexts[seats.counts[: len(own)]]
    found = maximum_bipartite_matching(csr_matrix(counting), perm_type="column")
    return int((found >= 0).sum())


def _between(pool: Pool, shape: Shape, programs: Ints) -> Mask:
    """The ordered pairs of these programs that keep all rules of the shape."""
    everybody = slice(0, pool.n)
    rows = [
        possible(pool, shape, slice(at, min(at + _BLOCK, pool.n)), everybody)
        for at in range(0, pool.n, _BLOCK)
    ]
    found: Mask = np.concatenate(rows)[np.ix_(programs, programs)]
    return found


def _in_cycles(arcs: Mask) -> Mask:
    """Arcs that lie on a cycle of three."""
    if len(arcs) > _MOST_PRUNED:
        return arcs
    steps = arcs.astype(np.float32)
    kept: Mask = arcs & ((steps @ steps).T > 0)
    return kept


def reached(now: Standing, stop: Stop | None, started: float) -> list[Tier]:
    """The tiers as an answer with larger groups reaches them, against what cannot be beaten."""
    bound = limits(now.pool, now.seats, now.weight, stop)
    served, kept, programs = now.served(), now.kept_programs(), now.pool.programs
    able = served | (bound.able if bound else set(range(now.pool.n)))
    people = min(len(able), bound.people + len(kept)) if bound else len(able)
    left_out = sum(programs[i].left_out for i in able)
    if bound and len(served) == people:
        left_out = min(left_out, bound.left_out + sum(programs[i].left_out for i in kept))
    fair = shares(now.pool, sorted(served))
    score = now.score()
    return [
        made_tier("people", len(served), people, time.monotonic() - started),
        made_tier("left_out", sum(programs[i].left_out for i in served), left_out),
        made_tier("equity", fair, fair if served >= able else shares(now.pool, sorted(able))),
        made_tier("wishes", now.wishes(), now.most_wishes()),
        made_tier("score", score, max(score, bound.score) if bound else 1000 * now.pool.n),
    ]
