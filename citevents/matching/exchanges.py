"""Verbs of proposals and exchanges: answer, agree, date, cancel, lapse. Called inside the edge's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import ALL_ORGANIZATIONS, as_organization, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.matching import policy
from citevents.matching.errors import (
    AnsweredBefore,
    EndsBeforeStart,
    EverybodyAccepted,
    ExchangeOver,
    ProposalOver,
    TooLate,
)
from citevents.matching.events import (
    AnswerTakenBack,
    ExchangeAgreed,
    ExchangeCancelled,
    ExchangeDated,
    LetterOwed,
    MatchAnswered,
    MatchLapsed,
)
from citevents.matching.facts import Sides, agreeing, avoids, sides_of, stage_for
from citevents.matching.models import (
    Exchange,
    ExchangeState,
    Match,
    MatchState,
    Program,
    Side,
    Why,
)
from citevents.matching.policy import Stage

#: What an answer is refused with, by how the proposal stands.
REFUSED = {
    Stage.ACCEPTED: AnsweredBefore,
    Stage.AGREED: EverybodyAccepted,
    Stage.CALLED_OFF: ProposalOver,
    Stage.DECLINED: AnsweredBefore,
    Stage.LEFT: ProposalOver,
    Stage.MISSED: TooLate,
    Stage.OVER: ProposalOver,
}
#: Stages in which an answer was given already: a double click says it once.
SAID = {True: {Stage.ACCEPTED, Stage.AGREED}, False: {Stage.DECLINED, Stage.LEFT}}


def answer(
    leader_id: int, match_public_id: str, accepted: bool, at: datetime, why: Why | None = None
) -> int | None:
    """A leader accepts or declines. When the last side accepts, the exchange exists; its id, else None.

    NotYours for a proposal to others; AnsweredBefore, TooLate or ProposalOver where it takes no such answer.
    """
    match, sides, mine = _proposed_to(leader_id, match_public_id)
    # Held: nobody's agreement to be matched ends between this look and the names.
    stage = _stage(match, sides, mine, at, hold=accepted)
    if stage in SAID[accepted]:
        return None
    if stage is not Stage.ASKED:
        raise REFUSED[stage]()
    mine.accepted, mine.answered_at, mine.why = accepted, at, None if accepted else why
    emit(MatchAnswered(match_id=match.id, program_id=mine.program_id, accepted=accepted))
    if not accepted:
        match.state = MatchState.DECLINED
        return None
    # Two who must not meet wait for each other until the time is over, as if one of them never answered.
    if not all(side.accepted for side, _ in sides) or avoids(side.program_id for side, _ in sides):
        return None
    match.state = MatchState.AGREED
    return _agree(match, [program for _, program in sides], at)


def take_back(leader_id: int, match_public_id: str, at: datetime) -> None:
    """A leader takes an acceptance back, as long as not everybody has accepted: the answer is open again."""
    match, sides, mine = _proposed_to(leader_id, match_public_id)
    stage = _stage(match, sides, mine, at)
    if stage is Stage.ASKED:
        return
    if stage is not Stage.ACCEPTED:
        raise REFUSED[stage]()
    mine.accepted = mine.answered_at = None
    emit(AnswerTakenBack(match_id=match.id, program_id=mine.program_id))


def _proposed_to(leader_id: int, match_public_id: str) -> tuple[Match, Sides, Side]:
    """A match, locked, with its sides and that of this leader; NotYours for anybody else."""
    match = session().scalar(
        sa.select(Match)
        .where(Match.public_id == match_public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    sides = sides_of(match.id) if match else []
    mine = next((side for side, program in sides if program.leader_id == leader_id), None)
    if match is None or mine is None:
        raise NotYours()
    return match, sides, mine


def _stage(match: Match, sides: Sides, mine: Side, at: datetime, *, hold: bool = False) -> Stage:
    called_off = session().scalar(
        sa.select(Exchange.id).where(Exchange.match_id == match.id, Exchange.state == ExchangeState.CANCELLED)
    )
    return stage_for(match, mine, agreeing(match, sides, hold=hold), at, called_off=called_off is not None)


def _agree(match: Match, programs: Sequence[Program], at: datetime) -> int:
    host = programs[-1]
    starts_at, ends_at = policy.first_dates(match.shape, match.weeks, host.zone, at)
    exchange = Exchange(
        match_id=match.id,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=host.zone,
        place="" if match.shape in policy.ONLINE else host.city,
        agreed_at=at,
    )
    session().add(exchange)
    session().flush()
    emit(ExchangeAgreed(exchange_id=exchange.id))
    return exchange.id


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
    exchange.state, exchange.cancelled_at = ExchangeState.CANCELLED, now()
    audit.record("cancel", "exchange", exchange.id)
    emit(ExchangeCancelled(exchange_id=exchange.id))


def _exchange_of(leader_id: int, public_id: str) -> Exchange:
    exchange = session().scalar(
        sa.select(Exchange)
        .where(Exchange.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if exchange is None:
        raise NotYours()
    if leader_id not in [program.leader_id for _, program in sides_of(exchange.match_id)]:
        raise NotYours()
    return exchange


def end_proposals(
    program_id: int, at: datetime, *, round_id: int | None = None, until: datetime | None = None
) -> int:
    """End every open proposal of a program that leaves: all, or those of one round, or those made `until`; how many.

    The others read that it is over, as if it had been declined; nobody is told why.
    """
    which = [Match.id.in_(_own(program_id)), Match.state == MatchState.PROPOSED]
    if round_id is not None:
        which.append(Match.round_id == round_id)
    if until is not None:
        which.append(Match.proposed_at <= until)
    found = session().scalars(
        sa.select(Match)
        .where(*which)
        .order_by(Match.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return sum(program_id in _part(match, program_id, at) for match in found.all())


def _part(match: Match, program_id: int | None, at: datetime) -> set[int]:
    """End an open proposal for those who part from it: this program, or whoever took the agreement to be matched back
    before (nobody need have carried that out so far). Their ids."""
    sides = sides_of(match.id)
    agree = agreeing(match, sides)
    parting = {id for id, agrees in agree.items() if not agrees} or ({program_id} if program_id else set())
    for side, _ in sides:
        if side.program_id in parting:
            match.state = MatchState.DECLINED
            side.accepted, side.answered_at, side.why = False, at, Why.LEFT
            emit(MatchAnswered(match_id=match.id, program_id=side.program_id, accepted=False))
    return parting


def cancel_all(program_id: int, at: datetime) -> None:
    """Call off every planned exchange of a program: its leader is gone."""
    planned = sa.select(Exchange).where(
        Exchange.match_id.in_(_own(program_id)),
        Exchange.state == ExchangeState.PLANNED,
        Exchange.ends_at > at,
    )
    for exchange in session().scalars(planned.order_by(Exchange.id).with_for_update()).all():
        exchange.state, exchange.cancelled_at = ExchangeState.CANCELLED, at
        emit(ExchangeCancelled(exchange_id=exchange.id))


def _own(program_id: int) -> sa.Select[int]:
    return sa.select(Side.match_id).where(Side.program_id == program_id)


def lapse_due(at: datetime) -> int:
    """End proposals of every organization that not everybody accepted in time; how many."""
    due = session().scalars(
        sa.select(Match)
        .where(Match.state == MatchState.PROPOSED, Match.answer_by <= at)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True, **ALL_ORGANIZATIONS)
    )
    lapsed = due.all()
    for match in lapsed:
        with as_organization(match.organization_id):
            if not _part(match, None, at):
                match.state = MatchState.LAPSED
                emit(MatchLapsed(match_id=match.id))
    return len(lapsed)


def remind_due(at: datetime) -> int:
    """Owe one reminder to each side, of every organization, that is silent seven days after its proposal; how many."""
    due = session().scalars(
        sa.select(Side)
        .join(Match, sa.and_(Match.organization_id == Side.organization_id, Match.id == Side.match_id))
        .where(
            Match.state == MatchState.PROPOSED,
            Match.proposed_at <= at - policy.REMIND,
            Match.answer_by > at,
            Side.accepted.is_(None),
            Side.reminded_at.is_(None),
        )
        .with_for_update(of=Side, skip_locked=True)
        .execution_options(populate_existing=True, **ALL_ORGANIZATIONS)
    )
    silent = due.all()
    for side in silent:
        side.reminded_at = at
        with as_organization(side.organization_id):
            emit(LetterOwed(side_id=side.id, about="reminder"))
    return len(silent)


def owe_letters(match_id: int, about: str, *, but: int | None = None) -> None:
    """Owe every side of a match (but one program, where given) a letter: one event each, so that each is its own delivery."""
    for side in session().scalars(sa.select(Side).where(Side.match_id == match_id).order_by(Side.position)):
        if side.program_id != but:
            emit(LetterOwed(side_id=side.id, about=about))
