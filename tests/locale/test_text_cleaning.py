"""Texts are tidied at a cost that grows with their length, whatever stands in them; and nothing that a script needs is lost."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.locale import text_cleaning
from citevents.locale.text_cleaning import (
    LONGEST,
    MOST_MARKS,
    folded,
    line,
    lines,
    normalized,
    tidy,
    without_marks,
)
from tests.cost.hostile import TEXTS

#: Marks of every kind, letters that take them, and what becomes several when it is normalized.
MARKS = st.text(
    st.sampled_from("a\u0300\u0315\u0327\u0344\u0f73\u0f71\u3099\uff9e\u0958\u1100\u1161 \n"), max_size=200
)


def seconds(work: object, text: str) -> float:
    """CPU seconds of this process, the best of three."""
    assert callable(work)
    spent = []
    for _ in range(3):
        began = time.process_time()
        work(text)
        spent.append(time.process_time() - began)
    return min(spent)


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("work", [line, lines, folded, without_marks])
def test_a_text_without_end_costs_next_to_nothing(work: object, kind: str) -> None:
    assert seconds(work, TEXTS[kind](1_000_000)) < 0.2


def test_what_is_longer_than_any_field_takes_is_cut() -> None:
    assert tidy("a" * LONGEST + "b") == "a" * LONGEST
    assert lines("a\n" * LONGEST) == "\n".join("a" * (LONGEST // 2))
    assert len(folded("ß" * (LONGEST + 1))) == 2 * LONGEST


def test_a_letter_keeps_as_many_marks_as_any_script_needs() -> None:
    assert tidy("e" + "\u0316" * (MOST_MARKS + 5) + "x") == "e" + "\u0316" * MOST_MARKS + "x"
    for word in (
        "Nguyễn Thị Ánh",
        "נִקּוּד",
        "سُورَةُ ٱلْفَاتِحَة",
        "รู้สึก",
        "བཀྲ་ཤིས་བདེ་ལེགས",
        "ガギグ",
        "क़िला",
        "👩🏽\u200d⚕️",
    ):
        assert tidy(word) == unicodedata.normalize("NFC", word)


def test_the_marks_that_are_counted_are_all_there_are() -> None:
    """A new Unicode may bring others: what is sorted is what begins with a mark when it is taken apart."""
    every = (chr(number) for number in range(sys.maxunicode + 1) if not 0xD800 <= number < 0xE000)
    marks = {char for char in every if unicodedata.combining(unicodedata.normalize("NFKD", char)[0])}
    counted = text_cleaning._too_many_marks()
    assert {char for char in marks if not counted.fullmatch(char * (MOST_MARKS + 1))} == set()
    assert len(marks) > 900
    assert not counted.search("aéü中ガ" * 40)


@given(MARKS)
def test_what_was_tidied_stays_as_it_is(text: str) -> None:
    once, several = line(text), lines(text)
    assert line(once) == once
    assert lines(several) == several


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=MOST_MARKS))
def test_short_texts_are_normalized_as_everywhere(text: str) -> None:
    for form in ("NFC", "NFKC", "NFKD"):
        assert normalized(text, form) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


def test_names_are_compared_as_readers_read_them() -> None:
    assert folded("ＡＮＡ Straße") == folded("ana STRASSE")
    assert without_marks("São Tomé") == "Sao Tome"
