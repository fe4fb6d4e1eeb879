"""Solving an agenda problem: searches side by side, every agenda checked by the evaluator itself."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from citevents.scheduling.solver.evaluation import Evaluation, evaluate
from citevents.scheduling.solver.portfolio import Bound, Found, Job, run
from citevents.scheduling.solver.problem import Agenda, Problem, Scope
from citevents.scheduling.solver.rules import counted

SEARCH = "citevents.scheduling.solver.drafting:draft"


@dataclass(frozen=True)
class Progress:
    """Where the search stands. `best` is the cost of the best agenda, None while every one met is blocked."""

    elapsed: float
    evaluation: Evaluation | None
    bound: int | None

    @property
    def best(self) -> int | None:
        return None if self.evaluation is None or self.evaluation.blocked else self.evaluation.cost

    @property
    def gap(self) -> float | None:
        """How far the best may be from the optimum, as a share of it; None where either is unknown."""
        if self.best is None or self.bound is None:
            return None
        return (self.best - self.bound) / self.best if self.best else 0.0

    @property
    def proven(self) -> bool:
        return self.best is not None and self.best <= (self.bound or 0)


@dataclass(frozen=True)
class Answer:
    """The best agenda met, blocked or not, and how good it is known to be."""

    agenda: Agenda
    progress: Progress
    seconds_to_best: float

    @property
    def evaluation(self) -> Evaluation:
        assert self.progress.evaluation is not None
        return self.progress.evaluation


def solve(
    problem: Problem,
    *,
    seconds: float,
    workers: int = 1,
    seed: int = 1,
    moves: int = 0,
    start: Agenda | None = None,
    scope: Scope | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    save_best: Callable[[Agenda], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """The best agenda in the time.

    `start` with a `scope` re-solves only what the scope allows; `start` alone improves a draft. With `moves` the
    search ends after so many, and the same seed and workers give the same agenda on any machine, given the seconds.
    `save_best` is called with each better agenda before `progress` tells of it; both from the calling thread.
    Never raises for an infeasible problem: the answer's evaluation is then blocked, and `explain` says why.
    """
    counts = counted(problem)
    begun = clock()
    kept: Agenda = start or (None,) * len(problem.sessions)
    state = Progress(0.0, evaluate(problem, kept, counts), None)
    # An agenda to begin with is kept until a better one is met, one with nothing placed is not worth keeping.
    lowest = rank(state.evaluation) if start is not None and scope is not None else None
    found_at = 0.0

    def receive(report: Found | Bound) -> bool:
        nonlocal kept, state, lowest, found_at
        elapsed = clock() - begun
        if isinstance(report, Bound):
            # Within a scope the bound of the whole problem still holds.
            if report.value > (state.bound or -1):
                state = Progress(elapsed, state.evaluation, report.value)
                progress(state)
            return state.proven
        checked = evaluate(problem, report.answer, counts)
        if lowest is None or rank(checked) < lowest:
            lowest, kept, found_at = rank(checked), report.answer, elapsed
            save_best(kept)
            state = Progress(elapsed, checked, state.bound)
            progress(state)
        return state.proven

    jobs = [
        Job(
            SEARCH,
            problem,
            {
                "seed": seed * 7919 + 100 * k,
                "bounding": k == workers - 1 and not moves,
                "start": start,
                "scope": scope,
                "moves": moves,
            },
        )
        for k in range(workers)
    ]
    run(jobs, begun + seconds, receive, stop, clock)
    return Answer(kept, Progress(clock() - begun, state.evaluation, state.bound), found_at)


def rank(evaluation: Evaluation | None) -> tuple[int, int]:
    assert evaluation is not None
    return evaluation.blocked, evaluation.cost
