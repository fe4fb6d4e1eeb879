"""The objective of CSPLib over a whole solution: every term by name, every hard violation in words."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

from citevents.scheduling.solver.csplib.conference import (
    TERMS,
    Conference,
    Solution,
    attendees_conflict,
    presenters_conflict,
)
from citevents.scheduling.solver.sentences import Message, message

Cells = dict[tuple[int, int], set[int]]
"""(session, room) -> the tracks that have submissions there; one, in a valid solution."""


@dataclass(frozen=True)
class Score:
    """`counts` are unweighted, `weighted` what each term costs; no `violations` means valid."""

    counts: dict[str, int]
    weighted: dict[str, int]
    violations: tuple[Message, ...]

    @property
    def objective(self) -> int:
        return sum(self.weighted.values())


def score(conference: Conference, solution: Solution) -> Score:
    """Every term of a complete solution. Hard violations are named and not part of the objective."""
    cells: Cells = defaultdict(set)
    for item, place in zip(conference.submissions, solution, strict=True):
        cells[place.session, place.room].add(item.track)
    counts: Counter[str] = Counter()
    count_cells(conference, cells, counts)
    count_tracks(conference, cells, counts)
    counts["order"] = misplaced(conference, solution)
    count_submissions(conference, solution, counts)
    count_conflicts(conference, solution, counts)
    return Score(
        counts={term: counts[term] for term in TERMS},
        weighted={term: conference.weights[term] * counts[term] for term in TERMS},
        violations=tuple(violations(conference, solution, cells)),
    )


def count_cells(conference: Conference, cells: Cells, counts: Counter[str]) -> None:
    in_session: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (session, room), tracks in cells.items():
        counts["sessions_rooms"] += conference.sessions_rooms[session][room]
        for track in tracks:
            counts["tracks_sessions"] += conference.tracks_sessions[track][session]
            counts["tracks_rooms"] += conference.tracks_rooms[track][room]
            in_session[session].append((room, track))
    for present in in_session.values():
        for (room_a, a), (room_b, b) in combinations(present, 2):
            if room_a != room_b and a != b:
                counts["similar tracks"] += conference.similar_tracks[a][b]
                counts["chairs"] += bool(conference.tracks[a].chairs & conference.tracks[b].chairs)


def count_tracks(conference: Conference, cells: Cells, counts: Counter[str]) -> None:
    for track in range(len(conference.tracks)):
        mine = [cell for cell, tracks in cells.items() if track in tracks]
        if not mine:
            continue
        sessions = sorted({session for session, _ in mine})
        counts["rooms per track"] += len({room for _, room in mine}) - 1
        counts["parallel tracks"] += len(mine) - len(sessions)
        counts["consecutive tracks"] += any(b - a > 1 for a, b in pairwise(sessions))


def misplaced(conference: Conference, solution: Solution) -> int:
    """Submissions with an order whose position within their track is another one."""
    running: dict[int, list[int]] = defaultdict(list)
    by_time = sorted(
        range(len(solution)), key=lambda i: (solution[i].session, solution[i].room, solution[i].slot)
    )
    for i in by_time:
        running[conference.submissions[i].track].append(i)
    return sum(
        conference.submissions[i].order not in (0, position)
        for track in running.values()
        for position, i in enumerate(track, 1)
    )


def count_submissions(conference: Conference, solution: Solution, counts: Counter[str]) -> None:
    for i, (item, place) in enumerate(zip(conference.submissions, solution, strict=True)):
        counts["time zones"] += item.slots * conference.time_zones[i][place.session]
        counts["submissions_sessions"] += item.slots * conference.submissions_sessions[i][place.session]
        counts["submissions_rooms"] += item.slots * conference.submissions_rooms[i][place.room]


def count_conflicts(conference: Conference, solution: Solution, counts: Counter[str]) -> None:
    in_session: dict[int, list[int]] = defaultdict(list)
    for i, place in enumerate(solution):
        in_session[place.session].append(i)
    for present in in_session.values():
        for i, j in combinations(present, 2):
            a, b = conference.submissions[i], conference.submissions[j]
            apart = solution[i].room != solution[j].room
            together = overlap(conference, solution, i, j)
            if not (apart or together):
                continue
            presenting = presenters_conflict(conference, a, b)
            attending = attendees_conflict(a, b)
            counts["presenters"] += presenting and apart
            counts["attendees"] += attending and apart
            counts["presenters, time slots"] += presenting and together
            counts["attendees, time slots"] += attending and together


def overlap(conference: Conference, solution: Solution, i: int, j: int) -> bool:
    """Whether two submissions of one session share a time slot."""
    start_i, start_j = solution[i].slot, solution[j].slot
    return (
        start_i < start_j + conference.submissions[j].slots
        and start_j < start_i + conference.submissions[i].slots
    )


def violations(conference: Conference, solution: Solution, cells: Cells) -> Iterator[Message]:
    """The hard rules that a complete solution breaks."""
    for (session, room), tracks in sorted(cells.items()):
        if len(tracks) > 1:
            yield message(
                "%(session)s, %(room)s has submissions of several tracks: %(tracks)s",
                session=conference.sessions[session].name,
                room=conference.rooms[room],
                tracks=", ".join(sorted(conference.tracks[track].name for track in tracks)),
            )
    taken: dict[tuple[int, int, int], int] = {}
    for i, (item, place) in enumerate(zip(conference.submissions, solution, strict=True)):
        offered = conference.sessions[place.session]
        if place.slot < 1 or place.slot + item.slots - 1 > offered.slots:
            yield message(
                "%(submission)s needs time slots %(first)d to %(last)d of %(session)s, which has %(slots)d",
                submission=item.reference,
                first=place.slot,
                last=place.slot + item.slots - 1,
                session=offered.name,
                slots=offered.slots,
            )
        for slot in range(place.slot, place.slot + item.slots):
            other = taken.setdefault((place.session, place.room, slot), i)
            if other != i:
                yield message(
                    "%(session)s, %(room)s, time slot %(slot)d is used by %(first)s and %(second)s",
                    session=offered.name,
                    room=conference.rooms[place.room],
                    slot=slot,
                    first=conference.submissions[other].reference,
                    second=item.reference,
                )
