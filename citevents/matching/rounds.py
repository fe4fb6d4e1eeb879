"""Verbs of rounds: open, run, solve, propose, close. Called inside the edge's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import ALL_ORGANIZATIONS, as_organization, get, must, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.matching import policy, proposing
from citevents.matching.errors import NewerRun, NothingToPropose, RoundOver, RunAgain, RunAlready
from citevents.matching.events import MatchProposed, RoundAsked, RoundSolved
from citevents.matching.facts import facts_of
from citevents.matching.models import Match, Program, Round, RoundState, Run, RunState, Side
from citevents.matching.proposing import Facts, Group, may_propose
from citevents.matching.run_progress import Watch
from citevents.people import queries as people

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
        raise RoundOver()
    current = session()
    if current.scalar(sa.select(Run.id).where(Run.round_id == round_id, Run.state.in_(WORKING))):
        raise RunAlready()
    run = Run(round_id=round_id, mode=mode, asked_by=person_id)
    current.add(run)
    current.flush()
    audit.record("run", "exchange_round", round_id, run=run.id, mode=mode)
    emit(RoundAsked(run_id=run.id, round_id=round_id))
    return run.id


def is_of(run_id: int, round_id: int) -> bool:
    """Whether this run is one of this round."""
    run = get(Run, run_id)
    return run is not None and run.round_id == round_id


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
    facts = facts_of(run.round_id)
    everybody = population.population(run.round_id, now(), facts)
    result = solve_round(
        everybody,
        mode=run.mode,
        seconds=SOLVER_SECONDS,
        progress=watch.progress if watch else None,
        stop=watch.stop if watch else None,
    )
    openings = population.openings(everybody, result)
    run = must(Run, run_id, lock=True)
    if run.state not in WORKING:
        return
    run.answer = population.answer_json(everybody, result) | {"openings": openings}
    run.asked_as = {str(program): how for program, how in facts.asking.items()}
    run.state, run.finished_at = RunState.DONE, now()
    emit(RoundSolved(run_id=run.id, round_id=run.round_id))


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What of a run's answer is still to be sent, and how many of its matches may not be proposed any more."""

    new: Sequence[Found]
    fallen: int


def plan_of(run: Run, facts: Facts, at: datetime) -> Plan:
    """How a run's answer stands now. What was sent and is out, or agreed, is done; what ended since is fallen."""
    asked = {int(program): how for program, how in run.asked_as.items()}
    found = {
        Group(shape=each["shape"], programs=tuple(each["programs"])): each
        for each in run.answer.get("matches", [])
    }
    new, fallen = may_propose(
        (proposing.Found(group=group, weeks=each["weeks"], asked=asked) for group, each in found.items()),
        facts,
        at.date(),
    )
    return Plan(new=[found[each.group] for each in new], fallen=len(fallen))


def propose(run_id: int, at: datetime) -> int:
    """Propose what a finished run found; how many proposals are new. What is out or agreed stays as it is.

    The whole plan or nothing: NewerRun where it is not the newest, RunAgain where part of it fell away. The round goes on:
    requests are taken until its day, and it can be run and proposed again.
    """
    run = get(Run, run_id)
    if run is None:
        raise NotYours()
    about = must(Round, run.round_id, lock=True)
    if about.state is RoundState.CLOSED:
        raise RoundOver()
    if run.state is not RunState.DONE:
        raise NothingToPropose()
    if _newest(run) != run.id:
        raise NewerRun()
    _hold(run)
    plan = plan_of(run, facts_of(run.round_id, at), at)
    if plan.fallen:
        raise RunAgain()
    for found in plan.new:
        _send(run, found, at, about.answer_days)
    audit.record("propose", "exchange_round", run.round_id, run=run.id, proposals=len(plan.new))
    return len(plan.new)


def _hold(run: Run) -> None:
    """Nobody of a plan changes the program, avoids another or takes the agreement back before this transaction ends."""
    ids = {program for found in run.answer.get("matches", []) for program in found["programs"]}
    leaders = session().scalars(
        sa.select(Program.leader_id)
        .where(Program.id.in_(ids))
        .order_by(Program.id)
        .with_for_update(read=True)
    )
    people.agreed_since([each for each in leaders if each], people.Purpose.EXCHANGE, hold=True)


def _send(run: Run, found: Found, at: datetime, answer_days: int) -> None:
    match = Match(
        round_id=run.round_id,
        run_id=run.id,
        shape=found["shape"],
        score=found["score"],
        weeks=proposing.ahead(found["weeks"], at.date()),
        directions={"directions": found["directions"]},
        answer_by=at + timedelta(days=answer_days),
        proposed_at=at,
    )
    session().add(match)
    session().flush()
    session().add_all(
        Side(match_id=match.id, program_id=program_id, position=position)
        for position, program_id in enumerate(found["programs"])
    )
    emit(MatchProposed(match_id=match.id))


def _newest(run: Run) -> int | None:
    return session().scalar(
        sa.select(sa.func.max(Run.id)).where(Run.round_id == run.round_id, Run.state == RunState.DONE)
    )


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
