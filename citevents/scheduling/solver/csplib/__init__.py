"""CSPLib, the public benchmark of conference scheduling: its workbooks, its objective, its search."""

from citevents.scheduling.solver.csplib.conference import Conference, Place, Solution
from citevents.scheduling.solver.csplib.objective import Score, score
from citevents.scheduling.solver.csplib.solution import read_solution, write_solution
from citevents.scheduling.solver.csplib.solve import Outcome, Progress, solve
from citevents.scheduling.solver.csplib.workbook import read_conference

__all__ = [
    "Conference",
    "Outcome",
    "Place",
    "Progress",
    "Score",
    "Solution",
    "read_conference",
    "read_solution",
    "score",
    "solve",
    "write_solution",
]
