"""An agenda being edited: every change tells at once what it makes better or worse, and can be taken back."""

from dataclasses import dataclass, field

from citevents.scheduling.solver import assignment as at
from citevents.scheduling.solver.problem import Agenda, Place, Problem
from citevents.scheduling.solver.rules import counted
from citevents.scheduling.solver.tables import agenda_of, empty_places, split

Step = tuple[tuple[int, Place | None], ...]
"""Sessions and the places that they go to."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change makes of the agenda: blocks and cost more (or, negative, less)."""

    blocked: int
    cost: int


@dataclass
class Draft:
    """The evaluation of an agenda, kept exact through every change; equal to `evaluate` at any time."""

    problem: Problem
    agenda: Agenda
    done: list[tuple[Step, Step]] = field(default_factory=list)  # forth and back
    undone: list[tuple[Step, Step]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.m = empty_places(self.problem, counted(self.problem))
        self.apply(tuple(enumerate(self.agenda)))

    @property
    def blocked(self) -> int:
        return split(self.m[at.TOTAL])[0]

    @property
    def cost(self) -> int:
        return split(self.m[at.TOTAL])[1]

    def where(self, session: int) -> Place | None:
        slot = int(self.m[self.m[at.SLOT] + session])
        return None if slot < 0 else Place(slot, int(self.m[self.m[at.ROOM] + session]))

    def now(self) -> Agenda:
        """The agenda as it stands."""
        return agenda_of(self.m, best=False)

    def place(self, session: int, place: Place) -> Difference:
        """Put a session somewhere, from wherever it was."""
        return self.change(((session, place),))

    def remove(self, session: int) -> Difference:
        return self.change(((session, None),))

    def change_room(self, session: int, room: int) -> Difference:
        """Raises ValueError for a session that has no place."""
        was = self.where(session)
        if was is None:
            raise ValueError("a session without a place has no room to change")
        return self.place(session, Place(was.slot, room))

    def swap(self, a: int, b: int) -> Difference:
        """Two sessions change places; one of them may have none."""
        return self.change(((a, self.where(b)), (b, self.where(a))))

    def difference(self, step: Step) -> Difference:
        """What a change would do, leaving everything as it is."""
        back = self.reversed(step)
        found = self.apply(step)
        self.apply(back)
        return found

    def change(self, step: Step) -> Difference:
        self.done.append((step, self.reversed(step)))
        self.undone.clear()
        return self.apply(step)

    def undo(self) -> Difference:
        """Take the last change back; nothing happens when there is none."""
        if not self.done:
            return Difference(0, 0)
        self.undone.append(self.done.pop())
        return self.apply(self.undone[-1][1])

    def redo(self) -> Difference:
        if not self.undone:
            return Difference(0, 0)
        self.done.append(self.undone.pop())
        return self.apply(self.done[-1][0])

    def reversed(self, step: Step) -> Step:
        return tuple((session, self.where(session)) for session, _ in step)

    def apply(self, step: Step) -> Difference:
        before = self.blocked, self.cost
        for session in dict(step):
            if self.m[self.m[at.SLOT] + session] >= 0:
                at.lift(self.m, session)
        for session, place in dict(step).items():
            if place is not None:
                at.place(self.m, session, place.slot, place.room)
        return Difference(self.blocked - before[0], self.cost - before[1])
