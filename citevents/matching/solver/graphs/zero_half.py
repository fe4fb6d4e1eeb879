"""Cuts that a packing of small groups needs: sums of an odd number of rows, halved and rounded down.

Every row of the packing says "at most one". For an odd set S of rows, a group that fills k of them counts
floor(k / 2), and these counts sum to at most (|S| - 1) / 2: Edmonds' odd sets where all groups are pairs, and the
{0, 1/2}-cuts of Chvatal & Gomory in general (Caprara & Fischetti 1996). They are found as in Koster, Zymolka & Kutschka
(2009): eliminate modulo 2, the most used columns first, and look at what is left of each row.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix, vstack
from scipy.sparse.csgraph import connected_components

from citevents.matching.solver.milp import Floats, Growing, Left, Packing

_ROUNDS = 30
_MOST = 300  # cuts a round
_EPS = 1e-6
Rows = frozenset[int]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The relaxation with its cuts: no packing is worth more than `bound`."""

    bound: float
    chosen: Floats
    reduced: Floats  # per column: a packing that uses it is worth at least this much less than the bound
    rows: Floats  # the price of every row
    cuts: tuple[tuple[Rows, float], ...]  # odd sets of rows with their prices


def relaxed(packing: Packing, left: Left) -> Relaxed | None:
    """The relaxation of a packing whose rows all say "at most one"; None if there was no time for it."""
    solver = Growing(packing)
    a, best = packing.a, None
    made: list[Rows] = []
    for _ in range(_ROUNDS):
        found = solver.solve(left)
        if found is None:
            return best
        rows = len(packing.upper)
        priced = tuple(zip(made, found.duals[rows:].tolist(), strict=True))
        reduced = packing.value - a.T @ found.duals
        best = Relaxed(found.bound, found.chosen, reduced, found.duals[:rows], priced)
        cuts = odd_rows(packing.a, found.chosen)
        if not cuts or left() <= 0:
            return best
        more, upper = _cut(packing.a, cuts)
        solver.add(more, upper)
        a = vstack([a, more], format="csc")
        made += cuts
    return best


def odd_rows(a: csc_matrix, x: Floats) -> list[Rows]:
    """Odd sets of rows whose cut the fractional x breaks, the smallest first."""
    fractional = np.flatnonzero((x > _EPS) & (x < 1 - _EPS))
    if not len(fractional):
        return []
    columns = fractional[np.argsort(-x[fractional], kind="stable")]
    used = a[:, columns]
    by_row = used.tocsr()
    component = connected_components(by_row @ used.T, directed=False)[1].tolist()
    tight = a @ x > 1 - _EPS
    masks: dict[int, dict[int, int]] = {}
    for row in np.flatnonzero(tight & (np.diff(by_row.indptr) > 0)).tolist():
        at = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]].tolist()
        masks.setdefault(component[row], {})[row] = sum(1 << k for k in at)
    found: set[Rows] = set()
    for rows in masks.values():
        found |= _eliminated(rows, x[columns].tolist())
    return sorted(found, key=lambda s: (len(s), sorted(s)))[:_MOST]


def _eliminated(masks: dict[int, int], x: list[float]) -> set[Rows]:
    """Odd sets of these rows of which less than one is used an odd number of times."""
    live: list[tuple[int, Rows]] = [(mask, frozenset([row])) for row, mask in masks.items()]
    found: set[Rows] = set()
    columns = 0
    for mask, _ in live:
        columns |= mask
    while columns:
        bit = columns & -columns
        columns ^= bit
        holders = [row for row in live if row[0] & bit]
        if not holders:
            continue
        pivot = min(holders, key=lambda row: (len(row[1]), row[0].bit_count()))
        others = [row for row in live if not row[0] & bit]
        summed = [(mask ^ pivot[0], rows ^ pivot[1]) for mask, rows in holders if rows != pivot[1]]
        found |= {rows for mask, rows in summed if len(rows) % 2 and len(rows) > 1 and _below_one(mask, x)}
        live = others + summed
    return found


def _below_one(mask: int, x: list[float]) -> bool:
    total = 0.0
    while mask:
        bit = mask & -mask
        total += x[bit.bit_length() - 1]
        if total >= 1 - 1e-4:
            return False
        mask ^= bit
    return True


def _cut(a: csc_matrix, cuts: list[Rows]) -> tuple[csr_matrix, Floats]:
    size = [len(rows) for rows in cuts]
    at = np.repeat(np.arange(len(cuts)), size), np.concatenate([sorted(rows) for rows in cuts])
    sums: csr_matrix = (csr_matrix((np.ones(sum(size)), at), shape=(len(cuts), a.shape[0])) @ a).tocsr()
    sums.data = np.floor(sums.data / 2)
    sums.eliminate_zeros()
    upper: NDArray[np.float64] = np.array([k // 2 for k in size], np.float64)
    return sums, upper
