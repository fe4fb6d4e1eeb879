"""The smallest change of two requests that would make an impossible pair possible; tried before it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from citevents.matching.solver.pool import Pool, compile_pool, open_weeks
from citevents.matching.solver.problem import LEVELS, Mode, Population, Request, Shape
from citevents.matching.solver.rules import failed
from citevents.matching.solver.scoring import SIDES, ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one request: code with arguments, like a reason."""

    program: str
    code: str
    arguments: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


def only(population: Population, *names: str) -> Pool:
    """A pool of these programs only; scores and rules are the same in any pool. Raises KeyError."""
    wanted = set(names)
    requests = tuple(r for r in population.requests if r.program in wanted)
    missing = wanted - {r.program for r in requests}
    if missing:
        raise KeyError(min(missing))
    return compile_pool(replace(population, requests=requests))


def smallest_change(population: Population, a: str, b: str) -> tuple[Change, ...]:
    """The fewest changes of the two requests that make some shape possible; () if nothing would."""
    pool = only(population, a, b)
    best: tuple[Change, ...] = ()
    for shape, (first, second) in ways(a, b):
        changes = _changes(population, pool, shape, first, second)
        if changes and (not best or len(changes) < len(best)):
            best = changes
    return best


def _changes(population: Population, pool: Pool, shape: Shape, first: str, second: str) -> tuple[Change, ...]:
    i, j = pool.index[first], pool.index[second]
    requests = {r.program: r for r in pool.requests}
    changes: list[Change] = []
    for code in failed(pool, shape, i, j):
        found = _CHANGES[code](pool, shape, first, second) if code in _CHANGES else []
        if not found:
            return ()
        changes += found
    for change in changes:
        requests[change.program] = _changed(requests[change.program], change)
    others = tuple(requests.get(r.program, r) for r in population.requests if r.program in requests)
    after = compile_pool(replace(population, requests=others))
    return () if failed(after, shape, after.index[first], after.index[second]) else tuple(changes)


def _changed(request: Request, change: Change) -> Request:
    value = change.arguments
    if change.code == "free_week":
        return replace(request, weeks=request.weeks | {str(value["week"])})
    if change.code == "accept_mode":
        return replace(request, modes=request.modes | {Mode(str(value["mode"]))})
    if change.code == "lower_floor":
        return replace(request, floor=str(value["level"]))
    if change.code == "raise_budget":
        return replace(request, budget=int(str(value["amount"])))
    if change.code == "open_visa":
        return replace(request, visas_closed=request.visas_closed - {str(value["country"])})
    if change.code == "offer_place":
        return replace(request, places=1)
    return replace(request, largest_delegation=int(str(value["people"])))


def _week(pool: Pool, shape: Shape, first: str, second: str) -> list[Change]:
    mine, theirs = (set(open_weeks(pool.requests[pool.index[p]], pool.round)) for p in (first, second))
    options = [(w, second) for w in mine - theirs] + [(w, first) for w in theirs - mine]
    if not options:
        return []
    week, program = min(options)
    return [Change(program=program, code="free_week", arguments={"week": week})]


def _mode(pool: Pool, shape: Shape, first: str, second: str) -> list[Change]:
    return [
        Change(program=p, code="accept_mode", arguments={"mode": mode.value})
        for p, mode in zip((first, second), SIDES[shape], strict=True)
        if mode not in pool.requests[pool.index[p]].modes
    ]


def _language(pool: Pool, shape: Shape, first: str, second: str) -> list[Change]:
    a, b = (pool.programs[pool.index[p]].languages for p in (first, second))
    common = [min(LEVELS.index(a[x]), LEVELS.index(b[x])) for x in set(a) & set(b)]
    if not common:
        return []
    level = max(common)
    return [
        Change(program=p, code="lower_floor", arguments={"level": LEVELS[level]})
        for p in (first, second)
        if LEVELS.index(pool.requests[pool.index[p]].floor) > level
    ]


def _journeys(shape: Shape, first: str, second: str) -> list[tuple[str, str]]:
    """Who travels to whom."""
    return [(first, second), (second, first)] if shape is Shape.MUTUAL else [(first, second)]


def _budget(pool: Pool, shape: Shape, first: str, second: str) -> list[Change]:
    found = []
    for guest, host in _journeys(shape, first, second):
        i, j = pool.index[guest], pool.index[host]
        if not pool.affords[i, pool.country[j]]:
            region = pool.round.regions
            route = f"{region.get(pool.programs[i].country)}>{region.get(pool.programs[j].country)}"
            amount = pool.round.fares[route]
            found.append(Change(program=guest, code="raise_budget", arguments={"amount": amount}))
    return found


def _visa(pool: Pool, shape: Shape, first: str, second: str) -> list[Change]:
    return [
        Change(
            program=guest, code="open_visa", arguments={"country": pool.programs[pool.index[host]].country}
        )
        for guest, host in _journeys(shape, first, second)
        if not pool.enters[pool.index[guest], pool.country[pool.index[host]]]
    ]


def _capacity(pool: Pool, shape: Shape, first: str, second: str) -> list[Change]:
    found = []
    for guest, host in _journeys(shape, first, second):
        i, j = pool.index[guest], pool.index[host]
        if pool.places[j] < 1:
            found.append(Change(program=host, code="offer_place"))
        if pool.delegation[i] > pool.largest[j]:
            people = int(pool.delegation[i])
            found.append(Change(program=host, code="host_more_people", arguments={"people": people}))
    return found


_CHANGES = {
    "weeks": _week,
    "mode": _mode,
    "language": _language,
    "budget": _budget,
    "visa": _visa,
    "capacity": _capacity,
}
