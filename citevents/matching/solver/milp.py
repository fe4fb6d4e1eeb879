"""Packing by integer programming: the only file with HiGHS (Huangfu & Hall 2018).

Maximise over 0/1 columns, subject to row sums with upper (and lower) limits.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

Stop = Callable[[], bool]
Floats = NDArray[np.float64]
Positions = NDArray[np.int64]
Left = Callable[[], float]  # seconds that are left

_SMALLER_PROGRAMS = tuple(f"mip_heuristic_run_{name}" for name in ("rins", "rens", "root_reduced_cost"))


@dataclass(frozen=True, slots=True)
class Packing:
    """Column k is worth value[k] and fills the rows with a[:, k]."""

    value: Floats  # (columns,)
    a: csc_matrix  # (rows, columns)
    upper: Floats  # (rows,)
    lower: Floats | None = None
    whole: bool = True  # False: the linear relaxation

    def only(self, which: Positions) -> "Packing":
        return replace(self, value=self.value[which], a=self.a[:, which])

    def binding(self) -> "Packing":
        """Without the rows that nothing could break; of a packing with upper limits only."""
        most = np.asarray(self.a.maximum(0).sum(axis=1)).ravel()
        rows = most > self.upper
        return replace(self, a=self.a.tocsr()[rows].tocsc(), upper=self.upper[rows])


@dataclass(frozen=True, slots=True)
class Packed:
    chosen: Floats  # per column, 0..1
    bound: float
    proven: bool
    duals: Floats  # per row; of the relaxation only


def matrix(rows: int, columns: list[list[int]], factors: list[list[float]] | None = None) -> csc_matrix:
    """Column k has ones (or its factors) in the rows columns[k]."""
    start = np.concatenate([[0], np.cumsum([len(c) for c in columns])])
    index = np.array([r for column in columns for r in column], np.int64)
    flat = np.ones(len(index)) if factors is None else np.array([f for row in factors for f in row], float)
    return csc_matrix((flat, index, start), shape=(rows, len(columns)))


def pack(
    packing: Packing, left: Left, start: Floats | None = None, *, heuristics: bool = True
) -> Packed | None:
    """The best packing found in time; None if nothing feasible was. `start` is one to begin with.

    `left` is asked again and again: once it says 0, the best so far is handed over. Without `heuristics` HiGHS
    solves no smaller programs on the way, which pays where its bound is close from the start.
    """
    columns, rows = len(packing.value), len(packing.upper)
    if not columns:
        feasible = packing.lower is None or bool((packing.lower <= 0).all())
        return Packed(np.zeros(0), 0.0, True, np.zeros(rows)) if feasible else None
    solver = _solver(left)
    solver.setOptionValue("mip_rel_gap", 0.0)
    for name in () if heuristics else _SMALLER_PROGRAMS:
        solver.setOptionValue(name, False)
    whole_values = bool(np.all(packing.value == np.round(packing.value)))
    solver.setOptionValue("mip_abs_gap", 0.999 if whole_values else 1e-6)
    solver.passModel(_model(packing, columns, rows))
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start
        solver.setSolution(known)
    solver.run()
    info, status, found = solver.getInfo(), solver.getModelStatus(), solver.getSolution()
    if status == highspy.HighsModelStatus.kInfeasible or not found.value_valid:
        return None
    proven = status == highspy.HighsModelStatus.kOptimal
    bound = info.mip_dual_bound if packing.whole else info.objective_function_value
    duals = np.zeros(rows) if packing.whole else np.array(found.row_dual)
    return Packed(np.array(found.col_value), float(bound), proven, duals)


class Growing:
    """The linear relaxation of a packing, solved again from where it was as rows and columns are added."""

    def __init__(self, packing: Packing) -> None:
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.passModel(_model(replace(packing, whole=False), len(packing.value), len(packing.upper)))

    def solve(self, left: Left) -> Packed | None:
        """The optimum with its row prices; None if time ran out before."""
        solver = self._solver
        solver.setOptionValue("time_limit", solver.getRunTime() + max(0.01, left()))
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found = solver.getSolution()
        bound = float(solver.getInfo().objective_function_value)
        return Packed(np.array(found.col_value), bound, True, np.array(found.row_dual))

    def add(self, rows: csr_matrix, upper: Floats) -> None:
        """Further rows with their upper limits."""
        start, index = rows.indptr[:-1].astype(np.int32), rows.indices.astype(np.int32)
        lower = np.full(len(upper), -highspy.kHighsInf)
        self._solver.addRows(len(upper), lower, upper, rows.nnz, start, index, rows.data)

    def add_columns(self, more: Packing) -> None:
        """Further columns of the same rows."""
        n, a = len(more.value), more.a
        start, index = a.indptr[:-1].astype(np.int32), a.indices.astype(np.int32)
        self._solver.addCols(n, more.value, np.zeros(n), np.ones(n), a.nnz, start, index, a.data)


def _solver(left: Left) -> highspy.Highs:
    """HiGHS, quiet, on one thread, and listening to `left`."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", max(0.01, left()))

    def ask(kind: object, message: str, out: object, answer: Any, user: object) -> None:
        if left() <= 0:
            answer.user_interrupt = True

    solver.setCallback(ask, None)
    for kind in (
        highspy.cb.HighsCallbackType.kCallbackMipInterrupt,
        highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt,
    ):
        solver.startCallback(kind)
    return solver


def _model(packing: Packing, columns: int, rows: int) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, rows
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = packing.value
    model.col_lower_, model.col_upper_ = np.zeros(columns), np.ones(columns)
    model.row_upper_ = packing.upper
    model.row_lower_ = np.full(rows, -highspy.kHighsInf) if packing.lower is None else packing.lower
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = packing.a.indptr.astype(np.int32)
    model.a_matrix_.index_ = packing.a.indices.astype(np.int32)
    model.a_matrix_.value_ = packing.a.data
    if packing.whole:
        model.integrality_ = [highspy.HighsVarType.kInteger] * columns
    return model


def clock(seconds: float, stop: Stop | None) -> Left:
    """Seconds that are left, none once stopped."""
    ends = time.monotonic() + seconds

    def left() -> float:
        return 0.0 if stop is not None and stop() else max(0.0, ends - time.monotonic())

    return left
