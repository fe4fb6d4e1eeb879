"""Packing by integer programming: the only file with HiGHS (Huangfu & Hall 2018).

Maximise over 0/1 columns, subject to rows of small sums with upper (and lower) limits.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray

Stop = Callable[[], bool]

_MARGIN = 0.0005  # first margin of reduced costs, as a part of the relaxation's value


@dataclass(frozen=True, slots=True)
class Packing:
    """Column k appears in the rows `members[k]` with 1, and is worth `value[k]`."""

    value: NDArray[np.float64]
    members: Sequence[Sequence[int]]
    upper: NDArray[np.float64]  # per row
    lower: NDArray[np.float64] | None = None
    whole: bool = True  # False: the linear relaxation
    coefficients: Sequence[Sequence[float]] | None = None  # instead of 1


@dataclass(frozen=True, slots=True)
class Packed:
    chosen: NDArray[np.float64]  # per column, 0..1
    bound: float
    proven: bool
    duals: NDArray[np.float64]  # per row; of the relaxation only


def pack(packing: Packing, seconds: float = 60.0, start: NDArray[np.float64] | None = None) -> Packed | None:
    """The best packing found in time; None if nothing feasible was."""
    columns, rows = len(packing.value), len(packing.upper)
    if not columns:
        return Packed(np.zeros(0), 0.0, True, np.zeros(rows))
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", max(0.01, seconds))
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.999 if packing.whole and _integral(packing.value) else 1e-6)
    solver.passModel(_model(packing, columns, rows))
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        solver.setSolution(solution)
    solver.run()
    info = solver.getInfo()
    status = solver.getModelStatus()
    found = solver.getSolution()
    if status == highspy.HighsModelStatus.kInfeasible or not found.value_valid:
        return None
    proven = status == highspy.HighsModelStatus.kOptimal
    bound = info.mip_dual_bound if packing.whole else info.objective_function_value
    duals = np.array(found.row_dual) if not packing.whole else np.zeros(rows)
    return Packed(np.array(found.col_value), float(bound), proven, duals)


def priced_pack(packing: Packing, left: Callable[[], float]) -> Packed | None:
    """The best packing, by way of the relaxation's prices.

    A column whose reduced cost is further below 0 than the relaxation is above the best packing cannot
    be in a better one. So only columns within a margin are searched, and the margin grows until it
    exceeds that gap: then the answer is best over *all* columns.
    """
    relaxed = pack(replace(packing, whole=False), left())
    if relaxed is None or not relaxed.proven:
        return pack(packing, left())
    reduced = packing.value - _priced(packing, relaxed.duals)
    margin = max(1.0, relaxed.bound * _MARGIN)
    while True:
        near = np.flatnonzero(reduced >= -margin)
        found = pack(_columns(packing, near), left())
        everything = len(near) == len(packing.value)
        if found is not None:
            whole = np.zeros(len(packing.value))
            whole[near] = found.chosen
            value = float(packing.value @ np.round(whole))
            if everything or (found.proven and relaxed.bound - value < margin):
                return replace(found, chosen=whole)
            if left() <= 0:
                return Packed(whole, relaxed.bound, False, relaxed.duals)
            margin = max(2 * margin, 1.01 * (relaxed.bound - value)) if found.proven else 4 * margin
        elif everything or left() <= 0:
            return None
        else:
            margin *= 4


def _priced(packing: Packing, duals: NDArray[np.float64]) -> NDArray[np.float64]:
    factors = packing.coefficients
    return np.array(
        [
            sum(duals[r] * (1.0 if factors is None else factors[k][at]) for at, r in enumerate(row))
            for k, row in enumerate(packing.members)
        ]
    )


def _columns(packing: Packing, which: NDArray[np.int64]) -> Packing:
    factors = packing.coefficients
    return replace(
        packing,
        value=packing.value[which],
        members=[packing.members[k] for k in which],
        coefficients=None if factors is None else [factors[k] for k in which],
    )


def _integral(value: NDArray[np.float64]) -> bool:
    return bool(np.all(value == np.round(value)))


def _model(packing: Packing, columns: int, rows: int) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, rows
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = packing.value
    model.col_lower_, model.col_upper_ = np.zeros(columns), np.ones(columns)
    model.row_upper_ = packing.upper
    model.row_lower_ = np.full(rows, -highspy.kHighsInf) if packing.lower is None else packing.lower
    counts = [len(m) for m in packing.members]
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    model.a_matrix_.index_ = np.array([r for m in packing.members for r in m], np.int32)
    factors = packing.coefficients
    model.a_matrix_.value_ = (
        np.ones(sum(counts)) if factors is None else np.array([f for row in factors for f in row], float)
    )
    if packing.whole:
        model.integrality_ = [highspy.HighsVarType.kInteger] * columns
    return model


def clock(seconds: float, stop: Stop | None) -> Callable[[], float]:
    """Seconds that are left, none once stopped."""
    ends = time.monotonic() + seconds

    def left() -> float:
        return 0.0 if stop is not None and stop() else max(0.0, ends - time.monotonic())

    return left
