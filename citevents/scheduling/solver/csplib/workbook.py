"""Reading a CSPLib workbook: strict about everything that would otherwise become a silently different problem."""

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from citevents.scheduling.solver.csplib.conference import (
    TERMS,
    Conference,
    Matrix,
    Session,
    Submission,
    Track,
)
from citevents.scheduling.solver.csplib.sheet import MOST_COLUMNS, Sheet, text
from citevents.scheduling.solver.errors import BadProblem
from citevents.scheduling.solver.sentences import message

PARAMETERS = {
    "tracks_sessions": "Tracks_Sessions|Penalty",
    "tracks_rooms": "Tracks_Rooms|Penalty",
    "sessions_rooms": "Sessions_Rooms|Penalty",
    "similar tracks": "Similar Tracks",
    "rooms per track": "Number of Rooms per Track",
    "parallel tracks": "Parallel Tracks",
    "consecutive tracks": "Consecutive Tracks",
    "time zones": "Submissions_Timezones",
    "order": "Submissions Order",
    "submissions_sessions": "Submissions_Sessions|Penalty",
    "submissions_rooms": "Submissions_Rooms|Penalty",
    "presenters": "Presenters Conflicts",
    "attendees": "Attendees Conflicts",
    "chairs": "Chairs Conflicts",
    "presenters, time slots": "Presenters Conflicts Timeslot Level",
    "attendees, time slots": "Attendees Conflicts Timeslot Level",
}
MOST = 1 << 60
COLUMNS = ("Reference", "Track", "Required Timeslots", "Order", "Time Zone", "Presenters", "Attendees")


def read_conference(path: str | Path) -> Conference:
    """The conference in a workbook. Raises BadProblem naming sheet, row and column for anything amiss."""
    sheets = load(Path(path))
    tracks = sheets["tracks"].names()
    sessions = sheets["sessions"].names()
    rooms = sheets["rooms"].names()
    weights, zone, windows = parameters(sheets["parameters"])
    submissions, zones = read_submissions(sheets["submissions"], list(tracks))
    sheet = sheets["submissions"]
    rows = list(range(1, len(sheet.rows)))
    chairs = sheets["tracks"].headed("Chairs")
    lengths = sheets["sessions"].headed("Max Number of Timeslots")
    spans = (
        [clock_span(sheets["sessions"], row) for row in sessions.values()] if weights["time zones"] else []
    )
    offered = tuple(
        Session(name, sheets["sessions"].number(row, lengths, least=1)) for name, row in sessions.items()
    )
    check_sizes(sheet, submissions, offered, len(rooms))
    similar = matrix(sheets["similar tracks"], tracks, tracks)
    order = matrix_rows(sheets["similar tracks"], tracks)
    conference = Conference(
        submissions=submissions,
        tracks=tuple(Track(name, people(sheets["tracks"].text(row, chairs))) for name, row in tracks.items()),
        sessions=offered,
        rooms=tuple(rooms),
        weights=weights,
        tracks_sessions=matrix(sheets["tracks_sessions|penalty"], tracks, sessions),
        tracks_rooms=matrix(sheets["tracks_rooms|penalty"], tracks, rooms),
        sessions_rooms=matrix(sheets["sessions_rooms|penalty"], sessions, rooms),
        similar_tracks=above_diagonal(similar, order),
        time_zones=tuple(
            tuple(hours_penalty(zone - theirs, span, windows) for span in spans) or (0,) * len(sessions)
            for theirs in zones
        ),
        submissions_sessions=tuple(zip(*penalty_columns(sheet, rows, list(sessions)), strict=True)),
        submissions_rooms=tuple(zip(*penalty_columns(sheet, rows, list(rooms)), strict=True)),
    )
    check_weights(conference)
    return conference


def check_weights(conference: Conference) -> None:
    """No sum of weighted penalties may leave the whole numbers that the search counts in."""
    largest = max((number for rows in penalties(conference) for row in rows for number in row), default=0)
    counted = sum(item.slots for item in conference.submissions) ** 2 + len(conference.rooms) ** 2
    if max(conference.weights.values()) * max(1, largest) * counted >= MOST:
        raise BadProblem(
            "sheet “parameters”",
            message("weights and penalties are too large together; divide them all by the same number"),
        )


def penalties(conference: Conference) -> tuple[Matrix, ...]:
    return (
        *(conference.tracks_sessions, conference.tracks_rooms, conference.sessions_rooms),
        *(conference.similar_tracks, conference.time_zones),
        *(conference.submissions_sessions, conference.submissions_rooms),
    )


def load(path: Path) -> dict[str, Sheet]:
    try:
        book = openpyxl.load_workbook(path, data_only=True, read_only=True)
    except (
        OSError,
        ValueError,
        KeyError,
        zipfile.BadZipFile,
        InvalidFileException,
    ) as error:
        raise BadProblem(
            path.name, message("this is no readable Excel workbook (.xlsx); save it again as one")
        ) from error
    needed = (
        *("parameters", "submissions", "tracks", "sessions", "rooms"),
        *("tracks_sessions|penalty", "tracks_rooms|penalty", "similar tracks", "sessions_rooms|penalty"),
    )
    sheets = {}
    for name in needed:
        if name not in book.sheetnames:
            raise BadProblem(f"sheet “{name}”", message("the sheet is missing; add it (names must be exact)"))
        worksheet = book[name]
        # A file may claim a size that it does not have: count what is there.
        worksheet.reset_dimensions()
        sheets[name] = Sheet(name, worksheet.iter_rows(values_only=True, max_col=MOST_COLUMNS))
    book.close()
    return sheets


def read_submissions(sheet: Sheet, tracks: list[str]) -> tuple[tuple[Submission, ...], list[int]]:
    reference, track, slots, order, zone, presenters, attendees = (sheet.headed(title) for title in COLUMNS)
    found, zones = [], []
    for name, row in sheet.names(reference).items():
        if sheet.text(row, track) not in tracks:
            sheet.refuse(
                row,
                track,
                message(
                    "the track “%(track)s” is not in the sheet “tracks”; add it there or correct it",
                    track=sheet.text(row, track)[:80],
                ),
            )
        found.append(
            Submission(
                reference=name,
                track=tracks.index(sheet.text(row, track)),
                slots=sheet.number(row, slots, least=1),
                order=sheet.number(row, order),
                presenters=people(sheet.text(row, presenters)),
                attendees=people(sheet.text(row, attendees)),
            )
        )
        zones.append(minutes_ahead(sheet, row, zone))
    return tuple(found), zones


def check_sizes(
    sheet: Sheet, submissions: Sequence[Submission], sessions: Sequence[Session], rooms: int
) -> None:
    longest = max(session.slots for session in sessions)
    column = sheet.headed("Required Timeslots")
    for row, submission in enumerate(submissions, 1):
        if submission.slots > longest:
            sheet.refuse(
                row,
                column,
                message(
                    "“%(name)s” needs %(needs)d time slots, the longest session has %(has)d; shorten it or add a longer session",
                    name=submission.reference[:80],
                    needs=submission.slots,
                    has=longest,
                ),
            )
    used, cells = len({submission.track for submission in submissions}), rooms * len(sessions)
    if used > cells:
        raise BadProblem(
            "sheet “tracks”",
            message(
                "%(tracks)d tracks need a session and room each, there are %(cells)d; add a session or a room",
                tracks=used,
                cells=cells,
            ),
        )
    needed = sum(submission.slots for submission in submissions)
    offered = rooms * sum(session.slots for session in sessions)
    if needed > offered:
        raise BadProblem(
            "sheet “submissions”",
            message(
                "%(needed)d time slots are needed, %(offered)d are offered; add a session or a room",
                needed=needed,
                offered=offered,
            ),
        )


def penalty_columns(sheet: Sheet, rows: list[int], names: list[str]) -> list[tuple[int, ...]]:
    columns = [sheet.headed(name) for name in names]
    return [tuple(sheet.number(row, column) for row in rows) for column in columns]


def matrix(sheet: Sheet, rows: Iterable[str], columns: Iterable[str]) -> Matrix:
    """Looked up by name, so that the order of a matrix sheet need not be the order of its names' own sheets."""
    where = matrix_rows(sheet, rows)
    heads = [sheet.headed(name) for name in columns]
    return tuple(tuple(sheet.number(row, column) for column in heads) for row in where)


def matrix_rows(sheet: Sheet, names: Iterable[str]) -> list[int]:
    found = {sheet.text(row, 0): row for row in range(len(sheet.rows) - 1, 0, -1)}
    for name in names:
        if name not in found:
            sheet.refuse(0, 0, message("the row “%(name)s” is missing; add it", name=name[:80]))
    return [found[name] for name in names]


def above_diagonal(similar: Matrix, row_order: list[int]) -> Matrix:
    """For each pair the entry in the row that comes first in the sheet; a track is never similar to itself."""
    size = range(len(similar))
    return tuple(
        tuple(0 if a == b else similar[a][b] if row_order[a] < row_order[b] else similar[b][a] for b in size)
        for a in size
    )


def people(names: str) -> frozenset[str]:
    return frozenset(name.strip() for name in names.split(",") if name.strip())


def parameters(sheet: Sheet) -> tuple[dict[str, int], int, tuple[tuple[dt.time, dt.time, int], ...]]:
    """Weights by term, the local zone in minutes, and the windows as (from, to, penalty outside it)."""
    labels: dict[tuple[int, str], list[int]] = {}
    for row in range(len(sheet.rows)):
        for column in (0, 3):
            label = sheet.text(row, column).rstrip(":").strip().casefold()
            labels.setdefault((column, label), []).append(row)

    def find(column: int, label: str, nth: int = 0) -> int:
        rows = labels.get((column, label.casefold()), [])
        if len(rows) <= nth:
            sheet.refuse(0, column, message("the parameter “%(label)s” is missing; add it", label=label))
        return rows[nth]

    weights = {term: sheet.number(find(3, PARAMETERS[term]), 4) for term in TERMS}
    zone = minutes_ahead(sheet, find(0, "Local time zone"), 1)
    windows = tuple(
        (
            clock_time(sheet, find(0, "From", nth), 1),
            clock_time(sheet, find(0, "To", nth), 1),
            sheet.number(find(0, "Penalty", nth), 1),
        )
        for nth in (0, 1)
    )
    return weights, zone, windows


def minutes_ahead(sheet: Sheet, row: int, column: int) -> int:
    """GMT+n in minutes; blank is GMT."""
    value = sheet.text(row, column)
    match = re.fullmatch(r"(?:GMT|UTC)?(?:([+-])(\d{1,2})(?::(\d\d))?)?", value, re.IGNORECASE)
    if match is None or int(match[2] or 0) > 14:
        sheet.refuse(row, column, message("“%(zone)s” is no time zone of the form GMT+n", zone=value[:40]))
        raise AssertionError
    minutes = int(match[2] or 0) * 60 + int(match[3] or 0)
    return -minutes if match[1] == "-" else minutes


def clock_time(sheet: Sheet, row: int, column: int) -> dt.time:
    value = sheet.cell(row, column)
    if isinstance(value, dt.datetime):
        return value.time()
    if isinstance(value, dt.time):
        return value
    try:
        return dt.time.fromisoformat(text(value))
    except ValueError:
        sheet.refuse(
            row, column, message("“%(value)s” is no time of day; write it as 09:30", value=text(value)[:40])
        )
        raise


def clock_span(sheet: Sheet, row: int) -> tuple[dt.time, dt.time]:
    start, end = sheet.headed("Start Time"), sheet.headed("End Time")
    span = clock_time(sheet, row, start), clock_time(sheet, row, end)
    if span[1] <= span[0]:
        sheet.refuse(row, end, message("the session ends before it starts; correct one of the times"))
    return span


def hours_penalty(
    behind: int, span: tuple[dt.time, dt.time], windows: tuple[tuple[dt.time, dt.time, int], ...]
) -> int:
    """0 within the suitable hours, the first penalty within the less suitable ones, the second outside them.

    `behind` is how many minutes the presenter's clock is behind the conference's.
    """
    start, end = ((moment.hour * 60 + moment.minute - behind) % 1440 for moment in span)
    (good_from, good_to, small), (fair_from, fair_to, large) = (
        (a.hour * 60 + a.minute, b.hour * 60 + b.minute, penalty) for a, b, penalty in windows
    )
    if start > end or start < fair_from or end > fair_to:
        return large
    return 0 if good_from <= start and end <= good_to else small
