"""Tables for spreadsheets: every cell arrives as it was, and none is a formula."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.documents.csv_export import harmless, sheet


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Aino Lehtonen", "Aino Lehtonen"),
        ("ليلى الحداد", "ليلى الحداد"),
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("+358", "'+358"),
        ("-x7Q", "'-x7Q"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("|calc", "'|calc"),
        ("%0A=1", "'%0A=1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("", ""),
        ("   ", "   "),
    ],
)
def test_what_begins_like_a_formula_is_text(typed: str, kept: str) -> None:
    assert harmless(typed) == kept


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert (
        sheet(["n", "amount", "when"], [[-3, Decimal("-12.50"), None]])
        == "\ufeffn,amount,when\r\n-3,-12.50,\r\n"
    )


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")), min_size=2, max_size=2)
    )
)
def test_every_table_is_read_back_as_it_was_but_for_the_apostrophes(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(sheet(["a", "b"], rows).removeprefix("\ufeff"), newline="")))
    assert read == [["a", "b"], *([harmless(cell) for cell in row] for row in rows)]
