"""Tables of the peer exchange: programs, rounds, requests, runs, matches and the exchanges that come of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import Mapped, Row, belongs_to, mapped_column
from citevents.core.tokens import new_public_id


class Program(Row):
    """A CIT program, as its leader describes it. Only what `Profile` shows is shown before both sides accept.

    Words (stage, structure, legal, size, roles, elements) are those of the solver's problem.
    """

    __tablename__ = "program"

    #: Who leads it here; NULL once that person was erased.
    leader_id: Mapped[int | None]
    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    name: Mapped[str]
    country: Mapped[str]
    city: Mapped[str] = mapped_column(default="")
    #: IANA zone.
    zone: Mapped[str]
    #: Language code -> CEFR level.
    languages: Mapped[dict[str, Any]]
    roles: Mapped[list[str]] = mapped_column(default_factory=list)
    stage: Mapped[str] = mapped_column(default="growing")
    structure: Mapped[str] = mapped_column(default="agency")
    legal: Mapped[str] = mapped_column(default="common")
    size: Mapped[str] = mapped_column(default="city")
    strengths: Mapped[list[str]] = mapped_column(default_factory=list)
    #: Most wanted first.
    needs: Mapped[list[str]] = mapped_column(default_factory=list)
    about: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("person", "leader_id"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.Index("program_leader", "organization_id", "leader_id", unique=True),
    )


class RoundState(StrEnum):
    """Whether it is worked on. Until when requests are taken is `Round.closes_at`; what was sent is in its matches."""

    OPEN = "open"
    CLOSED = "closed"


class Round(Row):
    """One matching run over everybody who asked."""

    __tablename__ = "exchange_round"

    name: Mapped[str]
    #: First and last day that exchanges of this round may fall on.
    first_day: Mapped[date]
    last_day: Mapped[date]
    #: Until when requests are taken.
    closes_at: Mapped[datetime]
    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    state: Mapped[RoundState] = mapped_column(default=RoundState.OPEN)
    #: Days that leaders have to answer a proposal.
    answer_days: Mapped[int] = mapped_column(sa.Integer, default=14)
    opened_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.CheckConstraint("last_day >= first_day", name="days"),
    )


class Request(Row):
    """What one program asks of one round."""

    __tablename__ = "exchange_request"

    round_id: Mapped[int]
    program_id: Mapped[int]
    #: Solver modes: mutual, guest, host, virtual, mentoring, circle.
    modes: Mapped[list[str]]
    #: ISO weeks that suit: "2027-W40".
    weeks: Mapped[list[str]]
    delegation: Mapped[int] = mapped_column(sa.Integer, default=3)
    places: Mapped[int] = mapped_column(sa.Integer, default=1)
    #: CEFR level under which a common language does not count.
    floor: Mapped[str] = mapped_column(default="B1")
    #: Countries that the delegation cannot enter.
    visas_closed: Mapped[list[str]] = mapped_column(default_factory=list)
    asked_at: Mapped[datetime] = mapped_column(default_factory=now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
    #: When a coordinator first wrote back, and what; erased with the leader.
    replied_at: Mapped[datetime | None] = mapped_column(default=None)
    reply: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        belongs_to("exchange_round", "round_id"),
        belongs_to("program"),
        sa.UniqueConstraint("organization_id", "round_id", "program_id"),
        sa.CheckConstraint("delegation BETWEEN 1 AND 20 AND places BETWEEN 0 AND 20", name="sizes"),
        sa.Index("exchange_request_program", "organization_id", "program_id"),
    )


class Avoided(Row):
    """Whom a program does not want to meet, in its leader's own words: a program's name or its leader's address.

    Kept whether or not such a program is here, so that neither the answer nor the list says which it is.
    """

    __tablename__ = "avoided"

    program_id: Mapped[int]
    words: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("program"),
        sa.UniqueConstraint("organization_id", "program_id", "words"),
    )


class MustNot(Row):
    """Two programs that never meet, by the wish of one. Private: nobody sees it, and no page hints at it.

    Made of what the asker avoids, as soon as a program answers to those words.
    """

    __tablename__ = "must_not"

    program_id: Mapped[int]
    other_id: Mapped[int]
    avoided_id: Mapped[int | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("program"),
        belongs_to("program", "other_id", name="fk_must_not_other"),
        belongs_to("avoided", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "program_id", "other_id", "avoided_id"),
        sa.CheckConstraint("program_id <> other_id", name="other"),
        sa.Index("must_not_other", "organization_id", "other_id"),
        sa.Index("must_not_avoided", "organization_id", "avoided_id"),
    )


class RunState(StrEnum):
    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"  # a newer run, or the coordinator, took its place


class Run(Row):
    """One run of the solver over a round: progress while it works, its answer when it is done."""

    __tablename__ = "exchange_run"

    round_id: Mapped[int]
    #: "coverage" or "stable".
    mode: Mapped[str]
    state: Mapped[RunState] = mapped_column(default=RunState.ASKED)
    asked_by: Mapped[int | None] = mapped_column(default=None)
    #: {"stage": message id, "done": 0..1, "at": ISO instant of the last sign of life, "stop": asked to}
    progress: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    #: The solver's answer as JSON: matches, tiers, unmatched, problems; programs by id.
    answer: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    #: Program -> how it asked when this run read it (`proposing.as_asked`): what changed since is not proposed.
    asked_as: Mapped[dict[str, Any]] = mapped_column(default_factory=dict, server_default="{}")
    asked_at: Mapped[datetime] = mapped_column(default_factory=now)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("exchange_round", "round_id"),
        sa.Index("exchange_run_round", "organization_id", "round_id", "id"),
    )


class MatchState(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    DECLINED = "declined"
    LAPSED = "lapsed"  # nobody answered in time


class Match(Row):
    """A proposal to two or more programs. `reasons` are the solver's, by program; no names."""

    __tablename__ = "exchange_match"

    round_id: Mapped[int]
    run_id: Mapped[int]
    #: Solver shape: mutual, visit, virtual, mentoring, cycle, circle.
    shape: Mapped[str]
    score: Mapped[int]
    #: ISO weeks that suit all of them.
    weeks: Mapped[list[str]]
    #: [{"gains", "gives", "score", "parts", "reasons": [[code, arguments]]}]
    directions: Mapped[dict[str, Any]]
    answer_by: Mapped[datetime]
    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    state: Mapped[MatchState] = mapped_column(default=MatchState.PROPOSED)
    proposed_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("exchange_round", "round_id"),
        belongs_to("exchange_run", "run_id"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.Index("exchange_match_round", "organization_id", "round_id"),
        sa.Index("exchange_match_due", "answer_by", postgresql_where=sa.text("state = 'proposed'")),
        sa.Index("exchange_match_run", "organization_id", "run_id"),
    )


class Why(StrEnum):
    """Why a leader declined."""

    DATES = "dates"
    FIT = "fit"
    TRAVEL = "travel"
    OTHER = "other"
    #: Nobody chose it: the request or the agreement to be matched was taken back, or the leader was erased.
    LEFT = "left"


class Side(Row):
    """One program's side of a match, in the order that the shape gives a meaning to, and its answer."""

    __tablename__ = "exchange_side"

    match_id: Mapped[int]
    program_id: Mapped[int]
    position: Mapped[int] = mapped_column(sa.Integer)
    accepted: Mapped[bool | None] = mapped_column(default=None)
    #: Why it was declined, where the leader said so; only the coordinator reads it.
    why: Mapped[Why | None] = mapped_column(default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    reminded_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("exchange_match", "match_id", ondelete="CASCADE"),
        belongs_to("program"),
        sa.UniqueConstraint("organization_id", "match_id", "program_id"),
        sa.Index("exchange_side_program", "organization_id", "program_id"),
    )


class ExchangeState(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


class Exchange(Row):
    """What both sides agreed to: who, when, where."""

    __tablename__ = "exchange"

    match_id: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    #: IANA zone of where it takes place.
    zone: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    state: Mapped[ExchangeState] = mapped_column(default=ExchangeState.PLANNED)
    agreed_at: Mapped[datetime] = mapped_column(default_factory=now)
    cancelled_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("exchange_match", "match_id"),
        sa.UniqueConstraint("organization_id", "match_id"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.CheckConstraint("ends_at > starts_at", name="times"),
        sa.CheckConstraint("(cancelled_at IS NOT NULL) = (state = 'cancelled')", name="cancelled"),
    )
