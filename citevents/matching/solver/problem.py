"""The problem as plain frozen values: programs, their requests, and the round that asks.

Nothing here computes. Ids are opaque strings; weeks are ISO weeks ("2027-W40"); countries are
ISO 3166 alpha-2; languages are ISO 639 codes with CEFR levels; money is integer minor units of the
round's one currency; zones are minutes east of UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")
STAGES = ("starting", "growing", "established", "leading")
STRUCTURES = ("agency", "regional", "state")
LEGAL_SETTINGS = ("common", "civil", "mixed", "customary", "religious")
SIZES = ("village", "town", "city", "metropolis")
ROLES = (
    "police",
    "corrections",
    "dispatch",
    "clinician",
    "court",
    "family",
    "lived_experience",
    "advocate",
)
# The ten core elements of a CIT program (Dupont, Cochran & Pillsbury 2007).
CORE_ELEMENTS = (
    "partnerships",
    "community_ownership",
    "policies",
    "cit_roles",
    "curriculum",
    "receiving_facility",
    "evaluation",
    "in_service_training",
    "recognition",
    "outreach",
)


class Mode(StrEnum):
    """What a request accepts; a request may accept several."""

    MUTUAL = "mutual"  # visits both ways: as a pair, or round a cycle of three
    GUEST = "guest"  # a study visit, as the one who travels
    HOST = "host"  # a study visit, as the one who receives
    VIRTUAL = "virtual"  # a series of online meetings
    MENTORING = "mentoring"  # the one further on accompanies the other, online
    CIRCLE = "circle"  # three to five programs meet online as one group


class Shape(StrEnum):
    """What a match is. The order of `Match.programs` carries the roles."""

    MUTUAL = "mutual"  # (a, b)
    VISIT = "visit"  # (guest, host)
    VIRTUAL = "virtual"  # (a, b)
    MENTORING = "mentoring"  # (mentee, mentor)
    CYCLE = "cycle"  # (a, b, c): a visits b, b visits c, c visits a
    CIRCLE = "circle"  # three to five, no order


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Who a program is: what the score and some hard rules read."""

    id: str
    country: str
    languages: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    roles: frozenset[str] = frozenset()
    stage: str = "growing"
    structure: str = "agency"
    legal: str = "common"
    size: str = "city"
    zone: int = 0
    strengths: frozenset[str] = frozenset()  # what it can show: core elements and free topics
    needs: tuple[str, ...] = ()  # what it seeks, most wanted first
    previous: frozenset[str] = frozenset()  # programs it has already exchanged with
    left_out: int = 0  # earlier rounds that ended without a partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a program asks of this round. One request per program."""

    program: str
    modes: frozenset[Mode] = frozenset({Mode.MUTUAL})
    weeks: frozenset[str] = frozenset()
    delegation: int = 3  # people who would travel
    places: int = 1  # delegations it can host in the round
    largest_delegation: int | None = None  # people it can host at a time; None is any
    budget: int | None = None  # minor units per traveller; None is no limit
    visas_closed: frozenset[str] = frozenset()  # countries it cannot get into
    floor: str = "B1"  # CEFR level below which a common language does not count
    wishes: tuple[str, ...] = ()  # programs, most wanted first
    must_not: frozenset[str] = frozenset()  # programs it may never meet; private
    pre_matched: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A match that stays: accepted earlier, or proposed and open."""

    shape: Shape
    programs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One matching run: its weights and limits, and what is already decided."""

    id: str = "round"
    opens: str | None = None  # ISO week; windows before it are past
    weights: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # see score.WEIGHTS
    minimum: int = 0  # least score, 0..1000, averaged over both directions
    targets: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    credit: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    regions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    fares: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({})
    )  # "Africa>Europe": minor units
    accepted: tuple[Agreed, ...] = ()
    proposed: tuple[Agreed, ...] = ()  # proposals still open that shall stay
    served: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # matched elsewhere
    declined: frozenset[frozenset[str]] = frozenset()  # pairs that one side declined
    step: int = 50  # score points that make another partner materially better
    longest_cycle: int = 3  # 2: pairs only


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Everything a solver reads."""

    programs: tuple[Program, ...]
    requests: tuple[Request, ...]
    round: Round = field(default_factory=Round)
