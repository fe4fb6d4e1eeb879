"""Why two programs are together, why they are not, and what would change it.

What a *program* may learn is less than what the coordinator may: to a program every broken rule looks
the same (`not_compatible`), or a must-not could be told from it by what is missing. Its own must-not is
no secret to it. Even the coordinator sees private rules only when asking for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from citevents.matching.solver.answer import Match, Prices, Reason, Result
from citevents.matching.solver.changing import Change, only, smallest_change
from citevents.matching.solver.forced_pairs import agreed_before
from citevents.matching.solver.pool import Pool, compile_pool
from citevents.matching.solver.problem import Agreed, Population, Shape
from citevents.matching.solver.reasons import hindrances, match_of, worth
from citevents.matching.solver.rules import NOT_COMPATIBLE, PRIVATE, failed, fits
from citevents.matching.solver.scoring import best_shape, ways
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
    if not any(fits(pool, shape, *members) for shape, members in ways(i, j)):
        return _impossible(population, pool, a, b, viewer, private)
    shape, members2 = best_shape(pool, i, j)
    return Explanation(
        a=a,
        b=b,
        kind="possible",
        match=match_of(pool, shape, members2),
        # With whom the other has agreed is told to nobody but the coordinator.
        reasons=(viewer is None and agreed_before(population, pool, a, b)) or (Reason("others_gain_more"),),
        price=None if prices is None else price_of(pool, prices, i, j),
    )


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
        (failed(pool, shape, *members) for shape, members in ways(pool.index[a], pool.index[b])), key=len
    )
    if not private and PRIVATE & set(broken):
        # One neutral reason and no change: neither the rule nor its side shows.
        return Explanation(a=a, b=b, kind="impossible", reasons=(Reason(NOT_COMPATIBLE),))
    return Explanation(
        a=a,
        b=b,
        kind="impossible",
        reasons=(*(Reason(f"rule_{code}") for code in broken), *_with_others(population, pool, a, b)),
        changes=smallest_change(population, a, b),
    )


def _with_others(population: Population, pool: Pool, a: str, b: str) -> tuple[Reason, ...]:
    """Of two who cannot be a pair: in which larger groups they could sit next to each other."""
    if len(population.requests) < 3:
        return ()
    i, j = pool.index[a], pool.index[b]
    shapes = [Shape.CIRCLE] if fits(pool, Shape.CIRCLE, i, j) else []
    if population.round.longest_cycle >= 3 and any(fits(pool, Shape.CYCLE, *m) for m in ((i, j), (j, i))):
        shapes.append(Shape.CYCLE)
    return tuple(Reason("only_with_others", {"shape": shape.value}) for shape in shapes)


def in_the_way(population: Population, result: Result) -> dict[str, Reason]:
    """For the coordinator, by program: the rule that keeps most partners away from those for whom nobody is possible.

    Which rule, and how many programs it alone keeps away; must-nots and declines are not counted. Programs are told
    none of it (`Result.unmatched` is theirs): who knew all others to be possible could tell a must-not by a count.
    """
    pool = compile_pool(population)
    alone = [pool.index[u.program] for u in result.unmatched if u.reason.code == "nobody_possible"]
    return {pool.programs[i].id: reason for i, reason in hindrances(pool, alone).items()}


def price_of(pool: Pool, prices: Prices, i: int, j: int) -> dict[str, int] | None:
    """What the group would lose at least, goal by goal, if i and j were matched; None if unknown.

    The first goal that is not 0 would lose that much or more; how the rest divides among those after it may differ.
    """
    a, b = pool.programs[i].id, pool.programs[j].id
    if a not in prices.own or b not in prices.own:
        return None
    wished = wished_pairs(pool)
    points = wished.get((i, j), 0) + wished.get((j, i), 0)

    def worth_of(shape: Shape, members: tuple[int, int]) -> int:
        return worth(pool, shape, members) + points * prices.multipliers.get("wishes", 0)

    own = worth_of(*best_shape(pool, i, j)) + prices.worth[a] + prices.worth[b]
    shared = sum(price for nodes, price in prices.odd_sets if a in nodes and b in nodes)
    slack = [prices.own[a] + prices.own[b] + shared - 2 * own]
    for members in ((i, j), (j, i)):
        guest, host = (pool.programs[m].id for m in members)
        if host in prices.spare and fits(pool, Shape.VISIT, *members):
            visit = worth_of(Shape.VISIT, members) + prices.worth[guest]
            slack.append(prices.own[guest] + prices.spare[host] - 2 * visit)
    return _by_goal(max(0, min(slack)) // 2, prices)


def _by_goal(loss: int, prices: Prices) -> dict[str, int]:
    """A weighed loss as units of each goal.

    Goals after one can lose no more than all they have, so what exceeds that is lost in the goal itself. Once one has lost, a
    loss may come with a gain in those after it.
    """
    later = sum(m * prices.values.get(goal, 0) for goal, m in (*prices.multipliers.items(), ("score", 1)))
    found: dict[str, int] = {}
    for goal, multiplier in prices.multipliers.items():
        later -= multiplier * prices.values.get(goal, 0)
        if any(found.values()):
            units = (2 * loss + multiplier) // (2 * multiplier)
        else:
            units = max(0, -((later - loss) // multiplier))
        found[goal] = units
        loss -= units * multiplier
    found["score"] = loss
    return found
