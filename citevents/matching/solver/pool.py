"""The pool: a population compiled to arrays, in the order of the programs' ids.

Only programs with a usable request are in it. Sorting by id makes every later choice independent
of the order of the input (tier 7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citevents.matching.solver.answer import Problem
from citevents.matching.solver.errors import Unreadable
from citevents.matching.solver.problem import LEVELS, STAGES, Mode, Population, Program, Request, Round
from citevents.matching.solver.score import WEIGHTS, Features, features

Words = NDArray[np.uint64]
_WORD = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Pool:
    """n programs; every array has n rows."""

    programs: tuple[Program, ...]
    requests: tuple[Request, ...]
    round: Round
    index: dict[str, int]
    features: Features
    country: NDArray[np.int32]
    countries: tuple[str, ...]
    speaks: dict[
        int, Words
    ]  # CEFR level that is somebody's floor -> which languages are spoken at it or better
    floor: NDArray[np.int8]
    weeks: Words
    week_names: tuple[str, ...]
    accepts: dict[Mode, NDArray[np.bool_]]
    affords: NDArray[np.bool_]  # (n, countries)
    enters: NDArray[np.bool_]  # (n, countries)
    places: NDArray[np.int32]
    delegation: NDArray[np.int32]
    largest: NDArray[np.int32]
    stage: NDArray[np.int8]
    never: dict[str, NDArray[np.int64]]  # rule -> (k, 2) ordered pairs, both ways round
    problems: tuple[Problem, ...]

    @property
    def n(self) -> int:
        return len(self.programs)


def compile_pool(population: Population) -> Pool:
    """Arrays for every program that asks; what cannot be honoured becomes a `Problem`."""
    the_round = population.round
    known = {p.id: p for p in population.programs}
    problems: list[Problem] = []
    asking = sorted(
        (r for r in population.requests if _usable(r, known, the_round, problems)), key=lambda r: r.program
    )
    requests = tuple(asking)
    programs = tuple(known[r.program] for r in requests)
    index = {p.id: i for i, p in enumerate(programs)}
    countries = tuple(sorted({p.country for p in programs}))
    at_country = {c: k for k, c in enumerate(countries)}
    opened = [open_weeks(r, the_round) for r in requests]
    weeks = tuple(sorted({w for weeks_of in opened for w in weeks_of}))
    floors = [LEVELS.index(r.floor) for r in requests]
    at_week = {w: k for k, w in enumerate(weeks)}
    languages = {name: k for k, name in enumerate(sorted({x for p in programs for x in p.languages}))}
    for r in requests:
        _check_wishes(r, known, problems)
    weights = _weights(the_round)
    home = {p.id: p.country for p in population.programs}
    affords, enters = _travel(programs, requests, countries, the_round)
    return Pool(
        programs=programs,
        requests=requests,
        round=the_round,
        index=index,
        features=features(programs, weights, home),
        country=np.array([at_country[p.country] for p in programs], np.int32),
        countries=countries,
        speaks={
            level: _bits(
                [
                    [languages[x] for x, cefr in p.languages.items() if LEVELS.index(cefr) >= level]
                    for p in programs
                ],
                len(languages),
            )
            for level in set(floors)
        },
        floor=np.array(floors, np.int8),
        weeks=_bits([[at_week[w] for w in weeks_of] for weeks_of in opened], len(weeks)),
        week_names=weeks,
        accepts={mode: np.array([mode in r.modes for r in requests], bool) for mode in Mode},
        affords=affords,
        enters=enters,
        places=np.array([r.places for r in requests], np.int32),
        delegation=np.array([r.delegation for r in requests], np.int32),
        largest=np.array(
            [2**30 if r.largest_delegation is None else r.largest_delegation for r in requests], np.int32
        ),
        stage=np.array([STAGES.index(p.stage) for p in programs], np.int8),
        never={
            "must_not": _ordered_pairs(((r.program, other) for r in requests for other in r.must_not), index),
            "previous_partner": _ordered_pairs(((p.id, q) for p in programs for q in p.previous), index),
            "declined": declined_pairs(the_round, index),
        },
        problems=tuple(sorted(problems, key=lambda x: (x.program, x.code, str(x.arguments)))),
    )


def _weights(the_round: Round) -> dict[str, int]:
    weights = {**WEIGHTS, **the_round.weights}
    if sum(weights.values()) != 1000:
        raise Unreadable("$.round.weights", f"the weights sum to {sum(weights.values())}, not 1000")
    return weights


def declined_pairs(the_round: Round, index: dict[str, int]) -> NDArray[np.int64]:
    """Ordered pairs that the round does not match again, both ways round. Shape (k, 2)."""
    return _ordered_pairs((tuple(sorted(pair)) for pair in the_round.declined if len(pair) == 2), index)


def open_weeks(request: Request, the_round: Round) -> list[str]:
    """The request's weeks that are not over when the round opens."""
    return [w for w in request.weeks if the_round.opens is None or w >= the_round.opens]


def _usable(r: Request, known: dict[str, Program], the_round: Round, problems: list[Problem]) -> bool:
    if r.program not in known:
        problems.append(Problem(program=r.program, code="unknown_program"))
        return False
    if not known[r.program].languages:
        problems.append(Problem(program=r.program, code="no_language"))
    if not r.modes:
        problems.append(Problem(program=r.program, code="no_mode"))
    if r.weeks and not open_weeks(r, the_round):
        problems.append(Problem(program=r.program, code="weeks_past", arguments={"opens": the_round.opens}))
    if not r.weeks:
        problems.append(Problem(program=r.program, code="no_weeks"))
    if r.places < 1 and r.modes & {Mode.MUTUAL, Mode.HOST}:
        problems.append(Problem(program=r.program, code="no_places"))
    return True


def _check_wishes(r: Request, known: dict[str, Program], problems: list[Problem]) -> None:
    for other in r.wishes:
        if other == r.program:
            problems.append(Problem(program=r.program, code="wish_for_oneself"))
        elif other not in known:
            problems.append(Problem(program=r.program, code="wish_unknown", arguments={"program": other}))
        elif other in r.must_not:
            problems.append(
                Problem(program=r.program, code="wish_and_must_not", arguments={"program": other})
            )


def _bits(members: Sequence[Sequence[int]], width: int) -> Words:
    """Each row's different numbers below `width` as bits."""
    count = max(1, -(-width // 64))
    rows = [sum(1 << k for k in row) for row in members]
    words = [[bits >> 64 * at & _WORD for at in range(count)] for bits in rows]
    return np.array(words, np.uint64).reshape(len(members), count)


def _ordered_pairs(pairs: Iterable[tuple[str, ...]], index: dict[str, int]) -> NDArray[np.int64]:
    found = {(index[a], index[b]) for a, b in pairs if a in index and b in index and a != b}
    both = sorted(found | {(b, a) for a, b in found})
    return np.array(both, np.int64).reshape(-1, 2)


def _travel(
    programs: Sequence[Program], requests: Sequence[Request], countries: Sequence[str], the_round: Round
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Per program and country: can it pay the fare, can it get in? An unlisted fare is no obstacle."""
    affords = np.ones((len(programs), len(countries)), bool)
    enters = np.ones((len(programs), len(countries)), bool)
    region = the_round.regions
    at = {country: k for k, country in enumerate(countries)}
    fares: dict[str | None, NDArray[np.int64]] = {}  # from a region to each country
    for i, (p, r) in enumerate(zip(programs, requests, strict=True)):
        if r.budget is not None:
            home = region.get(p.country)
            if home not in fares:
                to = [the_round.fares.get(f"{home}>{region.get(country)}", 0) for country in countries]
                fares[home] = np.array(to, np.int64)
            affords[i] = fares[home] <= r.budget
        enters[i, [at[country] for country in r.visas_closed if country in at]] = False
    return affords, enters
