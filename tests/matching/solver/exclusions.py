"""A must-not, and the same round with the pair impossible for another reason: nobody else may see a difference.

    python -m tests.matching.solver.exclusions 100000

Everything that a program can see of a round is put into bytes: its own matches with their reasons, why it has none, and
what it is told about every other program. Between the rounds these bytes must be equal for everybody but the one who
excluded. In the other round one rule alone keeps the two apart: they declined, met before, share no language or week,
or one cannot enter the other's country, pay the journey, or host so many people.
"""

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from citevents.matching.solver import (
    Agreed,
    Mode,
    Population,
    Program,
    Request,
    Result,
    Round,
    explain,
    solve,
)
from citevents.matching.solver.documents import document_of

COUNTRIES = ("BR", "FI", "JO", "KE", "NG", "PT")
TOPICS = ("youth", "data", "peers", "courts")
SOME = ((Mode.VIRTUAL, Mode.MENTORING), (Mode.GUEST, Mode.HOST, Mode.VIRTUAL))
# Who has met before may change nothing but the pair: no points for novelty.
WEIGHTS = {"needs": 580, "novelty": 0}


@dataclass(frozen=True, slots=True)
class Case:
    """`excluder` must not meet `other`; `apart` is the round in which `rule` alone keeps the two apart."""

    excluder: str
    other: str
    rule: str
    free: Population
    excluded: Population
    apart: Population


def case(seed: int) -> Case:
    """A random round of two to five programs. Pairs mostly: they are solved in milliseconds."""
    rng = random.Random(seed)
    ids = [f"P{k}" for k in range(rng.choice((2, 2, 3, 3, 4, 5)))]
    kind = rng.choice((*("visits",) * 3, "mixed", "mixed", "groups"))
    modes = {"visits": (Mode.MUTUAL,), "mixed": rng.choice(SOME), "groups": (Mode.MUTUAL, Mode.CIRCLE)}[kind]
    x, y = rng.sample(range(len(ids)), 2)
    # A week and a language for each pair, so that taking one away touches no other pair.
    weeks: list[set[str]] = [set() for _ in ids]
    speaks: list[dict[str, str]] = [{} for _ in ids]
    for k, pair in enumerate(combinations(range(len(ids)), 2)):
        common = kind == "groups" or {x, y} == set(pair) or rng.random() < 0.8
        for i in pair:
            weeks[i].add("2027-W40" if kind == "groups" else f"2027-W{10 + k}")
            speaks[i]["en" if kind == "groups" else f"l{k}"] = "C1" if common else rng.choice(("A2", "C1"))
    programs = [
        Program(
            id=name,
            country=country,
            languages=speaks[k],
            zone=60 * rng.randint(-6, 6),
            strengths=frozenset(rng.sample(TOPICS, 2)),
            needs=tuple(rng.sample(TOPICS, 2)),
            stage=rng.choice(("starting", "growing")),
            left_out=rng.randint(0, 1),
        )
        for k, (name, country) in enumerate(zip(ids, rng.sample(COUNTRIES, len(ids)), strict=True))
    ]
    requests = [
        Request(
            program=name,
            modes=frozenset(modes),
            weeks=frozenset(weeks[k]),
            delegation=9 if k == y else 3,
            places=rng.randint(1, 2),
            floor=rng.choice(("A2", "B1")),
            wishes=tuple(
                rng.sample(
                    [w for w in ids if w != name and (k, w) != (x, ids[y])], rng.randint(0, len(ids) > 2)
                )
            ),
        )
        for k, name in enumerate(ids)
    ]
    journey = f"{programs[x].country}>{programs[y].country}"
    the_round = Round(
        weights=WEIGHTS,
        longest_cycle=3 if kind == "groups" else 2,
        regions={p.country: p.country for p in programs},
        fares={journey: 900},
    )
    free = Population(programs=tuple(programs), requests=tuple(requests), round=the_round)
    rules = {"visits": tuple(_APART), "mixed": _ANYHOW, "groups": ("declined", "previous_partner")}[kind]
    rule = rng.choice(rules)
    return Case(
        excluder=ids[x],
        other=ids[y],
        rule=rule,
        free=free,
        excluded=_with(free, replace(requests[x], must_not=frozenset({ids[y]}))),
        apart=_APART[rule](free, programs[x], requests[x], programs[y], requests[y]),
    )


def _with(people: Population, what: Program | Request) -> Population:
    """The same round with one program or request changed."""
    if isinstance(what, Program):
        return replace(people, programs=tuple(what if p.id == what.id else p for p in people.programs))
    changed = tuple(what if r.program == what.program else r for r in people.requests)
    return replace(people, requests=changed)


def _declined(people: Population, p: Program, r: Request, q: Program, s: Request) -> Population:
    return replace(people, round=replace(people.round, declined=frozenset({frozenset({p.id, q.id})})))


def _language(people: Population, p: Program, r: Request, q: Program, s: Request) -> Population:
    return _with(people, replace(p, languages={x: c for x, c in p.languages.items() if x not in q.languages}))


#: How the first program comes not to fit the second, by that rule alone.
_APART = {
    "declined": _declined,
    "previous_partner": lambda people, p, r, q, s: _with(people, replace(p, previous=frozenset({q.id}))),
    "language": _language,
    "weeks": lambda people, p, r, q, s: _with(people, replace(r, weeks=r.weeks - s.weeks)),
    "visa": lambda people, p, r, q, s: _with(people, replace(r, visas_closed=frozenset({q.country}))),
    "budget": lambda people, p, r, q, s: _with(people, replace(r, budget=100)),
    "capacity": lambda people, p, r, q, s: _with(people, replace(r, largest_delegation=8)),
}
_ANYHOW = ("declined", "previous_partner", "language", "weeks")  # whatever they would do together


def told(people: Population, result: Result, viewer: str) -> dict[str, object]:
    """All that a program is told about the round."""
    agreed = [Agreed(shape=m.shape, programs=m.programs) for m in result.matches]
    others = [r.program for r in people.requests if r.program != viewer]
    return {
        "matches": [m for m in result.matches if viewer in m.programs],
        "unmatched": [u for u in result.unmatched if u.program == viewer],
        "explained": [
            explain(people, agreed, viewer, o, prices=result.prices, viewer=viewer) for o in others
        ],
    }


def seen(people: Population, result: Result, viewer: str) -> bytes:
    """The same as it is written."""
    return json.dumps(document_of(told(people, result, viewer))).encode()


def leaks(found: Case) -> Iterator[str]:
    """What is wrong: the two matched, or a difference that somebody can see."""
    pair = {found.excluder, found.other}
    first, second = solve(found.excluded), solve(found.apart)
    for result in (first, second):
        if any(pair <= set(m.programs) for m in result.matches):
            yield "matched"
    third = [r.program for r in found.free.requests if r.program not in pair][:1]
    for viewer in (found.other, *third):
        # Equal values are written alike, and are sooner compared.
        if told(found.excluded, first, viewer) != told(found.apart, second, viewer):
            yield f"{viewer} can tell a must-not from {found.rule}"


def main() -> None:
    rounds = int(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    wrong = 0
    for seed in range(first, first + rounds):
        for leak in leaks(case(seed)):
            wrong += 1
            print(f"round {seed}: {leak}", flush=True)
        if (seed + 1 - first) % 10_000 == 0:
            print(f"{seed + 1 - first} rounds, {wrong} leaks so far", flush=True)
    print(f"{rounds} rounds from {first}: {wrong} leaks")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
