"""Cuts that a packing of small groups needs: sums of rows with an odd limit, halved and rounded down.

Where every row says "at most one": for an odd set S of rows, a group that fills k of them counts floor(k / 2), and
these counts sum to at most (|S| - 1) / 2: Edmonds' odd sets where all groups are pairs, and the {0, 1/2}-cuts of
Chvatal & Gomory in general (Caprara & Fischetti 1996). They are found as in Koster, Zymolka & Kutschka (2009):
eliminate modulo 2, the most used columns first, and look at what is left of each row. A column that is chosen
already is turned round ("not chosen" instead), so that what it leaves of a larger limit is what counts.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, vstack
from scipy.sparse.csgraph import connected_components

from citevents.matching.solver.milp import Floats, Growing, Left, Packing, Positions

_ROUNDS = 30
_MOST = 300  # cuts a round
_MOST_ADDED = 4000  # columns priced in at a time
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
    tightened: Packing  # the packing with the cuts that have a price as further rows


def relaxed(
    packing: Packing, left: Left, first: Positions | None = None, rounds: int = _ROUNDS
) -> Relaxed | None:
    """The relaxation of a packing of whole limits and entries 1 and -1; None if there was no time for it.

    It holds for all columns, though it begins with the `first`: the prices bring in the others that matter
    (column generation, Dantzig & Wolfe 1960), which cuts count as well.
    """
    near = np.arange(len(packing.value)) if first is None else np.unique(first)
    solver = Growing(packing.only(near))
    a, upper, best = packing.a, packing.upper, None
    made: list[Rows] = []
    while rounds:
        found = solver.solve(left)
        if found is None:
            return best
        reduced = packing.value - a.T @ found.duals
        if len(missing := _missing(reduced, near)):
            solver.add_columns(Packing(packing.value, a, upper).only(missing))
            near = np.concatenate([near, missing])
            continue
        rounds -= 1
        chosen = np.zeros(len(packing.value))
        chosen[near] = found.chosen
        rows = len(packing.upper)
        priced = tuple(zip(made, found.duals[rows:].tolist(), strict=True))
        tight = np.concatenate([np.arange(rows), rows + np.flatnonzero(found.duals[rows:] > _EPS)])
        tightened = replace(packing, a=a.tocsr()[tight].tocsc(), upper=upper[tight])
        best = Relaxed(found.bound, chosen, reduced, found.duals[:rows], priced, tightened)
        cuts = odd_rows(packing.a, packing.upper, chosen)
        if not cuts or left() <= 0:
            return best
        more, limits = _cut(packing, cuts, chosen)
        solver.add(more[:, near], limits)
        a, upper = vstack([a, more], format="csc"), np.concatenate([upper, limits])
        made += cuts
    return best


def _missing(reduced: Floats, near: Positions) -> Positions:
    """Columns not yet there that would make the relaxation better, the best first."""
    gain = reduced.copy()
    gain[near] = 0.0
    better = np.flatnonzero(gain > _EPS)
    return better[np.argsort(-gain[better], kind="stable")[:_MOST_ADDED]]


def odd_rows(a: csc_matrix, upper: Floats, x: Floats) -> list[Rows]:
    """Sets of rows whose cut the fractional x breaks, the smallest first."""
    fractional = np.flatnonzero((x > _EPS) & (x < 1 - _EPS))
    if not len(fractional):
        return []
    columns = fractional[np.argsort(-x[fractional], kind="stable")]
    used = a[:, columns]
    by_row = used.tocsr()
    component = connected_components(abs(by_row) @ abs(used.T), directed=False)[1].tolist()
    free = np.round(upper - a @ (x > 1 - _EPS)).astype(np.int64)  # what the chosen leave
    tight = by_row @ x[columns] > free - _EPS
    live: dict[int, list[_Sum]] = {}
    for row in np.flatnonzero(tight & (np.diff(by_row.indptr) > 0)).tolist():
        at = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]].tolist()
        live.setdefault(component[row], []).append(
            _Sum(sum(1 << k for k in at), bool(free[row] % 2), frozenset([row]))
        )
    found: set[Rows] = set()
    for rows in live.values():
        found |= _eliminated(rows, x[columns].tolist())
    return sorted(found, key=lambda s: (len(s), sorted(s)))[:_MOST]


class _Sum(NamedTuple):
    """Some rows added up, modulo 2."""

    mask: int  # the columns they use an odd number of times
    odd: bool  # their limits sum to an odd number
    rows: Rows

    def __xor__(self, other: "_Sum") -> "_Sum":
        return _Sum(self.mask ^ other.mask, self.odd ^ other.odd, self.rows ^ other.rows)


def _eliminated(live: list[_Sum], x: list[float]) -> set[Rows]:
    """Sets of these rows with an odd limit, of which less than one is used an odd number of times."""
    found: set[Rows] = set()
    columns = 0
    for row in live:
        columns |= row.mask
    while columns:
        bit = columns & -columns
        columns ^= bit
        holders = [row for row in live if row.mask & bit]
        if not holders:
            continue
        pivot = min(holders, key=lambda row: (len(row.rows), row.mask.bit_count()))
        others = [row for row in live if not row.mask & bit]
        summed = [row ^ pivot for row in holders if row is not pivot]
        found |= {s.rows for s in summed if s.odd and len(s.rows) > 1 and _below_one(s.mask, x)}
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


def _cut(packing: Packing, cuts: list[Rows], x: Floats) -> tuple[csr_matrix, Floats]:
    """The cuts as rows, with their limits; columns chosen in x are turned round."""
    size = [len(rows) for rows in cuts]
    at = np.repeat(np.arange(len(cuts)), size), np.concatenate([sorted(rows) for rows in cuts])
    pick = csr_matrix((np.ones(sum(size)), at), shape=(len(cuts), packing.a.shape[0]))
    sums: csr_matrix = (pick @ packing.a).tocsr()
    turned = (np.round(sums.data) % 2 == 1) & (x[sums.indices] > 1 - _EPS)
    cut = np.repeat(np.arange(len(cuts)), np.diff(sums.indptr))
    limits = pick @ packing.upper + np.bincount(cut[turned], minlength=len(cuts))
    sums.data = np.floor((sums.data + turned) / 2)
    sums.eliminate_zeros()
    return sums, np.floor(limits / 2)
