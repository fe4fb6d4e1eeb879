"""The agenda of places under search: what any move changes, in a few microseconds, exactly.

Costs are packed: what blocks counts in units of `BLOCKING`, what is only weighed below it, so that one number holds
both and one table each shape of rule. `pressure` keeps, for every session and slot, what it would meet there;
that makes a move's difference a handful of look-ups, and only an accepted move pays for keeping it.
"""

import math
from typing import Any

from citevents.scheduling.solver.accelerator import compiled
from citevents.scheduling.solver.seeds import below, uniform

BLOCKING = 1 << 40
NOWHERE = -1

# Numbers at the head: sizes, packed weights, how many sessions may move, totals, the move in hand.
ITEMS, SLOTS, ROOMS, TRACKS, ROOM_TWICE, TRACK_ROOM, UNPLACED, MOVABLES, TOTAL = range(9)
# Packed costs: item*slots, item*rooms, slot*rooms, item*items; and by item the sparse pairs in sequence:
SLOT_COST, ROOM_COST, CELL_COST, TOGETHER, PAIR_START, PAIR_OTHER, PAIR_FIRST, PAIR_SEQUENCE, PAIR_WALK = (
    range(9, 18)
)
# the slots each slot overlaps, slot*slots whether, whether one precedes the other, minutes between; walking; tracks.
OVER_START, OVER_SLOT, OVERLAPS, PRECEDES, BETWEEN, WALKING, TRACK, MOVABLE, MAY_MOVE = range(18, 27)
# The agenda: by item, then what sessions meet (item*slots), rooms in use (slot*rooms), rooms of tracks.
SLOT, ROOM, PRESSURE, USERS, SITTING, TRACK_USE, TRACK_ROOMS, BEST_SLOT, BEST_ROOM, HEAD = range(27, 37)


@compiled
def sequence(m: Any, near: int, here: int, there: int, room: int, other_room: int) -> int:
    """A sparse pair's cost, its item in slot `here` and the other in `there`."""
    slots = m[SLOTS]
    cost = 0
    if m[m[PAIR_SEQUENCE] + near] > 0:
        if m[m[PAIR_FIRST] + near]:
            if not m[m[PRECEDES] + here * slots + there]:
                cost += m[m[PAIR_SEQUENCE] + near]
        elif not m[m[PRECEDES] + there * slots + here]:
            cost += m[m[PAIR_SEQUENCE] + near]
    if (
        m[m[PAIR_WALK] + near] > 0
        and m[m[BETWEEN] + here * slots + there] < m[m[WALKING] + room * m[ROOMS] + other_room]
    ):
        cost += m[m[PAIR_WALK] + near]
    return cost


@compiled
def aside(m: Any, item: int, slot: int, room: int, other: int) -> int:
    """What an item costs at a place beside all placed items but itself and `other`; tracks left out."""
    slots = m[SLOTS]
    rooms = m[ROOMS]
    cost = (
        m[m[SLOT_COST] + item * slots + slot]
        + m[m[ROOM_COST] + item * rooms + room]
        + m[m[CELL_COST] + slot * rooms + room]
        + m[m[PRESSURE] + item * slots + slot]
    )
    users = m[m[USERS] + slot * rooms + room]
    mine = m[m[SLOT] + item]
    if mine >= 0 and m[m[ROOM] + item] == room and m[m[OVERLAPS] + slot * slots + mine]:
        users -= 1
    if other >= 0:
        its = m[m[SLOT] + other]
        if its >= 0 and m[m[OVERLAPS] + slot * slots + its]:
            cost -= m[m[TOGETHER] + item * m[ITEMS] + other]
            if m[m[ROOM] + other] == room:
                users -= 1
    cost += users * m[ROOM_TWICE]
    for near in range(m[m[PAIR_START] + item], m[m[PAIR_START] + item + 1]):
        third = m[m[PAIR_OTHER] + near]
        if third != other and m[m[SLOT] + third] >= 0:
            cost += sequence(m, near, slot, m[m[SLOT] + third], room, m[m[ROOM] + third])
    return cost  # type: ignore[no-any-return]


@compiled
def between(m: Any, a: int, slot_a: int, room_a: int, b: int, slot_b: int, room_b: int) -> int:
    """What two items cost each other at these places."""
    cost = 0
    if m[m[OVERLAPS] + slot_a * m[SLOTS] + slot_b]:
        cost += m[m[TOGETHER] + a * m[ITEMS] + b]
        if room_a == room_b:
            cost += m[ROOM_TWICE]
    for near in range(m[m[PAIR_START] + a], m[m[PAIR_START] + a + 1]):
        if m[m[PAIR_OTHER] + near] == b:
            cost += sequence(m, near, slot_a, slot_b, room_a, room_b)
    return cost


@compiled
def track_change(m: Any, item: int, room: int, by: int) -> int:
    """Count an item into (1) or out of (-1) its track's use of a room; what that changes in cost."""
    track = m[m[TRACK] + item]
    if track < 0:
        return 0
    at = m[TRACK_USE] + track * m[ROOMS] + room
    before = max(0, m[m[TRACK_ROOMS] + track] - 1)
    m[at] += by
    if by > 0 and m[at] == 1:
        m[m[TRACK_ROOMS] + track] += 1
    elif by < 0 and m[at] == 0:
        m[m[TRACK_ROOMS] + track] -= 1
    return (max(0, m[m[TRACK_ROOMS] + track] - 1) - before) * m[TRACK_ROOM]  # type: ignore[no-any-return]


@compiled
def lift(m: Any, item: int) -> None:
    """Take a placed item off the agenda."""
    slot = m[m[SLOT] + item]
    room = m[m[ROOM] + item]
    m[TOTAL] += m[UNPLACED] - aside(m, item, slot, room, NOWHERE) + track_change(m, item, room, -1)
    spread(m, item, slot, room, -1)
    m[m[SLOT] + item] = NOWHERE
    m[m[ROOM] + item] = NOWHERE


@compiled
def place(m: Any, item: int, slot: int, room: int) -> None:
    """Put an unplaced item on the agenda."""
    m[TOTAL] += aside(m, item, slot, room, NOWHERE) - m[UNPLACED] + track_change(m, item, room, 1)
    m[m[SLOT] + item] = slot
    m[m[ROOM] + item] = room
    spread(m, item, slot, room, 1)


@compiled
def spread(m: Any, item: int, slot: int, room: int, by: int) -> None:
    """Tell all others what they would meet, and the rooms who uses them."""
    slots = m[SLOTS]
    rooms = m[ROOMS]
    items = m[ITEMS]
    row = m[TOGETHER] + item * items
    for k in range(m[m[OVER_START] + slot], m[m[OVER_START] + slot + 1]):
        at = m[m[OVER_SLOT] + k]
        m[m[USERS] + at * rooms + room] += by
        pressure = m[PRESSURE] + at
        for other in range(items):
            m[pressure + other * slots] += by * m[row + other]
    cell = m[SITTING] + slot * rooms + room
    if by > 0:
        m[cell] = item
    elif m[cell] == item:
        m[cell] = NOWHERE


@compiled
def move_cost(m: Any, item: int, slot: int, room: int) -> int:
    """The difference that a placed item's move would make."""
    old_room = m[m[ROOM] + item]
    change = aside(m, item, slot, room, NOWHERE) - aside(m, item, m[m[SLOT] + item], old_room, NOWHERE)
    if room != old_room:
        change += track_change(m, item, old_room, -1) + track_change(m, item, room, 1)
        track_change(m, item, room, -1)
        track_change(m, item, old_room, 1)
    return change


@compiled
def swap_cost(m: Any, a: int, b: int, slot_a: int, room_a: int, slot_b: int, room_b: int) -> int:
    """The difference if both placed items moved: a to (slot_a, room_a), b to (slot_b, room_b)."""
    old_slot_a = m[m[SLOT] + a]
    old_room_a = m[m[ROOM] + a]
    old_slot_b = m[m[SLOT] + b]
    old_room_b = m[m[ROOM] + b]
    change = (
        aside(m, a, slot_a, room_a, b)
        + aside(m, b, slot_b, room_b, a)
        + between(m, a, slot_a, room_a, b, slot_b, room_b)
        - aside(m, a, old_slot_a, old_room_a, b)
        - aside(m, b, old_slot_b, old_room_b, a)
        - between(m, a, old_slot_a, old_room_a, b, old_slot_b, old_room_b)
    )
    change += track_change(m, a, old_room_a, -1) + track_change(m, b, old_room_b, -1)
    change += track_change(m, a, room_a, 1) + track_change(m, b, room_b, 1)
    track_change(m, a, room_a, -1)
    track_change(m, b, room_b, -1)
    track_change(m, a, old_room_a, 1)
    track_change(m, b, old_room_b, 1)
    return change


@compiled
def move(m: Any, item: int, slot: int, room: int) -> None:
    lift(m, item)
    place(m, item, slot, room)


@compiled
def swap(m: Any, a: int, b: int, slot_a: int, room_a: int, slot_b: int, room_b: int) -> None:
    lift(m, a)
    lift(m, b)
    place(m, a, slot_a, room_a)
    place(m, b, slot_b, room_b)


@compiled
def best_place(m: Any, dice: Any, item: int) -> int:
    """The cell (slot * rooms + room) where an unplaced item costs least, ties by lot; tracks are left out."""
    lowest = 1 << 62
    chosen = 0
    ties = 1
    for slot in range(m[SLOTS]):
        for room in range(m[ROOMS]):
            cost = aside(m, item, slot, room, NOWHERE)
            if cost < lowest:
                lowest = cost
                chosen = slot * m[ROOMS] + room
                ties = 1
            elif cost == lowest:
                ties += 1
                if below(dice, ties) == 0:
                    chosen = slot * m[ROOMS] + room
    return chosen


@compiled
def remember(m: Any) -> None:
    for item in range(m[ITEMS]):
        m[m[BEST_SLOT] + item] = m[m[SLOT] + item]
        m[m[BEST_ROOM] + item] = m[m[ROOM] + item]


@compiled
def accepted(dice: Any, change: int, temperature: float, price: int) -> bool:
    blocks = (change + (BLOCKING >> 1)) // BLOCKING
    worse = change - blocks * BLOCKING + blocks * price
    return worse <= 0 or uniform(dice) < math.exp(-worse / temperature)


@compiled
def walk(m: Any, dice: Any, moves: int, temperature: float, price: int, best: int) -> int:
    """That many proposals at one temperature; the lowest packed total known after them."""
    slots = m[SLOTS]
    rooms = m[ROOMS]
    for _ in range(moves):
        a = m[m[MOVABLE] + below(dice, m[MOVABLES])]
        slot_a = m[m[SLOT] + a]
        room_a = m[m[ROOM] + a]
        chance = uniform(dice)
        b = NOWHERE
        slot = slot_a
        room = room_a
        if chance < 0.45:
            b = m[m[MOVABLE] + below(dice, m[MOVABLES])]
            slot = m[m[SLOT] + b]
            room = m[m[ROOM] + b]
        else:
            if chance < 0.8:
                slot = below(dice, slots)
            if chance < 0.7 or chance > 0.8:
                room = below(dice, rooms)
            b = m[m[SITTING] + slot * rooms + room]
            if b >= 0 and not m[m[MAY_MOVE] + b]:
                continue
        if b == a:
            continue
        if b >= 0:
            if chance < 0.1 and slot != slot_a:
                # Only the times change places; both keep their rooms.
                change = swap_cost(m, a, b, slot, room_a, slot_a, room)
                if accepted(dice, change, temperature, price):
                    swap(m, a, b, slot, room_a, slot_a, room)
            else:
                change = swap_cost(m, a, b, slot, room, slot_a, room_a)
                if accepted(dice, change, temperature, price):
                    swap(m, a, b, slot, room, slot_a, room_a)
        elif accepted(dice, move_cost(m, a, slot, room), temperature, price):
            move(m, a, slot, room)
        if m[TOTAL] < best:
            best = m[TOTAL]
            remember(m)
    return best
