"""A lower bound that holds for the stated problem: a smaller model that leaves things out and never adds any.

It places tracks into (session, group of rooms) and submissions into sessions. Left out are the time slots within a
cell, which of a track's parallel cells a submission is in, and, where rooms that cost the same are grouped, which
of them it is. Every agenda is a solution of the model at no more than its own cost, so a bound there is one here.
"""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, pairwise

from ortools.sat.python import cp_model

from citevents.scheduling.solver.csplib.conference import Conference, Solution
from citevents.scheduling.solver.csplib.tables import cell_costs, conflicts, pair_costs

THREADS = (
    6  # CP-SAT's different strategies side by side, on however few cores: they find and prove what one cannot
)


class Relaxation:
    """The relaxed conference as a CP-SAT model, asking for at most `best` where that is given."""

    def __init__(self, conference: Conference, groups: list[list[int]], best: int | None = None) -> None:
        self.conference = conference
        self.model = cp_model.CpModel()
        self.sessions = range(len(conference.sessions))
        self.groups = groups
        self.mine: dict[int, list[int]] = defaultdict(list)
        for i, item in enumerate(conference.submissions):
            self.mine[item.track].append(i)
        self.cost: list[cp_model.LinearExprT] = []
        self.add_cells()
        self.add_submissions()
        self.add_loads()
        self.add_shapes()
        self.add_order()
        self.add_pairs()
        if best is not None:
            self.model.add(sum(self.cost) <= best)
        self.model.minimize(sum(self.cost))

    def hint(self, known: Solution) -> None:
        """Begin where a known solution is."""
        group = {room: g for g, rooms in enumerate(self.groups) for room in rooms}
        owned = {
            (self.conference.submissions[i].track, place.session, place.room) for i, place in enumerate(known)
        }
        held = Counter((t, s, group[room]) for t, s, room in owned)
        there = {(t, s) for t, s, _ in owned}
        for key, cells in self.cells.items():
            self.model.add_hint(cells, held[key])
        for present_key, present in self.present.items():
            self.model.add_hint(present, present_key in there)
        for (i, s), inside in self.inside.items():
            self.model.add_hint(inside, known[i].session == s)

    def add_cells(self) -> None:
        """`cells[t, s, g]`: how many rooms of the group the track has then; `present[t, s]`: whether any."""
        model, costs = self.model, cell_costs(self.conference)
        self.cells = {
            (t, s, g): model.new_int_var(0, len(rooms), f"cells {t} {s} {g}")
            for t in self.mine
            for s in self.sessions
            for g, rooms in enumerate(self.groups)
        }
        for (t, s, g), variable in self.cells.items():
            if cost := int(min(costs[t, s, room] for room in self.groups[g])):
                self.cost.append(cost * variable)
        for s in self.sessions:
            for g, rooms in enumerate(self.groups):
                model.add(sum(self.cells[t, s, g] for t in self.mine) <= len(rooms))
        self.used = {
            (t, s): sum(self.cells[t, s, g] for g in range(len(self.groups)))
            for t in self.mine
            for s in self.sessions
        }
        self.present = {key: model.new_bool_var(f"present {key}") for key in self.used}
        for (t, s), present in self.present.items():
            model.add(self.used[t, s] >= present)
            for g, rooms in enumerate(self.groups):
                model.add(self.cells[t, s, g] <= len(rooms) * present)

    def add_submissions(self) -> None:
        """`inside[i, s]`: the submission is in the session."""
        conference, weights = self.conference, self.conference.weights
        cheapest_room = [min(row) for row in conference.submissions_rooms]
        self.inside = {}
        for i, item in enumerate(conference.submissions):
            for s in self.sessions:
                inside = self.inside[i, s] = self.model.new_bool_var(f"inside {i} {s}")
                self.model.add_implication(inside, self.present[item.track, s])
                if item.slots > conference.sessions[s].slots:
                    self.model.add(inside == 0)
                cost = item.slots * (
                    weights["time zones"] * conference.time_zones[i][s]
                    + weights["submissions_sessions"] * conference.submissions_sessions[i][s]
                    + weights["submissions_rooms"] * cheapest_room[i]
                )
                if cost:
                    self.cost.append(cost * inside)
            self.model.add_exactly_one(self.inside[i, s] for s in self.sessions)

    def add_loads(self) -> None:
        """A track's submissions fit its cells, no cell is empty, and two long ones never share a cell."""
        items, sessions = self.conference.submissions, self.conference.sessions
        for t, mine in self.mine.items():
            for s in self.sessions:
                cells, slots = self.used[t, s], sessions[s].slots
                self.model.add(sum(items[i].slots * self.inside[i, s] for i in mine) <= slots * cells)
                self.model.add(sum(self.inside[i, s] for i in mine) >= cells)
                long = [self.inside[i, s] for i in mine if 2 * items[i].slots > slots]
                if len(long) > 1:
                    self.model.add(sum(long) <= cells)
            need = sum(items[i].slots for i in mine)
            self.model.add(sum(sessions[s].slots * self.used[t, s] for s in self.sessions) >= need)

    def add_shapes(self) -> None:
        """Rooms per track, parallel cells, a gap between a track's sessions."""
        weights = self.conference.weights
        for t in self.mine:
            if weights["rooms per track"]:
                rooms = [
                    self.model.new_int_var(0, len(group), f"rooms {t} {g}")
                    for g, group in enumerate(self.groups)
                ]
                for g in range(len(self.groups)):
                    for s in self.sessions:
                        self.model.add(self.cells[t, s, g] <= rooms[g])
                more = self.model.new_int_var(0, len(self.conference.rooms), f"more rooms {t}")
                self.model.add(sum(rooms) == more + 1)
                self.cost.append(weights["rooms per track"] * more)
            if weights["parallel tracks"]:
                for s in self.sessions:
                    parallel = self.model.new_int_var(0, len(self.conference.rooms), f"parallel {t} {s}")
                    self.model.add(parallel >= self.used[t, s] - self.present[t, s])
                    self.cost.append(weights["parallel tracks"] * parallel)
            if weights["consecutive tracks"]:
                self.cost.append(weights["consecutive tracks"] * self.gap(t))

    def gap(self, t: int) -> cp_model.IntVar:
        """1 where the track has begun and will go on, and is absent."""
        model = self.model
        gap = model.new_bool_var(f"gap {t}")
        begun = [model.new_bool_var(f"begun {t} {s}") for s in self.sessions]
        goes_on = [model.new_bool_var(f"goes on {t} {s}") for s in self.sessions]
        for s in self.sessions:
            model.add_implication(self.present[t, s], begun[s])
            model.add_implication(self.present[t, s], goes_on[s])
            if s:
                model.add_implication(begun[s - 1], begun[s])
                model.add_implication(goes_on[s], goes_on[s - 1])
            model.add_bool_or([begun[s].negated(), goes_on[s].negated(), self.present[t, s], gap])
        return gap

    def add_order(self) -> None:
        """A submission with an order is misplaced, or in the session where its position within the track falls."""
        weight = self.conference.weights["order"]
        items = self.conference.submissions
        for mine in self.mine.values() if weight else ():
            ordered = sorted((i for i in mine if items[i].order), key=lambda i: items[i].order)
            misplaced = {i: self.model.new_bool_var(f"misplaced {i}") for i in ordered}
            self.cost.extend(weight * variable for variable in misplaced.values())
            until = {
                i: [sum(self.inside[i, s] for s in range(end + 1)) for end in self.sessions] for i in mine
            }
            so_far = [sum(until[i][s] for i in mine) for s in self.sessions]
            for i in ordered:
                if items[i].order > len(mine):
                    self.model.add(misplaced[i] == 1)
                for s in self.sessions:
                    in_place = [self.inside[i, s], misplaced[i].negated()]
                    self.model.add(so_far[s] >= items[i].order).only_enforce_if(in_place)
                    if s:
                        self.model.add(so_far[s - 1] <= items[i].order - 1).only_enforce_if(in_place)
            for i, j in pairwise(ordered):
                for s in self.sessions:
                    self.model.add(until[j][s] <= until[i][s] + misplaced[i] + misplaced[j])
                if items[i].order == items[j].order:
                    self.model.add_bool_or([misplaced[i], misplaced[j]])

    def add_pairs(self) -> None:
        """Tracks that should not meet, and submissions of different tracks that share people."""
        model, pairs = self.model, pair_costs(self.conference)
        for a, b in combinations(self.mine, 2):
            cost = int(pairs[a][b])
            for s in self.sessions if cost else ():
                met = model.new_bool_var(f"met {a} {b} {s}")
                model.add_bool_or([self.present[a, s].negated(), self.present[b, s].negated(), met])
                self.cost.append(cost * met)
        starts, others, costs, _ = conflicts(self.conference)
        items = self.conference.submissions
        for i in range(len(items)):
            for k in range(starts[i], starts[i + 1]):
                j = others[k]
                if i < j and costs[k] and items[i].track != items[j].track:
                    for s in self.sessions:
                        clash = model.new_bool_var(f"clash {i} {j} {s}")
                        model.add_bool_or([self.inside[i, s].negated(), self.inside[j, s].negated(), clash])
                        self.cost.append(costs[k] * clash)


def groupings(conference: Conference) -> list[list[list[int]]]:
    """From the coarsest to the finest way to group rooms: all in one, those that cost alike, each by itself."""
    rooms = list(range(len(conference.rooms)))
    ladder: list[list[list[int]]] = []
    for groups in ([rooms], alike_rooms(conference), [[room] for room in rooms]):
        if groups not in ladder:
            ladder.append(groups)
    return ladder


def alike_rooms(conference: Conference) -> list[list[int]]:
    """Rooms in groups that no cost tells apart (what submissions pay for rooms is relaxed to their cheapest)."""
    groups: dict[object, list[int]] = defaultdict(list)
    costs = cell_costs(conference)
    for room in range(len(conference.rooms)):
        groups[costs[:, :, room].tobytes()].append(room)
    return list(groups.values())


@dataclass(frozen=True)
class Sketch:
    """A solution of a relaxation: rooms of each group that a track has in a session, and submissions by session."""

    objective: int
    rooms: dict[tuple[int, int, int], int]
    session: tuple[int, ...]


@dataclass(frozen=True)
class Relaxed:
    """What a relaxation taught: a valid bound (0 if none), its best solution, and whether that is its optimum."""

    bound: int
    sketch: Sketch | None
    solved: bool


def relax(
    conference: Conference,
    known: Solution | None,
    best: int | None,
    *,
    groups: list[list[int]],
    seconds: float,
    seed: int,
    threads: int = THREADS,
    report: Callable[[int], None] = lambda _: None,
    on_sketch: Callable[[Sketch], None] = lambda _: None,
    goes_on: Callable[[], bool] = lambda: True,
) -> Relaxed:
    """Solve a relaxation from a known solution that costs `best`. Bounds and sketches are also told as they come.

    Its optimum, where solved, bounds the conference; its solutions are sketches of agendas worth trying.
    """
    begun = time.monotonic()
    relaxation = Relaxation(conference, groups, best)
    if known is not None:
        relaxation.hint(known)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = threads
    solver.parameters.random_seed = seed
    if threads == 1:
        # One thread has to take the linear cuts: without them GECCO20 stays at a bound of 45.
        solver.parameters.linearization_level = 2
    bound = 0

    def rise(value: float) -> None:
        nonlocal bound
        whole = math.ceil(value - 1e-6)
        if whole > bound:
            bound = whole if best is None else min(whole, best)
            report(bound)
        if not goes_on():
            solver.stop_search()

    keeper = Keeper(relaxation, on_sketch, goes_on)
    solver.parameters.max_time_in_seconds = max(0.01, seconds - (time.monotonic() - begun))
    solver.best_bound_callback = rise
    status = solver.solve(relaxation.model, keeper)
    if status == cp_model.INFEASIBLE and best is not None:
        raise AssertionError("a relaxation must admit every known solution")
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN):
        rise(solver.best_objective_bound)
    return Relaxed(bound, keeper.sketch, status == cp_model.OPTIMAL)


class Keeper(cp_model.CpSolverSolutionCallback):
    """Keeps the best sketch, and ends the search when asked to."""

    def __init__(
        self, relaxation: Relaxation, on_sketch: Callable[[Sketch], None], goes_on: Callable[[], bool]
    ) -> None:
        super().__init__()
        self.relaxation, self.on_sketch, self.goes_on = relaxation, on_sketch, goes_on
        self.sketch: Sketch | None = None

    def on_solution_callback(self) -> None:
        relaxation = self.relaxation
        objective = round(self.objective_value)
        if self.sketch is None or objective < self.sketch.objective:
            self.sketch = Sketch(
                objective,
                {
                    key: number
                    for key, variable in relaxation.cells.items()
                    if (number := self.value(variable))
                },
                tuple(
                    next(s for s in relaxation.sessions if self.value(relaxation.inside[i, s]))
                    for i in range(len(relaxation.conference.submissions))
                ),
            )
            self.on_sketch(self.sketch)
        if not self.goes_on():
            self.stop_search()
