"""What pages, calendars and other slices may know of the exchange: frozen rows (`rows.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import get, must, session
from citevents.core.links import path_to
from citevents.matching.exchanges import called_off, sides_of
from citevents.matching.models import (
    Avoided,
    Exchange,
    ExchangeState,
    Match,
    MatchState,
    Program,
    Request,
    Round,
    RoundState,
    Side,
)
from citevents.matching.rows import (
    ExchangeMeeting,
    ExchangeView,
    Other,
    ProgramView,
    ProposalView,
    RequestView,
    RoundView,
    peer,
    program_view,
    request_view,
    round_view,
)
from citevents.people import queries as people


def program_of(person_id: int) -> ProgramView | None:
    """The program that a person leads."""
    row = session().scalar(sa.select(Program).where(Program.leader_id == person_id))
    return program_view(row) if row else None


def rounds() -> list[RoundView]:
    """Every round, newest first."""
    return [round_view(row) for row in session().scalars(sa.select(Round).order_by(Round.id.desc()))]


def round_by(public_id: str) -> RoundView | None:
    row = session().scalar(sa.select(Round).where(Round.public_id == public_id))
    return round_view(row) if row else None


def open_round(at: datetime) -> RoundView | None:
    """The round that takes requests now: the one that closes first, of several."""
    row = session().scalar(
        sa.select(Round)
        .where(Round.state == RoundState.OPEN, Round.closes_at > at)
        .order_by(Round.closes_at, Round.id)
        .limit(1)
    )
    return round_view(row) if row else None


def latest_request(program_id: int) -> tuple[RoundView, RequestView] | None:
    """What a program asked last, and of which round; None where it asks for nothing that is not over."""
    found = (
        session()
        .execute(
            sa.select(Request, Round)
            .join(
                Round, sa.and_(Round.organization_id == Request.organization_id, Round.id == Request.round_id)
            )
            .where(
                Request.program_id == program_id,
                Request.withdrawn_at.is_(None),
                Round.state != RoundState.CLOSED,
            )
            .order_by(Request.round_id.desc())
            .limit(1)
        )
        .first()
    )
    return (round_view(found[1]), request_view(found[0])) if found else None


def request_of(program_id: int, round_id: int) -> RequestView | None:
    """What a program asks of a round."""
    row = session().scalar(
        sa.select(Request).where(
            Request.program_id == program_id, Request.round_id == round_id, Request.withdrawn_at.is_(None)
        )
    )
    return request_view(row) if row else None


def avoided_by(program_id: int) -> list[tuple[int, str]]:
    """(id, words) of whom a program avoids: for its own leader's eyes only."""
    rows = session().execute(
        sa.select(Avoided.id, Avoided.words).where(Avoided.program_id == program_id).order_by(Avoided.id)
    )
    return [(id, words) for id, words in rows]


def proposals_of(person_id: int) -> list[ProposalView]:
    """Every proposal to a person's program, newest first."""
    rows = session().scalars(_proposals(person_id).order_by(Match.id.desc()))
    return [_proposal(row, person_id) for row in rows.all()]


def proposal(public_id: str, person_id: int) -> ProposalView | None:
    """A proposal as this leader may see it; None for anybody else's."""
    row = session().scalar(_proposals(person_id).where(Match.public_id == public_id))
    return _proposal(row, person_id) if row else None


def _proposals(person_id: int) -> sa.Select[Match]:
    own = (
        sa.select(Side.match_id)
        .join(
            Program, sa.and_(Program.organization_id == Side.organization_id, Program.id == Side.program_id)
        )
        .where(Program.leader_id == person_id)
    )
    return sa.select(Match).where(Match.id.in_(own))


def _proposal(match: Match, person_id: int) -> ProposalView:
    sides = sides_of(match.id)
    mine, own = next((side, program) for side, program in sides if program.leader_id == person_id)
    agreed = match.state is MatchState.AGREED
    reasons = {(each["gains"], each["gives"]): each["reasons"] for each in match.directions["directions"]}
    exchange = session().scalar(sa.select(Exchange.public_id).where(Exchange.match_id == match.id))
    return ProposalView(
        public_id=match.public_id,
        round=round_view(must(Round, match.round_id)),
        mine=program_view(own),
        position=mine.position,
        shape=match.shape,
        weeks=match.weeks,
        answer_by=match.answer_by,
        proposed_at=match.proposed_at,
        state=match.state,
        my_answer=mine.accepted,
        others=[
            Other(
                peer=peer(program),
                gets=reasons.get((own.id, program.id), ()),
                gives=reasons.get((program.id, own.id), ()),
                named=program_view(program) if agreed else None,
            )
            for _side, program in sides
            if program.id != own.id
        ],
        exchange=exchange,
    )


def exchanges_of(person_id: int) -> list[ExchangeView]:
    """Every exchange of a person's program, the next one first, those that are over or cancelled last."""
    rows = session().scalars(_exchanges(person_id).order_by(Exchange.state.desc(), Exchange.starts_at)).all()
    return [_exchange(row, person_id) for row in rows]


def exchange(public_id: str, person_id: int) -> ExchangeView | None:
    """An exchange as one of its leaders sees it; None for anybody else's."""
    row = session().scalar(_exchanges(person_id).where(Exchange.public_id == public_id))
    return _exchange(row, person_id) if row else None


def _exchanges(person_id: int) -> sa.Select[Exchange]:
    own = (
        sa.select(Side.match_id)
        .join(
            Program, sa.and_(Program.organization_id == Side.organization_id, Program.id == Side.program_id)
        )
        .where(Program.leader_id == person_id)
    )
    return sa.select(Exchange).where(Exchange.match_id.in_(own))


def _exchange(row: Exchange, person_id: int) -> ExchangeView:
    match = must(Match, row.match_id)
    programs = [program for _side, program in sides_of(row.match_id)]
    return ExchangeView(
        id=row.id,
        public_id=row.public_id,
        round_name=must(Round, match.round_id).name,
        shape=match.shape,
        state=row.state,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        place=row.place,
        mine=next(program_view(each) for each in programs if each.leader_id == person_id),
        programs=[program_view(each) for each in programs],
        leaders=_leaders(programs),
    )


def _leaders(programs: Iterable[Program]) -> dict[int, people.PersonView]:
    """Program id -> its leader, where there is one."""
    known = list(programs)
    found = people.people(each.leader_id for each in known if each.leader_id)
    return {each.id: found[each.leader_id] for each in known if each.leader_id in found}


def exchange_meeting(exchange_id: int) -> ExchangeMeeting:
    """An exchange as calendars follow it; LookupError where there is none."""
    row = must(Exchange, exchange_id)
    programs = [program for _side, program in sides_of(row.match_id)]
    return ExchangeMeeting(
        exchange_id=row.id,
        public_id=row.public_id,
        cancelled=row.state is ExchangeState.CANCELLED,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=row.zone,
        place=row.place,
        shape=must(Match, row.match_id).shape,
        programs=tuple(each.name for each in programs),
        people=tuple(each.leader_id for each in programs if each.leader_id),
        path=path_to("matching.exchange", public_id=row.public_id),
    )


def side(side_id: int) -> tuple[people.PersonView, ProposalView] | None:
    """Whom a letter about a side of a match goes to, and what they may see; None where nobody leads the program."""
    row = must(Side, side_id)
    program = must(Program, row.program_id)
    if program.leader_id is None:
        return None
    return people.person(program.leader_id), _proposal(must(Match, row.match_id), program.leader_id)


def request(request_id: int) -> tuple[RequestView, ProgramView, str] | None:
    """A request with its program and what the coordinator wrote back."""
    row = get(Request, request_id)
    if row is None:
        return None
    return request_view(row), program_view(must(Program, row.program_id)), row.reply


def placed_in(round_id: int) -> set[int]:
    """Programs of a round with a proposal that is out, or an exchange."""
    rows = session().scalars(
        sa.select(Side.program_id)
        .join(Match, sa.and_(Match.organization_id == Side.organization_id, Match.id == Side.match_id))
        .where(
            Match.round_id == round_id,
            Match.state.in_((MatchState.PROPOSED, MatchState.AGREED)),
            ~called_off(),
        )
    )
    return set(rows)
