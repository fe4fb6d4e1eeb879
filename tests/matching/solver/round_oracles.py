"""The round judged from outside: hard rules in plain Python, and every matching tried."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from citevents.matching.solver import LEVELS, STAGES, Match, Mode, Population, Program, Request, Round, Shape

Pair = tuple[str, str]


def asking(modes: dict[str, set[Mode]], places: int = 1, **of_round: object) -> Population:
    """Programs of different countries that accept these modes; whatever else is asked, they fit each other."""
    countries = dict(zip(sorted(modes), ("FI", "KE", "BR", "JP", "IN", "US"), strict=False))
    return Population(
        programs=tuple(Program(id=p, country=countries[p], languages={"en": "C1"}) for p in modes),
        requests=tuple(
            Request(program=p, modes=frozenset(m), weeks=frozenset({"2027-W40"}), places=places)
            for p, m in modes.items()
        ),
        round=Round(**of_round),  # type: ignore[arg-type]
    )


def parties(population: Population) -> dict[str, tuple[Program, Request]]:
    programs = {p.id: p for p in population.programs}
    return {r.program: (programs[r.program], r) for r in population.requests if r.program in programs}


def broken_rules(population: Population, match: Match) -> list[str]:
    """Hard rules that a match breaks, written a second time from the documentation alone."""
    who = parties(population)
    names = match.programs
    if match.shape is Shape.CYCLE:
        meetings = list(zip(names, (*names[1:], names[0]), strict=True))
    else:
        meetings = list(combinations(names, 2))
    found = []
    for a, b in meetings:
        (pa, ra), (pb, rb) = who[a], who[b]
        if pa.country == pb.country:
            found.append("country")
        if b in ra.must_not or a in rb.must_not:
            found.append("must_not")
        if b in pa.previous or a in pb.previous:
            found.append("previous_partner")
        if frozenset((a, b)) in population.round.declined:
            found.append("declined")
        floor = max(LEVELS.index(ra.floor), LEVELS.index(rb.floor))
        if not any(
            LEVELS.index(pa.languages[x]) >= floor and LEVELS.index(pb.languages[x]) >= floor
            for x in set(pa.languages) & set(pb.languages)
        ):
            found.append("language")
        opens = population.round.opens or ""
        if not any(week >= opens for week in ra.weeks & rb.weeks):
            found.append("weeks")
        travels = {
            Shape.MUTUAL: [(a, b), (b, a)],
            Shape.VISIT: [(a, b)],
            Shape.CYCLE: [(a, b)],
        }.get(match.shape, [])
        for guest, host in travels:
            found += _visit(population, who[guest], who[host])
        needed = {
            Shape.MUTUAL: (Mode.MUTUAL, Mode.MUTUAL),
            Shape.CYCLE: (Mode.MUTUAL, Mode.MUTUAL),
            Shape.VISIT: (Mode.GUEST, Mode.HOST),
            Shape.VIRTUAL: (Mode.VIRTUAL, Mode.VIRTUAL),
            Shape.MENTORING: (Mode.MENTORING, Mode.MENTORING),
            Shape.CIRCLE: (Mode.CIRCLE, Mode.CIRCLE),
        }[match.shape]
        if needed[0] not in ra.modes or needed[1] not in rb.modes:
            found.append("mode")
        if match.shape is Shape.MENTORING and STAGES.index(pa.stage) >= STAGES.index(pb.stage):
            found.append("further_on")
    return found


def _visit(
    population: Population, guest: tuple[Program, Request], host: tuple[Program, Request]
) -> list[str]:
    (pg, rg), (ph, rh) = guest, host
    the_round = population.round
    found = []
    route = f"{the_round.regions.get(pg.country)}>{the_round.regions.get(ph.country)}"
    if rg.budget is not None and the_round.fares.get(route, 0) > rg.budget:
        found.append("budget")
    if ph.country in rg.visas_closed:
        found.append("visa")
    if rh.places < 1 or (rh.largest_delegation is not None and rg.delegation > rh.largest_delegation):
        found.append("capacity")
    return found


def overbooked(population: Population, matches: Sequence[Match]) -> list[str]:
    """Programs in more matches than they have places for."""
    who = parties(population)
    own: dict[str, int] = {}
    total: dict[str, int] = {}
    for match in matches:
        for k, name in enumerate(match.programs):
            total[name] = total.get(name, 0) + 1
            if not (match.shape is Shape.VISIT and k == 1):
                own[name] = own.get(name, 0) + 1
    found = [name for name, count in own.items() if count > 1]
    for name, count in total.items():
        request = who[name][1]
        if count > (max(1, request.places) if Mode.HOST in request.modes else 1):
            found.append(name)
    return found


def matchings(names: Sequence[str], pairs: set[Pair]) -> Iterator[list[Pair]]:
    """Every matching of a graph."""
    if not names:
        yield []
        return
    first, rest = names[0], list(names[1:])
    yield from matchings(rest, pairs)
    for other in rest:
        if (first, other) in pairs:
            for more in matchings([x for x in rest if x != other], pairs):
                yield [(first, other), *more]


def shares_of(population: Population, served: set[str]) -> tuple[int, ...]:
    """Per mille of every country's entitlement, worst first."""
    who = parties(population)
    asked: dict[str, int] = {}
    matched: dict[str, int] = {}
    for name, (program, _) in who.items():
        asked[program.country] = asked.get(program.country, 0) + 1
        matched[program.country] = matched.get(program.country, 0) + (name in served)
    the_round = population.round
    found = []
    for country, count in asked.items():
        entitled = max(0, the_round.targets.get(country, count) + the_round.credit.get(country, 0))
        if entitled:
            found.append(Fraction(matched[country], entitled))
    return tuple(int(1000 * share) for share in sorted(found))


def exact_shares(population: Population, served: set[str]) -> list[Fraction]:
    who = parties(population)
    asked: dict[str, int] = {}
    matched: dict[str, int] = {}
    for name, (program, _) in who.items():
        asked[program.country] = asked.get(program.country, 0) + 1
        matched[program.country] = matched.get(program.country, 0) + (name in served)
    return sorted(Fraction(matched[c], n) for c, n in asked.items())


def wish_points(population: Population, pairs: Sequence[Pair]) -> int:
    who = parties(population)
    total = 0
    for a, b in pairs:
        for x, y in ((a, b), (b, a)):
            wishes = who[x][1].wishes
            if y in wishes:
                total += max(0, 5 - wishes.index(y))
    return total
