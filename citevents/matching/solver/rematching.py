"""After declines: what was accepted is frozen, the declined pair is gone, open proposals stay where they can.

Nobody's open proposal has to change because somebody else's was declined, so the fewest changes are none:
only programs without a standing match are solved again, with the tiers of the round. Asked to, open
proposals are given up as well (`keep_open=False`), and the whole rest is solved afresh.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from citevents.matching.solver.answer import Result
from citevents.matching.solver.problem import Agreed, Mode, Population, Request, Shape
from citevents.matching.solver.solving import Progress, solve

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rematched:
    """`kept` matches stand as they were; `result` is the round among all others."""

    kept: tuple[Agreed, ...]
    result: Result


def rematch(
    population: Population,
    proposals: Sequence[Agreed],
    *,
    accepted: Iterable[frozenset[str]] = (),
    declined: Iterable[frozenset[str]] = (),
    keep_open: bool = True,
    mode: str = "coverage",
    seconds: float = 60.0,
    progress: Progress | None = None,
    stop: Stop | None = None,
    after: Result | None = None,
) -> Rematched:
    """Solve again after answers. `accepted` and `declined` are sets of programs: of whole proposals, or pairs.

    A proposal that holds a declined set is dissolved and that pair cannot come again. `after` may be the result
    of the round so far: where nothing else stands, it is where the search begins (`solve`).
    """
    yes, no = set(accepted), set(declined)
    spoken = {p for pair in no for p in pair}
    standing: list[Agreed] = []
    frozen: list[Agreed] = list(population.round.accepted)
    for proposal in proposals:
        members = frozenset(proposal.programs)
        if _hold(members, no, spoken):
            continue
        if members in yes:
            frozen.append(proposal)
        elif keep_open:
            standing.append(proposal)
    gone = population.round.declined | {pair for pair in no if len(pair) == 2}
    return _solve(population, frozen, standing, frozenset(gone), mode, seconds, progress, stop, after)


def _solve(
    population: Population,
    frozen: list[Agreed],
    standing: list[Agreed],
    declined: frozenset[frozenset[str]],
    mode: str,
    seconds: float,
    progress: Progress | None,
    stop: Stop | None,
    after: Result | None,
) -> Rematched:
    requests = {r.program: r for r in population.requests}
    must_not = {r.program: r.must_not for r in population.requests if r.must_not}
    kept = tuple(m for m in (*frozen, *standing) if _stands(m, requests, must_not))
    inside = _with_places_left(kept, requests)
    outside = [m for m in kept if m not in inside]
    rest = replace(
        population,
        round=replace(
            population.round,
            accepted=tuple(m for m in inside if m in frozen),
            proposed=tuple(m for m in inside if m not in frozen),
            declined=declined,
        ),
    )
    busy = {p for m in outside for p in m.programs}
    if busy:
        rest = _without(rest, busy)
    result = solve(rest, mode=mode, seconds=seconds, progress=progress, stop=stop, after=after)
    return Rematched(kept=tuple(outside), result=result)


def _without(population: Population, busy: set[str]) -> Population:
    """The round among all others; countries keep what they are entitled to and what the busy ones bring them."""
    country = {p.id: p.country for p in population.programs}
    asked = Counter(country[r.program] for r in population.requests if r.program in country)
    return replace(
        population,
        requests=tuple(r for r in population.requests if r.program not in busy),
        round=replace(
            population.round,
            targets={**asked, **population.round.targets},
            served=Counter(country[p] for p in busy if p in country),
        ),
    )


def _hold(members: frozenset[str], declined: set[frozenset[str]], spoken: set[str]) -> bool:
    """Whether these members hold a declined set; `spoken` are all who are in one."""
    return len(members & spoken) > 1 and any(pair <= members for pair in declined)


def _stands(match: Agreed, requests: Mapping[str, Request], must_not: Mapping[str, frozenset[str]]) -> bool:
    """Whether everybody still asks, and nobody has excluded another since."""
    return requests.keys() >= set(match.programs) and not any(
        p in must_not and not must_not[p].isdisjoint(match.programs) for p in match.programs
    )


def _with_places_left(kept: Sequence[Agreed], requests: dict[str, Request]) -> list[Agreed]:
    """Matches that must stay in the pool: those of hosts with a place left, and all that hang together."""
    matches = Counter(p for m in kept for p in m.programs)
    hosts = {m.programs[1] for m in kept if m.shape is Shape.VISIT}
    reached = {h for h in hosts if Mode.HOST in requests[h].modes and requests[h].places > matches[h]}
    while True:
        inside = [m for m in kept if reached & set(m.programs)]
        more = {p for m in inside for p in m.programs}
        if more == reached or not inside:
            return inside
        reached = more
