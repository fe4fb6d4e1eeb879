"""Conferences of every shape, as the reference's plain values and as the workbook that a benchmark would ship.

Each is built around an agenda that is valid, so that a search that finds none has failed, not the conference.
"""

import datetime as dt
import random

import openpyxl

from .reference import TERMS
from .workbooks import WEIGHTS, fill

SHAPES = {
    "ordinary": {},
    "one room": {"rooms": 1},
    "one session": {"sessions": 1, "rooms": 5},
    "one cell": {"sessions": 1, "rooms": 1},
    "one track": {"tracks": 1},
    "no free slot": {"filled": 1.0},
    "long submissions, hardly a free slot": {"filled": 0.97, "longest": 4},
    "every track ordered": {"ordered": 1.0},
    "orders with holes": {"ordered": 1.0, "holes": True},
    "chairs present": {"crowd": 4},
    "far away": {"zones": range(-11, 13)},
    "nothing but zero weights": {"weights": [0]},
    "weights far apart": {"weights": [0, 1, 10, 1_000_000]},
    "no penalties": {"penalties": 0.0},
}


def generated(
    seed, *, sessions=4, rooms=3, tracks=4, filled=0.6, longest=3, ordered=0.4, holes=False, crowd=12,
    zones=(0,), weights=(0, 1, 1, 10, 100), penalties=0.3,
):  # fmt: skip
    """The plain values (see `reference`) and the workbook. `filled`: of the planted agenda's slots, how many are used."""
    draw = random.Random(seed)
    people = [f"p{k}" for k in range(crowd)]

    def table(rows, columns, most=9):
        return [
            [draw.randint(1, most) if draw.random() < penalties else 0 for _ in range(columns)]
            for _ in range(rows)
        ]

    def some(chance):
        return {person for person in people if draw.random() < chance}

    slots = [draw.randint(2, 5) for _ in range(sessions)]
    track, length = planted(draw, slots, rooms, tracks, filled, longest)
    used = sorted(set(track))
    track, tracks = [used.index(t) for t in track], len(used)
    order = orders(draw, track, ordered, holes)
    spans = [(8 * 60 + 45 * k, 8 * 60 + 45 * k + 30) for k in range(sessions)]
    zone = [draw.choice(zones) for _ in track]
    items = len(track)
    c = {
        "track": track,
        "length": length,
        "order": order,
        "presenters": [some(1.5 / crowd) for _ in track],
        "attendees": [some(1 / crowd) for _ in track],
        "chairs": [some(1.5 / crowd) for _ in range(tracks)],
        "slots": slots,
        "rooms": rooms,
        "tracks_sessions": table(tracks, sessions),
        "tracks_rooms": table(tracks, rooms),
        "sessions_rooms": table(sessions, rooms),
        "similar": table(tracks, tracks),
        "similar_rows": draw.sample(range(tracks), tracks),
        "zones": [[unsuitable(start, end, ahead - 1) for start, end in spans] for ahead in zone],
        "submissions_sessions": table(items, sessions),
        "submissions_rooms": table(items, rooms),
        "weights": {term: draw.choice(weights) for term in TERMS},
    }
    return c, written(c, zone, spans, draw)


def planted(draw, slots, rooms, tracks, filled, longest):
    """Track and length of submissions that fill the cells of an agenda, one track to a cell."""
    track, length = [], []
    for capacity in slots:
        for _ in range(rooms):
            owner, left = draw.randrange(tracks), max(1, round(capacity * filled))
            while left:
                needed = draw.randint(1, min(longest, left))
                track.append(owner)
                length.append(needed)
                left -= needed
    shuffled = draw.sample(range(len(track)), len(track))
    return [track[i] for i in shuffled], [length[i] for i in shuffled]


def orders(draw, track, ordered, holes):
    """Positions within some tracks; with holes, some of those who had one have dropped out."""
    order = [0] * len(track)
    for t in set(track):
        mine = [i for i in range(len(track)) if track[i] == t]
        if draw.random() < ordered:
            positions = draw.sample(range(1, len(mine) + 1 + (3 if holes else 0)), len(mine))
            for i, position in zip(mine, positions, strict=True):
                order[i] = position
    return order


def unsuitable(start, end, hours):
    """The benchmark's text: suitable 9:30 to 21:30, less suitable 7:00 to 23:00, in the presenter's own time."""
    start, end = (start + 60 * hours) % 1440, (end + 60 * hours) % 1440
    if start <= end and start >= 9 * 60 + 30 and end <= 21 * 60 + 30:
        return 0
    return 1 if start <= end and start >= 7 * 60 and end <= 23 * 60 else 10


def written(c, zone, spans, draw):
    """The workbook: the conference is at GMT+1, blanks stand for zeros, matrices are in sequences of their own."""
    sessions = [f"d{k}" for k in range(len(c["slots"]))]
    rooms = [f"r{k}" for k in range(c["rooms"])]
    tracks = [f"t{k}" for k in range(len(c["chairs"]))]

    def blank(numbers):
        return [number or draw.choice([0, None]) for number in numbers]

    def clock(minutes):
        return dt.time(minutes // 60, minutes % 60)

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "parameters"
    left = [
        ("Local time zone:", "GMT+1"),
        *(("Suitable scheduling times", None), ("From:", dt.time(9, 30)), ("To:", dt.time(21, 30))),
        *(
            ("Less suitable scheduling times", None),
            ("From:", dt.time(7)),
            ("To:", dt.time(23)),
            ("Penalty:", 1),
        ),
        *(("Unsuitable scheduling times", None), ("Penalty:", 10)),
    ]
    for k, (label, term) in enumerate(zip(WEIGHTS, TERMS, strict=True)):
        sheet.append([*(left[k] if k < len(left) else (None, None)), None, label, c["weights"][term]])
    titles = ("Reference", "Track", "Required Timeslots", "Order", "Time Zone", "Presenters", "Attendees")
    rows = [
        [
            *(f" s{i}", f"{tracks[t]} ", c["length"][i], c["order"][i] or None, f"GMT{zone[i]:+d}"),
            *(", ".join(sorted(c[who][i])) or None for who in ("presenters", "attendees")),
            *blank(c["submissions_sessions"][i]),
            *blank(c["submissions_rooms"][i]),
        ]
        for i, t in enumerate(c["track"])
    ]
    fill(book, "submissions", [*titles, *sessions, *rooms], *rows)
    chairs = (", ".join(sorted(names)) or None for names in c["chairs"])
    fill(book, "tracks", ["Tracks", "Chairs"], *zip(tracks, chairs, strict=True))
    heads = ["Sessions", "Max Number of Timeslots", "Date", "Start Time", "End Time"]
    times = [(clock(start), clock(end)) for start, end in spans]
    days = [
        [name, slots, dt.date(2027, 5, 3), *span]
        for name, slots, span in zip(sessions, c["slots"], times, strict=True)
    ]
    fill(book, "sessions", heads, *days)
    fill(book, "rooms", ["Rooms"], *([room] for room in rooms))
    for name, key, down, across in (
        ("tracks_sessions|penalty", "tracks_sessions", tracks, sessions),
        ("tracks_rooms|penalty", "tracks_rooms", tracks, rooms),
        ("sessions_rooms|penalty", "sessions_rooms", sessions, rooms),
        ("similar tracks", "similar", tracks, tracks),
    ):
        lines = c["similar_rows"] if key == "similar" else draw.sample(range(len(down)), len(down))
        columns = draw.sample(range(len(across)), len(across))
        body = [[down[a], *blank([c[key][a][b] for b in columns])] for a in lines]
        fill(book, name, [None, *(across[b] for b in columns)], *body)
    return book
