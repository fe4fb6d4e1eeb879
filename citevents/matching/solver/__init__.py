"""The matching engine: exact, certified, explained; no database, no Flask, no clock.

    result = solve(population, mode="coverage", seconds=60, progress=report, stop=cancelled)

- `population` is a `Population(programs, requests, round)` of plain frozen values (`problem.py`).
- `mode` is "coverage" (most programs first) or "stable" (no two that would rather have each other first).
- `progress(stage, done)` is called now and then with a message id and 0..1; `stop()` returning True, or
  `seconds` running out, ends the search with the best answer so far, `complete=False`, tiers unproven.
- `Result` (`answer.py`) carries `matches` with both directions' parts and reasons, `tiers` with value,
  bound and proof, `unmatched` with a reason each, `problems` (requests that cannot be honoured as
  written), and `blocking` pairs.

    explain(population, agreed, a, b, prices=result.prices, viewer=program_or_None)  -> Explanation
    rematch(population, agreed, accepted={...}, declined={...}, after=result)        -> Rematched
    plan(gathering)                                                                  -> Plan of meet-ups

Everything is deterministic: the same values give the same answer, whatever their order. (`after`, an earlier result,
is one of these values: of equally good answers a re-match that begins there may find another.)
"""

from citevents.matching.solver.answer import (
    Coverage,
    Direction,
    Match,
    Prices,
    Problem,
    Reason,
    Result,
    Tier,
    Unmatched,
)
from citevents.matching.solver.changing import Change
from citevents.matching.solver.errors import Unreadable
from citevents.matching.solver.explaining import Explanation, explain, in_the_way
from citevents.matching.solver.forced_pairs import difference
from citevents.matching.solver.meetup_input import Gathering, Meeting, Oddity, Person, Plan
from citevents.matching.solver.meetups import plan
from citevents.matching.solver.problem import (
    CORE_ELEMENTS,
    LEGAL_SETTINGS,
    LEVELS,
    ROLES,
    SIZES,
    STAGES,
    STRUCTURES,
    Agreed,
    Mode,
    Population,
    Program,
    Request,
    Round,
    Shape,
)
from citevents.matching.solver.rematching import Rematched, rematch
from citevents.matching.solver.solving import solve

__all__ = [
    "CORE_ELEMENTS",
    "LEGAL_SETTINGS",
    "LEVELS",
    "ROLES",
    "SIZES",
    "STAGES",
    "STRUCTURES",
    "Agreed",
    "Change",
    "Coverage",
    "Direction",
    "Explanation",
    "Gathering",
    "Match",
    "Meeting",
    "Mode",
    "Oddity",
    "Person",
    "Plan",
    "Population",
    "Prices",
    "Problem",
    "Program",
    "Reason",
    "Rematched",
    "Request",
    "Result",
    "Round",
    "Shape",
    "Tier",
    "Unmatched",
    "Unreadable",
    "difference",
    "explain",
    "in_the_way",
    "plan",
    "rematch",
    "solve",
]
