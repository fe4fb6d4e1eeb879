"""The answer as plain frozen values: matches with reasons, tiers with proof, the unmatched with reasons.

Every sentence a person reads is a `Reason`: a message id with arguments, translated by the page.
`docs/MATCHING.md` lists the codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from citevents.matching.solver.problem import Shape

if TYPE_CHECKING:
    from citevents.matching.solver.initial_solution import Start


@dataclass(frozen=True, slots=True)
class Reason:
    """A message id and its arguments: never a sentence, never a name that is not an argument."""

    code: str
    arguments: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """What `gains` gets from `gives`: 0..1000 and the parts that sum to it."""

    gains: str
    gives: str
    score: int
    parts: Mapping[str, int]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    shape: Shape
    programs: tuple[str, ...]  # order as documented on Shape
    score: int  # sum over its directions
    weeks: tuple[str, ...]  # weeks that all of them have free
    directions: tuple[Direction, ...]
    kept: str | None = None  # "accepted", "proposed" or "pre_matched" where the round only confirmed it


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One goal. `bound` is what no answer can beat, given the goals before it."""

    name: str
    value: int | tuple[int, ...]  # equity: countries' shares in per mille, worst first
    bound: int | tuple[int, ...]
    proven: bool
    seconds: float


def made_tier(
    name: str, value: int | tuple[int, ...], bound: int | tuple[int, ...], seconds: float = 0.0
) -> Tier:
    """A tier that is proven exactly if its value meets its bound."""
    return Tier(name=name, value=value, bound=bound, proven=value == bound, seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    program: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A request that cannot be honoured as written; the rest of the round goes on without it."""

    program: str
    code: str
    arguments: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    round: str
    mode: str  # "coverage" or "stable"
    matches: tuple[Match, ...]
    tiers: tuple[Tier, ...]
    unmatched: tuple[Unmatched, ...]
    problems: tuple[Problem, ...]
    people: int  # programs with a partner
    score: int
    blocking: tuple[tuple[str, str], ...]  # pairs that would both materially rather have each other
    blocking_count: int  # all of them; `blocking` shows the first
    complete: bool  # False when stopped early: best so far, unproven
    seconds: float
    countries: tuple["Coverage", ...] = ()
    prices: "Prices | None" = None  # what `explain` reads
    # What `solve(after=...)` and `rematch(after=...)` begin from; in memory only, and no part of the answer.
    start: "Start | None" = field(default=None, repr=False, compare=False, metadata={"written": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A country in this answer: programs that asked, that have a partner, and what it is entitled to."""

    country: str
    asked: int
    matched: int
    entitled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Dual prices of the last run over pairs, in half units of goals weighed by `multipliers`.

    No answer that contains a pair is worth more than the best less the pair's slack: its prices plus those
    of the odd sets holding both, minus twice its worth.
    """

    multipliers: Mapping[str, int]  # goal -> weight of one unit of it; the score's is 1
    values: Mapping[str, int]  # goal, and the score -> what it has; none can lose more
    own: Mapping[str, int]  # program -> price of its own seat
    spare: Mapping[str, int]  # host -> lowest price of its further seats
    worth: Mapping[str, int]  # program -> what its own seat adds to any pair, in whole units
    odd_sets: tuple[tuple[tuple[str, ...], int], ...]  # own seats only
