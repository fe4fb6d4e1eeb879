"""Tier 0: what is already agreed stays, unless a hard rule forbids it; then it is reported and named."""

from collections import Counter

from citevents.matching.solver.answer import Problem
from citevents.matching.solver.capacities import Kept
from citevents.matching.solver.groups import LARGEST_CIRCLE
from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import Mode, Shape
from citevents.matching.solver.rules import NOT_COMPATIBLE, PRIVATE, failed
from citevents.matching.solver.scoring import ways

_SIZES = {Shape.CYCLE: (3,), Shape.CIRCLE: range(3, LARGEST_CIRCLE + 1)}  # of other shapes, two


def kept_matches(pool: Pool) -> tuple[list[Kept], list[Problem]]:
    """Accepted matches as they are, then pairs that named each other and break no rule."""
    kept: list[Kept] = []
    problems: list[Problem] = []
    used: list[Counter[int]] = [Counter(), Counter()]  # matches of one's own, and all
    earlier = [(a, "accepted") for a in pool.round.accepted] + [(a, "proposed") for a in pool.round.proposed]
    for agreed, why in earlier:
        members = tuple(pool.index.get(p, -1) for p in agreed.programs)
        # Excluded since looks like any match that no longer holds.
        if -1 in members or not _room(pool, agreed.shape, members, used) or _excluded(pool, members):
            problems.append(_problem(agreed.programs[0], f"{why}_unusable", others=agreed.programs[1:]))
        else:
            _take(kept, used, agreed.shape, members, why)
    for i, request in enumerate(pool.requests):
        other = request.pre_matched
        if other is None:
            continue
        j = pool.index.get(other)
        if j is None or j == i:
            problems.append(_problem(request.program, "pre_matched_unknown", other=other))
        elif pool.requests[j].pre_matched != request.program:
            problems.append(_problem(request.program, "pre_matched_not_returned", other=other))
        elif i < j and not used[1][i] and not used[1][j]:
            found, broken = first_shape(pool, i, j)
            if found is None:
                if PRIVATE & set(broken):
                    broken = (NOT_COMPATIBLE,)
                problems += [
                    _problem(a, "pre_matched_breaks_rule", other=b, rules=broken)
                    for a, b in ((request.program, other), (other, request.program))
                ]
            else:
                _take(kept, used, *found, "pre_matched")
    return kept, problems


def _problem(program: str, code: str, **arguments: object) -> Problem:
    return Problem(program=program, code=code, arguments=arguments)


def _room(pool: Pool, shape: Shape, members: tuple[int, ...], used: list[Counter[int]]) -> bool:
    """A match needs as many as its shape has, all of them free; a host may have several guests beside its own match."""
    if len(set(members)) != len(members) or len(members) not in _SIZES.get(shape, (2,)):
        return False
    own, total = used
    for k, i in enumerate(members):
        places = max(1, int(pool.places[i])) if pool.accepts[Mode.HOST][i] else 1
        if total[i] >= places or (own[i] and not (shape is Shape.VISIT and k == 1)):
            return False
    return True


def _excluded(pool: Pool, members: tuple[int, ...]) -> bool:
    """A must-not that came later outweighs an agreement."""
    return any(pool.programs[j].id in pool.requests[i].must_not for i in members for j in members if i != j)


def _take(
    kept: list[Kept], used: list[Counter[int]], shape: Shape, members: tuple[int, ...], why: str
) -> None:
    kept.append((shape, members, why))
    used[0].update(members[:1] if shape is Shape.VISIT else members)
    used[1].update(members)


def first_shape(pool: Pool, i: int, j: int) -> tuple[tuple[Shape, tuple[int, int]] | None, tuple[str, ...]]:
    """The first shape in which i and j may meet, or the rules that the nearest shape breaks."""
    fewest: tuple[str, ...] | None = None
    for shape, members in ways(i, j):
        # Who named each other are honoured whatever they score.
        broken = tuple(code for code in failed(pool, shape, *members) if code != "minimum")
        if not broken:
            return (shape, members), ()
        if fewest is None or len(broken) < len(fewest):
            fewest = broken
    return None, fewest or ()
