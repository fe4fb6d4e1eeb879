"""From rows to the solver's problem and back: the only place where the two vocabularies meet.

Programs are named to the solver by their id as text. Loads numpy: for workers, not for web pages.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from citevents.core.db import must, session
from citevents.matching.exchanges import called_off
from citevents.matching.models import (
    Match,
    MatchState,
    MustNot,
    Program,
    Request,
    Round,
    Side,
)
from citevents.matching.solver import problem
from citevents.matching.solver.answer import Direction, Reason, Result
from citevents.matching.solver.explaining import explain, in_the_way

MOST_OPENINGS = 3
OPENINGS_SECONDS = 5.0


def population(round_id: int, at: datetime) -> problem.Population:
    """Everything the solver reads about a round: its requests, what is agreed, what was declined."""
    about = must(Round, round_id)
    standing, declined = _answers(round_id)
    rows = (
        session()
        .execute(
            sa.select(Request, Program)
            .join(
                Program,
                sa.and_(Program.organization_id == Request.organization_id, Program.id == Request.program_id),
            )
            .where(
                Request.round_id == round_id,
                sa.or_(
                    sa.and_(Request.withdrawn_at.is_(None), Program.leader_id.is_not(None)),
                    # Who left after agreeing stays for the sake of the others, who are not free.
                    Program.id.in_([int(each) for match in standing for each in match.programs]),
                ),
            )
            .order_by(Program.id)
        )
        .all()
    )
    previous, left_out = _history(round_id)
    apart = _apart(standing)
    year, week, _ = max(about.first_day, at.date()).isocalendar()
    return problem.Population(
        programs=tuple(_program(each, previous, left_out, at) for _, each in rows),
        requests=tuple(_request(each, apart) for each, _ in rows),
        round=problem.Round(
            id=str(round_id),
            opens=f"{year}-W{week:02d}",
            accepted=tuple(standing),
            declined=frozenset(declined),
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


def _request(row: Request, apart: dict[int, set[int]]) -> problem.Request:
    return problem.Request(
        program=str(row.program_id),
        modes=frozenset(problem.Mode(mode) for mode in row.modes),
        weeks=frozenset(row.weeks),
        delegation=row.delegation,
        places=row.places,
        visas_closed=frozenset(row.visas_closed),
        floor=row.floor,
        must_not=frozenset(str(other) for other in apart.get(row.program_id, ())),
    )


def _apart(standing: list[problem.Agreed]) -> dict[int, set[int]]:
    """Who avoids whom. A proposal that is out already runs its course, or its end would tell of the wish."""
    together = {(one, other) for match in standing for one in match.programs for other in match.programs}
    found: dict[int, set[int]] = {}
    for row in session().scalars(sa.select(MustNot)):
        if (str(row.program_id), str(row.other_id)) not in together:
            found.setdefault(row.program_id, set()).add(row.other_id)
    return found


def _history(round_id: int) -> tuple[dict[int, set[int]], dict[int, int]]:
    """Who met whom in earlier rounds, and how often each program asked and got nobody."""
    current = session()
    met: dict[int, set[int]] = {}
    sides: dict[int, list[int]] = {}
    matched: set[tuple[int, int]] = set()
    rows = current.execute(
        sa.select(Match.id, Match.round_id, Side.program_id)
        .join(Side, sa.and_(Side.organization_id == Match.organization_id, Side.match_id == Match.id))
        .where(Match.round_id != round_id, Match.state == MatchState.AGREED, ~called_off())
    )
    for match_id, earlier, program_id in rows:
        sides.setdefault(match_id, []).append(program_id)
        matched.add((earlier, program_id))
    for together in sides.values():
        for one in together:
            met.setdefault(one, set()).update(other for other in together if other != one)
    left: dict[int, int] = {}
    asked = current.execute(
        sa.select(Request.round_id, Request.program_id).where(
            Request.round_id != round_id, Request.withdrawn_at.is_(None)
        )
    )
    for earlier, program_id in asked:
        if (earlier, program_id) not in matched:
            left[program_id] = left.get(program_id, 0) + 1
    return met, left


def _answers(round_id: int) -> tuple[list[problem.Agreed], list[frozenset[str]]]:
    """What is agreed or still open in this round stays; pairs of which one declined do not come again."""
    rows = session().execute(
        sa.select(Match, Side.program_id, called_off())
        .join(Side, sa.and_(Side.organization_id == Match.organization_id, Side.match_id == Match.id))
        .where(Match.round_id == round_id)
        .order_by(Match.id, Side.position)
    )
    programs: dict[int, list[str]] = {}
    matches: dict[int, Match] = {}
    over: set[int] = set()
    for match, program_id, cancelled in rows:
        matches[match.id] = match
        if cancelled:
            over.add(match.id)
        programs.setdefault(match.id, []).append(str(program_id))
    agreed: list[problem.Agreed] = []
    declined: list[frozenset[str]] = []
    for match in matches.values():
        together = programs[match.id]
        if match.state in (MatchState.AGREED, MatchState.PROPOSED) and match.id not in over:
            agreed.append(problem.Agreed(shape=problem.Shape(match.shape), programs=tuple(together)))
        else:
            declined += [frozenset((one, other)) for one in together for other in together if one < other]
    return agreed, declined


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
