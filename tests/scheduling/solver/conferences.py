"""The reference's plain conferences as the engine's values."""

from citevents.scheduling.solver.csplib import Conference, Place
from citevents.scheduling.solver.csplib.conference import Session, Submission, Track


def conference_of(c):
    tracks = range(len(c["chairs"]))
    rows = c["similar_rows"]
    similar = tuple(
        tuple(
            0 if a == b else c["similar"][a][b] if rows.index(a) < rows.index(b) else c["similar"][b][a]
            for b in tracks
        )
        for a in tracks
    )

    def frozen(table):
        return tuple(tuple(row) for row in table)

    return Conference(
        submissions=tuple(
            Submission(f"s{i}", track, length, order, frozenset(presenters), frozenset(attendees))
            for i, (track, length, order, presenters, attendees) in enumerate(
                zip(c["track"], c["length"], c["order"], c["presenters"], c["attendees"], strict=True)
            )
        ),
        tracks=tuple(Track(f"t{k}", frozenset(chairs)) for k, chairs in enumerate(c["chairs"])),
        sessions=tuple(Session(f"d{k}", slots) for k, slots in enumerate(c["slots"])),
        rooms=tuple(f"r{k}" for k in range(c["rooms"])),
        weights=dict(c["weights"]),
        tracks_sessions=frozen(c["tracks_sessions"]),
        tracks_rooms=frozen(c["tracks_rooms"]),
        sessions_rooms=frozen(c["sessions_rooms"]),
        similar_tracks=similar,
        time_zones=frozen(c["zones"]),
        submissions_sessions=frozen(c["submissions_sessions"]),
        submissions_rooms=frozen(c["submissions_rooms"]),
    )


def places(solution):
    return tuple(Place(session, room, slot) for session, room, slot in solution)
