"""Reading CSPLib workbooks: by name and not by position, and refusing what is amiss with its sheet, row and column."""

import datetime as dt

import pytest

from citevents.scheduling.solver import BadProblem
from citevents.scheduling.solver.csplib import read_conference
from citevents.scheduling.solver.csplib.workbook import hours_penalty

from .workbooks import fill, workbook


@pytest.fixture
def saved(tmp_path):
    def save(book):
        path = tmp_path / "conference.xlsx"
        book.save(path)
        return path

    return save


def test_a_workbook_is_read_by_its_names(saved):
    conference = read_conference(saved(workbook()))
    assert [s.reference for s in conference.submissions] == ["a1", "a2", "b1", "b2"]
    assert [s.track for s in conference.submissions] == [0, 0, 1, 1]
    assert [s.order for s in conference.submissions] == [1, 2, 0, 0]
    assert conference.submissions[0].presenters == {"ana", "bo"}
    assert conference.submissions[1].attendees == {"eve"}
    assert conference.tracks[0].chairs == {"cy"}
    assert conference.rooms == ("Hall", "Attic")
    # The matrix sheet has its rooms and tracks in another sequence.
    assert conference.tracks_rooms == ((4, 0), (0, 3))
    # Care comes first in that sheet, so its row tells how similar the two are.
    assert conference.similar_tracks == ((0, 6), (6, 0))
    assert conference.submissions_sessions == ((0, 5), (0, 0), (3, 0), (0, 0))
    assert conference.submissions_rooms == ((0, 0), (0, 7), (0, 0), (0, 0))
    # 10:00-11:30 and 22:00-23:00 at GMT+2 are 4:00 and 16:00 at GMT-4, 18:00 and 6:00 at GMT+10, 8:00 and 20:00 at GMT.
    assert conference.time_zones == ((0, 1), (10, 0), (0, 10), (1, 0))


@pytest.mark.parametrize(
    ("start", "end", "penalty"),
    [
        ((9, 30), (21, 30), 0),
        ((9, 29), (12, 0), 1),
        ((12, 0), (21, 31), 1),
        ((7, 0), (23, 0), 1),
        ((6, 59), (9, 0), 10),
        ((22, 0), (23, 1), 10),
        ((23, 30), (0, 30), 10),
    ],
)
def test_hours_are_suitable_up_to_and_with_their_ends(start, end, penalty):
    windows = ((dt.time(9, 30), dt.time(21, 30), 1), (dt.time(7, 0), dt.time(23, 0), 10))
    assert hours_penalty(0, (dt.time(*start), dt.time(*end)), windows) == penalty


def set_cell(sheet, cell, value):
    def change(book):
        book[sheet][cell] = value

    return change


def drop(sheet):
    def change(book):
        del book[sheet]

    return change


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        (drop("rooms"), "sheet “rooms”", "the sheet is missing"),
        (
            set_cell("submissions", "C1", "Slots"),
            "sheet “submissions”, row 1",
            "“Required Timeslots” is missing",
        ),
        (
            set_cell("submissions", "B3", "Lew"),
            "sheet “submissions”, row 3, column B",
            "the track “Lew” is not in",
        ),
        (set_cell("submissions", "A3", "a1"), "sheet “submissions”, row 3, column A", "“a1” is given twice"),
        (set_cell("submissions", "C2", 0), "sheet “submissions”, row 2, column C", "0 is outside 1 to"),
        (set_cell("submissions", "C2", -1), "sheet “submissions”, row 2, column C", "-1 is outside 1 to"),
        (set_cell("submissions", "C2", None), "sheet “submissions”, row 2, column C", "0 is outside 1 to"),
        (
            set_cell("submissions", "C2", "two"),
            "sheet “submissions”, row 2, column C",
            "“two” is no whole number",
        ),
        (
            set_cell("submissions", "C2", 1.5),
            "sheet “submissions”, row 2, column C",
            "“1.5” is no whole number",
        ),
        (
            set_cell("submissions", "C2", 4),
            "sheet “submissions”, row 2, column C",
            "the longest session has 3",
        ),
        (set_cell("submissions", "H2", -5), "sheet “submissions”, row 2, column H", "-5 is outside 0 to"),
        (
            set_cell("submissions", "E2", "CET"),
            "sheet “submissions”, row 2, column E",
            "“CET” is no time zone",
        ),
        (set_cell("submissions", "A3", None), "sheet “submissions”, row 3, column A", "the name is blank"),
        (set_cell("submissions", "I1", "Tue"), "sheet “submissions”, row 1", "the column “Mon2” is missing"),
        (set_cell("sessions", "B2", 0), "sheet “sessions”, row 2, column B", "0 is outside 1 to"),
        (set_cell("sessions", "D2", "noon"), "sheet “sessions”, row 2, column D", "“noon” is no time of day"),
        (
            set_cell("sessions", "E2", dt.time(9)),
            "sheet “sessions”, row 2, column E",
            "ends before it starts",
        ),
        (set_cell("parameters", "D3", "Rooms:"), "sheet “parameters”", "“Tracks_Rooms|Penalty” is missing"),
        (
            set_cell("parameters", "E4", "a lot"),
            "sheet “parameters”, row 4, column E",
            "“a lot” is no whole number",
        ),
        (
            set_cell("tracks_rooms|penalty", "A2", "X"),
            "sheet “tracks_rooms|penalty”",
            "the row “Care” is missing",
        ),
        (
            set_cell("similar tracks", "C1", "X"),
            "sheet “similar tracks”, row 1",
            "the column “Law” is missing",
        ),
        (set_cell("rooms", "A3", "Hall"), "sheet “rooms”, row 3, column A", "“Hall” is given twice"),
    ],
)
def test_what_is_amiss_is_refused_with_its_place(saved, change, where, words):
    book = workbook()
    change(book)
    with pytest.raises(BadProblem) as refused:
        read_conference(saved(book))
    assert refused.value.where.startswith(where)
    assert words in str(refused.value.reason)


def test_more_slots_needed_than_offered_is_refused(saved):
    book = workbook()
    for row in range(2, 6):
        book["submissions"].cell(row, 3, 3)
    book["submissions"].append(["c", "Care", 1])
    with pytest.raises(BadProblem, match="13 time slots are needed, 12 are offered"):
        read_conference(saved(book))


def test_numbers_that_no_sum_can_hold_are_refused(saved):
    book = workbook()
    book["parameters"]["E2"] = 10**9
    book["tracks_sessions|penalty"]["B2"] = 10**9
    with pytest.raises(BadProblem, match="too large together"):
        read_conference(saved(book))


def test_more_tracks_than_cells_are_refused(saved):
    book = workbook()
    for k in range(3):
        book["tracks"].append([f"T{k}", None])
        book["submissions"].append([f"t{k}", f"T{k}", 1])
    with pytest.raises(BadProblem, match="5 tracks need a session and room each, there are 4"):
        read_conference(saved(book))


def test_a_million_rows_are_refused_before_they_are_read(saved):
    book = workbook()
    sheet = book["submissions"]
    for k in range(20_010):
        sheet.cell(7 + k, 1, f"x{k}")
    with pytest.raises(BadProblem, match="more than 20000 rows"):
        read_conference(saved(book))


def test_no_workbook_at_all(tmp_path):
    path = tmp_path / "conference.xlsx"
    path.write_bytes(b"not a workbook")
    with pytest.raises(BadProblem, match="no readable Excel workbook"):
        read_conference(path)


def test_left_over_formatting_and_blank_columns_do_not_matter(saved):
    book = workbook()
    book["submissions"]["A200"] = " "
    book["similar tracks"]["Z1"] = None
    fill(book, "notes", ["anything"])
    assert len(read_conference(saved(book)).submissions) == 4
