"""The agenda under search: two reversible pairs of primitives keep its cost exact through every change.

`claim`/`release` a cell for a track, `put`/`take` a submission. They note what they did, so that `undo` can put
everything back, and touch the tracks whose own shape must be counted anew.
"""

from typing import Any

from citevents.scheduling.solver.accelerator import compiled
from citevents.scheduling.solver.csplib.tables import (
    BEGIN,
    CAPACITY,
    CELL_COST,
    CELLS,
    CONFLICT_COST,
    CONFLICT_ITEM,
    CONFLICT_SLOT_COST,
    CONFLICT_START,
    CONTENT,
    COUNT,
    HOME,
    HOMES,
    JOURNAL,
    LENGTH,
    LOAD,
    LOGGED,
    OLD_SMOOTHING,
    OLD_STRUCTURE,
    OVERFULL,
    OWNER,
    PAIR_COST,
    ROOM_COST,
    ROOMS,
    ROUND,
    SESSION_COST,
    SESSIONS,
    SLOT_LEVEL,
    SMOOTHING,
    STRUCTURE,
    TOUCHED,
    TOUCHED_ROUND,
    TOUCHED_TRACK,
    TRACK,
    TRACKS,
    TRUE,
    WHERE,
    WIDTH,
)

CLAIM, RELEASE, PUT, TAKE = range(4)


@compiled
def note(m: Any, kind: int, a: int, b: int, c: int) -> None:
    at = 4 * m[LOGGED]
    m[m[JOURNAL] + at] = kind
    m[m[JOURNAL] + at + 1] = a
    m[m[JOURNAL] + at + 2] = b
    m[m[JOURNAL] + at + 3] = c
    m[LOGGED] += 1


@compiled
def touch(m: Any, track: int) -> None:
    if m[m[TOUCHED_ROUND] + track] != m[ROUND]:
        m[m[TOUCHED_ROUND] + track] = m[ROUND]
        at = m[TOUCHED]
        m[m[TOUCHED_TRACK] + at] = track
        m[m[OLD_STRUCTURE] + at] = m[m[STRUCTURE] + track]
        m[m[OLD_SMOOTHING] + at] = m[m[SMOOTHING] + track]
        m[TOUCHED] += 1


@compiled
def own(m: Any, cell: int, track: int) -> None:
    m[m[OWNER] + cell] = track
    at = track * m[CELLS] + m[m[HOMES] + track]
    while at > track * m[CELLS] and m[m[HOME] + at - 1] > cell:
        m[m[HOME] + at] = m[m[HOME] + at - 1]
        at -= 1
    m[m[HOME] + at] = cell
    m[m[HOMES] + track] += 1


@compiled
def disown(m: Any, cell: int) -> None:
    track = m[m[OWNER] + cell]
    m[m[OWNER] + cell] = -1
    m[m[HOMES] + track] -= 1
    at = track * m[CELLS]
    end = at + m[m[HOMES] + track]
    while m[m[HOME] + at] != cell:
        at += 1
    while at < end:
        m[m[HOME] + at] = m[m[HOME] + at + 1]
        at += 1


@compiled
def standing(m: Any, cell: int, track: int) -> int:
    """What it costs that this cell is the track's, beside the other cells of its session."""
    rooms = m[ROOMS]
    tracks = m[TRACKS]
    cost = m[m[CELL_COST] + track * m[CELLS] + cell]
    first = cell - cell % rooms
    for other in range(first, first + rooms):
        if other != cell and m[m[OWNER] + other] >= 0:
            cost += m[m[PAIR_COST] + track * tracks + m[m[OWNER] + other]]
    return cost  # type: ignore[no-any-return]


@compiled
def claim(m: Any, cell: int, track: int) -> None:
    m[TRUE] += standing(m, cell, track)
    own(m, cell, track)
    note(m, CLAIM, cell, track, 0)
    touch(m, track)


@compiled
def release(m: Any, cell: int) -> None:
    track = m[m[OWNER] + cell]
    m[TRUE] -= standing(m, cell, track)
    disown(m, cell)
    note(m, RELEASE, cell, track, 0)
    touch(m, track)


@compiled
def insert(m: Any, item: int, cell: int, position: int) -> None:
    base = cell * m[WIDTH]
    at = base + m[m[COUNT] + cell]
    while at > base + position:
        m[m[CONTENT] + at] = m[m[CONTENT] + at - 1]
        at -= 1
    m[m[CONTENT] + at] = item
    m[m[COUNT] + cell] += 1
    m[m[LOAD] + cell] += m[m[LENGTH] + item]
    m[m[WHERE] + item] = cell


@compiled
def extract(m: Any, item: int) -> int:
    """Where in its cell it was."""
    cell = m[m[WHERE] + item]
    base = cell * m[WIDTH]
    at = base
    while m[m[CONTENT] + at] != item:
        at += 1
    position = at - base
    m[m[COUNT] + cell] -= 1
    end = base + m[m[COUNT] + cell]
    while at < end:
        m[m[CONTENT] + at] = m[m[CONTENT] + at + 1]
        at += 1
    m[m[LOAD] + cell] -= m[m[LENGTH] + item]
    m[m[WHERE] + item] = -1
    return position  # type: ignore[no-any-return]


@compiled
def time_slots(m: Any, cell: int) -> None:
    at = 0
    base = cell * m[WIDTH]
    for position in range(base, base + m[m[COUNT] + cell]):
        m[m[BEGIN] + m[m[CONTENT] + position]] = at
        at += m[m[LENGTH] + m[m[CONTENT] + position]]


@compiled
def overlaps(m: Any, cell: int) -> int:
    """The slot-level conflicts of a cell with the rest of its session."""
    cost = 0
    session = cell // m[ROOMS]
    base = cell * m[WIDTH]
    for position in range(base, base + m[m[COUNT] + cell]):
        item = m[m[CONTENT] + position]
        for near in range(m[m[CONFLICT_START] + item], m[m[CONFLICT_START] + item + 1]):
            other = m[m[CONFLICT_ITEM] + near]
            there = m[m[WHERE] + other]
            if (
                there >= 0
                and there != cell
                and there // m[ROOMS] == session
                and m[m[BEGIN] + item] < m[m[BEGIN] + other] + m[m[LENGTH] + other]
                and m[m[BEGIN] + other] < m[m[BEGIN] + item] + m[m[LENGTH] + item]
            ):
                cost += m[m[CONFLICT_SLOT_COST] + near]
    return cost


@compiled
def sitting(m: Any, item: int, cell: int) -> int:
    """What it costs that the item is in this cell, beside the other submissions of its session."""
    rooms = m[ROOMS]
    session = cell // rooms
    cost = m[m[SESSION_COST] + item * m[SESSIONS] + session] + m[m[ROOM_COST] + item * rooms + cell % rooms]
    for near in range(m[m[CONFLICT_START] + item], m[m[CONFLICT_START] + item + 1]):
        there = m[m[WHERE] + m[m[CONFLICT_ITEM] + near]]
        if there >= 0 and there != cell and there // rooms == session:
            cost += m[m[CONFLICT_COST] + near]
    return cost  # type: ignore[no-any-return]


@compiled
def overfull(m: Any, cell: int) -> int:
    return max(0, m[m[LOAD] + cell] - m[m[CAPACITY] + cell // m[ROOMS]])  # type: ignore[no-any-return]


@compiled
def put(m: Any, item: int, cell: int, position: int) -> None:
    slot_level = m[SLOT_LEVEL]
    m[TRUE] += sitting(m, item, cell)
    m[OVERFULL] -= overfull(m, cell)
    if slot_level:
        m[TRUE] -= overlaps(m, cell)
    insert(m, item, cell, position)
    if slot_level:
        time_slots(m, cell)
        m[TRUE] += overlaps(m, cell)
    m[OVERFULL] += overfull(m, cell)
    note(m, PUT, item, cell, position)
    touch(m, m[m[TRACK] + item])


@compiled
def take(m: Any, item: int) -> None:
    slot_level = m[SLOT_LEVEL]
    cell = m[m[WHERE] + item]
    m[TRUE] -= sitting(m, item, cell)
    m[OVERFULL] -= overfull(m, cell)
    if slot_level:
        m[TRUE] -= overlaps(m, cell)
    position = extract(m, item)
    if slot_level:
        time_slots(m, cell)
        m[TRUE] += overlaps(m, cell)
    m[OVERFULL] += overfull(m, cell)
    note(m, TAKE, item, cell, position)
    touch(m, m[m[TRACK] + item])
