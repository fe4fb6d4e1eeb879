"""The best packing over all columns, though few are ever looked at together."""

import numpy as np

from citevents.matching.solver.graphs.zero_half import relaxed
from citevents.matching.solver.milp import Floats, Left, Packed, Packing, Positions, pack

_MARGIN = 100.0  # loss up to which columns are looked at first
_ROUNDS = 8  # of cuts: later ones gain little and make the program slow


def priced_pack(packing: Packing, first: Positions, left: Left, known: Floats | None = None) -> Packed | None:
    """The best packing over all columns; None if nothing feasible was found. Values are whole.

    The relaxation, tightened by cuts (`zero_half.py`), begins with the `first` columns and prices the others in.
    A column whose reduced cost is further below 0 than the relaxation is above the best packing cannot be in a
    better one, so only columns within a margin are searched, and the margin grows until it exceeds that gap. Where a
    packing is `known` that the relaxation does not exceed by a whole unit, it is the answer.
    """
    above = relaxed(packing, left, first, _ROUNDS)
    if above is None:
        return None
    if known is not None and above.bound - float(packing.value @ known) < 1 - 1e-4:
        return Packed(known, above.bound, True, above.rows)
    margin = _MARGIN
    whole = np.zeros(len(packing.value))
    best: Packed | None = None
    while True:
        near = np.flatnonzero((above.reduced >= -margin) | (whole > 0))
        found = pack(above.tightened.only(near).binding(), left, heuristics=False)
        everything = len(near) == len(packing.value)
        if found is not None:
            chosen = np.zeros(len(packing.value))
            chosen[near] = np.round(found.chosen)
            if best is None or packing.value @ chosen > packing.value @ whole:
                whole = chosen
            gap = above.bound - float(packing.value @ whole)
            best = Packed(whole, above.bound, found.proven and (gap < margin or everything), above.rows)
        if everything or left() <= 0 or (best is not None and best.proven):
            return best
        margin = 4 * margin if found is None else 1.01 * gap + 1
