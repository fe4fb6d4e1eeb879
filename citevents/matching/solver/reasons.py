"""Why a match, and why no match, as message ids with arguments."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.answer import Direction, Match, Reason, Unmatched
from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import Mode, Shape
from citevents.matching.solver.rules import ALWAYS, ONLINE, RULES_OF, UNTOLD, Mask, Rule, possible, together
from citevents.matching.solver.score import parts, zone_points
from citevents.matching.solver.scoring import DIRECTED, PAIR_SHAPES, asked_shapes

Ints = NDArray[np.int64]

_BLOCK = 64  # programs without a partner looked at together


def match_of(pool: Pool, shape: Shape, members: Sequence[int], kept: str | None = None) -> Match:
    """The match of these programs (indices, in the shape's order) with its reasons."""
    directions = tuple(direction(pool, shape, i, j) for i, j in permutations(members, 2))
    return Match(
        shape=shape,
        programs=tuple(pool.programs[i].id for i in members),
        score=worth(pool, shape, members),
        weeks=common_weeks(pool, members, shape),
        directions=directions,
        kept=kept,
    )


def worth(pool: Pool, shape: Shape, members: Sequence[int]) -> int:
    """Sum over the members of what each gains on average from its partners, at least 1."""
    return max(1, sum(gain_of(pool, shape, i, members) for i in members))


def gain_of(pool: Pool, shape: Shape, i: int, members: Sequence[int]) -> int:
    """What member i gains on average from the others, 0..1000."""
    others = np.array([j for j in members if j != i])
    f = pool.features
    gained = f.shows[others] @ f.wants[i]
    zone = f.zone_weight
    if shape in ONLINE:
        gained = gained + zone_points(f.zones[i : i + 1], f.zones[others], f.zone_weight)[0]
        zone = 0
    return int(gained.sum()) // len(others) + zone


def common_weeks(pool: Pool, members: Sequence[int], shape: Shape) -> tuple[str, ...]:
    """Weeks that all members have free; of a cycle, those that some neighbours share."""
    if shape is Shape.CYCLE:
        pairs = zip(members, [*members[1:], members[0]], strict=True)
        words = np.bitwise_or.reduce([pool.weeks[a] & pool.weeks[b] for a, b in pairs])
    else:
        words = np.bitwise_and.reduce(pool.weeks[list(members)], axis=0)
    return tuple(name for k, name in enumerate(pool.week_names) if int(words[k // 64]) >> (k % 64) & 1)


def direction(pool: Pool, shape: Shape, i: int, j: int) -> Direction:
    """What i gains from j: parts and, for the screen, the strongest reasons."""
    found = parts(pool.features, i, j, shape in ONLINE)
    me, other = pool.programs[i], pool.programs[j]
    reasons = [
        Reason("need_met", {"topic": need, "rank": rank})
        for rank, need in enumerate(me.needs, 1)
        if need in other.strengths
    ]
    if not reasons:
        reasons.append(Reason("no_need_met" if me.needs else "no_needs_named"))
    if other.id in pool.requests[i].wishes:
        reasons.insert(0, Reason("wished", {"rank": pool.requests[i].wishes.index(other.id) + 1}))
    for part in ("stage", "legal", "size", "role", "novelty", "zone"):
        if found[part]:
            reasons.append(Reason(f"part_{part}", _part_arguments(pool, part, i, j, found[part])))
    return Direction(
        gains=me.id, gives=other.id, score=sum(found.values()), parts=found, reasons=tuple(reasons)
    )


def _part_arguments(pool: Pool, part: str, i: int, j: int, points: int) -> dict[str, object]:
    me, other = pool.programs[i], pool.programs[j]
    if part == "role":
        return {"points": points, "roles": tuple(sorted(me.roles & other.roles))}
    if part == "novelty":
        return {"points": points, "country": other.country}
    if part == "zone":
        apart = abs(me.zone - other.zone) % 1440
        return {"points": points, "minutes_apart": min(apart, 1440 - apart)}
    return {"points": points, "mine": getattr(me, part), "theirs": getattr(other, part)}


def why_unmatched(pool: Pool, programs: Sequence[int]) -> tuple[Unmatched, ...]:
    """For each: what of its own request leaves it without anybody, nobody is possible, or others were served instead.

    Says nothing but what follows from its own request and from who is possible for it. Why somebody is not possible
    never shows: any rule told would tell a must-not apart by its absence.
    """
    able = np.array([i for i in programs if _unusable(pool, i) is None], np.int64)
    found = dict(zip(able.tolist(), map(_possible, _partners(pool, able).tolist()), strict=True))
    return tuple(
        Unmatched(program=pool.programs[i].id, reason=_unusable(pool, i) or found[i]) for i in programs
    )


def _possible(partners: int) -> Reason:
    return Reason("others_first", {"possible_partners": partners}) if partners else Reason("nobody_possible")


def _partners(pool: Pool, some: Ints) -> Ints:
    """With how many programs each of these could be a pair; where with none, sit next to in a larger group."""
    everybody = slice(0, pool.n)
    found = np.zeros(len(some), np.int64)
    shapes = asked_shapes(pool, PAIR_SHAPES)
    for at in range(0, len(some), _BLOCK):
        rows = some[at : at + _BLOCK]
        partners = np.zeros((len(rows), pool.n), bool)
        for shape in shapes:
            partners |= possible(pool, shape, rows, everybody)
            if shape in DIRECTED:
                partners |= possible(pool, shape, everybody, rows).T
        found[at : at + _BLOCK] = partners.sum(axis=1)
    for k in np.flatnonzero(found == 0).tolist():
        found[k] = len(_in_a_ring(pool, int(some[k])) | _in_a_circle(pool, int(some[k])))
    return found


def _in_a_ring(pool: Pool, i: int) -> set[int]:
    """Programs that could be in a cycle of three with i."""
    if pool.round.longest_cycle < 3 or not pool.accepts[Mode.MUTUAL][i]:
        return set()
    one, everybody = slice(i, i + 1), slice(0, pool.n)
    out = np.flatnonzero(possible(pool, Shape.CYCLE, one, everybody)[0])
    into = np.flatnonzero(possible(pool, Shape.CYCLE, everybody, one)[:, 0])
    step = possible(pool, Shape.CYCLE, out, into)
    return {*out[step.any(axis=1)].tolist(), *into[step.any(axis=0)].tolist()}


def _in_a_circle(pool: Pool, i: int) -> set[int]:
    """Programs that could be in a circle with i."""
    if not pool.accepts[Mode.CIRCLE][i]:
        return set()
    near = np.flatnonzero(possible(pool, Shape.CIRCLE, slice(i, i + 1), slice(0, pool.n))[0])
    found: set[int] = set()
    for a, b in near[np.argwhere(np.triu(possible(pool, Shape.CIRCLE, near, near)))].tolist():
        if not {a, b} <= found and together(pool, (i, a, b)):
            found |= {a, b}
    return found


def hindrances(pool: Pool, programs: Sequence[int]) -> dict[int, Reason]:
    """Which rule, lifted alone, would open most partners to each of these; with how many.

    Only programs for which some rule would. Must-nots and declines are neither counted nor lifted.
    """
    found: dict[int, Reason] = {}
    for at in range(0, len(programs), _BLOCK):
        rows = np.array(programs[at : at + _BLOCK], np.int64)
        for i, opened in zip(rows.tolist(), _opened(pool, rows), strict=True):
            best = max(opened, key=lambda code: (opened[code], code), default="")
            if opened.get(best):
                found[i] = Reason("nobody_possible_because", {"rule": best, "would_open": opened[best]})
    return found


def _unusable(pool: Pool, i: int) -> Reason | None:
    """What of its own request leaves a program without anybody."""
    if not pool.programs[i].languages:
        return Reason("no_language")
    if not pool.requests[i].modes:
        return Reason("no_mode")
    return None if pool.weeks[i].any() else Reason("no_weeks")


def _opened(pool: Pool, rows: Ints) -> list[dict[str, int]]:
    """Per row: rule -> how many partners it alone keeps away."""
    everybody = slice(0, pool.n)
    always = {code: ~rule(pool, rows, everybody) for code, rule in ALWAYS.items()}
    common = np.zeros((len(rows), pool.n), np.int8)
    for broken in always.values():
        common += broken
    opened: dict[str, Ints] = {}
    for own in _ways(pool, rows):
        count = common.copy()
        for broken in own.values():
            count += broken
        alone = count == 1
        if alone.any():
            for code, broken in (*own.items(), *always.items()):
                if code not in UNTOLD and code != "oneself":
                    opens = np.count_nonzero(broken & alone, axis=1)
                    opened[code] = np.maximum(opened.get(code, 0), opens)
    return [{code: int(opens[k]) for code, opens in opened.items()} for k in range(len(rows))]


def _ways(pool: Pool, rows: Ints) -> list[dict[str, Mask]]:
    """Per shape, and per role where roles differ: rule beyond those that always hold -> with whom rows break it."""
    everybody = slice(0, pool.n)
    known: dict[object, Mask] = {}

    def broken(rule: Rule, swapped: bool) -> Mask:
        if (rule, swapped) not in known:
            kept = rule(pool, everybody, rows).T if swapped else rule(pool, rows, everybody)
            known[rule, swapped] = ~kept
        return known[rule, swapped]

    return [
        {code: broken(rule, swapped) for code, rule in rules.items() if code not in ALWAYS}
        for shape, rules in RULES_OF.items()
        for swapped in ((False, True) if shape in (Shape.VISIT, Shape.MENTORING) else (False,))
    ]
