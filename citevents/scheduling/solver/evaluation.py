"""How good a whole agenda is: what blocks it, what it costs by rule, and every reason in words."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from citevents.scheduling.solver.counting import Counts, overlap
from citevents.scheduling.solver.problem import Agenda, Problem, Severity
from citevents.scheduling.solver.rules import CATALOGUE, counted, rule
from citevents.scheduling.solver.sentences import Message, message


@dataclass(frozen=True, slots=True)
class Violation:
    """One reason: its rule, the sessions, how many people it counts (never who), and what it costs."""

    rule: str
    severity: Severity
    sessions: tuple[int, ...]
    people: int
    cost: int  # 0 where it blocks
    reason: Message


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`blocked` agendas cannot be used; `cost` compares those that can."""

    violations: tuple[Violation, ...]

    @property
    def blocked(self) -> int:
        return sum(violation.severity is Severity.BLOCK for violation in self.violations)

    @property
    def cost(self) -> int:
        return sum(violation.cost for violation in self.violations)

    def by_rule(self) -> dict[str, tuple[int, int, int]]:
        """Rule -> how often, how many people, what cost."""
        totals: dict[str, tuple[int, int, int]] = {}
        for violation in self.violations:
            times, people, cost = totals.get(violation.rule, (0, 0, 0))
            totals[violation.rule] = (times + 1, people + violation.people, cost + violation.cost)
        return dict(sorted(totals.items()))


def evaluate(problem: Problem, agenda: Agenda, counts: Counts | None = None) -> Evaluation:
    """Everything that a whole agenda breaks or costs. `counts` saves counting the same problem again."""
    reader = Reader(problem, agenda, counts or counted(problem))
    return Evaluation(tuple(reader.violations()))


class Reader:
    """Goes through an agenda shape by shape (see `rules.Counts`)."""

    def __init__(self, problem: Problem, agenda: Agenda, counts: Counts) -> None:
        self.problem, self.agenda, self.counts = problem, agenda, counts
        self.placed = [i for i, place in enumerate(agenda) if place is not None]
        self.slot = np.array([-1 if place is None else place.slot for place in agenda])
        self.room = np.array([-1 if place is None else place.room for place in agenda])
        overlaps = np.array([[overlap(a, b) for b in problem.slots] for a in problem.slots])
        at = np.array(self.placed, dtype=int)
        same_time = np.triu(overlaps[self.slot[at]][:, self.slot[at]], 1) if self.placed else np.zeros((0, 0))
        first, second = np.nonzero(same_time)
        self.parallel = at[first], at[second]

    def violations(self) -> Iterator[Violation]:
        yield from self.alone()
        yield from self.parallels()
        yield from self.sequences()
        yield from self.tracks()

    def made(
        self, name: str, sessions: tuple[int, ...], people: int, times: int = 1, **more: str
    ) -> Violation | None:
        """The violation as the problem weighs it; None if it weighs nothing."""
        taken = rule(self.problem, name)
        cost = taken.weight * max(times, people) if taken.severity is Severity.WARN else 0
        if taken.severity is Severity.IGNORE or (taken.severity is Severity.WARN and cost == 0):
            return None
        names = {
            key: self.problem.sessions[i].id for key, i in zip(("session", "other"), sessions, strict=False)
        }
        words = message(CATALOGUE[name].reason, **names, **more)  # message ids are marked in the catalogue
        return Violation(name, taken.severity, sessions, people, cost, words)

    def counted(self, name: str, number: int) -> tuple[int, int]:
        """A rule's number as (people, times)."""
        return (number, 1) if CATALOGUE[name].counts_people else (0, number)

    def alone(self) -> Iterator[Violation]:
        """What a session's own slot and room break."""
        for i, place in enumerate(self.agenda):
            if place is None:
                found = [("placed", 1)]
            else:
                found = [(name, int(table[i, place.slot])) for name, table in self.counts.by_slot.items()]
                found += [(name, int(table[i, place.room])) for name, table in self.counts.by_room.items()]
                found += [
                    (name, int(table[place.slot, place.room])) for name, table in self.counts.by_cell.items()
                ]
            names = {} if place is None else self.place_names(i)
            for name, number in found:
                people, times = self.counted(name, number)
                if number and (violation := self.made(name, (i,), people, times, **names)):
                    yield violation

    def place_names(self, i: int) -> dict[str, str]:
        return {"slot": self.problem.slots[self.slot[i]].id, "room": self.problem.rooms[self.room[i]].id}

    def parallels(self) -> Iterator[Violation]:
        """What two sessions at the same time break."""
        first, second = self.parallel
        for name, table in self.counts.together.items():
            numbers = table[first, second]
            for k in np.nonzero(numbers)[0]:
                people, times = self.counted(name, int(numbers[k]))
                if violation := self.made(name, (int(first[k]), int(second[k])), people, times):
                    yield violation
        for k in np.nonzero(self.room[first] == self.room[second])[0]:
            pair = (int(first[k]), int(second[k]))
            if violation := self.made("room_twice", pair, 0, room=self.problem.rooms[self.room[pair[0]]].id):
                yield violation

    def sequences(self) -> Iterator[Violation]:
        """What two sessions one after the other break."""
        slots = self.problem.slots
        for name, pairs in self.counts.before.items():
            for a, b, _ in pairs:
                if (
                    self.slot[a] < 0
                    or self.slot[b] < 0
                    or slots[self.slot[a]].end <= slots[self.slot[b]].start
                ):
                    continue
                if violation := self.made(name, (a, b), 0):
                    yield violation
        for name, pairs in self.counts.walks.items():
            for a, b, times in pairs:
                if self.slot[a] < 0 or self.slot[b] < 0:
                    continue
                minutes = self.problem.walking[self.room[a]][self.room[b]]
                if minutes_between(self.problem, self.slot[a], self.slot[b]) >= minutes:
                    continue
                if violation := self.made(name, (a, b), 0, times):
                    yield violation

    def tracks(self) -> Iterator[Violation]:
        for mine in self.counts.rooms_per_track:
            rooms: dict[int, list[int]] = defaultdict(list)
            for i in mine:
                if self.room[i] >= 0:
                    rooms[int(self.room[i])].append(i)
            # The room that the track uses most is its own; each further one is a change.
            for others in sorted(rooms.values(), key=len, reverse=True)[1:]:
                track = self.problem.sessions[mine[0]].track
                if violation := self.made("rooms_per_track", tuple(others), 0, track=track):
                    yield violation


def minutes_between(problem: Problem, a: int, b: int) -> int:
    """From the end of the earlier slot to the start of the later; more than any walk if they are no neighbours."""
    first, second = sorted((problem.slots[a], problem.slots[b]), key=lambda slot: slot.start)
    if first.day != second.day or overlap(first, second):
        return 1 << 20
    return int((second.start - first.end).total_seconds()) // 60
