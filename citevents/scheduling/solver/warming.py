"""Compiling the searches ahead of their first use; numba keeps the result on disk beside the source."""

import datetime as dt
import time

from citevents.scheduling.solver.accelerator import ACCELERATED
from citevents.scheduling.solver.csplib.conference import TERMS, Conference, Session, Submission, Track
from citevents.scheduling.solver.csplib.landscape import ConferenceLandscape
from citevents.scheduling.solver.drafting import PlacesLandscape
from citevents.scheduling.solver.problem import Problem, Room, Slot
from citevents.scheduling.solver.problem import Session as Workshop


def warm() -> float:
    """Seconds that it took; 0 where there is nothing to compile."""
    if not ACCELERATED:
        return 0.0
    begun = time.monotonic()
    for landscape in (ConferenceLandscape(tiny_conference(), 1), PlacesLandscape(tiny_problem(), 1)):
        landscape.scatter(1)
        landscape.walk(10, 1.0, landscape.price)
        landscape.reheat()
    return time.monotonic() - begun


def tiny_conference() -> Conference:
    nobody: frozenset[str] = frozenset()
    return Conference(
        submissions=tuple(Submission(f"s{k}", 0, 1, k + 1, nobody, nobody) for k in range(2)),
        tracks=(Track("t", nobody),),
        sessions=(Session("a", 2), Session("b", 2)),
        rooms=("r",),
        weights=dict.fromkeys(TERMS, 1),
        tracks_sessions=((0, 0),),
        tracks_rooms=((0,),),
        sessions_rooms=((0,), (0,)),
        similar_tracks=((0,),),
        time_zones=((0, 0), (0, 0)),
        submissions_sessions=((0, 0), (0, 0)),
        submissions_rooms=((0,), (0,)),
    )


def tiny_problem() -> Problem:
    start = dt.datetime(2027, 5, 3, 9, tzinfo=dt.UTC)
    hour = dt.timedelta(hours=1)
    return Problem(
        days=("2027-05-03",),
        slots=tuple(Slot(f"s{k}", 0, start + k * hour, start + (k + 1) * hour) for k in range(2)),
        rooms=(Room("r", 10),),
        speakers=(),
        sessions=(Workshop("a", 60), Workshop("b", 60)),
        walking=((0,),),
    )
