"""The dual prices of a solved round, by program: what `explain` needs to say what a pair would cost."""

from collections.abc import Sequence
from operator import itemgetter

import numpy as np

from citevents.matching.solver.answer import Prices
from citevents.matching.solver.capacities import Seats
from citevents.matching.solver.pool import Pool
from citevents.matching.solver.tiers import PairTiers


def prices_of(pool: Pool, seats: Seats, tiers: PairTiers) -> Prices | None:
    """None where the tiers were stopped before any prices were proven."""
    if tiers.answer is None:
        return None
    answer = tiers.answer
    goals = tiers.goals[: len(answer.multipliers)]
    bonus = np.zeros(seats.n, np.int64)
    for goal, multiplier in zip(goals, answer.multipliers, strict=True):
        bonus += multiplier * goal.node[: seats.n]
    ids = [pool.programs[i].id for i in seats.owner.tolist()]
    y = answer.matched.prices
    own = {ids[s]: y[s] for s in range(seats.n) if seats.own[s]}
    spare: dict[str, int] = {}
    for s in range(seats.n):
        if not seats.own[s]:
            spare[ids[s]] = min(y[s], spare.get(ids[s], y[s]))
    # Own seats come first. Nested odd sets hold millions of nodes in all: they are named by one C call each.
    owned = len(own)
    odd_sets = tuple((_named(ids, owned, odd.nodes), odd.price) for odd in answer.matched.odd_sets)
    names = [goal.name for goal in goals]
    return Prices(
        multipliers=dict(zip(names, answer.multipliers, strict=True)),
        values={**dict(zip(names, answer.values, strict=True)), "score": tiers.score()},
        own=own,
        spare=spare,
        worth={ids[s]: int(bonus[s]) for s in range(seats.n) if seats.own[s]},
        odd_sets=odd_sets,
    )


def _named(ids: Sequence[str], owned: int, nodes: tuple[int, ...]) -> tuple[str, ...]:
    """The programs of those nodes (three or more) that are own seats, the first `owned`."""
    if max(nodes) < owned:
        named: tuple[str, ...] = itemgetter(*nodes)(ids)
        return named
    return tuple(ids[s] for s in nodes if s < owned)
