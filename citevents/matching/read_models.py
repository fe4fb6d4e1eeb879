"""The frozen rows of the exchange, and how they are made.

Before everybody accepted, a leader sees a `Peer` of the others: nothing that names the program, its city or its leader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from citevents.locale.languages import gettext as _
from citevents.matching import policy
from citevents.matching.models import ExchangeState, MatchState, Program, Request, Round, RoundState
from citevents.matching.policy import Stage
from citevents.people.queries import PersonView


@dataclass(frozen=True, kw_only=True)
class Peer:
    """What of a program everybody may see who is proposed to it."""

    country: str
    languages: Mapping[str, str]
    roles: Sequence[str]
    stage: str
    legal: str
    size: str
    strengths: Sequence[str]
    needs: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ProgramView(Peer):
    """A program whole: for its leader, the coordinator, and partners of an exchange. `name` is "" once erased."""

    id: int
    public_id: str
    leader_id: int | None
    name: str
    city: str
    zone: str
    structure: str
    about: str


@dataclass(frozen=True, kw_only=True)
class RoundView:
    id: int
    public_id: str
    name: str
    first_day: date
    last_day: date
    closes_at: datetime
    state: RoundState
    answer_days: int

    def takes_requests(self, at: datetime) -> bool:
        """Whether anybody may ask: until its day for requests, whatever was sent."""
        return policy.may_ask(closed=self.closed, in_time=at < self.closes_at, asked=False, placed=False)

    @property
    def closed(self) -> bool:
        return self.state is RoundState.CLOSED


@dataclass(frozen=True, kw_only=True)
class RequestView:
    id: int
    round_id: int
    program_id: int
    modes: Sequence[str]
    weeks: Sequence[str]
    delegation: int
    places: int
    floor: str
    visas_closed: Sequence[str]
    asked_at: datetime
    replied_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Other:
    """Another side of a proposal. Once a proposal is over nothing is left of it but its country.

    `peer`, with what each direction brings: while it is out or agreed; `named` only once everybody accepted.
    """

    country: str
    peer: Peer | None = None
    gets: Sequence[Sequence[Any]] = ()
    gives: Sequence[Sequence[Any]] = ()
    named: ProgramView | None = None


@dataclass(frozen=True, kw_only=True)
class ProposalView:
    """A match as one of its leaders sees it. How the others answered is not part of it before it is over."""

    public_id: str
    round: RoundView
    mine: ProgramView
    #: My place in the shape's order, from 0.
    position: int
    shape: str
    weeks: Sequence[str]
    answer_by: datetime
    proposed_at: datetime
    state: MatchState
    #: How it stands for me: what pages and messages say.
    stage: Stage
    my_answer: bool | None
    answered_at: datetime | None
    others: Sequence[Other]
    exchange: str | None
    called_off_at: datetime | None

    @property
    def waits_for_me(self) -> bool:
        return self.stage is Stage.ASKED

    @property
    def stands(self) -> bool:
        """Whether it is out, or there is an exchange."""
        return self.stage in STANDING


#: Stages of a proposal that is out, or of which an exchange came.
STANDING = {Stage.ASKED, Stage.ACCEPTED, Stage.AGREED}


@dataclass(frozen=True, kw_only=True)
class ExchangeView:
    """An exchange as one of its leaders sees it: everybody by name, in the shape's order."""

    id: int
    public_id: str
    round_name: str
    shape: str
    state: ExchangeState
    starts_at: datetime
    ends_at: datetime
    zone: str
    place: str
    mine: ProgramView
    programs: Sequence[ProgramView]
    #: By program. Of an exchange that was called off: those who still agree to be known to others.
    leaders: Mapping[int, PersonView]
    called_off_at: datetime | None

    @property
    def others(self) -> list[ProgramView]:
        return [program for program in self.programs if program.id != self.mine.id]


@dataclass(frozen=True, kw_only=True)
class ExchangeMeeting:
    """An exchange as calendars need it. `programs`: the names that make its title, in the shape's order."""

    exchange_id: int
    public_id: str
    cancelled: bool
    starts_at: datetime
    ends_at: datetime
    zone: str
    place: str
    shape: str
    programs: tuple[str, ...]
    people: tuple[int, ...]
    path: str


def peer(row: Program) -> Peer:
    return Peer(
        country=row.country,
        languages=row.languages,
        roles=row.roles,
        stage=row.stage,
        legal=row.legal,
        size=row.size,
        strengths=row.strengths,
        needs=row.needs,
    )


def program_view(row: Program) -> ProgramView:
    return ProgramView(
        id=row.id,
        public_id=row.public_id,
        leader_id=row.leader_id,
        name=row.name or _("A program whose leader left"),
        country=row.country,
        city=row.city,
        zone=row.zone,
        languages=row.languages,
        roles=row.roles,
        stage=row.stage,
        structure=row.structure,
        legal=row.legal,
        size=row.size,
        strengths=row.strengths,
        needs=row.needs,
        about=row.about,
    )


def round_view(row: Round) -> RoundView:
    return RoundView(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        first_day=row.first_day,
        last_day=row.last_day,
        closes_at=row.closes_at,
        state=row.state,
        answer_days=row.answer_days,
    )


def request_view(row: Request) -> RequestView:
    return RequestView(
        id=row.id,
        round_id=row.round_id,
        program_id=row.program_id,
        modes=row.modes,
        weeks=row.weeks,
        delegation=row.delegation,
        places=row.places,
        floor=row.floor,
        visas_closed=row.visas_closed,
        asked_at=row.asked_at,
        replied_at=row.replied_at,
    )
