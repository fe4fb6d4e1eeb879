"""The matching engine: exact, certified, explained; no database, no Flask, no clock.

    result = solve(population, mode="coverage", seconds=60, progress=report, stop=cancelled)

- `population` is a `Population(programs, requests, round)` of plain frozen values (`problem.py`).
- `mode` is "coverage" (most programs first) or "stable" (no two that would rather have each other first).
- `progress(stage, done)` is called now and then with a message id and 0..1; `stop()` returning True, or
  `seconds` running out, ends the search with the best answer so far, `complete=False`, tiers unproven.
- `Result` (`answer.py`) carries `matches` with both directions' parts and reasons, `tiers` with value,
  bound and proof, `unmatched` with a reason each, `problems` (requests that cannot be honoured as
  written), and `blocking` pairs.

Everything is deterministic: the same values give the same answer, whatever their order.
"""

from citevents.matching.solver.answer import (
    Direction,
    Match,
    Problem,
    Reason,
    Result,
    Tier,
    Unmatched,
)
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
    "Direction",
    "Match",
    "Mode",
    "Population",
    "Problem",
    "Program",
    "Reason",
    "Request",
    "Result",
    "Round",
    "Shape",
    "Tier",
    "Unmatched",
    "solve",
]
