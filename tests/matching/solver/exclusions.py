"""A must-not, and the same round with the pair impossible for another reason: nobody else may see a difference.

    python -m tests.matching.solver.exclusions 100000

Everything that a program can see of a round is put into bytes: its own matches with their reasons, why it has none, and
what it is told about every other program. Between the rounds these bytes must be equal for everybody but the one who
excluded. In the other round the pair was declined, or declined and has met before as well. (Who has met before
and may not again for that reason alone is told so; both know that.)
"""

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

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
# Rounds of pairs mostly: they are solved in milliseconds.
_MODES = (
    *(2 * ((Mode.MUTUAL,), (Mode.VIRTUAL, Mode.MENTORING), (Mode.GUEST, Mode.HOST, Mode.VIRTUAL))),
    (Mode.MUTUAL, Mode.CIRCLE),
)
WEEKS = ("2027-W40", "2027-W41", "2027-W42")
# Who has met before may change nothing but the pair: no points for novelty.
WEIGHTS = {"needs": 580, "novelty": 0}


@dataclass(frozen=True, slots=True)
class Case:
    """`excluder` must not meet `other`; `apart` are rounds in which the two cannot meet for other reasons."""

    excluder: str
    other: str
    excluded: Population
    apart: tuple[Population, ...]


def case(seed: int) -> Case:
    """A random round of two to six programs."""
    rng = random.Random(seed)
    ids = [f"P{k}" for k in range(rng.randint(2, 6))]
    countries = rng.sample(COUNTRIES, len(ids))
    programs = [
        Program(
            id=name,
            country=country,
            languages={"en": rng.choice(("A2", "B1", "C1"))},
            zone=60 * rng.randint(-6, 6),
            strengths=frozenset(rng.sample(("youth", "data", "peers", "courts"), 2)),
            needs=tuple(rng.sample(("youth", "data", "peers", "courts"), 2)),
            left_out=rng.randint(0, 1),
        )
        for name, country in zip(ids, countries, strict=True)
    ]
    modes = rng.choice(_MODES)
    requests = [
        Request(
            program=name,
            modes=frozenset(modes),
            weeks=frozenset(w for w in WEEKS if rng.random() < 0.6),
            places=rng.randint(1, 2),
            floor=rng.choice(("A2", "B1")),
            wishes=tuple(rng.sample([x for x in ids if x != name], rng.randint(0, 1))),
        )
        for name in ids
    ]
    x, y = rng.sample(range(len(ids)), 2)
    cycle = rng.choice((2, 2, 2, 2, 3))

    def made(the_round: Round, program: Program, request: Request) -> Population:
        return Population(
            programs=tuple(program if k == x else p for k, p in enumerate(programs)),
            requests=tuple(request if k == x else r for k, r in enumerate(requests)),
            round=replace(the_round, weights=WEIGHTS, longest_cycle=cycle),
        )

    a, r = programs[x], replace(requests[x], wishes=tuple(w for w in requests[x].wishes if w != ids[y]))
    pair = frozenset((ids[x], ids[y]))
    return Case(
        excluder=ids[x],
        other=ids[y],
        excluded=made(Round(), a, replace(r, must_not=frozenset({ids[y]}))),
        apart=(
            made(Round(declined=frozenset({pair})), a, r),
            made(Round(declined=frozenset({pair})), replace(a, previous=frozenset({ids[y]})), r),
        ),
    )


def seen(people: Population, result: Result, viewer: str) -> bytes:
    """All that a program is told about the round."""
    agreed = [Agreed(shape=m.shape, programs=m.programs) for m in result.matches]
    others = [r.program for r in people.requests if r.program != viewer]
    told = {
        "matches": [m for m in result.matches if viewer in m.programs],
        "unmatched": [u for u in result.unmatched if u.program == viewer],
        "explained": [
            explain(people, agreed, viewer, o, prices=result.prices, viewer=viewer) for o in others
        ],
    }
    return json.dumps(document_of(told)).encode()


def leaks(found: Case, which: int) -> Iterator[str]:
    """What is wrong: the two matched, or a difference that somebody can see."""
    pair = {found.excluder, found.other}
    with_it, without = found.excluded, found.apart[which]
    first, second = solve(with_it), solve(without)
    for result in (first, second):
        if any(pair <= set(m.programs) for m in result.matches):
            yield "matched"
    third = [r.program for r in with_it.requests if r.program not in pair][:1]
    for viewer in (found.other, *third):
        if seen(with_it, first, viewer) != seen(without, second, viewer):
            yield f"{viewer} sees a difference"


def main() -> None:
    rounds = int(sys.argv[1])
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    wrong = 0
    for seed in range(first, first + rounds):
        for leak in leaks(case(seed), seed % 2):
            wrong += 1
            print(f"round {seed}: {leak}", flush=True)
    print(f"{rounds} rounds from {first}: {wrong} leaks")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
