"""What the coordinator's board shows of a round. Who avoids whom is no part of it, nor is how far a proposal's answers are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from citevents.core.db import must, session
from citevents.matching import labels, policy, queries, rounds
from citevents.matching.facts import asking, called_off, facts_of
from citevents.matching.models import (
    Match,
    MatchState,
    Program,
    Request,
    Run,
    RunState,
    Side,
    Why,
)
from citevents.matching.read_models import ProgramView, RequestView, RoundView, program_view, request_view
from citevents.people import queries as people


@dataclass(frozen=True, kw_only=True)
class RunView:
    """A run; `done` is 0..1."""

    id: int
    mode: str
    state: RunState
    stage: str
    done: float
    stopping: bool
    asked_at: datetime
    finished_at: datetime | None
    answer: Mapping[str, Any]

    @property
    def working(self) -> bool:
        return self.state in rounds.WORKING


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """Programs together: found by the last run (`state` None), proposed, agreed or over."""

    shape: str
    programs: Sequence[ProgramView]
    score: int
    weeks: Sequence[str]
    state: MatchState | None = None
    cancelled: bool = False
    answer_by: datetime | None = None
    whys: Sequence[Why] = ()


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A program that asked and has no proposal yet. `reason`: what the last run says, as a sentence."""

    program: ProgramView
    request: RequestView
    reason: str
    found: bool
    reply_overdue: bool
    match_overdue: bool


@dataclass(frozen=True, kw_only=True)
class Board:
    """A round as the coordinator sees it. `latest`: the run asked for last; `run`: the last one with an answer."""

    round: RoundView
    programs: Mapping[int, ProgramView]
    latest: RunView | None
    run: RunView | None
    #: What the run found and may be sent: all of it, or nothing where `fallen` of its matches may not be proposed any more.
    found: Sequence[Pairing]
    fallen: int
    proposed: Sequence[Pairing]
    waiting: Sequence[Waiting]
    partnered: frozenset[int] = field(default_factory=frozenset)

    @property
    def countries(self) -> list[tuple[str, int, int]]:
        """(country, programs with a partner, programs that asked), most programs first."""
        asked = Counter(each.country for each in self.programs.values())
        have = Counter(self.programs[id].country for id in self.partnered if id in self.programs)
        return [(code, have[code], n) for code, n in sorted(asked.items(), key=lambda row: (-row[1], row[0]))]

    def ages(self, at: datetime) -> list[tuple[str, int]]:
        """Requests that wait by age: up to 48 hours, up to 14 days, more."""
        found = Counter(_age(at - each.request.asked_at) for each in self.waiting)
        return [(name, found[name]) for name in ("reply", "match", "late")]

    @property
    def shown(self) -> list[Pairing]:
        """Everything that stands, for the map: what was found, is out, or is agreed."""
        standing = (MatchState.PROPOSED, MatchState.AGREED)
        return [
            *self.found,
            *(each for each in self.proposed if each.state in standing and not each.cancelled),
        ]


def _age(waited: Any) -> str:
    return "reply" if waited <= policy.REPLY else "match" if waited <= policy.MATCH else "late"


def board(about: RoundView, at: datetime) -> Board:
    """A round with its programs, last run, proposals and who waits."""
    asked = _asked(about.id)
    latest, run = _runs(about.id)
    placed = queries.placed_in(about.id)
    programs = {program.id: program for _, program in asked}
    found, fallen = _found(run, about.id, programs, at) if run else ([], 0)
    soon = {program.id for each in found for program in each.programs}
    return Board(
        round=about,
        programs=programs,
        latest=_run_view(latest) if latest else None,
        run=_run_view(run) if run else None,
        found=found,
        fallen=fallen,
        proposed=_proposed(about.id),
        waiting=sorted(
            (
                _waiting(request, program, run, soon, len(programs), at)
                for request, program in asked
                if program.id not in placed
            ),
            key=lambda each: (
                each.found
            ),  # those nobody has a partner for first, the longest waiting of them first
        ),
        partnered=frozenset((placed | soon) & set(programs)),
    )


def _asked(round_id: int) -> list[tuple[RequestView, ProgramView]]:
    rows = session().execute(asking(round_id).order_by(Request.asked_at, Request.id))
    return [(request_view(request), program_view(program)) for request, program in rows]


def _runs(round_id: int) -> tuple[Run | None, Run | None]:
    rows = session().scalars(
        sa.select(Run)
        .where(Run.round_id == round_id, Run.state != RunState.DROPPED)
        .order_by(Run.id.desc())
        .limit(10)
        .execution_options(populate_existing=True)
    )
    runs = rows.all()
    return runs[0] if runs else None, next((run for run in runs if run.state is RunState.DONE), None)


def run_of(round_id: int) -> RunView | None:
    """The run of a round that was asked for last."""
    latest, _done = _runs(round_id)
    return _run_view(latest) if latest else None


def _run_view(row: Run) -> RunView:
    return RunView(
        id=row.id,
        mode=row.mode,
        state=row.state,
        stage=str(row.progress.get("stage", "")),
        done=float(row.progress.get("done", 0)),
        stopping=bool(row.progress.get("stop")),
        asked_at=row.asked_at,
        finished_at=row.finished_at,
        answer=row.answer,
    )


def _found(
    run: Run, round_id: int, programs: Mapping[int, ProgramView], at: datetime
) -> tuple[list[Pairing], int]:
    plan = rounds.plan_of(run, facts_of(round_id), at)
    if plan.fallen:
        return [], plan.fallen
    new = [
        Pairing(
            shape=found["shape"],
            programs=[programs[id] for id in found["programs"]],
            score=found["score"],
            weeks=found["weeks"],
        )
        for found in plan.new
    ]
    return new, 0


def _proposed(round_id: int) -> list[Pairing]:
    rows = session().execute(
        sa.select(Match, Side, Program, called_off())
        .join(Side, sa.and_(Side.organization_id == Match.organization_id, Side.match_id == Match.id))
        .join(
            Program, sa.and_(Program.organization_id == Side.organization_id, Program.id == Side.program_id)
        )
        .where(Match.round_id == round_id)
        .order_by(Match.id.desc(), Side.position)
    )
    matches: dict[int, tuple[Match, bool]] = {}
    sides: dict[int, list[tuple[Side, Program]]] = {}
    for match, side, program, cancelled in rows:
        matches[match.id] = match, cancelled
        sides.setdefault(match.id, []).append((side, program))
    return [
        Pairing(
            shape=match.shape,
            programs=[program_view(program) for _, program in sides[id]],
            score=match.score,
            weeks=match.weeks,
            state=match.state,
            cancelled=cancelled,
            answer_by=match.answer_by,
            whys=[side.why for side, _ in sides[id] if side.why],
        )
        for id, (match, cancelled) in matches.items()
    ]


def _waiting(
    request: RequestView,
    program: ProgramView,
    run: Run | None,
    soon: set[int],
    programs: int,
    at: datetime,
) -> Waiting:
    waited = at - request.asked_at
    return Waiting(
        program=program,
        request=request,
        reason=_reason(program.id, run, programs) if program.id not in soon else "",
        found=program.id in soon,
        reply_overdue=request.replied_at is None and waited > policy.REPLY,
        match_overdue=waited > policy.MATCH,
    )


def _reason(program_id: int, run: Run | None, programs: int) -> str:
    if run is None:
        return ""
    for each in run.answer.get("unmatched", []):
        if each["program"] == program_id:
            return labels.unmatched(each["reason"], programs)
    return ""


def leaders_of(pairings: Sequence[Pairing]) -> tuple[int, int]:
    """How many leaders these go to, and in how many languages."""
    ids = {program.leader_id for each in pairings for program in each.programs if program.leader_id}
    found = people.people(ids)
    return len(found), len({person.language for person in found.values()})


def request_of(request_id: int, round_id: int) -> tuple[RequestView, ProgramView] | None:
    """A request of this round with its program."""
    row = session().scalar(sa.select(Request).where(Request.id == request_id, Request.round_id == round_id))
    return (request_view(row), program_view(must(Program, row.program_id))) if row else None


def openings(round_id: int, program_id: int) -> list[tuple[ProgramView, list[str]]]:
    """What would give a program of the last run a partner: (the partner, what one or both would have to change)."""
    _latest, run = _runs(round_id)
    if run is None:
        return []
    programs = {program.id: program for _, program in _asked(round_id)}
    found = []
    for option in run.answer.get("openings", {}).get(str(program_id), []):
        needed = {option["with"], *(id for id, _code, _arguments in option["changes"])}
        if needed <= set(programs):
            changes = [
                labels.change(code, arguments, programs[id].name) for id, code, arguments in option["changes"]
            ]
            found.append((programs[option["with"]], changes))
    return found


def reason_of(round_id: int, program_id: int) -> str:
    """Why the last run has no partner for a program; "" where it has one, or did not know it."""
    _latest, run = _runs(round_id)
    return _reason(program_id, run, len(_asked(round_id)))
