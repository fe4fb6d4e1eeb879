"""A lower bound that holds for the stated problem: a smaller model that leaves things out and never adds any.

It places tracks into (session, group of rooms) and submissions into sessions. Left out are the time slots within a
cell, which of a track's parallel cells a submission is in, and, where rooms that cost the same are grouped, which
of them it is. Every agenda is a solution of the model at no more than its own cost, so a bound there is one here.
"""

import math
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations, pairwise

from ortools.sat.python import cp_model

from citevents.scheduling.solver.csplib.conference import Conference
from citevents.scheduling.solver.csplib.tables import cell_costs, conflicts, pair_costs


class Relaxation:
    """The relaxed conference as a CP-SAT model, asking for less than `best` where that is given."""

    def __init__(self, conference: Conference, best: int | None, groups: list[list[int]]) -> None:
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
            self.model.add(sum(self.cost) <= best - 1)
        self.model.minimize(sum(self.cost))

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


def lower_bound(
    conference: Conference,
    best: int | None,
    *,
    seconds: float,
    seed: int,
    groups: list[list[int]],
    report: Callable[[int], None],
    goes_on: Callable[[], bool] = lambda: True,
) -> int:
    """A valid lower bound, also reported as it rises; `best` itself when nothing lower exists, 0 when none is known."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    # The cuts are what proves: without them GECCO20 stays at 45, with them 5773 is proven in seconds.
    solver.parameters.linearization_level = 2
    known = 0

    def rise(value: float) -> None:
        nonlocal known
        # A bound above `best` only says that nothing below it exists.
        whole = math.ceil(value - 1e-6)
        if whole > known:
            known = whole if best is None else min(whole, best)
            report(known)
        if not goes_on():
            solver.stop_search()

    model = Relaxation(conference, best, groups).model
    solver.parameters.max_time_in_seconds = max(0.01, seconds)
    solver.best_bound_callback = rise
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE and best is not None:
        rise(best)
    elif status in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN):
        rise(solver.best_objective_bound)
    return known
