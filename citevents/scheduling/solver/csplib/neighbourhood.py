"""The moves of the search, and the annealing loop around them.

Which moves, and how often, was measured (docs/decisions/03-agenda-engine.md): most change the content of two
cells, half of those beside a *sibling*, a cell that the same track already has in the same room.
"""

import math
from typing import Any

from citevents.scheduling.solver.accelerator import compiled
from citevents.scheduling.solver.csplib.cells import claim, put, release, take
from citevents.scheduling.solver.csplib.tables import (
    CELLS,
    CONTENT,
    COUNT,
    HOME,
    HOMES,
    ITEMS,
    LOGGED,
    MEMBER_START,
    MEMBERS,
    ORDERED,
    OVERFULL,
    OWNER,
    ROOMS,
    SCRATCH,
    SESSIONS,
    SHELF,
    SHELF2,
    SMOOTH,
    TRACK,
    TRACKS,
    TRUE,
    WANTED,
    WHERE,
    WIDTH,
)
from citevents.scheduling.solver.csplib.tracks import begin_move, remember, settle, undo
from citevents.scheduling.solver.seeds import below, uniform


@compiled
def empty_out(m: Any, cell: int, shelf: int) -> int:
    """Lift a cell's items onto a shelf, in slot order, and release it. How many they were."""
    held = m[m[COUNT] + cell]
    base = cell * m[WIDTH]
    for k in range(held - 1, -1, -1):
        m[shelf + k] = m[m[CONTENT] + base + k]
        take(m, m[shelf + k])
    if m[m[OWNER] + cell] >= 0:
        release(m, cell)
    return held  # type: ignore[no-any-return]


@compiled
def fill_up(m: Any, cell: int, track: int, shelf: int, held: int) -> None:
    if track >= 0:
        claim(m, cell, track)
        for k in range(held):
            put(m, m[shelf + k], cell, k)


@compiled
def exchange(m: Any, a: int, b: int) -> None:
    """Swap the content of two cells; one of them may be empty."""
    if a == b:
        return
    track_a = m[m[OWNER] + a]
    track_b = m[m[OWNER] + b]
    held_a = empty_out(m, a, m[SHELF])
    held_b = empty_out(m, b, m[SHELF2])
    fill_up(m, a, track_b, m[SHELF2], held_b)
    fill_up(m, b, track_a, m[SHELF], held_a)


@compiled
def relocate(m: Any, item: int, cell: int, position: int) -> None:
    """An item to another cell of its track; a cell that it leaves empty is released."""
    left = m[m[WHERE] + item]
    take(m, item)
    if m[m[COUNT] + left] == 0:
        release(m, left)
    put(m, item, cell, min(position, m[m[COUNT] + cell]))


@compiled
def a_cell(m: Any, dice: Any) -> int:
    return m[m[WHERE] + below(dice, m[ITEMS])]  # type: ignore[no-any-return]


@compiled
def beside_sibling(m: Any, dice: Any, cell: int) -> int:
    """The cell before or after another cell of the same track, in that one's room; -1 if there is none."""
    track = m[m[OWNER] + cell]
    if m[m[HOMES] + track] < 2:
        return -1
    sibling = m[m[HOME] + track * m[CELLS] + below(dice, m[m[HOMES] + track])]
    rooms = m[ROOMS]
    there = sibling + (rooms if below(dice, 2) else -rooms)
    return there if 0 <= there < m[CELLS] else -1


@compiled
def exchange_cells(m: Any, dice: Any) -> None:
    cell = a_cell(m, dice)
    other = beside_sibling(m, dice, cell) if below(dice, 2) else below(dice, m[CELLS])
    if other >= 0:
        exchange(m, cell, other)


@compiled
def exchange_within_session(m: Any, dice: Any) -> None:
    cell = a_cell(m, dice)
    rooms = m[ROOMS]
    exchange(m, cell, cell - cell % rooms + below(dice, rooms))


@compiled
def move_item(m: Any, dice: Any) -> None:
    item = below(dice, m[ITEMS])
    cell = m[m[WHERE] + item]
    track = m[m[TRACK] + item]
    count = m[m[HOMES] + track]
    start = track * m[CELLS]
    if count < 2:
        return
    if m[m[ORDERED] + track]:
        # The boundary between two neighbouring cells moves by one item; sorting does the rest.
        k = below(dice, count - 1)
        a = m[m[HOME] + start + k]
        b = m[m[HOME] + start + k + 1]
        if below(dice, 2):
            relocate(m, m[m[CONTENT] + a * m[WIDTH] + m[m[COUNT] + a] - 1], b, 0)
        else:
            relocate(m, m[m[CONTENT] + b * m[WIDTH]], a, m[m[COUNT] + a])
        return
    other = m[m[HOME] + start + below(dice, count)]
    if other != cell:
        relocate(m, item, other, below(dice, m[m[COUNT] + other] + 1))


@compiled
def exchange_items(m: Any, dice: Any) -> None:
    a = below(dice, m[ITEMS])
    track = m[m[TRACK] + a]
    first = m[m[MEMBER_START] + track]
    b = m[m[MEMBERS] + first + below(dice, m[m[MEMBER_START] + track + 1] - first)]
    if a == b or (m[m[ORDERED] + track] and (m[m[WANTED] + a] > 0 or m[m[WANTED] + b] > 0)):
        return
    cell_a = m[m[WHERE] + a]
    cell_b = m[m[WHERE] + b]
    place_a = position_of(m, a)
    place_b = position_of(m, b)
    if cell_a == cell_b:
        # From the back, so that the earlier position is still true.
        if place_a > place_b:
            a, b, place_a, place_b = b, a, place_b, place_a
        take(m, b)
        take(m, a)
        put(m, b, cell_a, place_a)
        put(m, a, cell_a, place_b)
    else:
        take(m, a)
        take(m, b)
        put(m, b, cell_a, place_a)
        put(m, a, cell_b, place_b)


@compiled
def position_of(m: Any, item: int) -> int:
    base = m[m[WHERE] + item] * m[WIDTH]
    at = base
    while m[m[CONTENT] + at] != item:
        at += 1
    return at - base  # type: ignore[no-any-return]


@compiled
def split(m: Any, dice: Any) -> None:
    """The last items of a cell into a free one."""
    cell = a_cell(m, dice)
    held = m[m[COUNT] + cell]
    if held < 2:
        return
    other = beside_sibling(m, dice, cell) if below(dice, 2) else -1
    if other < 0:
        other = below(dice, m[CELLS])
    if m[m[OWNER] + other] >= 0:
        return
    claim(m, other, m[m[OWNER] + cell])
    keep = 1 + below(dice, held - 1)
    base = cell * m[WIDTH]
    for k in range(held - 1, keep - 1, -1):
        item = m[m[CONTENT] + base + k]
        take(m, item)
        put(m, item, other, 0)


@compiled
def merge(m: Any, dice: Any) -> None:
    """All of a cell into a sibling."""
    cell = a_cell(m, dice)
    track = m[m[OWNER] + cell]
    other = m[m[HOME] + track * m[CELLS] + below(dice, m[m[HOMES] + track])]
    if other == cell:
        return
    held = empty_out(m, cell, m[SHELF])
    at = m[m[COUNT] + other]
    for k in range(held):
        put(m, m[m[SHELF] + k], other, at + k)


@compiled
def track_into_room(m: Any, dice: Any) -> None:
    cell = a_cell(m, dice)
    track = m[m[OWNER] + cell]
    rooms = m[ROOMS]
    room = below(dice, rooms)
    if below(dice, 2):
        room = m[m[HOME] + track * m[CELLS] + below(dice, m[m[HOMES] + track])] % rooms
    count = copy_home(m, track, 0)
    for k in range(count):
        home = m[m[SCRATCH] + k]
        target = home - home % rooms + room
        if m[m[OWNER] + target] != track:
            exchange(m, home, target)


@compiled
def copy_home(m: Any, track: int, at: int) -> int:
    """A track's cells into the scratch `counts`, from `at`; the list itself shifts under the moves."""
    count = m[m[HOMES] + track]
    for k in range(count):
        m[m[SCRATCH] + at + k] = m[m[HOME] + track * m[CELLS] + k]
    return count  # type: ignore[no-any-return]


@compiled
def exchange_sessions(m: Any, dice: Any) -> None:
    a = below(dice, m[SESSIONS])
    b = below(dice, m[SESSIONS])
    if a != b:
        rooms = m[ROOMS]
        for room in range(rooms):
            exchange(m, a * rooms + room, b * rooms + room)


@compiled
def exchange_tracks(m: Any, dice: Any) -> None:
    a = below(dice, m[TRACKS])
    b = below(dice, m[TRACKS])
    if a == b:
        return
    count_a = copy_home(m, a, 0)
    count_b = copy_home(m, b, count_a)
    for k in range(min(count_a, count_b)):
        exchange(m, m[m[SCRATCH] + k], m[m[SCRATCH] + count_a + k])


@compiled
def shift_track(m: Any, dice: Any) -> None:
    """A whole track one session earlier or later, or some rooms along, changing places with what is there."""
    track = m[m[OWNER] + a_cell(m, dice)]
    rooms = m[ROOMS]
    sessions = m[SESSIONS]
    count = copy_home(m, track, 0)
    forward = below(dice, 2)
    if below(dice, 2):
        distance = 1 + below(dice, 2) * below(dice, sessions)
        first = m[m[SCRATCH] + 0] // rooms
        last = m[m[SCRATCH] + count - 1] // rooms
        if (forward and last + distance >= sessions) or (not forward and first < distance):
            return
        step = distance * rooms
    else:
        step = 1 + below(dice, rooms)
        for k in range(count):
            room = m[m[SCRATCH] + k] % rooms
            if (forward and room + step >= rooms) or (not forward and room < step):
                return
    for k in range(count):
        if forward:
            cell = m[m[SCRATCH] + count - 1 - k]
            exchange(m, cell, cell + step)
        else:
            cell = m[m[SCRATCH] + k]
            exchange(m, cell, cell - step)


@compiled
def exchange_rooms(m: Any, dice: Any) -> None:
    """Two rooms over a range of sessions."""
    rooms = m[ROOMS]
    a = below(dice, rooms)
    b = below(dice, rooms)
    first = below(dice, m[SESSIONS])
    last = min(first + below(dice, m[SESSIONS]), m[SESSIONS] - 1)
    if a != b:
        for session in range(first, last + 1):
            exchange(m, session * rooms + a, session * rooms + b)


@compiled
def propose(m: Any, dice: Any) -> None:
    chance = uniform(dice)
    if chance < 0.20:
        move_item(m, dice)
    elif chance < 0.40:
        exchange_items(m, dice)
    elif chance < 0.56:
        exchange_cells(m, dice)
    elif chance < 0.70:
        exchange_within_session(m, dice)
    elif chance < 0.76:
        split(m, dice)
    elif chance < 0.82:
        track_into_room(m, dice)
    elif chance < 0.87:
        merge(m, dice)
    elif chance < 0.92:
        shift_track(m, dice)
    elif chance < 0.96:
        exchange_tracks(m, dice)
    elif chance < 0.99:
        exchange_rooms(m, dice)
    else:
        exchange_sessions(m, dice)


@compiled
def walk(m: Any, dice: Any, moves: int, temperature: float, price: int, best: int) -> int:
    """That many proposals at one temperature, `price` for each overfull slot. The best true cost known after them."""
    for _ in range(moves):
        true = m[TRUE]
        smooth = m[SMOOTH]
        over = m[OVERFULL]
        begin_move(m)
        propose(m, dice)
        if m[LOGGED] == 0:
            continue
        settle(m)
        worse = m[TRUE] - true + 0.5 * (m[SMOOTH] - smooth) + price * (m[OVERFULL] - over)
        if worse > 0 and uniform(dice) >= math.exp(-worse / temperature):
            undo(m, true, smooth, over)
        elif m[OVERFULL] == 0 and m[TRUE] < best:
            best = m[TRUE]
            remember(m)
    return best
