"""CSPLib's objective in plain, slow Python, written from the benchmark's text alone; shares no code with the engine.

A conference is a dict of plain values, a solution a list of (session, room, slot) by submission, all from 0 but the
slot, which counts from 1.
"""

import random

TERMS = [
    "tracks_sessions",
    "tracks_rooms",
    "sessions_rooms",
    "similar tracks",
    "rooms per track",
    "parallel tracks",
    "consecutive tracks",
    "time zones",
    "order",
    "submissions_sessions",
    "submissions_rooms",
    "presenters",
    "attendees",
    "chairs",
    "presenters, time slots",
    "attendees, time slots",
]


def counts(c, solution):
    n = range(len(c["track"]))
    used = sorted({(s, r, c["track"][i]) for i, (s, r, _) in enumerate(solution)})
    found = dict.fromkeys(TERMS, 0)
    for s, r, t in used:
        found["tracks_sessions"] += c["tracks_sessions"][t][s]
        found["tracks_rooms"] += c["tracks_rooms"][t][r]
        found["sessions_rooms"] += c["sessions_rooms"][s][r]
    for x in range(len(used)):
        for y in range(x + 1, len(used)):
            (s, _, t), (s2, _, t2) = used[x], used[y]
            if s == s2 and t != t2:
                first, second = (
                    (t, t2) if c["similar_rows"].index(t) < c["similar_rows"].index(t2) else (t2, t)
                )
                found["similar tracks"] += c["similar"][first][second]
                if c["chairs"][t] & c["chairs"][t2]:
                    found["chairs"] += 1
    for t in range(len(c["chairs"])):
        cells = [(s, r) for s, r, owner in used if owner == t]
        if not cells:
            continue
        found["rooms per track"] += len({r for _, r in cells}) - 1
        for s in range(len(c["slots"])):
            here = sum(1 for cell in cells if cell[0] == s)
            if here > 1:
                found["parallel tracks"] += here - 1
        sessions = {s for s, _ in cells}
        if any(s not in sessions for s in range(min(sessions), max(sessions) + 1)):
            found["consecutive tracks"] += 1
        line = sorted((i for i in n if c["track"][i] == t), key=lambda i: solution[i])
        for position, i in enumerate(line, 1):
            if c["order"][i] and c["order"][i] != position:
                found["order"] += 1
    for i in n:
        s, r, _ = solution[i]
        for _ in range(c["length"][i]):
            found["time zones"] += c["zones"][i][s]
            found["submissions_sessions"] += c["submissions_sessions"][i][s]
            found["submissions_rooms"] += c["submissions_rooms"][i][r]
    for i in n:
        for j in range(i + 1, len(solution)):
            (s, r, a), (s2, r2, b) = solution[i], solution[j]
            if s != s2:
                continue
            presenters = (
                c["presenters"][i] & c["presenters"][j]
                or c["presenters"][i] & c["chairs"][c["track"][j]]
                or c["presenters"][j] & c["chairs"][c["track"][i]]
            )
            attendees = c["attendees"][i] & c["attendees"][j]
            equal = set(range(a, a + c["length"][i])) & set(range(b, b + c["length"][j]))
            found["presenters"] += bool(presenters) and r != r2
            found["attendees"] += bool(attendees) and r != r2
            found["presenters, time slots"] += bool(presenters) and bool(equal)
            found["attendees, time slots"] += bool(attendees) and bool(equal)
    return found


def valid(c, solution):
    taken, owner = set(), {}
    for i, (s, r, a) in enumerate(solution):
        if owner.setdefault((s, r), c["track"][i]) != c["track"][i]:
            return False
        for slot in range(a, a + c["length"][i]):
            if slot < 1 or slot > c["slots"][s] or (s, r, slot) in taken:
                return False
            taken.add((s, r, slot))
    return True


def random_conference(seed, submissions=8, tracks=3, sessions=3, rooms=2):
    """A small conference in which every term can count."""
    draw = random.Random(seed)
    persons = [f"p{k}" for k in range(6)]

    def table(rows, columns, most=3):
        return [[draw.choice([0, 0, draw.randint(1, most)]) for _ in range(columns)] for _ in range(rows)]

    def some(chance):
        return {person for person in persons if draw.random() < chance}

    track = [draw.randrange(tracks) for _ in range(submissions)]
    slots = [draw.randint(2, 4) for _ in range(sessions)]
    return {
        "track": track,
        "length": [draw.choice([1, 1, 1, 2]) for _ in range(submissions)],
        "order": [draw.choice([0, draw.randint(1, 3)]) for _ in range(submissions)],
        "presenters": [some(0.15) for _ in range(submissions)],
        "attendees": [some(0.15) for _ in range(submissions)],
        "chairs": [some(0.15) for _ in range(tracks)],
        "slots": slots,
        "rooms": rooms,
        "tracks_sessions": table(tracks, sessions),
        "tracks_rooms": table(tracks, rooms),
        "sessions_rooms": table(sessions, rooms),
        "similar": table(tracks, tracks),
        "similar_rows": draw.sample(range(tracks), tracks),
        "zones": table(submissions, sessions, 10),
        "submissions_sessions": table(submissions, sessions),
        "submissions_rooms": table(submissions, rooms),
        "weights": {term: draw.choice([0, 1, 1, 2, 10, 100]) for term in TERMS},
    }


def random_solution(c, draw):
    """Complete, and valid now and then."""
    return [
        (draw.randrange(len(c["slots"])), draw.randrange(c["rooms"]), draw.randint(1, 3)) for _ in c["track"]
    ]
