"""Blocking pairs that no answer avoids: the bound of tier 6 over pairs.

In any answer that is worth g less than the optimum no pair is used that lies further than g below its prices
(reduced-cost fixing; Dantzig, Fulkerson & Johnson 1954). What is left says whom everybody can get at best. Two
who would both materially rather have each other than that, and whose own pair is not left, block whatever is
decided: mostly two whom tier 1 needs for others.
"""

from collections.abc import Sequence

import numpy as np

from citevents.matching.solver.graphs.allpairs import AllPairs, pricing_blocks
from citevents.matching.solver.stability import IMPOSSIBLE, NOBODY, Preferences, Values, blocking_blocks


def unavoidable(
    preferences: Preferences, problem: AllPairs, prices: Sequence[int], within: int, step: int
) -> int:
    """How many pairs of seats block every matching whose worth is at most `within` half units below the prices."""
    best = _best_left(preferences, problem, prices, within)
    return sum(int(np.count_nonzero(blocks)) for _, blocks in blocking_blocks(preferences, best, step))


def _best_left(preferences: Preferences, problem: AllPairs, prices: Sequence[int], within: int) -> Values:
    """What each seat thinks of the best partner it can have in such a matching, or NOBODY. Odd sets are left aside."""
    y = np.array(prices, np.int64)
    opinions, nothing = preferences.opinions, np.int16(IMPOSSIBLE)
    best = np.full(preferences.seats.n, NOBODY, np.int32)
    # A pair whose worth stands in `extra` counts for less here, so that what is left without it is left with it.
    for at, gain in pricing_blocks(problem, y, ()):
        rows, left = slice(at, at + len(gain)), gain >= -within
        best[rows] = np.maximum(best[rows], np.where(left, opinions[rows, at:], nothing).max(axis=1))
        best[at:] = np.maximum(best[at:], np.where(left.T, opinions[at:, rows], nothing).max(axis=1))
    more = problem.extra
    left = (y[more.a] + y[more.b] - 2 * more.weight <= within) & (more.b < len(best))
    a, b = more.a[left], more.b[left]
    np.maximum.at(best, a, opinions[a, b])
    np.maximum.at(best, b, opinions[b, a])
    return best
