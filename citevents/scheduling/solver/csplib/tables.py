"""A CSPLib conference as the search's memory: the layout by name, and the cost tables computed once.

Cells are numbered session * rooms + room, so that the sorted cells of a track are in its order "by session, then
room column". All costs are weighted whole numbers.
"""

from typing import Any

import numpy as np

from citevents.scheduling.solver.csplib.conference import (
    Conference,
    Place,
    Solution,
    attendees_conflict,
    presenters_conflict,
)
from citevents.scheduling.solver.memory import packed, table

# Numbers at the head: sizes, weights of a track's own shape, whether slot-level conflicts cost anything.
ITEMS, TRACKS, SESSIONS, ROOMS, CELLS, WIDTH, SLOT_LEVEL, W_ROOMS, W_PARALLEL, W_GAP, W_ORDER = range(11)
# The totals: true cost, smoothing of gaps in half units, overfull slots. The move in progress.
TRUE, SMOOTH, OVERFULL, LOGGED, TOUCHED, ROUND, ROOM_ROUND = range(11, 18)
# Tables of the problem: by item, ...
LENGTH, TRACK, ORDER, SESSION_COST, ROOM_COST = range(18, 23)
# ... by track (ORDERED: kept sorted inside every move), pairs of tracks, sessions,
MEMBER_START, MEMBERS, ORDERED, CELL_COST, PAIR_COST, CAPACITY = range(23, 29)
# ... and conflicting items: CONFLICT_START by item into the other three, which cost in the session and by equal slot.
CONFLICT_START, CONFLICT_ITEM, CONFLICT_COST, CONFLICT_SLOT_COST = range(29, 33)
# The agenda by cell: track or -1, items in slot order (cell * WIDTH + position), how many, their slots.
OWNER, CONTENT, COUNT, LOAD = range(33, 37)
# By item: its cell or -1, its first slot from 0 (kept only where slots matter). By track: its cells, ascending.
WHERE, BEGIN, HOME, HOMES = range(37, 41)
# Cached by track: true cost of its shape, smoothing. What `undo` needs, scratch, the best so far; WANTED: see
# `attainable`.
STRUCTURE, SMOOTHING, JOURNAL, TOUCHED_TRACK, TOUCHED_ROUND, OLD_STRUCTURE, OLD_SMOOTHING = range(41, 48)
ROOM_MARK, SHELF, SHELF2, DEALT, SCRATCH, BEST_WHERE, BEST_BEGIN, WANTED, HEAD = range(48, 57)


def empty_agenda(conference: Conference, resort: bool) -> Any:
    """A memory with nothing placed. `resort`: tracks with an order are kept sorted inside each move."""
    weights = conference.weights
    items, tracks = len(conference.submissions), len(conference.tracks)
    sessions, rooms = len(conference.sessions), len(conference.rooms)
    cells = sessions * rooms
    track = [submission.track for submission in conference.submissions]
    length = np.array([submission.slots for submission in conference.submissions])
    members = [[i for i in range(items) if track[i] == t] for t in range(tracks)]
    width = max(len(group) for group in members)
    starts, others, costs, slot_costs = conflicts(conference)
    wanted = [submission.order if weights["order"] else 0 for submission in conference.submissions]
    numbers = {
        ITEMS: items,
        TRACKS: tracks,
        SESSIONS: sessions,
        ROOMS: rooms,
        CELLS: cells,
        WIDTH: width,
        SLOT_LEVEL: int(any(slot_costs)),
        W_ROOMS: weights["rooms per track"],
        W_ORDER: weights["order"],
        W_PARALLEL: weights["parallel tracks"],
        W_GAP: weights["consecutive tracks"],
    }
    problem = {
        LENGTH: length,
        TRACK: track,
        ORDER: wanted,
        WANTED: attainable(wanted, members),
        SESSION_COST: length[:, None]
        * (
            weights["time zones"] * np.array(conference.time_zones)
            + weights["submissions_sessions"] * np.array(conference.submissions_sessions)
        ),
        ROOM_COST: length[:, None] * weights["submissions_rooms"] * np.array(conference.submissions_rooms),
        MEMBER_START: np.cumsum([0, *map(len, members)]),
        MEMBERS: [i for group in members for i in group],
        ORDERED: [int(resort and any(wanted[i] for i in group)) for group in members],
        CELL_COST: cell_costs(conference),
        PAIR_COST: pair_costs(conference),
        CAPACITY: [session.slots for session in conference.sessions],
        CONFLICT_START: starts,
        CONFLICT_ITEM: others,
        CONFLICT_COST: costs,
        CONFLICT_SLOT_COST: slot_costs,
    }
    by_cell, by_item, by_track = np.zeros(cells), np.zeros(items + 1), np.zeros(tracks)
    agenda = {
        OWNER: by_cell - 1,
        CONTENT: np.zeros(cells * width),
        COUNT: by_cell,
        LOAD: by_cell,
        WHERE: by_item - 1,
        BEGIN: by_item,
        HOME: np.zeros(tracks * cells),
        HOMES: by_track,
        STRUCTURE: by_track,
        SMOOTHING: by_track,
        JOURNAL: np.zeros(4 * (16 * items + 16 * cells + 64)),
        TOUCHED_TRACK: by_track,
        TOUCHED_ROUND: by_track,
        OLD_STRUCTURE: by_track,
        OLD_SMOOTHING: by_track,
        ROOM_MARK: np.zeros(rooms),
        SHELF: by_item,
        SHELF2: by_item,
        DEALT: by_item,
        SCRATCH: np.zeros(2 * cells),
        BEST_WHERE: by_item - 1,
        BEST_BEGIN: by_item,
    }
    return packed(HEAD, numbers, problem | agenda)


def attainable(wanted: list[int], members: list[list[int]]) -> list[int]:
    """The order of each submission that it can have: not beyond its track's last position, and nobody else's.

    The others are misplaced wherever they are, so they fill what positions are left.
    """
    found = [0] * len(wanted)
    for group in members:
        taken: set[int] = set()
        for i in group:
            if 0 < wanted[i] <= len(group) and wanted[i] not in taken:
                taken.add(wanted[i])
                found[i] = wanted[i]
    return found


def best_solution(m: Any) -> Solution:
    """The best agenda that the search has met."""
    rooms, items = int(m[ROOMS]), int(m[ITEMS])
    return tuple(
        Place(cell // rooms, cell % rooms, begin + 1)
        for cell, begin in zip(table(m, BEST_WHERE, items), table(m, BEST_BEGIN, items), strict=True)
    )


def cell_costs(conference: Conference) -> np.ndarray:
    """By track, session, room."""
    weights = conference.weights
    return np.asarray(
        weights["tracks_sessions"] * np.array(conference.tracks_sessions)[:, :, None]
        + weights["tracks_rooms"] * np.array(conference.tracks_rooms)[:, None, :]
        + weights["sessions_rooms"] * np.array(conference.sessions_rooms)[None]
    )


def pair_costs(conference: Conference) -> np.ndarray:
    """By track and track: the cost of one cell of each in the same session."""
    chairs = [track.chairs for track in conference.tracks]
    shared = np.array(
        [
            [int(a != b and bool(chairs[a] & chairs[b])) for b in range(len(chairs))]
            for a in range(len(chairs))
        ]
    )
    weights = conference.weights
    return np.asarray(
        weights["similar tracks"] * np.array(conference.similar_tracks) + weights["chairs"] * shared
    )


def conflicts(conference: Conference) -> tuple[list[int], list[int], list[int], list[int]]:
    """The conflicting submissions as a sparse list, both ways; pairs that cost nothing are left out."""
    weights, items = conference.weights, conference.submissions
    near: list[list[tuple[int, int, int]]] = [[] for _ in items]
    known_to: dict[str, set[int]] = {}
    for i, item in enumerate(items):
        for person in item.presenters | item.attendees | conference.tracks[item.track].chairs:
            known_to.setdefault(person, set()).add(i)
    for i, item in enumerate(items):
        others = (
            set().union(*(known_to[person] for person in item.presenters | item.attendees))
            if item.presenters or item.attendees
            else set()
        )
        for j in others:
            # Each pair is met from its presenter's side at least once; the first meeting writes both.
            if i == j or any(k == j for k, _, _ in near[i]):
                continue
            presenting = presenters_conflict(conference, item, items[j])
            attending = attendees_conflict(item, items[j])
            cost = weights["presenters"] * presenting + weights["attendees"] * attending
            slot = (
                weights["presenters, time slots"] * presenting + weights["attendees, time slots"] * attending
            )
            if cost or slot:
                near[i].append((j, cost, slot))
                near[j].append((i, cost, slot))
    starts = [0]
    for group in near:
        starts.append(starts[-1] + len(group))
    rows = [row for group in near for row in group]
    return starts, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
