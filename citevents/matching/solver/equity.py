"""Country equity: whose turn it is to go without, as ranks that a matching can minimise.

The share of a country is matched / (target + credit). Lexicographically fairest means: the worst share as
high as possible, then the next worst, and so on. The programs that a matching can cover are the independent
sets of a matroid (Edmonds & Fulkerson 1965), the country totals of its bases form an M-convex set, and
on such a set the fairest vector is found by preferring, place by place, the country that has least
(Federgruen & Groenevelt 1986; Frank & Murota 2022). Only the *order* of the places matters to a matroid,
so ranks 1, 2, 3... stand for weights that would otherwise grow exponentially.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from citevents.matching.solver.answer import Coverage
from citevents.matching.solver.pool import Pool

PER_MILLE = 1000


@dataclass(frozen=True, slots=True)
class Empty:
    """A place that somebody of `country` will not get; `rank` says how much it hurts, 1 least."""

    country: int
    rank: int


def entitlements(pool: Pool) -> list[int]:
    """Target plus carried credit per country; who names no target is entitled to all its requests."""
    asked = [0] * len(pool.countries)
    for c in pool.country.tolist():
        asked[c] += 1
    return [
        max(0, pool.round.targets.get(name, asked[c]) + pool.round.credit.get(name, 0))
        for c, name in enumerate(pool.countries)
    ]


def shares(pool: Pool, served: Sequence[int]) -> tuple[int, ...]:
    """Per mille of their entitlement that countries reach, worst first; the unentitled are not listed."""
    matched = _matched(pool, served)
    return tuple(
        sorted(
            PER_MILLE * m // entitled
            for m, entitled in zip(matched, entitlements(pool), strict=True)
            if entitled
        )
    )


def _matched(pool: Pool, served: Sequence[int]) -> list[int]:
    matched = [pool.round.served.get(name, 0) for name in pool.countries]
    for i in served:
        matched[int(pool.country[i])] += 1
    return matched


def coverage(pool: Pool, served: Sequence[int]) -> tuple[Coverage, ...]:
    """Every country of the round, in order of its code."""
    matched = _matched(pool, served)
    asked = [int(x) for x in np.bincount(pool.country, minlength=len(pool.countries))]
    return tuple(
        Coverage(country=name, asked=asked[c], matched=matched[c], entitled=entitled)
        for c, (name, entitled) in enumerate(zip(pool.countries, entitlements(pool), strict=True))
    )


def empties(pool: Pool, surely: Mapping[int, int], unsure: Mapping[int, int], most: int) -> list[Empty]:
    """Places that may stay empty, ranked: country c has `surely[c]` matched programs and `unsure[c]` in doubt.

    Of these at most `most` go without in all. The n-th empty place of a country hurts more than its first.
    """
    entitled = entitlements(pool)
    keys: list[tuple[tuple[Fraction, Fraction], int]] = []
    for c, doubtful in unsure.items():
        total = pool.round.served.get(pool.countries[c], 0) + surely.get(c, 0) + doubtful
        for gone in range(1, min(doubtful, most) + 1):
            keys.append((_hurt(total - gone, entitled[c]), c))
    order = sorted({key for key, _ in keys})
    rank = {key: k for k, key in enumerate(order, 1)}
    return [Empty(c, rank[key]) for key, c in keys]


def _hurt(left: int, entitled: int) -> tuple[Fraction, Fraction]:
    """Sorts by how bad it is to stop at `left` matched: lowest share worst, then the larger step lost."""
    if not entitled:
        return (Fraction(-(10**9)), Fraction(0))
    return (-Fraction(left, entitled), Fraction(left + 1, entitled))
