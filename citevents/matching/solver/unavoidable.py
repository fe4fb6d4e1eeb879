"""Blocking pairs that no answer avoids: the bound of tier 6 over pairs.

In any answer that is worth g less than the optimum no pair is used that lies further than g below its prices
(reduced-cost fixing; Dantzig, Fulkerson & Johnson 1954). What is left says whom everybody can get at best. Two
who would both materially rather have each other than that, and whose own pair is not left, block whatever is
decided: mostly two whom tier 1 needs for others.
"""

from collections.abc import Sequence

import numpy as np

from citevents.matching.solver.graphs.allpairs import AllPairs, pricing_blocks
from citevents.matching.solver.stability import NOBODY, Preferences, Values

_BLOCK = 256


def unavoidable(
    preferences: Preferences, problem: AllPairs, prices: Sequence[int], within: int, step: int
) -> int:
    """How many pairs of seats block every matching whose worth is at most `within` half units below the prices."""
    best = _best_left(preferences, problem, prices, within)
    found = 0
    for at in range(0, preferences.seats.n, _BLOCK):
        rows = np.arange(at, min(at + _BLOCK, preferences.seats.n))
        mine, theirs = preferences.rows(rows, at)
        blocks = (mine >= best[rows, None] + step) & (theirs >= best[None, at:] + step)
        blocks &= preferences.weight[rows, at:] > 0
        found += int(np.count_nonzero(np.triu(blocks, 1)))
    return found


def _best_left(preferences: Preferences, problem: AllPairs, prices: Sequence[int], within: int) -> Values:
    """What each seat thinks of the best partner it can have in such a matching, or NOBODY. Odd sets are left aside."""
    y = np.array(prices, np.int64)
    best = np.full(preferences.seats.n, NOBODY, np.int32)
    for at, gain in pricing_blocks(problem, y, ()):
        rows = np.arange(at, at + len(gain))
        left = (gain >= -within) & (problem.weight[rows, at:] > 0)
        mine, theirs = preferences.rows(rows, at)
        best[rows] = np.maximum(best[rows], np.where(left, mine, NOBODY).max(axis=1))
        best[at:] = np.maximum(best[at:], np.where(left, theirs, NOBODY).max(axis=0))
    more = problem.extra
    left = (y[more.a] + y[more.b] - 2 * more.weight <= within) & (more.b < len(best))
    a, b = more.a[left], more.b[left]
    real = preferences.weight[a, b] > 0
    a, b = a[real], b[real]
    np.maximum.at(best, a, preferences.of_partners(a, b))
    np.maximum.at(best, b, preferences.of_partners(b, a))
    return best
