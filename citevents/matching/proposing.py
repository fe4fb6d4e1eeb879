"""May these programs be proposed to each other? One decision, over plain values, for runs, the board and sending alike.

`Facts` are read by `facts.py`; the solver is told the same facts, so that what it finds may be proposed as long as they hold.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from typing import Any

Pair = frozenset[int]


class Objection(StrEnum):
    """Why programs may not be proposed to each other. For decisions: no page tells one from another."""

    GONE = (
        "gone"  # somebody takes no part: request taken back, agreement taken back, nobody leads the program
    )
    OVER = "over"  # declined, lapsed or called off in this round
    TOGETHER = "together"  # they have a proposal that is out, or an exchange
    MET = "met"  # they had an exchange in another round
    APART = "apart"  # one avoids the other
    TAKEN = "taken"  # somebody has a partner already and no place left
    CHANGED = "changed"  # somebody asks something else by now
    PAST = "past"  # the weeks that suit everybody are over


@dataclass(frozen=True, kw_only=True)
class Group:
    """Programs together in one shape, in its order."""

    shape: str
    programs: tuple[int, ...]

    @property
    def pairs(self) -> set[Pair]:
        return {frozenset(pair) for pair in combinations(self.programs, 2)}

    @property
    def travelling(self) -> tuple[int, ...]:
        """Whose own match it is: everybody's, but of the host of a visit, who can have several."""
        return self.programs[:1] if self.shape == "visit" else self.programs


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a run found. `asked`: how each of them asked when the run read it (`as_asked`); `weeks` suit all of them."""

    group: Group
    weeks: Sequence[str] = ()
    asked: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What stands between the programs of a round, by their ids."""

    #: Who takes part, and how they ask (`as_asked`).
    asking: Mapping[int, str]
    #: Proposals that are out, and exchanges that are planned.
    standing: tuple[Group, ...] = ()
    #: Of those, the proposals that are out although somebody took the agreement back: the reaction that ends them is due.
    ending: frozenset[Group] = frozenset()
    #: Pairs of this round of which one declined, or did not answer, or whose exchange was called off.
    over: frozenset[Pair] = frozenset()
    #: Pairs that had an exchange in another round.
    met: frozenset[Pair] = frozenset()
    #: (who avoids, whom): private.
    avoids: frozenset[tuple[int, int]] = frozenset()
    #: How many matches a program has room for, where it is more than one.
    places: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def together(self) -> frozenset[Pair]:
        return frozenset(pair for group in self.standing for pair in group.pairs)

    @cached_property
    def apart(self) -> frozenset[Pair]:
        """Pairs of which one avoids the other."""
        return frozenset(frozenset(pair) for pair in self.avoids)


def between(pair: Pair, facts: Facts) -> Objection | None:
    """Why these two may not be proposed to each other in this round, whatever they ask; None where they may."""
    for objection, pairs in (
        (Objection.TOGETHER, facts.together),
        (Objection.OVER, facts.over),
        (Objection.MET, facts.met),
        (Objection.APART, facts.apart),
    ):
        if pair in pairs:
            return objection
    return None


@dataclass
class Room:
    """Who is free in a round: one match of one's own each, and as many guests as there are places."""

    places: Mapping[int, int]
    own: set[int] = field(default_factory=set)
    total: Counter[int] = field(default_factory=Counter)

    @classmethod
    def beside(cls, standing: Iterable[Group], places: Mapping[int, int]) -> Room:
        """What is free beside the matches that stand."""
        room = cls(places)
        for group in standing:
            room.take(group)
        return room

    def has(self, group: Group) -> bool:
        return self.own.isdisjoint(group.travelling) and all(
            self.total[program] < self.places.get(program, 1) for program in group.programs
        )

    def take(self, group: Group) -> None:
        self.own.update(group.travelling)
        self.total.update(group.programs)


def objection_to(found: Found, facts: Facts, room: Room, today: date) -> Objection | None:
    """Why what a run found may not be proposed now; None where it may."""
    programs = found.group.programs
    if not facts.asking.keys() >= set(programs):
        return Objection.GONE
    for pair in sorted(found.group.pairs, key=sorted):
        if objection := between(pair, facts):
            return objection
    if not room.has(found.group):
        return Objection.TAKEN
    if any(facts.asking[program] != found.asked.get(program) for program in programs):
        return Objection.CHANGED
    return Objection.PAST if found.weeks and not ahead(found.weeks, today) else None


def may_propose(found: Iterable[Found], facts: Facts, today: date) -> tuple[list[Found], list[Found]]:
    """Of what a run found: (what may be proposed now, what fell away since). What is out already is neither.

    Together, not one by one: two guests do not get the last place of one host.
    """
    may: list[Found] = []
    fallen: list[Found] = []
    done = set(facts.standing) - facts.ending
    room = Room.beside(facts.standing, facts.places)
    for each in found:
        if each.group in done:
            continue
        if objection_to(each, facts, room, today):
            fallen.append(each)
        else:
            may.append(each)
            room.take(each.group)
    return may, fallen


def ahead(weeks: Iterable[str], today: date) -> list[str]:
    """The ISO weeks ("2027-W40") that are not over."""
    year, week, _ = today.isocalendar()
    return [each for each in weeks if each >= f"{year}-W{week:02d}"]


def as_asked(*values: Any) -> str:
    """A short name for what a program is and asks, the same as long as neither changes."""
    said = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
