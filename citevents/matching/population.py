"""From rows to the solver's problem and back: the only place where the two vocabularies meet.

Programs are named to the solver by their id as text. Loads numpy: for workers, not for web pages.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from citevents.core.db import must, session
from citevents.matching.facts import called_off, facts_of
from citevents.matching.models import Match, MatchState, Program, Request, Round, Side
from citevents.matching.proposing import Facts, Pair
from citevents.matching.solver import problem
from citevents.matching.solver.answer import Direction, Reason, Result
from citevents.matching.solver.explaining import explain, in_the_way

MOST_OPENINGS = 3
OPENINGS_SECONDS = 5.0


def population(round_id: int, at: datetime, facts: Facts | None = None) -> problem.Population:
    """Everything the solver reads about a round: its requests, what stands, which pairs may not be proposed."""
    about = must(Round, round_id)
    facts = facts or facts_of(round_id)
    matches = Counter(program for group in facts.standing for program in group.programs)
    rows = (
        session()
        .execute(
            sa.select(Request, Program)
            .join(
                Program,
                sa.and_(Program.organization_id == Request.organization_id, Program.id == Request.program_id),
            )
            # Who left after agreeing stays for the sake of the others, who are not free.
            .where(Request.round_id == round_id, Program.id.in_({*facts.asking, *matches}))
            .order_by(Program.id)
        )
        .all()
    )
    previous, apart = _either_way(facts.met), _apart(facts)
    left_out = _left_out(round_id)
    year, week, _ = max(about.first_day, at.date()).isocalendar()
    return problem.Population(
        programs=tuple(_program(each, previous, left_out, at) for _, each in rows),
        requests=tuple(
            _request(each, apart, matches[each.program_id], each.program_id in facts.asking)
            for each, _ in rows
        ),
        round=problem.Round(
            id=str(round_id),
            opens=f"{year}-W{week:02d}",
            accepted=tuple(
                problem.Agreed(
                    shape=problem.Shape(group.shape), programs=tuple(str(each) for each in group.programs)
                )
                for group in facts.standing
            ),
            # Who is together already is not matched a second time.
            declined=frozenset(frozenset(map(str, pair)) for pair in facts.over | facts.together),
        ),
    )


def _program(
    row: Program, previous: dict[int, set[int]], left_out: dict[int, int], at: datetime
) -> problem.Program:
    offset = at.astimezone(ZoneInfo(row.zone)).utcoffset() or timedelta()
    return problem.Program(
        id=str(row.id),
        country=row.country,
        languages=dict(row.languages),
        roles=frozenset(row.roles),
        stage=row.stage,
        structure=row.structure,
        legal=row.legal,
        size=row.size,
        zone=int(offset.total_seconds() // 60),
        strengths=frozenset(row.strengths),
        needs=tuple(row.needs),
        previous=frozenset(str(other) for other in previous.get(row.id, ())),
        left_out=left_out.get(row.id, 0),
    )


def _request(row: Request, apart: dict[int, set[int]], matches: int, asking: bool) -> problem.Request:
    """What a program asks. What stands has its place, whatever was changed since; who asks no more gets nothing else."""
    modes = {problem.Mode(mode) for mode in row.modes} if asking else set()
    places = row.places if problem.Mode.HOST in modes or not matches else 0
    if matches > 1 or not asking:
        modes.add(problem.Mode.HOST)
    return problem.Request(
        program=str(row.program_id),
        modes=frozenset(modes),
        weeks=frozenset(row.weeks),
        delegation=row.delegation,
        places=max(places, matches),
        visas_closed=frozenset(row.visas_closed),
        floor=row.floor,
        must_not=frozenset(str(other) for other in apart.get(row.program_id, ())),
    )


def _apart(facts: Facts) -> dict[int, set[int]]:
    """Who avoids whom. A proposal that is out already runs its course, or its end would tell of the wish."""
    found: dict[int, set[int]] = {}
    for one, other in facts.avoids:
        if frozenset((one, other)) not in facts.together:
            found.setdefault(one, set()).add(other)
    return found


def _either_way(pairs: Iterable[Pair]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for one, other in map(tuple, pairs):
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return found


def _left_out(round_id: int) -> dict[int, int]:
    """How often each program asked in another round and got nobody."""
    current = session()
    rows = current.execute(
        sa.select(Match.round_id, Side.program_id)
        .join(Side, sa.and_(Side.organization_id == Match.organization_id, Side.match_id == Match.id))
        .where(Match.round_id != round_id, Match.state == MatchState.AGREED, ~called_off())
    )
    matched = {(earlier, program_id) for earlier, program_id in rows}
    asked = current.execute(
        sa.select(Request.round_id, Request.program_id).where(
            Request.round_id != round_id, Request.withdrawn_at.is_(None)
        )
    )
    return Counter(program_id for earlier, program_id in asked if (earlier, program_id) not in matched)


def answer_json(people: problem.Population, result: Result) -> dict[str, Any]:
    """The solver's answer as the run keeps it for the coordinator: plain JSON, programs by id."""
    hindered = in_the_way(people, result)
    return {
        "people": result.people,
        "score": result.score,
        "complete": result.complete,
        "seconds": round(result.seconds, 2),
        "blocking": result.blocking_count,
        "tiers": [
            {"name": tier.name, "value": tier.value, "bound": tier.bound, "proven": tier.proven}
            for tier in result.tiers
        ],
        "matches": [
            {
                "shape": match.shape.value,
                "programs": [int(program) for program in match.programs],
                "score": match.score,
                "weeks": list(match.weeks),
                "kept": match.kept,
                "directions": [_direction(direction) for direction in match.directions],
            }
            for match in result.matches
        ],
        "unmatched": [
            {"program": int(each.program), "reason": _reason(hindered.get(each.program, each.reason))}
            for each in result.unmatched
        ],
        "problems": [
            {"program": int(each.program), "reason": [each.code, dict(each.arguments)]}
            for each in result.problems
        ],
    }


def _direction(direction: Direction) -> dict[str, Any]:
    return {
        "gains": int(direction.gains),
        "gives": int(direction.gives),
        "score": direction.score,
        "parts": dict(direction.parts),
        "reasons": [_reason(reason) for reason in direction.reasons],
    }


def _reason(reason: Reason) -> list[Any]:
    return [reason.code, _plain_all(reason.arguments)]


def _plain(value: object) -> Any:
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return str(value)


def openings(people: problem.Population, result: Result) -> dict[str, list[dict[str, Any]]]:
    """For programs without a partner, by id: the others that a small change of the two requests would make possible.

    At most three each, fewest changes first. A pair of which one avoids the other has none, like many pairs that just do not
    fit. Looks for five seconds at most; what is not reached by then is left out.
    """
    ends = time.monotonic() + OPENINGS_SECONDS
    asking = sorted((request.program for request in people.requests), key=int)
    found: dict[str, list[dict[str, Any]]] = {}
    for alone in result.unmatched:
        options: list[tuple[int, dict[str, Any]]] = []
        for other in asking:
            if other == alone.program or time.monotonic() > ends:
                continue
            changes = explain(people, (), alone.program, other).changes
            if changes:
                named = [[int(each.program), each.code, _plain_all(each.arguments)] for each in changes]
                options.append((len(changes), {"with": int(other), "changes": named}))
        options.sort(key=lambda option: option[0])
        found[alone.program] = [option for _size, option in options[:MOST_OPENINGS]]
    return found


def _plain_all(arguments: Mapping[str, object]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in arguments.items()}
