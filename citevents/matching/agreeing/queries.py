"""What leaders, letters and calendars may know of proposals and exchanges: frozen rows (`read_models.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import must, session
from citevents.core.links import path_to
from citevents.matching.facts import Sides, agreeing_since, sides_of, stage_for
from citevents.matching.models import (
    Exchange,
    ExchangeState,
    Match,
    Program,
    Round,
    Side,
)
from citevents.matching.policy import Stage
from citevents.matching.read_models import (
    STANDING,
    ExchangeMeeting,
    ExchangeView,
    Other,
    ProposalView,
    peer,
    program_view,
    round_view,
)
from citevents.people import queries as people


def proposals_of(person_id: int, at: datetime | None = None) -> list[ProposalView]:
    """Every proposal to a person's program as it stands `at` (now), newest first."""
    rows = session().scalars(_led_by(person_id).order_by(Match.id.desc()))
    return _proposals(rows.all(), person_id, at)


def proposal(public_id: str, person_id: int, at: datetime | None = None) -> ProposalView | None:
    """A proposal as this leader may see it; None for anybody else's."""
    rows = session().scalars(_led_by(person_id).where(Match.public_id == public_id))
    return next(iter(_proposals(rows.all(), person_id, at)), None)


def side(side_id: int) -> tuple[people.PersonView, ProposalView] | None:
    """Whom a letter about a side of a match goes to, and what they may see; None where nobody leads the program."""
    row = must(Side, side_id)
    program = must(Program, row.program_id)
    if program.leader_id is None:
        return None
    (view,) = _proposals([must(Match, row.match_id)], program.leader_id)
    return people.person(program.leader_id), view


def _led_by(person_id: int) -> sa.Select[Match]:
    return sa.select(Match).where(Match.id.in_(_matches_of(person_id)))


def _matches_of(person_id: int) -> sa.Select[int]:
    return (
        sa.select(Side.match_id)
        .join(
            Program, sa.and_(Program.organization_id == Side.organization_id, Program.id == Side.program_id)
        )
        .where(Program.leader_id == person_id)
    )


def _proposals(matches: Sequence[Match], person_id: int, at: datetime | None = None) -> list[ProposalView]:
    """Proposals as one of their leaders sees them, in as many statements for one as for all."""
    moment = at or now()
    sides = _sides(match.id for match in matches)
    leaders = {program.leader_id for each in sides.values() for _, program in each if program.leader_id}
    since = people.agreed_since(leaders, people.Purpose.EXCHANGE)
    rounds = sa.select(Round).where(Round.id.in_({each.round_id for each in matches}))
    abouts = {row.id: round_view(row) for row in session().scalars(rounds)}
    made = sa.select(Exchange).where(Exchange.match_id.in_({each.id for each in matches}))
    exchanges = {row.match_id: row for row in session().scalars(made)}
    found = []
    for match in matches:
        together, exchange = sides[match.id], exchanges.get(match.id)
        mine, own = next((side, program) for side, program in together if program.leader_id == person_id)
        off = exchange.cancelled_at if exchange else None
        agree = agreeing_since(match, together, since)
        stage = stage_for(match, mine, agree, moment, called_off=off is not None)
        found.append(
            ProposalView(
                public_id=match.public_id,
                round=abouts[match.round_id],
                mine=program_view(own),
                position=mine.position,
                shape=match.shape,
                weeks=match.weeks,
                answer_by=match.answer_by,
                proposed_at=match.proposed_at,
                state=match.state,
                stage=stage,
                my_answer=mine.accepted,
                answered_at=mine.answered_at,
                others=_others(match, own, together, stage),
                exchange=exchange.public_id if exchange else None,
                called_off_at=off,
            )
        )
    return found


def _others(match: Match, own: Program, sides: Sides, stage: Stage) -> list[Other]:
    others = [program for _side, program in sides if program.id != own.id]
    if stage not in STANDING:
        return [Other(country=program.country) for program in others]
    reasons = {(each["gains"], each["gives"]): each["reasons"] for each in match.directions["directions"]}
    return [
        Other(
            country=program.country,
            peer=peer(program),
            gets=reasons.get((own.id, program.id), ()),
            gives=reasons.get((program.id, own.id), ()),
            named=program_view(program) if stage is Stage.AGREED else None,
        )
        for program in others
    ]


def _sides(match_ids: Iterable[int]) -> dict[int, Sides]:
    """The sides of several matches, each in its shape's order."""
    found: dict[int, Sides] = {}
    rows = session().execute(
        sa.select(Side, Program)
        .join(
            Program, sa.and_(Program.organization_id == Side.organization_id, Program.id == Side.program_id)
        )
        .where(Side.match_id.in_(set(match_ids)))
        .order_by(Side.match_id, Side.position)
        .execution_options(populate_existing=True)
    )
    for side, program in rows:
        found.setdefault(side.match_id, []).append((side, program))
    return found


def exchanges_of(person_id: int) -> list[ExchangeView]:
    """Every exchange of a person's program, the next one first, those that are over or cancelled last."""
    rows = session().scalars(_exchanges(person_id).order_by(Exchange.state.desc(), Exchange.starts_at)).all()
    return [_exchange(row, person_id) for row in rows]


def exchange(public_id: str, person_id: int) -> ExchangeView | None:
    """An exchange as one of its leaders sees it; None for anybody else's."""
    row = session().scalar(_exchanges(person_id).where(Exchange.public_id == public_id))
    return _exchange(row, person_id) if row else None


def _exchanges(person_id: int) -> sa.Select[Exchange]:
    return sa.select(Exchange).where(Exchange.match_id.in_(_matches_of(person_id)))


def _exchange(row: Exchange, person_id: int) -> ExchangeView:
    match = must(Match, row.match_id)
    programs = [program for _side, program in sides_of(row.match_id)]
    leaders = _leaders(programs)
    if row.state is ExchangeState.CANCELLED:
        agree = people.agreed_of((each.id for each in leaders.values()), people.Purpose.EXCHANGE)
        leaders = {id: each for id, each in leaders.items() if each.id in {*agree, person_id}}
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
        leaders=leaders,
        called_off_at=row.cancelled_at,
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
