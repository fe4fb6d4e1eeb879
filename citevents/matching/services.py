"""Verbs of the exchange: describe, ask, run, propose, answer, date, cancel. Called inside the edge's transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import ALL_ORGANIZATIONS, as_organization, get, must, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.matching import population
from citevents.matching.errors import (
    AnsweredBefore,
    EndsBeforeStart,
    ExchangeOver,
    NoProgramYet,
    NothingToPropose,
    RoundClosed,
    RunAlready,
)
from citevents.matching.events import (
    ExchangeAgreed,
    ExchangeCancelled,
    ExchangeDated,
    MatchAnswered,
    MatchProposed,
    RoundAsked,
    RoundSolved,
)
from citevents.matching.models import (
    Exchange,
    ExchangeState,
    Match,
    MatchState,
    MustNot,
    Program,
    Request,
    Round,
    RoundState,
    Run,
    RunState,
    Side,
)
from citevents.matching.solver.problem import Shape

#: Shapes whose programs meet online.
ONLINE = {Shape.VIRTUAL, Shape.MENTORING, Shape.CIRCLE}
#: Seconds that a run may think.
SOLVER_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Description:
    """A program in the words of its leader; vocabulary as in the solver's problem."""

    name: str
    country: str
    zone: str
    languages: dict[str, str]
    city: str = ""
    roles: Sequence[str] = ()
    stage: str = "growing"
    structure: str = "agency"
    legal: str = "common"
    size: str = "city"
    strengths: Sequence[str] = ()
    needs: Sequence[str] = ()
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a program asks of a round."""

    modes: Sequence[str]
    weeks: Sequence[str]
    delegation: int = 3
    places: int = 1
    floor: str = "B1"
    visas_closed: Sequence[str] = field(default_factory=tuple)


def describe(leader_id: int, description: Description) -> int:
    """Keep what a leader says of the program; one program per leader. Its id."""
    current = session()
    program = current.scalar(sa.select(Program).where(Program.leader_id == leader_id).with_for_update())
    values = {
        name: getattr(description, name)
        for name in (
            "name",
            "country",
            "zone",
            "city",
            "stage",
            "structure",
            "legal",
            "size",
            "about",
        )
    }
    lists = {name: list(getattr(description, name)) for name in ("roles", "strengths", "needs")}
    if program is None:
        program = Program(leader_id=leader_id, languages=dict(description.languages), **values, **lists)
        current.add(program)
    else:
        for name, value in {**values, **lists, "languages": dict(description.languages)}.items():
            setattr(program, name, value)
        program.updated_at = now()
    current.flush()
    return program.id


def keep_apart(leader_id: int, other_public_id: str) -> None:
    """The leader's program shall never meet this other one; told to nobody."""
    program = _program_of(leader_id)
    other = session().scalar(sa.select(Program).where(Program.public_id == other_public_id))
    if other is None or other.id == program.id:
        raise NotYours()
    exists = session().scalar(
        sa.select(MustNot.id).where(MustNot.program_id == program.id, MustNot.other_id == other.id)
    )
    if exists is None:
        session().add(MustNot(program_id=program.id, other_id=other.id))


def ask(leader_id: int, round_id: int, wish: Wish, at: datetime) -> int:
    """Ask for an exchange in a round, or change what was asked. RoundClosed after its last day; NoProgramYet."""
    program = _program_of(leader_id)
    about = get(Round, round_id, lock=True)
    if about is None:
        raise NotYours()
    if about.state is not RoundState.OPEN or at >= about.closes_at:
        raise RoundClosed()
    current = session()
    request = current.scalar(
        sa.select(Request).where(Request.round_id == round_id, Request.program_id == program.id)
    )
    if request is None:
        request = Request(
            round_id=round_id, program_id=program.id, modes=list(wish.modes), weeks=list(wish.weeks)
        )
        current.add(request)
    request.modes, request.weeks = list(wish.modes), list(wish.weeks)
    request.delegation, request.places, request.floor = wish.delegation, wish.places, wish.floor
    request.visas_closed = list(wish.visas_closed)
    request.withdrawn_at = None
    current.flush()
    return request.id


def withdraw(leader_id: int, round_id: int, at: datetime) -> None:
    """Take a request back while the round is open."""
    program = _program_of(leader_id)
    about = must(Round, round_id, lock=True)
    request = session().scalar(
        sa.select(Request).where(Request.round_id == round_id, Request.program_id == program.id)
    )
    if request is None:
        raise NotYours()
    if about.state is not RoundState.OPEN:
        raise RoundClosed()
    request.withdrawn_at = request.withdrawn_at or at


def open_round(name: str, first_day: date, last_day: date, closes_at: datetime, answer_days: int = 14) -> int:
    """Begin a round; its id."""
    made = Round(
        name=name, first_day=first_day, last_day=last_day, closes_at=closes_at, answer_days=answer_days
    )
    session().add(made)
    session().flush()
    audit.record("open", "exchange_round", made.id)
    return made.id


def ask_run(round_id: int, mode: str, person_id: int | None) -> int:
    """Have the solver work on a round, in the slow queue; the run's id. RunAlready while one works."""
    must(Round, round_id, lock=True)
    current = session()
    busy = current.scalar(
        sa.select(Run.id).where(Run.round_id == round_id, Run.state.in_((RunState.ASKED, RunState.RUNNING)))
    )
    if busy is not None:
        raise RunAlready()
    run = Run(round_id=round_id, mode=mode, asked_by=person_id)
    current.add(run)
    current.flush()
    audit.record("run", "exchange_round", round_id, run=run.id, mode=mode)
    emit(RoundAsked(run_id=run.id, round_id=round_id))
    return run.id


def stop_run(run_id: int) -> None:
    """Tell a run to stop with its best so far; it notices within a second."""
    run = get(Run, run_id, lock=True)
    if run is None:
        raise NotYours()
    if run.state is RunState.ASKED:
        run.state = RunState.DROPPED
        run.finished_at = now()
    elif run.state is RunState.RUNNING:
        run.progress = {**run.progress, "stop": True}


def solve(run_id: int, tell: Callable[[str, float], bool]) -> None:
    """Work on a run and keep its answer. `tell(stage, done)` reports progress and answers whether to stop."""
    from citevents.matching.solver import solve as solve_round  # numpy and solvers: workers only

    run = must(Run, run_id, lock=True)
    if run.state not in (RunState.ASKED, RunState.RUNNING):
        return
    people = population.population(run.round_id, now())
    stopped = False

    def progress(stage: str, done: float) -> None:
        nonlocal stopped
        stopped = tell(stage, done) or stopped

    result = solve_round(
        people, mode=run.mode, seconds=SOLVER_SECONDS, progress=progress, stop=lambda: stopped
    )
    run.answer = population.answer_json(result)
    run.state = RunState.DONE
    run.finished_at = now()
    emit(RoundSolved(run_id=run.id, round_id=run.round_id))


def propose(run_id: int, at: datetime) -> int:
    """Propose what a finished run found; how many proposals are new. What was proposed or agreed before stays as it is."""
    run = get(Run, run_id, lock=True)
    if run is None:
        raise NotYours()
    about = must(Round, run.round_id, lock=True)
    if run.state is not RunState.DONE or about.state is RoundState.CLOSED or _newest(run) != run.id:
        raise NothingToPropose()
    taken = _taken(run.round_id)
    current = session()
    made = 0
    for found in run.answer["matches"]:
        if frozenset(found["programs"]) in taken:
            continue
        match = Match(
            round_id=run.round_id,
            run_id=run.id,
            shape=found["shape"],
            score=found["score"],
            weeks=found["weeks"],
            directions={"directions": found["directions"]},
            answer_by=at + timedelta(days=about.answer_days),
        )
        current.add(match)
        current.flush()
        current.add_all(
            Side(match_id=match.id, program_id=program_id, position=position)
            for position, program_id in enumerate(found["programs"])
        )
        emit(MatchProposed(match_id=match.id))
        made += 1
    about.state = RoundState.PROPOSED
    audit.record("propose", "exchange_round", run.round_id, run=run.id, proposals=made)
    return made


def _newest(run: Run) -> int | None:
    return session().scalar(
        sa.select(sa.func.max(Run.id)).where(Run.round_id == run.round_id, Run.state == RunState.DONE)
    )


def _taken(round_id: int) -> set[frozenset[int]]:
    rows = session().execute(
        sa.select(Side.match_id, Side.program_id)
        .join(Match, sa.and_(Match.organization_id == Side.organization_id, Match.id == Side.match_id))
        .where(Match.round_id == round_id, Match.state.in_((MatchState.PROPOSED, MatchState.AGREED)))
    )
    together: dict[int, set[int]] = {}
    for match_id, program_id in rows:
        together.setdefault(match_id, set()).add(program_id)
    return {frozenset(each) for each in together.values()}


def answer(leader_id: int, match_public_id: str, accepted: bool, at: datetime) -> int | None:
    """A leader accepts or declines. When the last side accepts, the exchange exists; its id, else None.

    NotYours for a proposal to others; AnsweredBefore for a second answer, or once it is over.
    """
    program = _program_of(leader_id)
    current = session()
    match = current.scalar(sa.select(Match).where(Match.public_id == match_public_id).with_for_update())
    if match is None:
        raise NotYours()
    sides = current.scalars(sa.select(Side).where(Side.match_id == match.id).order_by(Side.position)).all()
    mine = next((side for side in sides if side.program_id == program.id), None)
    if mine is None:
        raise NotYours()
    if mine.accepted is accepted and match.state in (MatchState.PROPOSED, MatchState.AGREED):
        return None  # a double click says it once
    if match.state is not MatchState.PROPOSED or mine.accepted is not None or at >= match.answer_by:
        raise AnsweredBefore()
    mine.accepted, mine.answered_at = accepted, at
    emit(MatchAnswered(match_id=match.id, program_id=program.id, accepted=accepted))
    if not accepted:
        match.state = MatchState.DECLINED
        return None
    if all(side.accepted for side in sides):
        match.state = MatchState.AGREED
        return _agree(match, sides, at)
    return None


def _agree(match: Match, sides: Sequence[Side], at: datetime) -> int:
    host = must(Program, sides[-1].program_id)
    starts_at, ends_at = first_dates(match, host.zone, at)
    exchange = Exchange(
        match_id=match.id,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=host.zone,
        place="" if Shape(match.shape) in ONLINE else host.city,
    )
    session().add(exchange)
    session().flush()
    emit(ExchangeAgreed(exchange_id=exchange.id))
    return exchange.id


def first_dates(match: Match, zone: str, at: datetime) -> tuple[datetime, datetime]:
    """Dates to start from, which the leaders may change: Monday to Friday of the first common week, or an hour online.

    Online meetings begin at 14:00 of the last program's clock.
    """
    ahead = [week for week in match.weeks if population.monday_of(week) > at.date()]
    monday = population.monday_of(ahead[0]) if ahead else _next_monday(at.date() + timedelta(days=28))
    clock = ZoneInfo(zone)
    if Shape(match.shape) in ONLINE:
        start = datetime.combine(monday, time(14), clock)
        return start.astimezone(UTC), (start + timedelta(hours=1)).astimezone(UTC)
    start = datetime.combine(monday, time(9), clock)
    end = datetime.combine(monday + timedelta(days=4), time(16), clock)
    return start.astimezone(UTC), end.astimezone(UTC)


def _next_monday(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) % 7)


def set_dates(
    leader_id: int, exchange_public_id: str, starts_at: datetime, ends_at: datetime, place: str
) -> None:
    """A leader of the exchange moves it; everybody's calendar follows."""
    exchange = _exchange_of(leader_id, exchange_public_id)
    if exchange.state is not ExchangeState.PLANNED:
        raise ExchangeOver()
    if ends_at <= starts_at:
        raise EndsBeforeStart()
    if (exchange.starts_at, exchange.ends_at, exchange.place) == (starts_at, ends_at, place):
        return
    exchange.starts_at, exchange.ends_at, exchange.place = starts_at, ends_at, place
    emit(ExchangeDated(exchange_id=exchange.id))


def cancel(leader_id: int, exchange_public_id: str) -> None:
    """A leader calls the exchange off; everybody's calendar follows."""
    exchange = _exchange_of(leader_id, exchange_public_id)
    if exchange.state is ExchangeState.CANCELLED:
        return
    exchange.state = ExchangeState.CANCELLED
    audit.record("cancel", "exchange", exchange.id)
    emit(ExchangeCancelled(exchange_id=exchange.id))


def lapse_due(at: datetime) -> int:
    """End proposals of every organization that nobody answered in time; how many."""
    due = (
        session()
        .scalars(
            sa.select(Match)
            .where(Match.state == MatchState.PROPOSED, Match.answer_by <= at)
            .with_for_update(skip_locked=True)
            .execution_options(**ALL_ORGANIZATIONS)
        )
        .all()
    )
    for match in due:
        match.state = MatchState.LAPSED
        with as_organization(match.organization_id):
            silent = session().scalars(
                sa.select(Side.program_id).where(Side.match_id == match.id, Side.accepted.is_(None))
            )
            for program_id in silent.all():
                emit(MatchAnswered(match_id=match.id, program_id=program_id, accepted=False))
    return len(due)


def forget(person_id: int) -> None:
    """Erase what a leader wrote; numbers of past rounds stay right, without a name."""
    program = session().scalar(sa.select(Program).where(Program.leader_id == person_id).with_for_update())
    if program is None:
        return
    program.leader_id = None
    program.name, program.city, program.about = "", "", ""
    planned = session().scalars(
        sa.select(Exchange)
        .join(
            Side,
            sa.and_(Side.organization_id == Exchange.organization_id, Side.match_id == Exchange.match_id),
        )
        .where(Side.program_id == program.id, Exchange.state == ExchangeState.PLANNED)
    )
    for exchange in planned.all():
        exchange.state = ExchangeState.CANCELLED
        emit(ExchangeCancelled(exchange_id=exchange.id))


def _program_of(leader_id: int) -> Program:
    program = session().scalar(sa.select(Program).where(Program.leader_id == leader_id))
    if program is None:
        raise NoProgramYet()
    return program


def _exchange_of(leader_id: int, public_id: str) -> Exchange:
    program = _program_of(leader_id)
    exchange = session().scalar(
        sa.select(Exchange)
        .join(
            Side,
            sa.and_(Side.organization_id == Exchange.organization_id, Side.match_id == Exchange.match_id),
        )
        .where(Exchange.public_id == public_id, Side.program_id == program.id)
        .with_for_update(of=Exchange)
    )
    if exchange is None:
        raise NotYours()
    return exchange
