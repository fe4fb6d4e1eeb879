"""A lower bound that holds for the stated problem: the agenda by track, session and room, submissions by session.

The model leaves things out (time slots within a cell, which of a track's parallel cells a submission is in), never
adds any: whatever is feasible there costs there at most what it costs here, so its bound is a bound here.
"""

from collections import defaultdict
from collections.abc import Callable
from itertools import combinations

import numpy as np
from ortools.sat.python import cp_model

from citevents.scheduling.solver.csplib.conference import Conference
from citevents.scheduling.solver.csplib.tables import cell_costs, conflicts, pair_costs


class Relaxation:
    """The relaxed conference as a CP-SAT model."""

    def __init__(self, conference: Conference) -> None:
        self.conference = conference
        self.model = cp_model.CpModel()
        self.tracks = range(len(conference.tracks))
        self.sessions = range(len(conference.sessions))
        self.rooms = range(len(conference.rooms))
        self.cost: list[cp_model.LinearExprT] = []
        self.submissions_of = defaultdict(list)
        for i, item in enumerate(conference.submissions):
            self.submissions_of[item.track].append(i)
        self.add_cells()
        self.add_submissions()
        self.add_shapes()
        self.add_pairs()
        self.model.minimize(sum(self.cost))

    def add_cells(self) -> None:
        """`cell[t, s, r]`: the track has it; `present[t, s]`: it has any cell of the session."""
        model, costs = self.model, cell_costs(self.conference)
        self.cell = {
            (t, s, r): model.new_bool_var(f"cell {t} {s} {r}")
            for t in self.tracks
            for s in self.sessions
            for r in self.rooms
            if self.submissions_of[t]
        }
        for s in self.sessions:
            for r in self.rooms:
                model.add_at_most_one(self.cell[t, s, r] for t in self.tracks if self.submissions_of[t])
        self.cost.extend(int(costs[key]) * variable for key, variable in self.cell.items() if costs[key])
        self.present = {}
        for t in self.tracks:
            for s in self.sessions if self.submissions_of[t] else ():
                present = self.present[t, s] = model.new_bool_var(f"present {t} {s}")
                model.add_max_equality(present, [self.cell[t, s, r] for r in self.rooms])
                model.add(sum(self.cell[t, s, r] for r in self.rooms) >= present)

    def add_submissions(self) -> None:
        """`inside[i, s]`: the submission is in the session; a track's load needs cells enough for it."""
        conference, model, weights = self.conference, self.model, self.conference.weights
        cheapest_room = [min(row) for row in conference.submissions_rooms]
        self.inside = {}
        for i, item in enumerate(conference.submissions):
            for s in self.sessions:
                inside = self.inside[i, s] = model.new_bool_var(f"inside {i} {s}")
                model.add_implication(inside, self.present[item.track, s])
                if item.slots > conference.sessions[s].slots:
                    model.add(inside == 0)
                cost = item.slots * (
                    weights["time zones"] * conference.time_zones[i][s]
                    + weights["submissions_sessions"] * conference.submissions_sessions[i][s]
                    + weights["submissions_rooms"] * cheapest_room[i]
                )
                if cost:
                    self.cost.append(cost * inside)
            model.add_exactly_one(self.inside[i, s] for s in self.sessions)
        for t, mine in self.submissions_of.items():
            for s in self.sessions:
                cells = sum(self.cell[t, s, r] for r in self.rooms)
                slots = conference.sessions[s].slots
                load = sum(conference.submissions[i].slots * self.inside[i, s] for i in mine)
                model.add(load <= slots * cells)
                model.add(sum(self.inside[i, s] for i in mine) >= cells)
                long = [self.inside[i, s] for i in mine if 2 * conference.submissions[i].slots > slots]
                if len(long) > 1:
                    model.add(sum(long) <= cells)
            need = sum(conference.submissions[i].slots for i in mine)
            model.add(
                sum(conference.sessions[s].slots * self.cell[t, s, r] for s in self.sessions for r in self.rooms)
                >= need
            )

    def add_shapes(self) -> None:
        """Rooms per track, parallel cells, a gap."""
        model, weights = self.model, self.conference.weights
        for t in self.submissions_of:
            if weights["rooms per track"]:
                used = [model.new_bool_var(f"room {t} {r}") for r in self.rooms]
                for (track, _, r), variable in self.cell.items():
                    if track == t:
                        model.add_implication(variable, used[r])
                model.add(sum(used) >= 1)
                self.cost.append(weights["rooms per track"] * (sum(used) - 1))
            if weights["parallel tracks"]:
                for s in self.sessions:
                    cells = sum(self.cell[t, s, r] for r in self.rooms)
                    self.cost.append(weights["parallel tracks"] * (cells - self.present[t, s]))
            if weights["consecutive tracks"]:
                self.cost.append(weights["consecutive tracks"] * self.gap(t))

    def gap(self, t: int) -> cp_model.IntVar:
        """1 where the track's sessions are not one run: it is absent between two that have it."""
        model = self.model
        gap = model.new_bool_var(f"gap {t}")
        begun, still = None, None
        before = [model.new_bool_var(f"begun {t} {s}") for s in self.sessions]
        after = [model.new_bool_var(f"goes on {t} {s}") for s in self.sessions]
        for s in self.sessions:
            model.add_implication(self.present[t, s], before[s])
            model.add_implication(self.present[t, s], after[s])
            if s:
                model.add_implication(before[s - 1], before[s])
                model.add_implication(after[s], after[s - 1])
            model.add_bool_or([before[s].negated(), after[s].negated(), self.present[t, s], gap])
        del begun, still
        return gap

    def add_pairs(self) -> None:
        """Tracks that should not meet, and submissions of different tracks that share people."""
        model, pairs = self.model, pair_costs(self.conference)
        for a, b in combinations(self.submissions_of, 2):
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


def lower_bound(
    conference: Conference, seconds: float, workers: int, seed: int, report: Callable[[float], None], stop=None, log=False
) -> int:
    """A valid lower bound of the objective; 0 if nothing better was found in the time."""
    relaxation = Relaxation(conference)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    solver.parameters.log_search_progress = log
    solver.parameters.linearization_level = 2
    solver.best_bound_callback = report
    status = solver.solve(relaxation.model)
    return int(np.ceil(solver.best_objective_bound - 1e-6)), solver.status_name(status), solver.objective_value if status in (2,4) else None
