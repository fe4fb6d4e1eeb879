"""All pairs of a pool scored: the weight matrices that the solvers read.

A weight is what both directions gain together, 1..2000, and 0 where the pair is impossible.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import Mode, Shape
from citevents.matching.solver.rules import ALWAYS, RULES_OF, Mask, base_gain, fits, gains, zone_gain

Weights = NDArray[np.int16]

_BLOCK = 256
PAIR_SHAPES = (Shape.MUTUAL, Shape.VISIT, Shape.VIRTUAL, Shape.MENTORING)
DIRECTED = frozenset({Shape.VISIT, Shape.MENTORING, Shape.CYCLE})
# What the first and the second of a pair accept; of cycles and circles, of any two neighbours.
SIDES = {
    Shape.MUTUAL: (Mode.MUTUAL, Mode.MUTUAL),
    Shape.VISIT: (Mode.GUEST, Mode.HOST),
    Shape.VIRTUAL: (Mode.VIRTUAL, Mode.VIRTUAL),
    Shape.MENTORING: (Mode.MENTORING, Mode.MENTORING),
    Shape.CYCLE: (Mode.MUTUAL, Mode.MUTUAL),
    Shape.CIRCLE: (Mode.CIRCLE, Mode.CIRCLE),
}


Side = TypeVar("Side", int, str)


def ways(first: Side, second: Side) -> list[tuple[Shape, tuple[Side, Side]]]:
    """Every shape in which two programs could be a pair, either way round where that differs."""
    return [
        (shape, members)
        for shape in PAIR_SHAPES
        for members in ((first, second), (second, first))
        if shape in DIRECTED or members == (first, second)
    ]


def asked_shapes(pool: Pool, shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    """Those of the shapes that somebody in the pool accepts."""
    return tuple(s for s in shapes if all(pool.accepts[mode].any() for mode in SIDES[s]))


def pair_weights(pool: Pool, shapes: Sequence[Shape] = PAIR_SHAPES) -> Weights:
    """Best weight over these shapes for every unordered pair. Shape (n, n), symmetric, 0 on the diagonal."""
    n = pool.n
    out = np.zeros((n, n), np.int16)
    wanted = asked_shapes(pool, shapes)
    for at in range(0, n, _BLOCK):
        rows, columns = slice(at, min(at + _BLOCK, n)), slice(at, n)
        block = _best(pool, wanted, rows, columns)
        out[rows, columns] = block
        out[columns, rows] = block.T
    return out


def _best(pool: Pool, shapes: Sequence[Shape], rows: slice, columns: slice) -> Weights:
    base = base_gain(pool, rows, columns) + base_gain(pool, columns, rows).T
    always: Mask | None = None
    for rule in ALWAYS.values():
        found = rule(pool, rows, columns)
        always = found if always is None else np.logical_and(always, found, out=always)
    assert always is not None
    best = np.zeros(base.shape, np.int16)
    for shape in shapes:
        worth = base + zone_gain(pool, shape, rows, columns) + zone_gain(pool, shape, columns, rows).T
        allowed = _allowed(pool, shape, rows, columns) & always
        if pool.round.minimum:
            allowed &= worth >= 2 * pool.round.minimum
        np.maximum(worth, 1, out=worth)
        worth *= allowed
        np.maximum(best, worth, out=best)
    return best


def _allowed(pool: Pool, shape: Shape, rows: slice, columns: slice) -> Mask:
    """The rules of the shape beyond those that always hold; a directed shape may hold either way."""
    one = _special(pool, shape, rows, columns)
    return one | _special(pool, shape, columns, rows).T if shape in DIRECTED else one


def _special(pool: Pool, shape: Shape, rows: slice, columns: slice) -> Mask:
    mask: Mask | None = None
    for code, rule in RULES_OF[shape].items():
        if code not in ALWAYS:
            found = rule(pool, rows, columns)
            mask = found if mask is None else np.logical_and(mask, found, out=mask)
    assert mask is not None
    return mask


def arc_weights(pool: Pool, shape: Shape, columns: NDArray[np.int64]) -> Weights:
    """Weights of the ordered pairs (row, column) for a directed shape, for some columns. Shape (n, k)."""
    out = np.zeros((pool.n, len(columns)), np.int16)
    everybody = slice(0, pool.n)
    for k, j in enumerate(columns.tolist()):
        one = slice(j, j + 1)
        worth = (
            base_gain(pool, everybody, one)
            + base_gain(pool, one, everybody).T
            + zone_gain(pool, shape, everybody, one)
            + zone_gain(pool, shape, one, everybody).T
        )
        allowed = np.ones((pool.n, 1), bool)
        for rule in RULES_OF[shape].values():
            allowed &= rule(pool, everybody, one)
        if pool.round.minimum:
            allowed &= worth >= 2 * pool.round.minimum
        out[:, k] = (np.maximum(worth, 1) * allowed)[:, 0]
    return out


def best_shape(pool: Pool, i: int, j: int, host_only: bool = False) -> tuple[Shape, tuple[int, int]]:
    """The shape that the weight of this possible pair stands for, and the pair in that shape's order.

    `host_only`: j takes part as a host.
    """
    orders = [
        (shape, members)
        for shape, members in ([(Shape.VISIT, (i, j))] if host_only else ways(i, j))
        if all(pool.accepts[mode][k] for mode, k in zip(SIDES[shape], members, strict=True))
    ]
    if len(orders) == 1:
        return orders[0]  # a matched pair has a shape
    found: list[tuple[int, int, Shape, tuple[int, int]]] = []
    for shape, members in orders:
        if fits(pool, shape, *members):
            a, b = members
            worth = int(gains(pool, shape, slice(a, a + 1), slice(b, b + 1))[0, 0])
            found.append((-worth, PAIR_SHAPES.index(shape), shape, members))
    assert found, "a matched pair has a shape"
    _, _, shape, members = min(found)
    return shape, members
