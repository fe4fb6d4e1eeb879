"""Drafting an agenda: the annealing landscape of places, and the searches that `portfolio` runs."""

from citevents.scheduling.solver import assignment as at
from citevents.scheduling.solver.annealing import Span, anneal
from citevents.scheduling.solver.counting import Counts
from citevents.scheduling.solver.portfolio import Bound, Found, Line
from citevents.scheduling.solver.problem import Agenda, Problem, Scope
from citevents.scheduling.solver.rules import counted
from citevents.scheduling.solver.seeds import below, seeded
from citevents.scheduling.solver.tables import agenda_of, empty_places, split

NOTHING = 1 << 62
TELL_EVERY = 0.2  # seconds between two reports of better agendas
SAMPLES = 400
HOT, COLD = 2.0, 1 / 64  # of a typical move's difference: where an anneal begins and ends
FIRST, BOUNDING = 0.06, 0.1  # shares of the time: a first quick draft, then a bound


class PlacesLandscape:
    """A problem with an agenda in search (see `annealing.Landscape`); objectives are packed totals."""

    def __init__(
        self,
        problem: Problem,
        seed: int,
        counts: Counts | None = None,
        start: Agenda | None = None,
        scope: Scope | None = None,
    ) -> None:
        self.problem, self.start, self.scope = problem, start, scope
        self.blank = empty_places(problem, counts or counted(problem), start, scope)
        self.m = self.blank[:].copy()
        self.dice = seeded(seed)
        self.lowest = NOTHING
        self.kept: Agenda = (None,) * len(problem.sessions)
        self.scatter(seed)
        typical = self.typical_change()
        self.largest = typical
        self.hottest, self.coldest = max(2.0, typical * HOT), max(0.05, typical * COLD)
        self.price = max(2, int(4 * typical))

    def typical_change(self) -> int:
        """The mean difference, in what is weighed, of random moves."""
        m, total, count = self.m, 0, 0
        for _ in range(SAMPLES if m[at.MOVABLES] else 0):
            item = m[m[at.MOVABLE] + below(self.dice, m[at.MOVABLES])]
            slot, room = below(self.dice, m[at.SLOTS]), below(self.dice, m[at.ROOMS])
            change = int(at.move_cost(m, item, slot, room))
            weighed = abs((change + at.BLOCKING // 2) % at.BLOCKING - at.BLOCKING // 2)
            total, count = total + weighed, count + (weighed > 0)
        return max(1, total // max(1, count))

    @property
    def best(self) -> int | None:
        return None if self.lowest == NOTHING else self.lowest

    @property
    def overfull(self) -> bool:
        return split(self.m[at.TOTAL])[0] > 0

    def walk(self, moves: int, temperature: float, price: int) -> None:
        if self.m[at.MOVABLES]:
            self.lowest = int(at.walk(self.m, self.dice, moves, temperature, price, self.lowest))

    def answer(self) -> Agenda:
        if self.lowest < NOTHING:
            self.kept = agenda_of(self.m)
        return self.kept

    def scatter(self, seed: int) -> None:
        """Those that have a place first, then each where it costs least; the hardest to place choose first."""
        self.dice = seeded(seed)
        before = self.answer()
        self.m[:] = self.blank
        m, items = self.m, len(self.problem.sessions)
        waiting = []
        for item in range(items):
            known = None if self.start is None else self.start[item]
            if known is not None:
                at.place(m, item, known.slot, known.room)
            elif m[m[at.MAY_MOVE] + item]:
                waiting.append(item)
        hardness = {item: self.hardness(item) for item in waiting}
        for item in sorted(waiting, key=lambda item: (-hardness[item], below(self.dice, 1 << 20))):
            cell = int(at.best_place(m, self.dice, item))
            at.place(m, item, cell // m[at.ROOMS], cell % m[at.ROOMS])
        self.settle(before)

    def hardness(self, item: int) -> int:
        """How few free choices an item has, roughly."""
        session = self.problem.sessions[item]
        return (
            100 * (session.pinned_slot is not None)
            + 50 * session.plenary
            + 10 * len(session.after)
            + 5 * len(session.needs)
            + len(session.speakers)
        )

    def reheat(self) -> None:
        """Back to the best agenda met."""
        self.take_over(self.answer())

    def take_over(self, agenda: Agenda) -> None:
        """Go on from a whole agenda."""
        before = self.answer()
        self.m[:] = self.blank
        for item, place in enumerate(agenda):
            if place is not None:
                at.place(self.m, item, place.slot, place.room)
        self.settle(before)

    def settle(self, before: Agenda) -> None:
        """The fresh memory has forgotten the best: tell it again, or take the present one."""
        m = self.m
        if m[at.TOTAL] < self.lowest:
            self.lowest = int(m[at.TOTAL])
            at.remember(m)
            return
        for item, place in enumerate(before):
            m[m[at.BEST_SLOT] + item] = at.NOWHERE if place is None else place.slot
            m[m[at.BEST_ROOM] + item] = at.NOWHERE if place is None else place.room


def draft(
    problem: Problem,
    line: Line,
    *,
    seed: int,
    bounding: bool = False,
    start: Agenda | None = None,
    scope: Scope | None = None,
    moves: int = 0,
) -> None:
    """A quick first draft, a bound if asked for, then one long anneal and a short one from its best."""
    counts = counted(problem)
    landscape = PlacesLandscape(problem, seed, counts, start, scope)
    told, sent = NOTHING, 0.0

    def tell(now: bool = True) -> None:
        nonlocal told, sent
        if landscape.lowest < told and (now or line.clock() > sent + TELL_EVERY):
            told, sent = landscape.lowest, line.clock()
            line.send(Found(told, landscape.answer()))

    def goes_on() -> bool:
        tell(now=False)
        return line.goes_on()

    def cool(share: float, hottest: float) -> None:
        span = Span(line.clock, seconds=max(0.0, min(total * share, line.left())), moves=int(moves * share))
        anneal(landscape, span, hottest, goes_on, landscape.coldest)
        tell()

    tell()
    landscape.walk(1, 1.0, landscape.price)
    total = line.left()
    cool(FIRST, landscape.hottest / 4)
    share = 1 - FIRST
    if bounding:
        bound(problem, counts, line, total * BOUNDING)
        share -= BOUNDING
    if start is None:
        landscape.scatter(seed + 1)
    cool(share * 0.85, landscape.hottest)
    landscape.reheat()
    cool(share * 0.15, landscape.hottest / 10)


def bound(problem: Problem, counts: Counts, line: Line, seconds: float) -> None:
    # Loaded here: searches that only anneal should not wait for it.
    from citevents.scheduling.solver.bounds import lower_bound

    end = line.clock() + seconds
    line.send(Bound(lower_bound(problem, counts, lambda: line.goes_on() and line.clock() < end)))
