"""Why two programs are together, why they are not, and what would change it.

What a *program* may learn is less than what the coordinator may: to a program every broken rule looks
the same (`not_compatible`), or a must-not could be told from it by what is missing. Its own must-not is
no secret to it. Even the coordinator sees private rules only when asking for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from citevents.matching.solver.answer import Match, Prices, Reason, Result, Tier
from citevents.matching.solver.changing import Change, only, smallest_change
from citevents.matching.solver.pool import Pool, compile_pool
from citevents.matching.solver.problem import Agreed, Population, Shape
from citevents.matching.solver.reasons import hindrances, match_of
from citevents.matching.solver.rules import NOT_COMPATIBLE, PRIVATE, failed, fits
from citevents.matching.solver.scoring import DIRECTED, PAIR_SHAPES, best_shape
from citevents.matching.solver.solving import solve
from citevents.matching.solver.wishing import wished_pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`kind` is "matched", "possible" (price says what it would cost the group) or "impossible".

    `price` maps goals to what they would lose at least, most important goal first. `changes` together
    are the smallest change that makes an impossible pair possible; empty if there is none.
    """

    a: str
    b: str
    kind: str
    match: Match | None = None  # as it is, or as it would be
    reasons: tuple[Reason, ...] = ()
    price: Mapping[str, int] | None = None
    changes: tuple[Change, ...] = ()


def explain(
    population: Population,
    matches: Sequence[Agreed],
    a: str,
    b: str,
    *,
    prices: Prices | None = None,
    viewer: str | None = None,
    private: bool = False,
) -> Explanation:
    """Why, or why not. `viewer` is the program that asks (a or b), or None for the coordinator.

    Raises KeyError for a program that is not in the population or asks for nothing, ValueError if a is b.
    """
    if a == b:
        raise ValueError("an explanation needs two different programs")
    pool = only(population, a, b)
    together = [m for m in matches if a in m.programs and b in m.programs]
    if together:
        whole = only(population, *together[0].programs)
        members = [whole.index[p] for p in together[0].programs]
        return Explanation(a=a, b=b, kind="matched", match=match_of(whole, together[0].shape, members))
    i, j = pool.index[a], pool.index[b]
    if not any(fits(pool, shape, *members) for shape, members in _ways(i, j)):
        return _impossible(population, pool, a, b, viewer, private)
    shape, members2 = best_shape(pool, i, j)
    return Explanation(
        a=a,
        b=b,
        kind="possible",
        match=match_of(pool, shape, members2),
        reasons=(Reason("others_gain_more"),),
        price=None if prices is None else price_of(pool, prices, i, j, shape, members2),
    )


def _ways(i: int, j: int) -> list[tuple[Shape, tuple[int, int]]]:
    """Every shape in which two programs could be a pair, either way round where that differs."""
    return [
        (shape, members)
        for shape in PAIR_SHAPES
        for members in ((i, j), (j, i))
        if shape in DIRECTED or members == (i, j)
    ]


def _impossible(
    population: Population, pool: Pool, a: str, b: str, viewer: str | None, private: bool
) -> Explanation:
    if viewer is not None:
        other = b if viewer == a else a
        own = other in pool.requests[pool.index[viewer]].must_not
        code = "you_asked_not_to_meet" if own else NOT_COMPATIBLE
        return Explanation(a=a, b=b, kind="impossible", reasons=(Reason(code),))
    # What the shape that breaks fewest rules breaks.
    broken = min(
        (failed(pool, shape, *members) for shape, members in _ways(pool.index[a], pool.index[b])), key=len
    )
    if not private and PRIVATE & set(broken):
        # One neutral reason and no change: neither the rule nor its side shows.
        return Explanation(a=a, b=b, kind="impossible", reasons=(Reason(NOT_COMPATIBLE),))
    return Explanation(
        a=a,
        b=b,
        kind="impossible",
        reasons=tuple(Reason(f"rule_{code}") for code in broken),
        changes=smallest_change(population, a, b),
    )


def in_the_way(population: Population, result: Result) -> dict[str, Reason]:
    """For the coordinator, by program: the rule that keeps most partners away from those for whom nobody is possible.

    Which rule, and how many programs it alone keeps away; must-nots and declines are not counted. Programs are told
    none of it (`Result.unmatched` is theirs): who knew all others to be possible could tell a must-not by a count.
    """
    pool = compile_pool(population)
    alone = [pool.index[u.program] for u in result.unmatched if u.reason.code == "nobody_possible"]
    return {pool.programs[i].id: reason for i, reason in hindrances(pool, alone).items()}


def price_of(
    pool: Pool, prices: Prices, i: int, j: int, shape: Shape, members: tuple[int, int]
) -> dict[str, int] | None:
    """What the group would lose at least, goal by goal, if i and j were matched; None if unknown."""
    a, b = pool.programs[i].id, pool.programs[j].id
    if a not in prices.own or b not in prices.own:
        return None
    gain = match_of(pool, shape, members).score
    wished = wished_pairs(pool)
    points = wished.get((i, j), 0) + wished.get((j, i), 0)
    worth = gain + points * prices.multipliers.get("wishes", 0)
    own = prices.own[a] + prices.own[b] - 2 * (worth + prices.worth[a] + prices.worth[b])
    own += sum(price for nodes, price in prices.odd_sets if a in nodes and b in nodes)
    slack = [own]
    if shape is Shape.VISIT:
        guest, host = (pool.programs[m].id for m in members)
        if host in prices.spare:
            slack.append(prices.own[guest] + prices.spare[host] - 2 * (worth + prices.worth[guest]))
    return _by_goal(max(0, min(slack)) // 2, prices.multipliers)


def _by_goal(loss: int, multipliers: Mapping[str, int]) -> dict[str, int]:
    """A weighed loss as units of each goal; a loss in one may come with a gain in a lesser one."""
    found = {}
    for goal, multiplier in multipliers.items():
        units = (2 * loss + multiplier) // (2 * multiplier)
        found[goal] = units
        loss -= units * multiplier
    found["score"] = loss
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One tier with and without the forced pair."""

    name: str
    as_solved: int | tuple[int, ...]
    forced: int | tuple[int, ...]


def difference(
    population: Population,
    tiers: Sequence[Tier],
    a: str,
    b: str,
    *,
    mode: str = "coverage",
    seconds: float = 60.0,
) -> tuple[Difference, ...]:
    """Solve again with the (possible) pair a, b fixed, and compare tier by tier. `mode` is that of the tiers."""
    pool = only(population, a, b)
    shape, members = best_shape(pool, pool.index[a], pool.index[b])
    forced = Agreed(shape=shape, programs=tuple(pool.programs[m].id for m in members))
    the_round = replace(population.round, accepted=(*population.round.accepted, forced))
    forced_round = replace(population, round=the_round)
    again = {t.name: t for t in solve(forced_round, mode=mode, seconds=seconds).tiers}
    return tuple(
        Difference(name=t.name, as_solved=t.value, forced=again[t.name].value)
        for t in tiers
        if t.name in again
    )
