"""Repair after publication: the fewest people disturbed first, the agenda's own cost second.

Exact on the sessions that have to move, everything else held; only where that has no solution are others let go,
ring by ring, and last of all the annealing search takes over with what is published as a rule.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ortools.sat.python import cp_model

from citevents.scheduling.solver import assignment as at
from citevents.scheduling.solver.annealing import Span, anneal
from citevents.scheduling.solver.changing import Changed
from citevents.scheduling.solver.comparison import Change, changes
from citevents.scheduling.solver.counting import Counts, demand, overlap
from citevents.scheduling.solver.drafting import PlacesLandscape
from citevents.scheduling.solver.evaluation import Evaluation, evaluate
from citevents.scheduling.solver.problem import Agenda, Place, Problem, Rule, Severity
from citevents.scheduling.solver.rules import counted

RING = 12  # how many more sessions are let go when those let go so far have no solution
ROOM_MOVES, TIME_MOVES = 1, 2  # what a person is disturbed by another room, another time


@dataclass(frozen=True)
class Repair:
    """The repaired agenda of the changed problem. `forced` had to move; `least` when no less disturbance exists
    among agendas that move only the forced."""

    changed: Changed
    agenda: Agenda
    evaluation: Evaluation
    changes: tuple[Change, ...]
    forced: tuple[int, ...]
    least: bool

    @property
    def beyond(self) -> int:
        """How many moved that would not have had to."""
        return sum(change.session not in self.forced for change in self.changes)


def repair(
    changed: Changed,
    *,
    seconds: float = 5.0,
    seed: int = 1,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Repair:
    """An agenda for the changed problem that keeps to its published one as far as possible. Never raises for an
    infeasible problem: the evaluation is then blocked."""
    end = clock() + seconds
    # Disturbance is what is minimised here; as a rule among others it would count twice.
    quiet = {**changed.problem.rules, "disturbance": Rule("disturbance", Severity.IGNORE, 0)}
    problem = replace(changed.problem, rules=quiet)
    counts = counted(problem)
    before = evaluate(problem, changed.agenda, counts)
    forced = must_move(before)
    free = set(forced)
    agenda, least = rearrange(problem, counts, changed.agenda, free, end - clock(), seed)
    while agenda is None and clock() < end and not stop():
        wider = ring(problem, counts, changed.agenda, free)
        if not wider:
            break
        free |= wider
        agenda, least = rearrange(problem, counts, changed.agenda, free, end - clock(), seed)
    if agenda is None:
        least = False
        agenda = annealed(changed, end, seed, stop, clock)
    return Repair(
        changed,
        agenda,
        evaluate(changed.problem, agenda),
        changes(changed.problem, changed.agenda, agenda),
        tuple(sorted(forced)),
        least and free == set(forced),
    )


def must_move(evaluation: Evaluation) -> set[int]:
    """Sessions whose place is blocked, and of two that block each other the second."""
    return {
        i
        for violation in evaluation.violations
        if violation.severity is Severity.BLOCK
        for i in (violation.sessions if len(violation.sessions) == 1 else violation.sessions[-1:])
    }


def ring(problem: Problem, counts: Counts, agenda: Agenda, free: set[int]) -> set[int]:
    """The next sessions to let go: first whoever blocks those let go, then the least chosen."""
    people = demand(problem)
    near: dict[int, int] = defaultdict(int)
    for name, table in counts.together.items():
        if problem.rules.get(name, Rule(name, Severity.BLOCK)).severity is Severity.BLOCK and name in (
            "apart",
            "speaker_twice",
        ):
            for i in free:
                for j in table[i].nonzero()[0]:
                    near[int(j)] += 1
    for pairs in counts.before.values():
        for a, b, _ in pairs:
            if (a in free) != (b in free):
                near[b if a in free else a] += 1
    held = [i for i, place in enumerate(agenda) if i not in free and place is not None]
    return set(sorted(held, key=lambda i: (-near[i], people[i], i))[:RING])


def rearrange(
    problem: Problem, counts: Counts, agenda: Agenda, free: Iterable[int], seconds: float, seed: int
) -> tuple[Agenda | None, bool]:
    """The least disturbing places for the free sessions, all others held; None if there are none in the time."""
    free = sorted(free)
    landscape = PlacesLandscape(problem, seed, counts)
    held = tuple(None if i in free else place for i, place in enumerate(agenda))
    landscape.take_over(held)
    model = cp_model.CpModel()
    options, costs = candidates(problem, landscape.m, agenda, free)
    if any(not options[i] for i in free):
        return None, False
    chosen = {(i, cell): model.new_bool_var(f"{i} {cell}") for i in free for cell in options[i]}
    for i in free:
        model.add_exactly_one(chosen[i, cell] for cell in options[i])
    keep_apart(problem, counts, landscape.m, model, chosen, free)
    model.minimize(sum(costs[key] * variable for key, variable in chosen.items()))
    for i in free:
        was = agenda[i]
        if was is not None and was in options[i]:
            model.add_hint(chosen[i, was], 1)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(0.05, seconds)
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, False
    found = list(agenda)
    for (i, cell), variable in chosen.items():
        if solver.value(variable):
            found[i] = cell
    return tuple(found), status == cp_model.OPTIMAL


def candidates(
    problem: Problem, m: Any, agenda: Agenda, free: list[int]
) -> tuple[dict[int, list[Place]], dict[tuple[int, Place], int]]:
    """Where each free session can go beside the held ones, and what that disturbs and costs."""
    people = demand(problem)
    options: dict[int, list[Place]] = {}
    costs: dict[tuple[int, Place], int] = {}
    for i in free:
        found = {
            Place(slot, room): int(at.aside(m, i, slot, room, at.NOWHERE))
            for slot in range(len(problem.slots))
            for room in range(len(problem.rooms))
        }
        options[i] = [place for place, cost in found.items() if cost < at.BLOCKING]
        costs.update({(i, place): found[place] for place in options[i]})
    # Disturbance first: no saving in cost may outweigh one person more disturbed.
    above = 1 + sum(max((costs[i, place] for place in options[i]), default=0) for i in free)
    for (i, place), cost in costs.items():
        was = agenda[i]
        if was is not None:
            moved = TIME_MOVES * (was.slot != place.slot) + ROOM_MOVES * (was.room != place.room)
            costs[i, place] = cost + above * moved * (people[i] + 1)
    return options, costs


def keep_apart(
    problem: Problem,
    counts: Counts,
    m: Any,
    model: cp_model.CpModel,
    chosen: dict[tuple[int, Place], cp_model.IntVar],
    free: list[int],
) -> None:
    """What free sessions block each other in: rooms at one time, and whatever the rules say of two."""
    slots = problem.slots
    by_cell: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    in_slot: dict[tuple[int, int], list[cp_model.IntVar]] = defaultdict(list)
    for (i, place), variable in chosen.items():
        in_slot[i, place.slot].append(variable)
        for moment in range(len(slots)):
            if slots[place.slot].start <= slots[moment].start < slots[place.slot].end:
                by_cell[moment, place.room].append(variable)
    for users in by_cell.values():
        model.add_at_most_one(users)
    for k, a in enumerate(free):
        for b in free[k + 1 :]:
            for s, t in blocking_times(problem, m, a, b):
                if in_slot[a, s] and in_slot[b, t]:
                    model.add(sum(in_slot[a, s]) + sum(in_slot[b, t]) <= 1)


def blocking_times(problem: Problem, m: Any, a: int, b: int) -> Iterator[tuple[int, int]]:
    """The pairs of slots in which two sessions block each other, wherever they are. Walks are left to the evaluator."""
    near = range(m[m[at.PAIR_START] + a], m[m[at.PAIR_START] + a + 1])
    sequences = [
        k for k in near if m[m[at.PAIR_OTHER] + k] == b and m[m[at.PAIR_SEQUENCE] + k] >= at.BLOCKING
    ]
    together = m[m[at.TOGETHER] + a * m[at.ITEMS] + b] >= at.BLOCKING
    if not sequences and not together:
        return
    slots = range(len(problem.slots))
    for s in slots:
        for t in slots:
            if (together and overlap(problem.slots[s], problem.slots[t])) or any(
                at.sequence(m, k, s, t, 0, 0) >= at.BLOCKING for k in sequences
            ):
                yield s, t


def annealed(
    changed: Changed, end: float, seed: int, stop: Callable[[], bool], clock: Callable[[], float]
) -> Agenda:
    """The general search from where the agenda is, with disturbance weighing a hundredfold."""
    loud = {**changed.problem.rules, "disturbance": Rule("disturbance", Severity.WARN, 100)}
    landscape = PlacesLandscape(replace(changed.problem, rules=loud), seed, start=changed.agenda)
    landscape.take_over(changed.agenda)
    span = Span(clock, seconds=max(1.0, end - clock()))
    anneal(landscape, span, landscape.hottest / 10, lambda: not stop(), landscape.coldest)
    return landscape.answer()
