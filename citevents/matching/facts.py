"""What stands between the programs of a round, read once for everybody who decides: `proposing.py` says what follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import session
from citevents.matching.models import (
    Exchange,
    ExchangeState,
    Match,
    MatchState,
    MustNot,
    Program,
    Request,
    Side,
    Why,
)
from citevents.matching.policy import Stage, stage_of
from citevents.matching.proposing import Facts, Group, Pair, as_asked
from citevents.people import queries as people

#: The sides of a match in its shape's order, each with its program.
Sides = list[tuple[Side, Program]]
#: What a match was found by, beside the request: a change of it is a change of what is asked.
DESCRIBED = ("country", "zone", "languages", "roles", "stage", "structure", "legal", "size", "strengths", "needs")  # fmt: skip
ASKED = ("modes", "weeks", "delegation", "places", "floor", "visas_closed")


def asking(round_id: int, until: datetime | None = None) -> sa.Select[Request, Program]:
    """Who takes part in a round: the request stands, and somebody leads the program and agreed (`until`) to be matched."""
    return (
        sa.select(Request, Program)
        .join(
            Program,
            sa.and_(Program.organization_id == Request.organization_id, Program.id == Request.program_id),
        )
        .where(
            Request.round_id == round_id,
            Request.withdrawn_at.is_(None),
            Program.leader_id.in_(people.agreeing(people.Purpose.EXCHANGE, until)),
        )
    )


def facts_of(round_id: int, until: datetime | None = None) -> Facts:
    """What decides in this round, as of now; of those who agreed to be matched `until` then."""
    rows = session().execute(asking(round_id, until).execution_options(populate_existing=True)).all()
    standing, over = _matches(round_id)
    hosted = Counter(program for group in standing for program in group.programs)
    return Facts(
        asking={program.id: asks(request, program) for request, program in rows},
        standing=tuple(standing),
        ending=frozenset(_ending(round_id)),
        over=frozenset(pair for group in over for pair in group.pairs),
        met=_met(round_id),
        avoids=frozenset(avoids({program.id for _, program in rows} | set(hosted))),
        places={
            program.id: request.places
            for request, program in rows
            if "host" in request.modes and request.places > 1
        },
    )


def asks(request: Request, program: Program) -> str:
    """What a program is and asks, in short: the same as long as neither changes."""
    return as_asked(
        *(getattr(request, name) for name in ASKED), *(getattr(program, name) for name in DESCRIBED)
    )


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


def stands() -> sa.ColumnElement[bool]:
    """Of a match: it is out, or there is an exchange."""
    return sa.and_(Match.state.in_((MatchState.PROPOSED, MatchState.AGREED)), ~called_off())


def avoids(program_ids: Iterable[int]) -> set[tuple[int, int]]:
    """(who avoids, whom) among these programs. For decisions only: no page may show it."""
    ids = set(program_ids)
    rows = session().execute(
        sa.select(MustNot.program_id, MustNot.other_id).where(
            MustNot.program_id.in_(ids), MustNot.other_id.in_(ids)
        )
    )
    return {(one, other) for one, other in rows}


def sides_of(match_id: int) -> Sides:
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


def agreeing(match: Match, sides: Sides, *, hold: bool = False) -> dict[int, bool]:
    """Program -> whether its leader agrees to be matched, ever since the match was proposed. `hold`: nobody can take it back
    before this transaction ends.
    """
    leaders = [program.leader_id for _, program in sides if program.leader_id]
    return agreeing_since(match, sides, people.agreed_since(leaders, people.Purpose.EXCHANGE, hold=hold))


def agreeing_since(match: Match, sides: Sides, since: Mapping[int, datetime]) -> dict[int, bool]:
    """The same, where it is known since when each leader's agreement stands."""
    begun = {side.program_id: since.get(program.leader_id or 0) for side, program in sides}
    return {id: moment is not None and moment <= match.proposed_at for id, moment in begun.items()}


def stage_for(
    match: Match, mine: Side, agree: Mapping[int, bool], at: datetime, *, called_off: bool
) -> Stage:
    """How a proposal stands for one side; `agree` as `agreeing` says it."""
    return stage_of(
        match.state,
        mine.accepted,
        late=at >= match.answer_by,
        left=mine.why is Why.LEFT,
        i_agree=agree[mine.program_id],
        they_agree=all(agrees for id, agrees in agree.items() if id != mine.program_id),
        called_off=called_off,
    )


def _matches(round_id: int) -> tuple[list[Group], list[Group]]:
    """The matches of a round that stand, and those that are over, in the order of their making."""
    groups = _groups(sa.select(Match.id, Match.shape, stands()).where(Match.round_id == round_id))
    return [group for group, here in groups if here], [group for group, here in groups if not here]


def _ending(round_id: int) -> list[Group]:
    """The proposals of a round that are out, and of which somebody no longer agrees to be matched."""
    left = sa.and_(
        Match.state == MatchState.PROPOSED,
        sa.select(Side.id)
        .join(
            Program, sa.and_(Program.organization_id == Side.organization_id, Program.id == Side.program_id)
        )
        .where(
            Side.match_id == Match.id,
            sa.or_(
                Program.leader_id.is_(None),
                Program.leader_id.not_in(people.agreeing(people.Purpose.EXCHANGE, Match.proposed_at)),
            ),
        )
        .correlate(Match)
        .exists(),
    )
    return [
        group
        for group, here in _groups(sa.select(Match.id, Match.shape, left).where(Match.round_id == round_id))
        if here
    ]


def _met(round_id: int) -> frozenset[Pair]:
    """Pairs with an exchange in another round."""
    agreed = sa.select(Match.id, Match.shape, stands()).where(
        Match.round_id != round_id, Match.state == MatchState.AGREED
    )
    return frozenset(pair for group, here in _groups(agreed) if here for pair in group.pairs)


def _groups(matches: sa.Select[int, str, bool]) -> Sequence[tuple[Group, bool]]:
    rows = session().execute(
        matches.add_columns(Side.program_id)
        .join(Side, sa.and_(Side.organization_id == Match.organization_id, Side.match_id == Match.id))
        .order_by(Match.id, Side.position)
    )
    found: dict[int, tuple[str, bool, list[int]]] = {}
    for id, shape, here, program_id in rows:
        found.setdefault(id, (shape, here, []))[2].append(program_id)
    return [(Group(shape=shape, programs=tuple(programs)), here) for shape, here, programs in found.values()]
