"""A packing made better region by region: everything else stays, the region is solved exactly.

Large neighbourhood search (Shaw 1998). A region grows from a node that has no group, or a group that the prices
say is a bad one; its best packing replaces what was there if that is worth more.
"""

import random
from collections.abc import Sequence

import numpy as np

from citevents.matching.solver.milp import Floats, Left, Packing, matrix, pack

_REGION = 120  # nodes
_PATIENCE = 10  # regions without gain
_SECONDS = 1.0  # for one region


def greedy(groups: Sequence[Sequence[int]], order: Sequence[int]) -> set[int]:
    """Groups taken in this order wherever all their nodes are free."""
    taken: set[int] = set()
    chosen = set()
    for k in order:
        if taken.isdisjoint(groups[k]):
            taken.update(groups[k])
            chosen.add(k)
    return chosen


def improved(
    n: int,
    groups: Sequence[Sequence[int]],
    value: Floats,
    loss: Floats,
    near: Sequence[int],
    chosen: set[int],
    bound: float,
    left: Left,
) -> set[int]:
    """A better packing of the groups `near`, if there is one close by. `loss[k]`: what group k costs by the prices."""
    rng = random.Random(1)
    of: list[list[int]] = [[] for _ in range(n)]
    for k in near:
        for v in groups[k]:
            of[v].append(k)
    holder = dict.fromkeys(range(n), -1) | {v: k for k in chosen for v in groups[k]}
    total, patience = float(value[list(chosen)].sum()), _PATIENCE
    while patience and total < bound - 1 + 1e-6 and left() > 0:
        patience -= 1
        alone = [v for v in range(n) if holder[v] < 0 and of[v]]
        bad = [groups[k][0] for k in sorted(chosen) if loss[k] > 1e-6]
        seeds = alone if alone and (not bad or rng.random() < 0.5) else bad
        if not seeds:
            break
        region = _region(groups, of, holder, rng.choice(seeds), rng)
        inside = [k for k in near if region.issuperset(groups[k])]
        now = [k for k in chosen if region.issuperset(groups[k])]
        at = {v: row for row, v in enumerate(sorted(region))}
        rows = [[at[v] for v in groups[k]] for k in inside]
        packing = Packing(value[inside], matrix(len(at), rows), np.ones(len(at)))
        found = pack(packing, lambda: min(_SECONDS, left()))
        if found is None:
            continue
        new = [k for k, x in zip(inside, found.chosen, strict=True) if x > 0.5]
        gain = float(value[new].sum() - value[now].sum())
        if gain > 1e-6:
            patience = _PATIENCE
            total += gain
            chosen = chosen.difference(now).union(new)
            holder |= dict.fromkeys(region, -1) | {v: k for k in new for v in groups[k]}
    return chosen


def _region(
    groups: Sequence[Sequence[int]],
    of: Sequence[Sequence[int]],
    holder: dict[int, int],
    seed: int,
    rng: random.Random,
) -> set[int]:
    """Whole groups and lonely nodes around the seed."""
    region: set[int] = set()
    queue, at = [seed], 0
    while at < len(queue) and len(region) < _REGION:
        v, at = queue[at], at + 1
        if v in region:
            continue
        members = groups[holder[v]] if holder[v] >= 0 else (v,)
        region.update(members)
        following = [u for m in members for k in of[m] for u in groups[k] if u not in region]
        rng.shuffle(following)
        queue += following
    return region
