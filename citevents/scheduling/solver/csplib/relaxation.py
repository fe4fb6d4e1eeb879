"""A conference made coarser, as a CP-SAT model: it leaves things out and never adds any.

It places tracks into (session, group of rooms) and submissions into sessions. Left out are the time slots within a
cell, which of a track's parallel cells a submission is in, and, where rooms that cost the same are grouped, which
of them it is. Every agenda is a solution of the model at no more than its own cost, so a bound there is one here.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations, pairwise

from ortools.sat.python import cp_model

from citevents.scheduling.solver.csplib.conference import Conference, Solution
from citevents.scheduling.solver.csplib.tables import cell_costs, conflicts, pair_costs

DEAREST = 1 << 50  # beyond what any agenda costs


class Relaxation:
    """The relaxed conference as a CP-SAT model, asking for at most `best` where that is given.

    `floors`: what each track is known to cost at least, by track; the model need not find that out again.
    """

    def __init__(
        self,
        conference: Conference,
        groups: list[list[int]],
        best: int | None = None,
        floors: Sequence[int] = (),
    ) -> None:
        self.conference = conference
        self.model = cp_model.CpModel()
        self.sessions = range(len(conference.sessions))
        self.groups = groups
        self.mine: dict[int, list[int]] = defaultdict(list)
        for i, item in enumerate(conference.submissions):
            self.mine[item.track].append(i)
        # What each track costs by itself, and what tracks cost each other.
        self.alone: dict[int, list[cp_model.LinearExprT]] = {t: [] for t in self.mine}
        self.cost: list[cp_model.LinearExprT] = []
        self.add_cells()
        self.add_submissions()
        self.add_loads()
        self.add_shapes()
        self.add_order()
        self.add_pairs()
        self.add_floors(floors, best)
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
                self.alone[t].append(cost * variable)
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
                    self.alone[item.track].append(cost * inside)
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
                self.alone[t].append(weights["rooms per track"] * more)
            if weights["parallel tracks"]:
                for s in self.sessions:
                    parallel = self.model.new_int_var(0, len(self.conference.rooms), f"parallel {t} {s}")
                    self.model.add(parallel >= self.used[t, s] - self.present[t, s])
                    self.alone[t].append(weights["parallel tracks"] * parallel)
            if weights["consecutive tracks"]:
                self.alone[t].append(weights["consecutive tracks"] * self.gap(t))

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
        for t, mine in self.mine.items() if weight else ():
            ordered = sorted((i for i in mine if items[i].order), key=lambda i: items[i].order)
            misplaced = {i: self.model.new_bool_var(f"misplaced {i}") for i in ordered}
            self.alone[t].extend(weight * variable for variable in misplaced.values())
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

    def add_floors(self, floors: Sequence[int], best: int | None) -> None:
        """A track counts as what it is known to cost at least, where the model, being coarser, would count less."""
        for t, terms in self.alone.items():
            floor = floors[t] if floors else 0
            if not floor:
                self.cost.extend(terms)
                continue
            most = DEAREST if best is None else max(best, floor)
            counted = self.model.new_int_var(floor, most, f"alone {t}")
            self.model.add(counted >= sum(terms))
            self.cost.append(counted)
