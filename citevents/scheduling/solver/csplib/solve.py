"""Solving a CSPLib conference: searches side by side, every answer checked by the objective itself."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from citevents.scheduling.solver.csplib.conference import Conference, Solution
from citevents.scheduling.solver.csplib.objective import Score, score
from citevents.scheduling.solver.portfolio import Bound, Found, Job, run

SEARCHES = "citevents.scheduling.solver.csplib"
PROVING = 0.85  # of the last worker's time; of a lone one's, two thirds of that


@dataclass(frozen=True)
class Progress:
    """Where the search stands: seconds since it began, the best objective with its terms, the bound."""

    elapsed: float
    best: int | None
    bound: int
    score: Score | None

    @property
    def gap(self) -> float | None:
        """How far the best may be from the optimum, as a share of the best; None without a best."""
        if self.best is None:
            return None
        return (self.best - self.bound) / self.best if self.best else 0.0

    @property
    def proven(self) -> bool:
        return self.best is not None and self.bound >= self.best


@dataclass(frozen=True)
class Outcome:
    """The best solution (None if no valid one was met) and how good it is known to be."""

    solution: Solution | None
    progress: Progress
    seconds_to_best: float


def solve(
    conference: Conference,
    *,
    seconds: float,
    workers: int = 2,
    seed: int = 1,
    progress: Callable[[Progress], None] = lambda _: None,
    save_best: Callable[[Solution], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Outcome:
    """The best solution in the time. `save_best` is called with each better one, before `progress` tells of it."""
    begun = clock()
    solution: Solution | None = None
    state = Progress(0.0, None, 0, None)
    found_at = 0.0

    def receive(report: Found | Bound) -> bool:
        nonlocal solution, state, found_at
        elapsed = clock() - begun
        if isinstance(report, Bound):
            if report.value > state.bound:
                state = Progress(elapsed, state.best, report.value, state.score)
                progress(state)
        elif state.best is None or report.objective < state.best:
            checked = score(conference, report.answer)
            if checked.violations or checked.objective != report.objective:
                raise AssertionError(
                    f"the search counted {report.objective}, the objective {checked.objective}"
                )
            solution, found_at = report.answer, elapsed
            save_best(report.answer)
            state = Progress(elapsed, checked.objective, state.bound, checked)
            progress(state)
        return state.proven

    run(jobs(conference, workers, seed), begun + seconds, receive, stop, clock)
    return Outcome(solution, Progress(clock() - begun, state.best, state.bound, state.score), found_at)


def jobs(conference: Conference, workers: int, seed: int) -> list[Job]:
    """All anneal; the last one mostly solves relaxations, for bounds and for agendas to anneal from."""
    first = seed * 7919
    last = Job(
        f"{SEARCHES}.proving:prove_and_anneal",
        conference,
        {"seed": first, "proving": PROVING if workers > 1 else PROVING * 2 / 3},
    )
    return [
        *(
            Job(f"{SEARCHES}.search:anneal_on", conference, {"seed": first + 100 * k})
            for k in range(1, workers)
        ),
        last,
    ]
