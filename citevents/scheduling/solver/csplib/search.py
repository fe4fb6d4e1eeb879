"""The annealing search over a CSPLib conference, and the plan of which anneal follows which."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citevents.scheduling.solver.annealing import Span, anneal
from citevents.scheduling.solver.csplib.cells import claim, put
from citevents.scheduling.solver.csplib.conference import Conference, Solution
from citevents.scheduling.solver.csplib.neighbourhood import walk
from citevents.scheduling.solver.csplib.tables import (
    COUNT,
    LOGGED,
    MEMBER_START,
    MEMBERS,
    ORDER,
    ORDERED,
    OVERFULL,
    OWNER,
    TRACKS,
    TRUE,
    best_solution,
    empty_agenda,
)
from citevents.scheduling.solver.csplib.tracks import begin_move, remember, settle
from citevents.scheduling.solver.dice import below, seeded
from citevents.scheduling.solver.portfolio import Bound, Found, Line

if TYPE_CHECKING:
    from citevents.scheduling.solver.csplib.bounds import Sketch

NOTHING = 1 << 60
TELL_EVERY = 0.2  # seconds between two reports of better agendas
MILD = 1.5  # the hottest temperature where all weights are small
GENTLE = 0.6  # where an anneal begins that is to keep what it is given
STRICT = 10  # an order that weighs at least a tenth of the largest weight is kept inside every move
SLICE, POLISHING = 0.15, 0.05  # of the time: the first relaxation's, and the anneal's from each sketch
LARGE = 60_000  # numbers in a relaxation: a larger one is not worth building
SETTLING = 0.06  # of the time: anneal first, since a model that must beat a good agenda proves sooner


class ConferenceLandscape:
    """A conference with an agenda in search (see `annealing.Landscape`)."""

    def __init__(self, conference: Conference, seed: int, resort: bool = True) -> None:
        self.conference = conference
        self.price = self.largest = max(1, *conference.weights.values())
        self.blank = empty_agenda(conference, resort)
        self.m = self.blank[:].copy()
        self.dice = seeded(seed)
        self.lowest = NOTHING
        self.solution: Solution | None = None

    @property
    def best(self) -> int | None:
        return None if self.lowest == NOTHING else self.lowest

    @property
    def overfull(self) -> bool:
        return bool(self.m[OVERFULL] > 0)

    def walk(self, moves: int, temperature: float, price: int) -> None:
        lowest = int(walk(self.m, self.dice, moves, temperature, price, self.lowest))
        if lowest < self.lowest:
            self.lowest, self.solution = lowest, None

    def answer(self) -> Solution:
        if self.solution is None:
            self.solution = best_solution(self.m)
        return self.solution

    def keep_sorted(self, resort: bool) -> None:
        """Whether tracks with an order are sorted inside each move, from the next start on.

        Sorted, their order never holds up a move; unsorted, an order can be broken where that pays.
        """
        m = self.blank
        for track in range(m[TRACKS]):
            mine = range(m[m[MEMBER_START] + track], m[m[MEMBER_START] + track + 1])
            wanted = any(m[m[ORDER] + m[m[MEMBERS] + k]] for k in mine)
            m[m[ORDERED] + track] = int(resort and wanted)

    def scatter(self, seed: int) -> None:
        """Each track somewhere, its submissions dealt over its cells in the workbook's sequence."""
        self.dice = seeded(seed)
        conference, rooms = self.conference, len(self.conference.rooms)
        free = list(range(len(conference.sessions) * rooms))
        for k in range(len(free) - 1, 0, -1):
            other = below(self.dice, k + 1)
            free[k], free[other] = free[other], free[k]
        mine: dict[int, list[int]] = {}
        for i, item in enumerate(conference.submissions):
            mine.setdefault(item.track, []).append(i)
        cells = {track: [free.pop()] for track in mine}
        for track, items in mine.items():
            need = sum(conference.submissions[i].slots for i in items)
            while free and need > sum(conference.sessions[cell // rooms].slots for cell in cells[track]):
                cells[track].append(free.pop())
        self.place(
            (i, cell) for track, items in mine.items() for i, cell in self.deal(items, sorted(cells[track]))
        )

    def deal(self, items: list[int], cells: list[int]) -> Iterator[tuple[int, int]]:
        """As many to each cell as it holds; what is left over overfills the last."""
        rooms, at, load = len(self.conference.rooms), 0, 0
        for i in items:
            slots = self.conference.submissions[i].slots
            if (
                at + 1 < len(cells)
                and load + slots > self.conference.sessions[cells[at] // rooms].slots
                and load
            ):
                at, load = at + 1, 0
            load += slots
            yield i, cells[at]

    def reheat(self) -> None:
        """Back to the best agenda met, to search from there."""
        self.go_on_from(self.answer())

    def go_on_from(self, solution: Solution) -> None:
        """A known solution, to search from there."""
        rooms = len(self.conference.rooms)
        by_time = sorted(range(len(solution)), key=lambda i: solution[i].slot)
        self.place((i, solution[i].session * rooms + solution[i].room) for i in by_time)

    def take_up(self, sketch: "Sketch", groups: list[list[int]]) -> None:
        """Start from a relaxation's solution: rooms are dealt so that tracks stay in few, cells are filled in turn."""
        conference, rooms = self.conference, len(self.conference.rooms)
        free = {(s, room) for s in range(len(conference.sessions)) for room in range(rooms)}
        cells: dict[tuple[int, int], list[int]] = {}
        wanted: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for (track, s, g), number in sketch.rooms.items():
            wanted.setdefault((track, g), []).append((s, number))
        for (track, g), times in sorted(wanted.items(), key=lambda one: -len(one[1])):
            for s, number in times:
                # The room of the group that is free most often when the track needs one.
                open_rooms = [room for room in groups[g] if (s, room) in free]
                open_rooms.sort(
                    key=lambda room: (
                        -sum((t, room) in free or room in used(cells, track, t, rooms) for t, _ in times)
                    )
                )
                for room in open_rooms[:number]:
                    free.discard((s, room))
                    cells.setdefault((track, s), []).append(s * rooms + room)
        placed: list[tuple[int, int]] = []
        together: dict[tuple[int, int], list[int]] = {}
        for i, s in enumerate(sketch.session):
            together.setdefault((conference.submissions[i].track, s), []).append(i)
        for key, items in together.items():
            placed.extend(self.pack(items, cells[key]))
        self.place(placed)

    def pack(self, items: list[int], cells: list[int]) -> Iterator[tuple[int, int]]:
        """The longest first, each into the cell of one session that has most room."""
        load = dict.fromkeys(cells, 0)
        for i in sorted(items, key=lambda i: -self.conference.submissions[i].slots):
            cell = min(cells, key=lambda cell: load[cell])
            load[cell] += self.conference.submissions[i].slots
            yield i, cell

    def place(self, placed: Iterable[tuple[int, int]]) -> None:
        m = self.m
        best = self.answer() if self.best is not None else None
        m[:] = self.blank
        begin_move(m)
        for i, cell in placed:
            if m[m[OWNER] + cell] < 0:
                claim(m, cell, self.conference.submissions[i].track)
            put(m, i, cell, m[m[COUNT] + cell])
            m[LOGGED] = 0
        settle(m)
        m[LOGGED] = 0
        self.solution = best
        if m[OVERFULL] == 0 and m[TRUE] < self.lowest:
            self.lowest, self.solution = int(m[TRUE]), None
            remember(m)


def used(cells: dict[tuple[int, int], list[int]], track: int, session: int, rooms: int) -> set[int]:
    return {cell % rooms for cell in cells.get((track, session), ())}


@dataclass(frozen=True)
class Step:
    """One anneal: its share of the whole, how hot it starts (of the largest weight), whether from the best.

    `contrary`: tracks are kept sorted where the weights say better not, or the other way round.
    """

    share: float
    heat: float
    reheat: bool = False
    contrary: bool = False


PLAN = (
    *(
        Step(0.03, 0.01),
        Step(0.08, 0.05),
        Step(0.08, 0.01),
        Step(0.08, 0.05),
        Step(0.08, 0.02, contrary=True),
    ),
    *(Step(0.14, 0.05), Step(0.14, 0.01), Step(0.06, 0.002, reheat=True), Step(0.25, 0.05)),
    Step(0.06, 0.002, reheat=True, contrary=True),
)
"""Several short anneals and few long ones: deceptive conferences need the first, large ones the second."""


def anneal_on(
    conference: Conference, line: Line, *, seed: int, plan: tuple[Step, ...] = PLAN, moves: int = 0
) -> None:
    """Anneal along the plan, reporting every better agenda."""
    landscape = ConferenceLandscape(conference, seed)
    told, sent = NOTHING, 0.0

    def tell(now: bool) -> None:
        nonlocal told, sent
        if landscape.lowest < told and (now or line.clock() > sent + TELL_EVERY):
            told, sent = landscape.lowest, line.clock()
            line.send(Found(told, landscape.answer()))

    def goes_on() -> bool:
        tell(now=False)
        return line.goes_on()

    landscape.scatter(seed)
    landscape.walk(1, 1.0, landscape.price)  # from here on compiled: the spans begin after it
    total = line.left()
    strict = STRICT * conference.weights["order"] >= landscape.largest
    for number, step in enumerate(plan):
        if not line.goes_on():
            break
        landscape.keep_sorted(strict != step.contrary)
        if step.reheat and landscape.best is not None:
            landscape.reheat()
        else:
            landscape.scatter(seed * 1000 + number)
        span = Span(line.clock, seconds=total * step.share, moves=int(moves * step.share))
        anneal(landscape, span, max(MILD, landscape.largest * step.heat), goes_on)
        tell(now=True)


def prove_and_anneal(conference: Conference, line: Line, *, seed: int, proving: float) -> None:
    """Anneal a little, then by turns solve relaxations and anneal from what they sketch; the rest is annealing."""
    # Loaded here, since searches that only anneal should not wait for it.
    from citevents.scheduling.solver.csplib.bounds import groupings, relax

    landscape, told, known = ConferenceLandscape(conference, seed), NOTHING, 0
    landscape.keep_sorted(STRICT * conference.weights["order"] >= landscape.largest)
    landscape.scatter(seed)
    landscape.walk(1, 1.0, landscape.price)
    total = line.left()
    end = line.clock() + total * proving

    def tell() -> None:
        nonlocal told
        if landscape.lowest < told:
            told = landscape.lowest
            line.send(Found(told, landscape.answer()))

    def cool(share: float, hottest: float) -> None:
        anneal(landscape, Span(line.clock, seconds=total * share), hottest, line.goes_on)
        tell()

    def try_out(sketch: "Sketch") -> None:
        if sketch.objective < landscape.lowest:
            landscape.take_up(sketch, ladder[level])
            tell()

    def report(bound: int) -> None:
        nonlocal known
        if bound > known:
            known = bound
            line.send(Bound(bound))

    cool(SETTLING, max(MILD, landscape.largest * 0.01))
    ladder, slice_of_time = groupings(conference), total * SLICE
    level = 0 if size(conference, ladder[-2:][0]) > LARGE else min(1, len(ladder) - 1)
    while line.goes_on() and line.clock() < end and known < landscape.lowest:
        if line.found is not None and line.found.objective < landscape.lowest:
            landscape.go_on_from(line.found.answer)
            told = landscape.lowest
        relaxed = relax(
            conference,
            landscape.answer() if landscape.best is not None else None,
            landscape.best,
            groups=ladder[level],
            seconds=min(slice_of_time, end - line.clock()),
            seed=seed,
            report=report,
            on_sketch=try_out,
            goes_on=lambda: line.goes_on() and (line.best is None or known < line.best),
        )
        if line.best is not None and known >= line.best:
            return
        if relaxed.sketch is not None and relaxed.sketch.objective < landscape.lowest:
            landscape.take_up(relaxed.sketch, ladder[level])
            cool(POLISHING, GENTLE)
        if relaxed.solved:
            if level + 1 == len(ladder) or size(conference, ladder[level + 1]) > LARGE:
                break
            level += 1
        else:
            slice_of_time *= 1.5
    if line.goes_on():
        anneal_on(conference, line, seed=seed + 1)


def size(conference: Conference, groups: list[list[int]]) -> int:
    """How many whole numbers a relaxation has to find."""
    return len(conference.sessions) * (len(conference.tracks) * len(groups) + len(conference.submissions))
