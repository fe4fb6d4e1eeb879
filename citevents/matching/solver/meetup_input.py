"""People at one conference who would like to meet others, and the plan of their meetings, as plain values and JSON."""

from dataclasses import dataclass
from typing import Any

from citevents.matching.solver.documents import fit, once
from citevents.matching.solver.schemas import GATHERING


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person who would like to meet others."""

    id: str
    free: frozenset[str]  # slots
    seeks: tuple[str, ...] = ()  # topics, most wanted first
    offers: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()  # none named: any
    at_most: int | None = None  # meetings; None is the gathering's
    must_meet: frozenset[str] = frozenset()
    no_thanks: frozenset[str] = frozenset()  # private


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    people: tuple[Person, ...]
    slots: tuple[str, ...]  # in order of time
    tables: int
    at_most: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    people: tuple[str, str]
    slot: str
    table: int  # 1..tables
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """Something a person asked that cannot be as written; the plan goes on without it. For the organizer only."""

    person: str
    code: str  # unknown_slot, unknown_person, oneself, must_meet_and_no_thanks
    about: str  # the slot or person


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`bound` limits the score of any plan with as many must-meets and people."""

    meetings: tuple[Meeting, ...]
    people: int
    score: int
    must_meet: int  # pairs that had to meet and do
    missed: tuple[tuple[str, str], ...]  # must-meets that could not be
    alone: tuple[str, ...]
    bound: int
    proven: bool
    problems: tuple[Oddity, ...] = ()


def gathering_of(document: Any) -> Gathering:
    """A gathering from its JSON form. Raises Unreadable."""
    fit(document, GATHERING)
    once([p["id"] for p in document["people"]], "$.people", "id")
    sets = ("free", "offers", "languages", "must_meet", "no_thanks")
    people = tuple(
        Person(
            **{
                **p,
                **{key: frozenset(p[key]) for key in sets if key in p},
                **({"seeks": tuple(p["seeks"])} if "seeks" in p else {}),
            }
        )
        for p in document["people"]
    )
    return Gathering(**{**document, "people": people, "slots": tuple(document["slots"])})


def oddities(gathering: Gathering) -> tuple[Oddity, ...]:
    """What does not make sense in a gathering, person by person."""
    known, slots = {p.id for p in gathering.people}, set(gathering.slots)
    found = []
    for p in gathering.people:
        named = p.must_meet | p.no_thanks
        found += [(p.id, "unknown_slot", slot) for slot in p.free - slots]
        found += [(p.id, "unknown_person", other) for other in named - known]
        found += [(p.id, "oneself", other) for other in named & {p.id}]
        found += [(p.id, "must_meet_and_no_thanks", other) for other in p.must_meet & p.no_thanks - {p.id}]
    return tuple(Oddity(person=person, code=code, about=about) for person, code, about in sorted(found))
