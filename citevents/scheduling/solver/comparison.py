"""Two agendas of one problem, term by term and move by move."""

from dataclasses import dataclass

from citevents.scheduling.solver.counting import demand
from citevents.scheduling.solver.evaluation import evaluate
from citevents.scheduling.solver.problem import Agenda, Place, Problem
from citevents.scheduling.solver.rules import counted


@dataclass(frozen=True, slots=True)
class Change:
    """A session that is elsewhere, and how many people chose it."""

    session: int
    before: Place | None
    after: Place | None
    people: int

    @property
    def time_changes(self) -> bool:
        return self.before is None or self.after is None or self.before.slot != self.after.slot


@dataclass(frozen=True, slots=True)
class Comparison:
    """`rules`: name -> cost in the first, cost in the second; blocking rules by how often they block."""

    blocked: tuple[int, int]
    cost: tuple[int, int]
    rules: dict[str, tuple[int, int]]
    changes: tuple[Change, ...]


def changes(problem: Problem, first: Agenda, second: Agenda) -> tuple[Change, ...]:
    """What is elsewhere in the second agenda, the most chosen first."""
    people = demand(problem)
    found = [
        Change(i, before, after, people[i])
        for i, (before, after) in enumerate(zip(first, second, strict=True))
        if before != after
    ]
    return tuple(sorted(found, key=lambda change: (-change.people, change.session)))


def compare(problem: Problem, first: Agenda, second: Agenda) -> Comparison:
    counts = counted(problem)
    one, two = evaluate(problem, first, counts), evaluate(problem, second, counts)
    totals = [
        {name: cost or times for name, (times, _, cost) in evaluation.by_rule().items()}
        for evaluation in (one, two)
    ]
    return Comparison(
        blocked=(one.blocked, two.blocked),
        cost=(one.cost, two.cost),
        rules={
            name: (totals[0].get(name, 0), totals[1].get(name, 0)) for name in sorted(totals[0] | totals[1])
        },
        changes=changes(problem, first, second),
    )
