"""A CSPLib conference with an agenda in search: how it starts, walks, and takes up what others found."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

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
from citevents.scheduling.solver.seeds import below, seeded

if TYPE_CHECKING:
    from citevents.scheduling.solver.csplib.bounds import Sketch

NOTHING = 1 << 60


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
        """Each track somewhere, each submission in the first of its track's cells that has room, or in a new one.

        Where nothing is scarce this is a valid agenda already.
        """
        self.dice = seeded(seed)
        conference, rooms = self.conference, len(self.conference.rooms)
        free = list(range(len(conference.sessions) * rooms))
        for k in range(len(free) - 1, 0, -1):
            other = below(self.dice, k + 1)
            free[k], free[other] = free[other], free[k]
        mine: dict[int, list[int]] = {}
        for i, item in enumerate(conference.submissions):
            mine.setdefault(item.track, []).append(i)
        left = {cell: conference.sessions[cell // rooms].slots for cell in free}
        length = {track: max(conference.submissions[i].slots for i in items) for track, items in mine.items()}
        cells: dict[int, list[int]] = {}
        # Those with the longest submissions choose first; each track has to have a cell before any has two.
        for track in sorted(mine, key=lambda track: -length[track]):
            cells[track] = [next((cell for cell in free if left[cell] >= length[track]), free[0])]
            free.remove(cells[track][0])
        placed: list[tuple[int, int]] = []
        for track in sorted(mine, key=lambda track: -length[track]):
            for i in sorted(mine[track], key=lambda i: -conference.submissions[i].slots):
                slots = conference.submissions[i].slots
                fitting = (cell for cell in (*cells[track], *free) if left[cell] >= slots)
                cell = next(fitting, max(cells[track], key=lambda cell: left[cell]))
                if cell not in cells[track]:
                    cells[track].append(cell)
                    free.remove(cell)
                left[cell] -= slots
                placed.append((i, cell))
        self.place(placed)

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
