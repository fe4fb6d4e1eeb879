"""What it would cost everybody if two were a pair: the round solved again with them fixed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from citevents.matching.solver.answer import Reason, Tier
from citevents.matching.solver.changing import only
from citevents.matching.solver.frozen import kept_matches
from citevents.matching.solver.pool import Pool
from citevents.matching.solver.problem import Agreed, Population, Shape
from citevents.matching.solver.rules import fits
from citevents.matching.solver.scoring import best_shape
from citevents.matching.solver.solving import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One tier with and without the forced pair; exact where both are proven, and so are all tiers before."""

    name: str
    as_solved: int | tuple[int, ...]
    forced: int | tuple[int, ...]
    proven: bool


def difference(
    population: Population,
    tiers: Sequence[Tier],
    a: str,
    b: str,
    *,
    mode: str = "coverage",
    seconds: float = 60.0,
) -> tuple[Difference, ...]:
    """Solve again with the (possible) pair a, b fixed, and compare tier by tier. `mode` is that of the tiers.

    An agreement of the round that leaves no room for the pair is given up.
    """
    solved = [
        solve(_with_forced(population, forced), mode=mode, seconds=seconds).tiers
        for forced in _forced(only(population, a, b), a, b)
    ]
    again = {t.name: t for t in max(solved, key=_rank)}
    return tuple(
        Difference(
            name=t.name,
            as_solved=t.value,
            forced=again[t.name].value,
            proven=t.proven and again[t.name].proven,
        )
        for t in tiers
        if t.name in again
    )


def _forced(pool: Pool, a: str, b: str) -> list[Agreed]:
    """The shapes in which a pair could cost the group least: its best one, and a visit to a host of several places."""
    i, j = pool.index[a], pool.index[b]
    visits = [(Shape.VISIT, (g, h)) for g, h in ((i, j), (j, i)) if pool.places[h] > 1]
    shapes = [best_shape(pool, i, j), *(v for v in visits if fits(pool, v[0], *v[1]))]
    return [
        Agreed(shape=shape, programs=tuple(pool.programs[m].id for m in members))
        for shape, members in dict.fromkeys(shapes)
    ]


def _with_forced(population: Population, forced: Agreed) -> Population:
    """First among the accepted, so that it is the others that find no room."""
    the_round = replace(population.round, accepted=(forced, *population.round.accepted))
    return replace(population, round=the_round)


def _rank(tiers: Sequence[Tier]) -> tuple[int | tuple[int, ...], ...]:
    """What answers compare by, in the order of the goals; fewer blocking pairs are better."""
    return tuple(-t.value if t.name == "blocking" and isinstance(t.value, int) else t.value for t in tiers)


def agreed_before(population: Population, pool: Pool, a: str, b: str) -> tuple[Reason, ...]:
    """What has been agreed, earlier or by naming each other, that the pair a, b of this pool would break."""
    requests = {r.program: r for r in population.requests}
    held = [m for m in (*population.round.accepted, *population.round.proposed) if {a, b} & set(m.programs)]
    named = {other for p in (a, b) if (other := requests[p].pre_matched) is not None}
    if not held and not named:
        return ()
    near = {a, b, *((named | {p for m in held for p in m.programs}) & requests.keys())}
    forced = _with_forced(population, _forced(pool, a, b)[0])
    stay = _kept(forced, near)
    lost = [programs for programs in _kept(population, near) if programs not in stay]
    return tuple(Reason("agreed_before", {"programs": programs}) for programs in lost)


def _kept(population: Population, near: set[str]) -> list[tuple[str, ...]]:
    pool = only(population, *near)
    return [tuple(pool.programs[i].id for i in members) for _, members, _ in kept_matches(pool)[0]]
