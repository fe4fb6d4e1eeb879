"""Lower bounds that hold for the stated problem: what each track costs at least by itself, and relaxations of all."""

import math
import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TypeVar

from ortools.sat.python import cp_model

from citevents.scheduling.solver.csplib.conference import Conference, Solution
from citevents.scheduling.solver.csplib.relaxation import Relaxation
from citevents.scheduling.solver.csplib.tables import cell_costs

Row = TypeVar("Row")

THREADS = (
    6  # CP-SAT's different strategies side by side, on however few cores: they find and prove what one cannot
)
BEHIND = 3  # how much nicer than an anneal they are
LOOK_EVERY = 0.05  # seconds between two looks at whether a relaxation should go on


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
    patience: float = math.inf,
    threads: int = THREADS,
    floors: Sequence[int] = (),
    at_most: int | None = None,
    report: Callable[[int], bool] = lambda _: True,
    on_sketch: Callable[[Sketch], bool] = lambda _: True,
    goes_on: Callable[[], bool] = lambda: True,
) -> Relaxed:
    """Solve a relaxation from a known solution that costs `best`. Bounds and sketches are also told as they come.

    Its optimum, where solved, bounds the conference; its solutions are sketches of agendas worth trying. `floors`:
    what each track is known to cost at least (see `track_floors`). `at_most`: look only for sketches that cost no
    more; that there is none is a bound too, and one that is often proven sooner. It ends after `seconds`, or after
    `patience` seconds without anything that `report` or `on_sketch` calls new.
    """
    begun = heard = time.monotonic()
    limit = best if at_most is None else at_most
    relaxation = Relaxation(conference, groups, limit, floors)
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
        nonlocal bound, heard
        whole = math.ceil(value - 1e-6)
        if whole > bound:
            bound = whole if best is None else min(whole, best)
            if report(bound):
                heard = time.monotonic()

    def sketched(sketch: Sketch) -> None:
        nonlocal heard
        if on_sketch(sketch):
            heard = time.monotonic()

    keeper = Keeper(relaxation, sketched)
    solver.parameters.max_time_in_seconds = max(0.01, seconds - (time.monotonic() - begun))
    solver.best_bound_callback = rise
    with ThreadPoolExecutor(1, initializer=step_back) as aside:
        asked = aside.submit(solver.solve, relaxation.model, keeper)
        while wait([asked], timeout=LOOK_EVERY).not_done:
            if not goes_on() or time.monotonic() > heard + patience:
                solver.stop_search()
    status = asked.result()
    if status == cp_model.INFEASIBLE and limit is not None:
        if best is not None and limit >= best:
            raise AssertionError("a relaxation must admit every known solution")
        rise(limit + 1)
    elif status in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN):
        rise(solver.best_objective_bound)
    return Relaxed(bound, keeper.sketch, status == cp_model.OPTIMAL)


def step_back() -> None:
    """This thread, and those that it starts, leave the processor to others first: six must not starve one anneal."""
    os.nice(BEHIND)


class Keeper(cp_model.CpSolverSolutionCallback):
    """Keeps the best sketch, and passes each better one on."""

    def __init__(self, relaxation: Relaxation, on_sketch: Callable[[Sketch], None]) -> None:
        super().__init__()
        self.relaxation, self.on_sketch = relaxation, on_sketch
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


def track_floors(
    conference: Conference,
    *,
    seconds: float,
    report: Callable[[int], object] = lambda _: None,
    goes_on: Callable[[], bool] = lambda: True,
    clock: Callable[[], float] = time.monotonic,
) -> list[int]:
    """What each track costs at least, were it alone at the conference. Their sum, told as it grows, is a bound.

    Whatever tracks cost each other is never negative, so that an agenda costs what it makes of each track and more.
    Tracks that the time does not reach count 0.
    """
    end, floors = clock() + seconds, [0] * len(conference.tracks)
    # The smallest first: they are quick, and a large one may not come to an end.
    size = [sum(item.track == t for item in conference.submissions) for t in range(len(floors))]
    for t in sorted((t for t in range(len(floors)) if size[t]), key=lambda t: size[t]):
        if clock() >= end or not goes_on():
            break
        alone = only(conference, t)
        left = max(0.0, end - clock())
        groups = alike_rooms(alone)
        floors[t] = relax(alone, None, None, groups=groups, seconds=left / 2, seed=1, threads=1).bound
        report(sum(floors))
    return floors


def only(conference: Conference, track: int) -> Conference:
    """The conference with one track and its submissions."""
    mine = [i for i, item in enumerate(conference.submissions) if item.track == track]

    def picked(rows: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(rows[i] for i in mine)

    return replace(
        conference,
        submissions=tuple(replace(item, track=0) for item in picked(conference.submissions)),
        tracks=(conference.tracks[track],),
        tracks_sessions=(conference.tracks_sessions[track],),
        tracks_rooms=(conference.tracks_rooms[track],),
        similar_tracks=((0,),),
        time_zones=picked(conference.time_zones),
        submissions_sessions=picked(conference.submissions_sessions),
        submissions_rooms=picked(conference.submissions_rooms),
    )
