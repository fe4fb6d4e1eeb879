"""A lower bound on what any agenda of a problem costs: what each session pays alone, plus what parallels must cost.

Both parts hold for every agenda that is not blocked, so their sum does. Alone: an assignment of sessions to cells at
least cost. Parallels: sessions at equal times form at most as many groups as there are slots, and splitting a
weighted graph into k groups costs at least (W.J/k + (1 - 1/k)(n lowest(W + diag u) - sum u)) / 2 for any u, by duality
of the semidefinite relaxation (Donath and Hoffman 1973; Poljak and Rendl 1995); u is improved by subgradient steps.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse.linalg import ArpackError, eigsh

from citevents.scheduling.solver import assignment as at
from citevents.scheduling.solver.counting import Counts
from citevents.scheduling.solver.problem import Problem, Severity
from citevents.scheduling.solver.rules import rule
from citevents.scheduling.solver.tables import summed

STEPS, LEAST = 200, 20  # the first few are cheap, and most of what the bound is worth
LARGEST_ASSIGNMENT = 4_000_000  # sessions times cells: beyond it each session pays its own cheapest cell


def lower_bound(problem: Problem, counts: Counts, goes_on: Callable[[], bool]) -> int:
    """Valid for the stated problem; 0 where unplaced sessions are only weighed, since then nothing need be placed."""
    if rule(problem, "placed").severity is not Severity.BLOCK:
        return 0
    return alone(problem, counts) + parallels(problem, counts, goes_on)


def alone(problem: Problem, counts: Counts) -> int:
    """The least that the sessions pay for their own slots and rooms, each cell used once."""
    items, slots, rooms = len(problem.sessions), len(problem.slots), len(problem.rooms)
    if not items:
        return 0
    by_slot, by_room = (
        summed(problem, counts.by_slot, (items, slots)),
        summed(problem, counts.by_room, (items, rooms)),
    )
    by_cell = summed(problem, counts.by_cell, (slots, rooms))
    if rule(problem, "room_twice").severity is not Severity.BLOCK or items > slots * rooms:
        return weighed(int(by_slot.min(axis=1).sum() + by_room.min(axis=1).sum()))
    if items * slots * rooms > LARGEST_ASSIGNMENT:
        return weighed(int(by_slot.min(axis=1).sum() + by_room.min(axis=1).sum()))
    cells = (by_slot[:, :, None] + by_room[:, None, :] + by_cell[None]).reshape(items, slots * rooms)
    # A blocked cell is never used if that can be helped, and no bound is claimed where it cannot.
    far = 1e7 + np.where(cells < at.BLOCKING, cells, 0).max() * items
    chosen = linear_sum_assignment(np.where(cells < at.BLOCKING, cells, far))
    return weighed(int(cells[chosen].sum()))


def weighed(total: int) -> int:
    return total if total < at.BLOCKING else 0


def parallels(problem: Problem, counts: Counts, goes_on: Callable[[], bool]) -> int:
    """The least that sessions at the same time cost each other in sum."""
    items, groups = len(problem.sessions), len(problem.slots)
    together = summed(problem, counts.together, (items, items))
    # Pairs that may not meet at all are left at what they would cost besides: less, so still a bound.
    graph = (together % at.BLOCKING).astype(float)
    if items <= groups or not graph.any():
        return 0
    best, u = -math.inf, -graph.sum(axis=1) / items
    step = graph.mean() * 2 or 1.0
    for number in range(STEPS):
        lowest, vector = bottom(graph + np.diag(u))
        value = 0.5 * (graph.sum() / groups + (1 - 1 / groups) * (items * lowest - u.sum()))
        if value > best:
            best = value
        else:
            step *= 0.95
        if number >= LEAST and not goes_on():
            break
        slope = items * vector**2 - 1
        u = u + step * slope / max(1e-9, float(np.abs(slope).max()))
    return max(0, math.ceil(best - 1e-6 * (1 + abs(best))))


def bottom(matrix: np.ndarray) -> tuple[float, np.ndarray]:
    """The lowest eigenvalue, a safe hair below, and its vector."""
    if len(matrix) > 200:
        try:
            values, vectors = eigsh(matrix, k=1, which="SA", tol=1e-6)
            # An iterative eigenvalue lies above the true one by at most its residual.
            residual = float(np.linalg.norm(matrix @ vectors[:, 0] - values[0] * vectors[:, 0]))
            return float(values[0]) - residual, vectors[:, 0]
        except ArpackError:
            pass
    values, vectors = np.linalg.eigh(matrix)
    return float(values[0]) - 1e-9 * float(np.abs(values).max()), vectors[:, 0]
