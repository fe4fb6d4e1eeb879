"""Why a problem has no agenda: a smallest set of rules and items that contradict each other, and what would help.

A CP-SAT model of everything that blocks, each reason behind a switch. Where it has no solution, the reasons that the
proof used are thinned out until none can be spared: what remains contradicts itself, and without any one of it,
does not.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ortools.sat.python import cp_model

from citevents.scheduling.solver.counting import Counts, overlap
from citevents.scheduling.solver.evaluation import minutes_between
from citevents.scheduling.solver.problem import Problem, Severity
from citevents.scheduling.solver.rules import CATALOGUE, counted, rule
from citevents.scheduling.solver.sentences import Message, message


@dataclass(frozen=True, order=True)
class Reason:
    """One thing that the problem asks for: a rule, and the sessions it asks it of (none: of all)."""

    rule: str
    sessions: tuple[int, ...] = ()


@dataclass(frozen=True)
class Clash:
    """A reason within a contradiction. `enough`: without it alone the whole problem has an agenda."""

    reason: Reason
    resolve: Message
    enough: bool


@dataclass(frozen=True)
class Explanation:
    """`feasible` None: not decided in the time. `clashes` are minimal where `minimal` says so."""

    feasible: bool | None
    clashes: tuple[Clash, ...] = ()
    minimal: bool = False


class Feasibility:
    """Which sessions can be in which slot and kind of room, each reason behind a switch."""

    def __init__(self, problem: Problem, counts: Counts) -> None:
        self.problem, self.counts = problem, counts
        self.model = cp_model.CpModel()
        self.switches: dict[Reason, cp_model.IntVar] = {}
        self.items, self.slots = range(len(problem.sessions)), range(len(problem.slots))
        self.kinds = room_kinds(problem, counts)
        self.slot = {(i, s): self.model.new_bool_var(f"slot {i} {s}") for i in self.items for s in self.slots}
        self.kind = {
            (i, k): self.model.new_bool_var(f"kind {i} {k}")
            for i in self.items
            for k in range(len(self.kinds))
        }
        for i in self.items:
            # That everything has a place is the question, not one of the reasons.
            self.model.add_exactly_one(self.slot[i, s] for s in self.slots)
            self.model.add_exactly_one(self.kind[i, k] for k in range(len(self.kinds)))
        self.add_alone()
        self.add_together()
        self.add_sequences()
        self.add_rooms()
        self.add_walks()
        self.add_tracks()

    def off(self, reason: Reason) -> cp_model.BoolVarT:
        """True when the reason is switched off."""
        if reason not in self.switches:
            self.switches[reason] = self.model.new_bool_var(str(reason))
        return self.switches[reason].negated()

    def blocks(self, name: str) -> bool:
        return rule(self.problem, name).severity is Severity.BLOCK

    def add_alone(self) -> None:
        for name, numbers in self.counts.by_slot.items():
            for i, s in np.argwhere(numbers) if self.blocks(name) else ():
                self.model.add_bool_or([self.slot[i, s].negated(), self.off(Reason(name, (int(i),)))])
        for name, numbers in self.counts.by_room.items():
            for k, rooms in enumerate(self.kinds) if self.blocks(name) else ():
                for i in np.nonzero(numbers[:, rooms[0]])[0].tolist():
                    self.model.add_bool_or([self.kind[i, k].negated(), self.off(Reason(name, (i,)))])

    def add_together(self) -> None:
        over = [
            [t for t in self.slots if overlap(self.problem.slots[s], self.problem.slots[t])]
            for s in self.slots
        ]
        for name, numbers in self.counts.together.items():
            for a, b in np.argwhere(np.triu(numbers)) if self.blocks(name) else ():
                off = self.off(self.named(name, int(a), int(b)))
                for s in self.slots:
                    for t in over[s]:
                        self.model.add_bool_or([self.slot[a, s].negated(), self.slot[b, t].negated(), off])

    def named(self, name: str, a: int, b: int) -> Reason:
        """A plenary is asked for once, not once for each other session."""
        if name == "plenary":
            return Reason(name, (a if self.problem.sessions[a].plenary else b,))
        return Reason(name, (a, b))

    def add_sequences(self) -> None:
        slots = self.problem.slots
        for name, pairs in self.counts.before.items():
            for a, b, _ in pairs if self.blocks(name) else ():
                off = self.off(Reason(name, (a, b)))
                for s in self.slots:
                    later = [self.slot[b, t] for t in self.slots if slots[t].start >= slots[s].end]
                    self.model.add_bool_or([self.slot[a, s].negated(), *later, off])

    def add_rooms(self) -> None:
        """At every moment at most as many sessions in rooms of a kind as there are, and none in closed ones.

        Slots are intervals, so that rooms of one kind can always be dealt out where the numbers fit.
        """
        slots = self.problem.slots
        closed = self.counts.by_cell.get("room_open", np.zeros((len(slots), len(self.problem.rooms))))
        inside = {
            key: self.inside(*key) for key in ((i, k) for i in self.items for k in range(len(self.kinds)))
        }
        for moment in self.slots if self.blocks("room_twice") else ():
            running = [s for s in self.slots if slots[s].start <= slots[moment].start < slots[s].end]
            for k, rooms in enumerate(self.kinds):
                here = [inside[i, k][s] for i in self.items for s in running]
                self.model.add(sum(here) <= len(rooms)).only_enforce_if(
                    self.off(Reason("room_twice")).negated()
                )
        for k, rooms in enumerate(self.kinds) if self.blocks("room_open") else ():
            for s in np.nonzero(closed[:, rooms[0]])[0]:
                for i in self.items:
                    self.model.add_bool_or([inside[i, k][s].negated(), self.off(Reason("room_open"))])

    def add_walks(self) -> None:
        """Who has to get from one session to another is then in rooms that are near enough for the time between."""
        walking = self.problem.walking
        for name, pairs in self.counts.walks.items():
            for a, b, _ in pairs if self.blocks(name) else ():
                for s, t in ((s, t) for s in self.slots for t in self.slots):
                    minutes = minutes_between(self.problem, s, t)
                    for k, (room, *_) in enumerate(self.kinds):
                        near = [
                            self.kind[b, other]
                            for other, (there, *_) in enumerate(self.kinds)
                            if walking[room][there] <= minutes
                        ]
                        if len(near) < len(self.kinds):
                            then = [self.slot[a, s], self.slot[b, t], self.kind[a, k]]
                            off = self.off(Reason(name, (a, b)))
                            self.model.add_bool_or([*(one.negated() for one in then), *near, off])

    def add_tracks(self) -> None:
        """All sessions of a track in one room; kinds are single rooms then."""
        for mine in self.counts.rooms_per_track if self.blocks("rooms_per_track") else ():
            for a, b in pairwise(mine):
                off = self.off(Reason("rooms_per_track", tuple(mine)))
                for k in range(len(self.kinds)):
                    self.model.add_bool_or([self.kind[a, k].negated(), self.kind[b, k], off])

    def inside(self, i: int, k: int) -> list[cp_model.IntVar]:
        """By slot: whether the session is then in a room of the kind."""
        if len(self.kinds) == 1:
            return [self.slot[i, s] for s in self.slots]
        inside = [self.model.new_bool_var(f"inside {i} {k} {s}") for s in self.slots]
        for s in self.slots:
            self.model.add_bool_or([self.slot[i, s].negated(), self.kind[i, k].negated(), inside[s]])
        return inside

    def try_without(self, reasons: Iterable[Reason], seconds: float) -> tuple[bool | None, list[Reason]]:
        """Whether it can be done with these reasons alone, and if not, some of them that cannot go together."""
        asked = list(reasons)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = max(0.01, seconds)
        self.model.clear_assumptions()
        wanted = set(asked)
        self.model.add_assumptions(
            [switch if reason in wanted else switch.negated() for reason, switch in self.switches.items()]
        )
        status = solver.solve(self.model)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return True, []
        if status != cp_model.INFEASIBLE:
            return None, asked
        used = set(solver.sufficient_assumptions_for_infeasibility())
        core = [reason for reason in asked if self.switches[reason].index in used]
        return False, core or asked


def room_kinds(problem: Problem, counts: Counts) -> list[list[int]]:
    """Rooms that nothing blocking tells apart, together."""

    def blocks(name: str) -> bool:
        return rule(problem, name).severity is Severity.BLOCK

    if blocks("rooms_per_track") and counts.rooms_per_track:
        return [[room] for room in range(len(problem.rooms))]
    tables = [table for name, table in (*counts.by_room.items(), *counts.by_cell.items()) if blocks(name)]
    far = (
        np.array(problem.walking)
        if any(counts.walks[name] for name in counts.walks if blocks(name))
        else None
    )
    kinds: dict[tuple[bytes, ...], list[int]] = defaultdict(list)
    for room in range(len(problem.rooms)):
        alike = [(table[:, room] > 0).tobytes() for table in tables]
        # Rooms as far from everywhere as each other, and so next to each other.
        near = [] if far is None else [far[room].tobytes()]
        kinds[(*alike, *near)].append(room)
    return list(kinds.values())


def explain(
    problem: Problem, *, seconds: float = 10.0, clock: Callable[[], float] = time.monotonic
) -> Explanation:
    """Why there is no agenda, or that there is one, by every rule that blocks."""
    if rule(problem, "placed").severity is not Severity.BLOCK:
        return Explanation(True)  # nobody insists that anything has a place
    end = clock() + seconds
    feasibility = Feasibility(problem, counted(problem))
    everything = sorted(feasibility.switches)
    feasible, core = feasibility.try_without(everything, end - clock())
    if feasible is not False:
        return Explanation(feasible)
    core, minimal = thinned(feasibility, core, end, clock)
    clashes = []
    for reason in core:
        rest = [other for other in everything if other != reason]
        enough = end > clock() and feasibility.try_without(rest, min(2.0, end - clock()))[0] is True
        clashes.append(Clash(reason, resolution(problem, reason), enough))
    return Explanation(False, tuple(clashes), minimal)


def thinned(
    feasibility: Feasibility, core: list[Reason], end: float, clock: Callable[[], float]
) -> tuple[list[Reason], bool]:
    """The core without what it can spare: each reason is dropped once, and stays out if the rest still clash."""
    needed: list[Reason] = []
    untried = list(core)
    while untried:
        if clock() >= end:
            return sorted(needed + untried), False
        reason = untried.pop()
        feasible, smaller = feasibility.try_without(needed + untried, end - clock())
        if feasible is False:
            untried = [other for other in untried if other in set(smaller)]
        elif feasible is None:
            return sorted([*needed, reason, *untried]), False
        else:
            needed.append(reason)
    return sorted(needed), True


def resolution(problem: Problem, reason: Reason) -> Message:
    """What would make the reason go away."""
    keys = dict(zip(("session", "other"), (problem.sessions[i].id for i in reason.sessions), strict=False))
    if not reason.sessions:
        keys = {"session": "", "other": ""}
    return message(CATALOGUE[reason.rule].resolve, **keys)
