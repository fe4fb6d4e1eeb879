"""Verbs of rounds: open, run, solve, propose, close. Called inside the edge's transaction."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import ALL_ORGANIZATIONS, as_organization, get, must, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.matching import policy
from citevents.matching.errors import NothingToPropose, RoundClosed, RunAlready
from citevents.matching.events import MatchProposed, RoundAsked, RoundSolved
from citevents.matching.exchanges import avoiding, called_off
from citevents.matching.models import (
    Match,
    MatchState,
    Program,
    Request,
    Round,
    RoundState,
    Run,
    RunState,
    Side,
)
from citevents.matching.watch import Watch

#: A match as a run keeps it: shape, programs, score, weeks, kept, directions.
Found = dict[str, Any]

#: Seconds that a run may think.
SOLVER_SECONDS = 60.0
WORKING = (RunState.ASKED, RunState.RUNNING)


def open_round(name: str, first_day: date, last_day: date, closes_at: datetime, answer_days: int = 14) -> int:
    """Begin a round; its id. Exchanges of it fall on first_day..last_day; requests are taken until `closes_at`."""
    made = Round(
        name=name, first_day=first_day, last_day=last_day, closes_at=closes_at, answer_days=answer_days
    )
    session().add(made)
    session().flush()
    audit.record("open", "exchange_round", made.id)
    return made.id


def close_round(round_id: int) -> None:
    """End a round: no requests, runs or proposals any more; what is proposed can still be answered."""
    about = must(Round, round_id, lock=True)
    if about.state is not RoundState.CLOSED:
        about.state = RoundState.CLOSED
        audit.record("close", "exchange_round", round_id)


def ask_run(round_id: int, mode: str, person_id: int | None) -> int:
    """Have the solver work on a round, in the queue of runs; the run's id. RunAlready while one works."""
    about = must(Round, round_id, lock=True)
    if about.state is RoundState.CLOSED:
        raise RoundClosed()
    current = session()
    if current.scalar(sa.select(Run.id).where(Run.round_id == round_id, Run.state.in_(WORKING))):
        raise RunAlready()
    run = Run(round_id=round_id, mode=mode, asked_by=person_id)
    current.add(run)
    current.flush()
    audit.record("run", "exchange_round", round_id, run=run.id, mode=mode)
    emit(RoundAsked(run_id=run.id, round_id=round_id))
    return run.id


def stop_run(run_id: int) -> None:
    """Tell a run to stop with its best so far; it notices within seconds. One that has not begun is dropped."""
    run = get(Run, run_id, lock=True)
    if run is None:
        raise NotYours()
    if run.state is RunState.ASKED:
        run.state, run.finished_at = RunState.DROPPED, now()
    elif run.state is RunState.RUNNING:
        run.progress = {**run.progress, "stop": True}
    audit.record("stop", "exchange_run", run.id)


def solve(run_id: int, watch: Watch | None = None) -> None:
    """Work on a run and keep its answer. `watch` shows progress while it lasts and knows when to stop.

    No row is locked until the answer is there, so that progress can be written beside it. A run that is over stays
    as it is; one whose worker died is begun anew.
    """
    from citevents.matching import population  # numpy and solvers: workers only
    from citevents.matching.solver import solve as solve_round

    run = must(Run, run_id)
    if run.state not in WORKING:
        return
    people = population.population(run.round_id, now())
    result = solve_round(
        people,
        mode=run.mode,
        seconds=SOLVER_SECONDS,
        progress=watch.progress if watch else None,
        stop=watch.stop if watch else None,
    )
    openings = population.openings(people, result)
    run = must(Run, run_id, lock=True)
    if run.state not in WORKING:
        return
    run.answer = population.answer_json(people, result) | {"openings": openings}
    run.state, run.finished_at = RunState.DONE, now()
    emit(RoundSolved(run_id=run.id, round_id=run.round_id))


def propose(run_id: int, at: datetime) -> int:
    """Propose what a finished run found; how many proposals are new. What was proposed or agreed before stays as it is."""
    run = get(Run, run_id)
    if run is None:
        raise NotYours()
    about = must(Round, run.round_id, lock=True)
    if run.state is not RunState.DONE or about.state is RoundState.CLOSED or _newest(run) != run.id:
        raise NothingToPropose()
    new = new_proposals(run)
    for found in new:
        match = Match(
            round_id=run.round_id,
            run_id=run.id,
            shape=found["shape"],
            score=found["score"],
            weeks=found["weeks"],
            directions={"directions": found["directions"]},
            answer_by=at + timedelta(days=about.answer_days),
            proposed_at=at,
        )
        session().add(match)
        session().flush()
        session().add_all(
            Side(match_id=match.id, program_id=program_id, position=position)
            for position, program_id in enumerate(found["programs"])
        )
        emit(MatchProposed(match_id=match.id))
    about.state = RoundState.PROPOSED
    audit.record("propose", "exchange_round", run.round_id, run=run.id, proposals=len(new))
    return len(new)


def new_proposals(run: Run) -> list[Found]:
    """The matches of a run that nobody was told of yet, and that nothing which came later forbids."""
    taken, here = _taken(run.round_id), asking(run.round_id)
    apart = avoiding(here)
    return [
        found
        for found in run.answer.get("matches", [])
        if frozenset(found["programs"]) not in taken
        and here.issuperset(found["programs"])
        and not any(pair <= set(found["programs"]) for pair in apart)
    ]


def asking(round_id: int) -> set[int]:
    """The programs that take part in a round as of now."""
    rows = session().scalars(
        sa.select(Request.program_id)
        .join(
            Program,
            sa.and_(Program.organization_id == Request.organization_id, Program.id == Request.program_id),
        )
        .where(Request.round_id == round_id, Request.withdrawn_at.is_(None), Program.leader_id.is_not(None))
    )
    return set(rows)


def _newest(run: Run) -> int | None:
    return session().scalar(
        sa.select(sa.func.max(Run.id)).where(Run.round_id == run.round_id, Run.state == RunState.DONE)
    )


def _taken(round_id: int) -> set[frozenset[int]]:
    rows = session().execute(
        sa.select(Side.match_id, Side.program_id)
        .join(Match, sa.and_(Match.organization_id == Side.organization_id, Match.id == Side.match_id))
        .where(
            Match.round_id == round_id,
            Match.state.in_((MatchState.PROPOSED, MatchState.AGREED)),
            ~called_off(),
        )
    )
    together: dict[int, set[int]] = {}
    for match_id, program_id in rows:
        together.setdefault(match_id, set()).add(program_id)
    return {frozenset(each) for each in together.values()}


def give_up(at: datetime) -> int:
    """Mark runs of every organization as failed that gave no sign of life for half an hour; how many."""
    silent = session().scalars(
        sa.select(Run)
        .where(Run.state == RunState.RUNNING)
        .where(sa.cast(Run.progress["at"].astext, sa.TIMESTAMP(timezone=True)) < at - policy.SILENCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True, **ALL_ORGANIZATIONS)
    )
    lost = silent.all()
    for run in lost:
        run.state, run.finished_at = RunState.FAILED, at
        with as_organization(run.organization_id):
            audit.record("fail", "exchange_run", run.id)
    return len(lost)
