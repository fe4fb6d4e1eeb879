"""What pages, calendars and other slices may know of the exchange: frozen rows (`read_models.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import get, must, session
from citevents.matching.agreeing.queries import (
    exchange,
    exchange_meeting,
    exchanges_of,
    proposal,
    proposals_of,
    side,
)
from citevents.matching.facts import stands
from citevents.matching.models import Avoided, Match, Program, Request, Round, RoundState, Side
from citevents.matching.read_models import (
    ProgramView,
    RequestView,
    RoundView,
    program_view,
    request_view,
    round_view,
)


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
    return next(iter(open_rounds(at)), None)


def open_rounds(at: datetime) -> list[RoundView]:
    """The rounds that take requests now, those that close first first."""
    rows = session().scalars(
        sa.select(Round)
        .where(Round.state == RoundState.OPEN, Round.closes_at > at)
        .order_by(Round.closes_at, Round.id)
    )
    return [round_view(row) for row in rows]


def requests_of(program_id: int) -> list[tuple[RoundView, RequestView]]:
    """What a program asks, in rounds that are not closed, the newest round first."""
    rows = session().execute(
        sa.select(Request, Round)
        .join(Round, sa.and_(Round.organization_id == Request.organization_id, Round.id == Request.round_id))
        .where(
            Request.program_id == program_id,
            Request.withdrawn_at.is_(None),
            Round.state != RoundState.CLOSED,
        )
        .order_by(Request.round_id.desc())
    )
    return [(round_view(about), request_view(asked)) for asked, about in rows]


def latest_request(program_id: int) -> tuple[RoundView, RequestView] | None:
    """What a program asked last, and of which round; None where it asks for nothing that is not over."""
    return next(iter(requests_of(program_id)), None)


def sent_at(round_ids: Iterable[int]) -> dict[int, datetime]:
    """When proposals of these rounds were last sent; rounds without any are left out."""
    rows = session().execute(
        sa.select(Match.round_id, sa.func.max(Match.proposed_at))
        .where(Match.round_id.in_(set(round_ids)))
        .group_by(Match.round_id)
    )
    return {about: at for about, at in rows}  # noqa: C416 - rows are tuples of their own kind


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
        .where(Match.round_id == round_id, stands())
    )
    return set(rows)


__all__ = [
    "avoided_by",
    "exchange",
    "exchange_meeting",
    "exchanges_of",
    "latest_request",
    "open_round",
    "open_rounds",
    "placed_in",
    "program_of",
    "proposal",
    "proposals_of",
    "request",
    "request_of",
    "requests_of",
    "round_by",
    "rounds",
    "sent_at",
    "side",
]
