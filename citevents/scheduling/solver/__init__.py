"""The agenda engine: a pure library. A problem goes in, agendas, scores, reasons and repairs come out.

    problem = read_problem(path)                       or build a `Problem` of plain values
    evaluate(problem, agenda)                          -> Evaluation: what blocks, what it costs, every reason
    solve(problem, seconds=60, workers=2, seed=1, progress=..., save_best=..., stop=...)      -> Answer
    solve(problem, start=agenda, scope=Scope(day=1))   re-solves a part: one day, a selection, only times, only rooms
    explain(problem)                                   -> Explanation: a smallest contradiction, what resolves it
    repair(lose_room(problem, agenda, room))           -> Repair: least disturbance after publication
    compare(problem, before, after)                    -> Comparison, term by term and move by move
    Draft(problem, agenda)                             -> the same evaluation move by move, in microseconds

No database, no Flask. The clock is an argument (`clock=`), so is every seed. Searches run in processes of their own
and end when the caller's does; `stop` is asked about twenty times a second, `save_best` gets each better agenda at
once, so that a killed worker loses nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from citevents.scheduling.solver.changing import Changed, cancel, grow, lose_room, lose_speaker
from citevents.scheduling.solver.comparison import Change, Comparison, changes, compare
from citevents.scheduling.solver.errors import BadProblem
from citevents.scheduling.solver.evaluation import Evaluation, Violation, evaluate
from citevents.scheduling.solver.problem import (
    Agenda,
    Place,
    Problem,
    Room,
    Rule,
    Scope,
    Session,
    Severity,
    Slot,
    Speaker,
    Wish,
)
from citevents.scheduling.solver.reading import problem_from, read_agenda, read_problem
from citevents.scheduling.solver.rules import CATALOGUE
from citevents.scheduling.solver.sentences import Message
from citevents.scheduling.solver.solving import Answer, Progress, solve
from citevents.scheduling.solver.writing import agenda_document

if TYPE_CHECKING:
    from citevents.scheduling.solver.board import Draft
    from citevents.scheduling.solver.contradictions import Clash, Explanation, Reason, explain
    from citevents.scheduling.solver.repairing import Repair, repair

# These load the accelerator or CP-SAT, which whoever only starts a search need not wait for.
LATER = {
    "Draft": "board",
    "Repair": "repairing",
    "repair": "repairing",
    **dict.fromkeys(("Clash", "Explanation", "Reason", "explain"), "contradictions"),
}


def __getattr__(name: str) -> Any:
    if name not in LATER:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{LATER[name]}"), name)


__all__ = [
    "CATALOGUE",
    "Agenda",
    "Answer",
    "BadProblem",
    "Change",
    "Changed",
    "Clash",
    "Comparison",
    "Draft",
    "Evaluation",
    "Explanation",
    "Message",
    "Place",
    "Problem",
    "Progress",
    "Reason",
    "Repair",
    "Room",
    "Rule",
    "Scope",
    "Session",
    "Severity",
    "Slot",
    "Speaker",
    "Violation",
    "Wish",
    "agenda_document",
    "cancel",
    "changes",
    "compare",
    "evaluate",
    "explain",
    "grow",
    "lose_room",
    "lose_speaker",
    "problem_from",
    "read_agenda",
    "read_problem",
    "repair",
    "solve",
]
