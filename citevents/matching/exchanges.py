"""Verbs of proposals and exchanges: answer, agree, date, cancel, lapse. Called inside the edge's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.db import ALL_ORGANIZATIONS, as_organization, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.matching import policy
from citevents.matching.errors import AnsweredBefore, EndsBeforeStart, ExchangeOver
from citevents.matching.events import (
    ExchangeAgreed,
    ExchangeCancelled,
    ExchangeDated,
    LetterOwed,
    MatchAnswered,
    MatchLapsed,
)
from citevents.matching.models import (
    Exchange,
    ExchangeState,
    Match,
    MatchState,
    MustNot,
    Program,
    Side,
    Why,
)


def answer(
    leader_id: int, match_public_id: str, accepted: bool, at: datetime, why: Why | None = None
) -> int | None:
    """A leader accepts or declines. When the last side accepts, the exchange exists; its id, else None.

    NotYours for a proposal to others; AnsweredBefore for a second answer, or once it is over.
    """
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
    if mine.accepted is accepted and match.state is not MatchState.LAPSED:
        return None  # a double click says it once
    if match.state is not MatchState.PROPOSED or mine.accepted is not None or at >= match.answer_by:
        raise AnsweredBefore()
    mine.accepted, mine.answered_at, mine.why = accepted, at, None if accepted else why
    emit(MatchAnswered(match_id=match.id, program_id=mine.program_id, accepted=accepted))
    if not accepted:
        match.state = MatchState.DECLINED
        return None
    # Two who must not meet wait for each other until the time is over, as if one of them never answered.
    if not all(side.accepted for side, _ in sides) or must_not_meet(side.program_id for side, _ in sides):
        return None
    match.state = MatchState.AGREED
    return _agree(match, [program for _, program in sides], at)


def sides_of(match_id: int) -> list[tuple[Side, Program]]:
    """The sides of a match in its shape's order, each with its program, as they are now."""
    rows = session().execute(
        sa.select(Side, Program)
        .join(
            Program, sa.and_(Program.organization_id == Side.organization_id, Program.id == Side.program_id)
        )
        .where(Side.match_id == match_id)
        .order_by(Side.position)
        .execution_options(populate_existing=True)
    )
    return [(side, program) for side, program in rows]


def must_not_meet(program_ids: Iterable[int]) -> bool:
    """Whether one of these programs avoids another of them. For decisions only: no page may show it."""
    return bool(avoiding(program_ids))


def avoiding(program_ids: Iterable[int]) -> set[frozenset[int]]:
    """The pairs among these programs of which one avoids the other. For decisions only."""
    ids = list(program_ids)
    rows = session().execute(
        sa.select(MustNot.program_id, MustNot.other_id).where(
            MustNot.program_id.in_(ids), MustNot.other_id.in_(ids)
        )
    )
    return {frozenset((one, other)) for one, other in rows}


def called_off() -> sa.Exists:
    """Of a match: its exchange was cancelled, so that its programs are free again."""
    return (
        sa.select(Exchange.id)
        .where(
            Exchange.organization_id == Match.organization_id,
            Exchange.match_id == Match.id,
            Exchange.state == ExchangeState.CANCELLED,
        )
        .correlate(Match)
        .exists()
    )


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
    exchange.state = ExchangeState.CANCELLED
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


def end_all(program_id: int, at: datetime) -> None:
    """Decline every open proposal of a program and call off every planned exchange: its leader is gone."""
    current = session()
    own = sa.select(Side.match_id).where(Side.program_id == program_id)
    proposed = sa.select(Match).where(Match.id.in_(own), Match.state == MatchState.PROPOSED).with_for_update()
    for match in current.scalars(proposed).all():
        match.state = MatchState.DECLINED
        mine = next(side for side, _ in sides_of(match.id) if side.program_id == program_id)
        mine.accepted, mine.answered_at = False, at
        emit(MatchAnswered(match_id=match.id, program_id=program_id, accepted=False))
    planned = sa.select(Exchange).where(
        Exchange.match_id.in_(own), Exchange.state == ExchangeState.PLANNED, Exchange.ends_at > at
    )
    for exchange in current.scalars(planned.with_for_update()).all():
        exchange.state = ExchangeState.CANCELLED
        emit(ExchangeCancelled(exchange_id=exchange.id))


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
        match.state = MatchState.LAPSED
        with as_organization(match.organization_id):
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
