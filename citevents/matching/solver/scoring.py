"""All pairs of a pool scored: the weight matrix that the solver reads."""

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import Shape
from citevents.matching.solver.rules import gains, possible

_BLOCK = 256


def weights_of(pool: Pool, shape: Shape) -> NDArray[np.int16]:
    """1 + both directions' score where the (unordered) pair is possible, else 0. Shape (n, n)."""
    n = pool.n
    out = np.zeros((n, n), np.int16)
    for at in range(0, n, _BLOCK):
        rows, columns = slice(at, min(at + _BLOCK, n)), slice(at, n)
        block = gains(pool, shape, rows, columns)
        block += 1
        block *= possible(pool, shape, rows, columns)
        out[rows, columns] = block
        out[columns, rows] = block.T
    return out
