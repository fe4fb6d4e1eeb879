"""The shape of a whole track (rooms, parallel cells, gaps, order), and the bracket around each move."""

from typing import Any

from citevents.scheduling.solver.accelerator import compiled
from citevents.scheduling.solver.csplib.cells import (
    CLAIM,
    PUT,
    RELEASE,
    disown,
    extract,
    insert,
    own,
    put,
    take,
    time_slots,
)
from citevents.scheduling.solver.csplib.tables import (
    BEST_BEGIN,
    BEST_WHERE,
    CELLS,
    CONTENT,
    COUNT,
    DEALT,
    HOME,
    HOMES,
    JOURNAL,
    LENGTH,
    LOGGED,
    MEMBER_START,
    OLD_SMOOTHING,
    OLD_STRUCTURE,
    ORDER,
    ORDERED,
    OVERFULL,
    ROOM_MARK,
    ROOM_ROUND,
    ROOMS,
    ROUND,
    SCRATCH,
    SHELF,
    SLOT_LEVEL,
    SMOOTH,
    SMOOTHING,
    STRUCTURE,
    TOUCHED,
    TOUCHED_TRACK,
    TRUE,
    W_GAP,
    W_ORDER,
    W_PARALLEL,
    W_ROOMS,
    WANTED,
    WIDTH,
)


@compiled
def recount(m: Any, track: int) -> None:
    """The cost of one track's own shape: rooms, parallel cells, gap, order. One pass over its cells."""
    rooms = m[ROOMS]
    m[ROOM_ROUND] += 1
    stamp = m[ROOM_ROUND]
    used_rooms = 0
    used_sessions = 0
    last = -1
    misplaced = 0
    position = 0
    check_order = m[W_ORDER] > 0
    start = track * m[CELLS]
    end = start + m[m[HOMES] + track]
    for at in range(start, end):
        cell = m[m[HOME] + at]
        session = cell // rooms
        room = cell - session * rooms
        if m[m[ROOM_MARK] + room] != stamp:
            m[m[ROOM_MARK] + room] = stamp
            used_rooms += 1
        if session != last:
            used_sessions += 1
            last = session
        if check_order:
            base = cell * m[WIDTH]
            for k in range(base, base + m[m[COUNT] + cell]):
                position += 1
                wanted = m[m[ORDER] + m[m[CONTENT] + k]]
                if wanted > 0 and wanted != position:
                    misplaced += 1
    cost = misplaced * m[W_ORDER]
    smooth = 0
    if end > start:
        cost += (used_rooms - 1) * m[W_ROOMS]
        cost += (end - start - used_sessions) * m[W_PARALLEL]
        missing = last - m[m[HOME] + start] // rooms + 1 - used_sessions
        if missing > 0:
            cost += m[W_GAP]
            smooth = m[W_GAP] * (missing - 1)
    m[TRUE] += cost - m[m[STRUCTURE] + track]
    m[SMOOTH] += smooth - m[m[SMOOTHING] + track]
    m[m[STRUCTURE] + track] = cost
    m[m[SMOOTHING] + track] = smooth


@compiled
def begin_move(m: Any) -> None:
    m[LOGGED] = 0
    m[TOUCHED] = 0
    m[ROUND] += 1


@compiled
def settle(m: Any) -> None:
    """Sort the touched ordered tracks and recount every touched one: afterwards `total` is exact again."""
    k = 0
    while k < m[TOUCHED]:
        track = m[m[TOUCHED_TRACK] + k]
        if m[m[ORDERED] + track]:
            sort_track(m, track)
        recount(m, track)
        k += 1


@compiled
def sort_track(m: Any, track: int) -> None:
    """Deal the track's items anew over its cells, as many to each as now, each at its wanted position.

    Those without one keep their sequence and fill the positions that are left.
    """
    width = m[WIDTH]
    start = track * m[CELLS]
    end = start + m[m[HOMES] + track]
    free = 0
    total = m[m[MEMBER_START] + track + 1] - m[m[MEMBER_START] + track]
    for position in range(total):
        m[m[DEALT] + position] = -1
    for at in range(start, end):
        cell = m[m[HOME] + at]
        for k in range(cell * width, cell * width + m[m[COUNT] + cell]):
            item = m[m[CONTENT] + k]
            if m[m[WANTED] + item] > 0:
                m[m[DEALT] + m[m[WANTED] + item] - 1] = item
            else:
                m[m[SHELF] + free] = item
                free += 1
    free = 0
    for position in range(total):
        if m[m[DEALT] + position] < 0:
            m[m[DEALT] + position] = m[m[SHELF] + free]
            free += 1
    deal(m, start, end)


@compiled
def deal(m: Any, start: int, end: int) -> None:
    """Put the dealt items into the cells home[start:end], keeping each cell's count."""
    width = m[WIDTH]
    position = 0
    first = -1
    for at in range(start, end):
        cell = m[m[HOME] + at]
        for k in range(cell * width, cell * width + m[m[COUNT] + cell]):
            if first < 0 and m[m[CONTENT] + k] != m[m[DEALT] + position]:
                first = at
            position += 1
    if first < 0:
        return
    position = 0
    for at in range(start, end):
        cell = m[m[HOME] + at]
        m[m[SCRATCH] + at - start] = m[m[COUNT] + cell]
        if at < first:
            position += m[m[COUNT] + cell]
        else:
            while m[m[COUNT] + cell] > 0:
                take(m, m[m[CONTENT] + cell * width + m[m[COUNT] + cell] - 1])
    for at in range(first, end):
        for k in range(m[m[SCRATCH] + at - start]):
            put(m, m[m[DEALT] + position], m[m[HOME] + at], k)
            position += 1


@compiled
def undo(m: Any, true: int, smooth: int, over: int) -> None:
    """Back to before `begin_move`, given the totals of then."""
    for entry in range(m[LOGGED] - 1, -1, -1):
        kind = m[m[JOURNAL] + 4 * entry]
        a = m[m[JOURNAL] + 4 * entry + 1]
        b = m[m[JOURNAL] + 4 * entry + 2]
        if kind == CLAIM:
            disown(m, a)
        elif kind == RELEASE:
            own(m, a, b)
        elif kind == PUT:
            extract(m, a)
            if m[SLOT_LEVEL]:
                time_slots(m, b)
        else:
            insert(m, a, b, m[m[JOURNAL] + 4 * entry + 3])
            if m[SLOT_LEVEL]:
                time_slots(m, b)
    for k in range(m[TOUCHED]):
        m[m[STRUCTURE] + m[m[TOUCHED_TRACK] + k]] = m[m[OLD_STRUCTURE] + k]
        m[m[SMOOTHING] + m[m[TOUCHED_TRACK] + k]] = m[m[OLD_SMOOTHING] + k]
    m[TRUE] = true
    m[SMOOTH] = smooth
    m[OVERFULL] = over


@compiled
def remember(m: Any) -> None:
    """Keep the present agenda as the best."""
    width = m[WIDTH]
    for cell in range(m[CELLS]):
        at = 0
        for k in range(cell * width, cell * width + m[m[COUNT] + cell]):
            item = m[m[CONTENT] + k]
            m[m[BEST_WHERE] + item] = cell
            m[m[BEST_BEGIN] + item] = at
            at += m[m[LENGTH] + item]
