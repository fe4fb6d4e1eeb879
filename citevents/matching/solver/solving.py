"""One round, solved."""

import time
from collections.abc import Callable

import numpy as np
import rustworkx

from citevents.matching.solver.answer import Problem, Result, Tier
from citevents.matching.solver.pool import Pool, compile_pool
from citevents.matching.solver.problem import Population, Shape
from citevents.matching.solver.reasons import match_of, why_unmatched
from citevents.matching.solver.rules import failed, gains, possible

Progress = Callable[[str, float], None]
Stop = Callable[[], bool]


def solve(
    population: Population,
    *,
    mode: str = "coverage",
    seconds: float = 60.0,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Result:
    started = time.monotonic()
    pool = compile_pool(population)
    problems: list[Problem] = list(pool.problems)
    kept = keep(pool, problems)
    taken = {i for _, members, _ in kept for i in members}
    every = slice(0, pool.n)
    matches = [match_of(pool, shape, members, why) for shape, members, why in kept]
    if pool.n:
        mask = np.triu(possible(pool, Shape.MUTUAL, every, every), 1)
        weight = gains(pool, Shape.MUTUAL, every, every)
        graph = rustworkx.PyGraph()
        graph.add_nodes_from(range(pool.n))
        graph.add_edges_from(
            [
                (int(i), int(j), int(weight[i, j]) + 1)
                for i, j in np.argwhere(mask)
                if int(i) not in taken and int(j) not in taken
            ]
        )
        pairs = rustworkx.max_weight_matching(graph, max_cardinality=True, weight_fn=int)
        matches += [match_of(pool, Shape.MUTUAL, sorted(pair)) for pair in sorted(map(sorted, pairs))]
    served = {p for m in matches for p in m.programs}
    spent = time.monotonic() - started
    score = sum(m.score for m in matches)
    return Result(
        round=population.round.id,
        mode=mode,
        matches=tuple(matches),
        tiers=(
            Tier(name="people", value=len(served), bound=len(served), proven=True, seconds=spent),
            Tier(name="score", value=score, bound=score, proven=True, seconds=spent),
        ),
        unmatched=tuple(why_unmatched(pool, i) for i, p in enumerate(pool.programs) if p.id not in served),
        problems=tuple(problems),
        people=len(served),
        score=score,
        blocking=(),
        blocking_count=0,
        complete=True,
        seconds=spent,
    )


def keep(pool: Pool, problems: list[Problem]) -> list[tuple[Shape, tuple[int, ...], str]]:
    """Tier 0: accepted matches stay as they are; pre-matched pairs stay where no hard rule forbids them."""
    kept: list[tuple[Shape, tuple[int, ...], str]] = []
    taken: set[int] = set()
    for agreed in pool.round.accepted:
        members = tuple(pool.index.get(p, -1) for p in agreed.programs)
        if -1 in members or taken & set(members):
            problems.append(
                Problem(
                    program=agreed.programs[0],
                    code="accepted_unusable",
                    arguments={"with": agreed.programs[1:]},
                )
            )
            continue
        kept.append((agreed.shape, members, "accepted"))
        taken |= set(members)
    for i, request in enumerate(pool.requests):
        if request.pre_matched is None:
            continue
        j = pool.index.get(request.pre_matched)
        if j is None:
            problems.append(
                Problem(
                    program=request.program,
                    code="pre_matched_unknown",
                    arguments={"program": request.pre_matched},
                )
            )
        elif pool.requests[j].pre_matched != request.program:
            problems.append(
                Problem(
                    program=request.program,
                    code="pre_matched_not_returned",
                    arguments={"program": request.pre_matched},
                )
            )
        elif i < j and not {i, j} & taken:
            found, broken = _first_shape(pool, i, j)
            if found is None:
                problems.append(
                    Problem(
                        program=request.program,
                        code="pre_matched_breaks_rule",
                        arguments={"program": request.pre_matched, "rules": broken},
                    )
                )
                continue
            kept.append((*found, "pre_matched"))
            taken |= {i, j}
    return kept


PAIR_SHAPES = (Shape.MUTUAL, Shape.VISIT, Shape.VIRTUAL, Shape.MENTORING)


def _first_shape(pool: Pool, i: int, j: int) -> tuple[tuple[Shape, tuple[int, int]] | None, tuple[str, ...]]:
    """The first shape in which i and j may meet, or the rules that the nearest shape breaks."""
    fewest: tuple[str, ...] | None = None
    for shape in PAIR_SHAPES:
        for members in ((i, j), (j, i)):
            broken = tuple(failed(pool, shape, *members))
            if not broken:
                return (shape, members), ()
            if fewest is None or len(broken) < len(fewest):
                fewest = broken
    return None, fewest or ()
