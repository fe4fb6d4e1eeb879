"""CSPLib workbooks for tests, written as the benchmark writes them."""

import datetime as dt

import openpyxl

WEIGHTS = (
    "Tracks_Sessions|Penalty:",
    "Tracks_Rooms|Penalty:",
    "Sessions_Rooms|Penalty:",
    "Similar Tracks:",
    "Number of Rooms per Track:",
    "Parallel Tracks:",
    "Consecutive Tracks:",
    "Submissions_Timezones:",
    "Submissions Order:",
    "Submissions_Sessions|Penalty:",
    "Submissions_Rooms|Penalty:",
    "Presenters Conflicts:",
    "Attendees Conflicts:",
    "Chairs Conflicts:",
    "Presenters Conflicts Timeslot Level:",
    "Attendees Conflicts Timeslot Level:",
)


def workbook():
    """Two tracks, two sessions, two rooms, four submissions; every sheet small enough to see through."""
    book = openpyxl.Workbook()
    parameters = book.active
    parameters.title = "parameters"
    left = [
        ("Sessions", None),
        ("Local time zone:", "GMT+2"),
        ("Suitable scheduling times", None),
        ("From:", dt.time(9, 30)),
        ("To:", dt.time(21, 30)),
        ("Less suitable scheduling times", None),
        ("From:", dt.time(7, 0)),
        ("To:", dt.time(23, 0)),
        ("Penalty:", 1),
        ("Unsuitable scheduling times", None),
        ("Penalty:", 10),
    ]
    right = [("Weights", None), *((label, 1) for label in WEIGHTS)]
    for k in range(len(right)):
        parameters.append([*(left[k] if k < len(left) else (None, None)), None, *right[k]])
    fill(
        book,
        "submissions",
        [
            *("Reference", "Track", "Required Timeslots", "Order", "Time Zone", "Presenters", "Attendees"),
            *("Mon1", "Mon2", "Hall", "Attic"),
        ],
        ["a1", "Law", 1, 1, "GMT+2", "ana, bo", None, None, 5, None, None],
        ["a2", " Law ", 2, 2, "GMT-4", "cy", "eve", None, None, None, 7],
        ["b1", "Care", 1, None, "GMT+10", "bo", "eve", 3, None, None, None],
        ["b2", "Care", 1, 0, None, None, None, None, None, None, None],
    )
    fill(book, "tracks", ["Tracks", "Chairs"], ["Law", "cy"], ["Care", None])
    fill(
        book,
        "sessions",
        ["Sessions", "Max Number of Timeslots", "Date", "Start Time", "End Time"],
        ["Mon1", 3, dt.date(2027, 5, 3), dt.time(10, 0), dt.time(11, 30)],
        ["Mon2", 3, dt.date(2027, 5, 3), dt.time(22, 0), dt.time(23, 0)],
    )
    fill(book, "rooms", ["Rooms"], ["Hall"], ["Attic"])
    fill(book, "tracks_sessions|penalty", [None, "Mon1", "Mon2"], ["Law", 1, None], ["Care", None, 2])
    fill(book, "tracks_rooms|penalty", [None, "Attic", "Hall"], ["Care", 3, None], ["Law", None, 4])
    fill(book, "similar tracks", [None, "Care", "Law"], ["Care", 9, 6], ["Law", 8, 9])
    fill(book, "sessions_rooms|penalty", [None, "Hall", "Attic"], ["Mon1", None, None], ["Mon2", None, 5])
    return book


def fill(book, name, *rows):
    sheet = book.create_sheet(name)
    for row in rows:
        sheet.append(row)
