"""Verbs of programs and their requests: describe, avoid, ask, withdraw, forget. Called inside the edge's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import get, must, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.matching import exchanges, policy, queries
from citevents.matching.errors import (
    AvoidsEverybody,
    NoConsent,
    NoProgramYet,
    PlacedAlready,
    RoundClosed,
)
from citevents.matching.events import RequestAnswered
from citevents.matching.models import Avoided, MustNot, Program, Request, Round, RoundState
from citevents.people import queries as people


@dataclass(frozen=True, kw_only=True)
class Description:
    """A program in the words of its leader; vocabulary as in the solver's problem."""

    name: str
    country: str
    zone: str
    #: Language code -> CEFR level.
    languages: Mapping[str, str]
    city: str = ""
    roles: Sequence[str] = ()
    stage: str = "growing"
    structure: str = "agency"
    legal: str = "common"
    size: str = "city"
    strengths: Sequence[str] = ()
    #: Most wanted first.
    needs: Sequence[str] = ()
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a program asks of a round; vocabulary as in the solver's problem."""

    modes: Sequence[str]
    #: ISO weeks: "2027-W40".
    weeks: Sequence[str]
    delegation: int = 3
    places: int = 1
    floor: str = "B1"
    visas_closed: Sequence[str] = field(default_factory=tuple)


def describe(leader_id: int, description: Description) -> int:
    """Keep what a leader says of the program; one program per leader. Its id."""
    current = session()
    program = current.scalar(sa.select(Program).where(Program.leader_id == leader_id).with_for_update())
    if program is None:
        program = Program(
            leader_id=leader_id,
            name=description.name,
            country=description.country,
            zone=description.zone,
            languages={},
        )
        current.add(program)
    for name, value in asdict(description).items():
        setattr(program, name, list(value) if isinstance(value, tuple | list) else value)
    program.updated_at = now()
    current.flush()
    _keep_apart(session().scalars(sa.select(Avoided).where(Avoided.program_id != program.id)), [program])
    return program.id


def avoid(leader_id: int, words: str) -> None:
    """The leader's program shall never meet the one that answers to these words, now or later; told to nobody.

    The answer is the same whether or not there is such a program. AvoidsEverybody where the words say too little.
    """
    program = _program_of(leader_id, lock=True)  # who is proposing meanwhile is waited for
    if not policy.says_enough(words):
        raise AvoidsEverybody()
    current = session()
    known = current.scalar(sa.select(Avoided).where(Avoided.program_id == program.id, Avoided.words == words))
    if known is not None:
        return
    avoided = Avoided(program_id=program.id, words=words)
    current.add(avoided)
    current.flush()
    _keep_apart([avoided], current.scalars(sa.select(Program).where(Program.leader_id.is_not(None))).all())


def meet_again(leader_id: int, avoided_id: int) -> str:
    """Take back whom the program avoids; the words, so that it can be undone."""
    program = _program_of(leader_id)
    avoided = get(Avoided, avoided_id)
    if avoided is None or avoided.program_id != program.id:
        raise NotYours()
    words = avoided.words
    session().delete(avoided)
    return words


def _keep_apart(avoided: sa.ScalarResult[Avoided] | Sequence[Avoided], programs: Sequence[Program]) -> None:
    leaders = people.people(each.leader_id for each in programs if each.leader_id)
    for wish in list(avoided):
        for program in programs:
            leader = leaders.get(program.leader_id or 0)
            mail = leader.mail if leader else ""
            if program.id == wish.program_id or not policy.answers_to(
                wish.words, program.name, program.city, mail
            ):
                continue
            known = session().scalar(
                sa.select(MustNot.id).where(MustNot.avoided_id == wish.id, MustNot.other_id == program.id)
            )
            if known is None:
                session().add(MustNot(program_id=wish.program_id, other_id=program.id, avoided_id=wish.id))
    session().flush()


def ask(leader_id: int, round_id: int, wish: Wish, at: datetime) -> int:
    """Ask for an exchange in a round, or change what was asked; the request's id.

    NoProgramYet; NoConsent; after the last day for requests RoundClosed, or PlacedAlready for who asked and does not wait.
    """
    program = _program_of(leader_id)
    about = get(Round, round_id, lock=True)
    if about is None:
        raise NotYours()
    if not people.agreed(leader_id, people.Purpose.EXCHANGE):
        raise NoConsent()
    current = session()
    request = _request_of(program, round_id)
    asked = request is not None and request.withdrawn_at is None
    in_time = at < about.closes_at
    placed = not in_time and asked and program.id in queries.placed_in(round_id)
    if not policy.may_ask(
        closed=about.state is RoundState.CLOSED, in_time=in_time, asked=asked, placed=placed
    ):
        raise PlacedAlready() if placed and about.state is RoundState.OPEN else RoundClosed()
    if request is None:
        request = Request(round_id=round_id, program_id=program.id, modes=[], weeks=[], asked_at=at)
        current.add(request)
    elif request.withdrawn_at is not None:
        request.asked_at, request.withdrawn_at = at, None
    request.modes, request.weeks = list(wish.modes), list(wish.weeks)
    request.delegation, request.places, request.floor = wish.delegation, wish.places, wish.floor
    request.visas_closed = list(wish.visas_closed)
    current.flush()
    return request.id


def withdraw(leader_id: int, round_id: int, at: datetime) -> int:
    """Take a request back, as long as the round is not closed. Proposals of it that are out end with it; how many."""
    program = _program_of(leader_id)
    about = must(Round, round_id, lock=True)
    request = _request_of(program, round_id)
    if request is None:
        raise NotYours()
    if about.state is RoundState.CLOSED:
        raise RoundClosed()
    request.withdrawn_at = request.withdrawn_at or at
    return exchanges.end_proposals(program.id, at, round_id=round_id)


def _request_of(program: Program, round_id: int) -> Request | None:
    return session().scalar(
        sa.select(Request)
        .where(Request.round_id == round_id, Request.program_id == program.id)
        .execution_options(populate_existing=True)
    )


def reply(request_id: int, words: str, at: datetime) -> None:
    """A coordinator writes back to a program; its leader gets the words by mail. Once: a second reply changes nothing."""
    request = get(Request, request_id, lock=True)
    if request is None:
        raise NotYours()
    if request.replied_at is not None:
        return
    request.replied_at, request.reply = at, words
    audit.record("reply", "exchange_request", request.id)
    emit(RequestAnswered(request_id=request.id))


def leave(person_id: int, at: datetime) -> None:
    """A person took back the agreement to be matched: proposals that were out then end; what is agreed stays.

    The program leaves every round that is not over, unless its leader has agreed anew since.
    """
    program = session().scalar(sa.select(Program).where(Program.leader_id == person_id).with_for_update())
    if program is None:
        return
    if not people.agreed(person_id, people.Purpose.EXCHANGE):
        _leave_rounds(program, at)
    until = people.withdrawn_at(person_id, people.Purpose.EXCHANGE)
    exchanges.end_proposals(program.id, at, until=until)


def _leave_rounds(program: Program, at: datetime) -> None:
    open_rounds = sa.select(Round.id).where(Round.state != RoundState.CLOSED)
    session().execute(
        sa.update(Request)
        .where(
            Request.program_id == program.id,
            Request.withdrawn_at.is_(None),
            Request.round_id.in_(open_rounds),
        )
        .values(withdrawn_at=at)
    )


def forget(person_id: int) -> None:
    """Erase what a leader wrote; numbers of past rounds stay right, without a name. Open proposals and plans end."""
    current = session()
    program = current.scalar(sa.select(Program).where(Program.leader_id == person_id).with_for_update())
    if program is None:
        return
    at = now()
    _leave_rounds(program, at)
    exchanges.end_proposals(program.id, at)
    exchanges.cancel_all(program.id, at)
    current.execute(sa.delete(Avoided).where(Avoided.program_id == program.id))
    current.execute(sa.delete(MustNot).where(MustNot.program_id == program.id))
    current.execute(sa.update(Request).where(Request.program_id == program.id).values(reply=""))
    program.leader_id = None
    program.name, program.city, program.about = "", "", ""


def _program_of(leader_id: int, *, lock: bool = False) -> Program:
    found = sa.select(Program).where(Program.leader_id == leader_id)
    program = session().scalar(found.with_for_update() if lock else found)
    if program is None:
        raise NoProgramYet()
    return program
