"""What a form said, until when; how answers are counted together."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.core.times import ZoneInfo
from citevents.surveys import counting, policy
from citevents.surveys.counting import Asked
from citevents.surveys.models import QuestionKind

QUESTIONS = [
    Asked(id=1, kind=QuestionKind.SCALE, options=0),
    Asked(id=2, kind=QuestionKind.ONE, options=3),
    Asked(id=3, kind=QuestionKind.MANY, options=4),
    Asked(id=4, kind=QuestionKind.TEXT, options=0),
]


@given(st.sampled_from(list(QuestionKind)), st.integers(0, 5), st.lists(st.text(max_size=30), max_size=5))
def test_reading_a_form_never_fails_and_keeps_only_what_was_offered(
    kind: QuestionKind, options: int, sent: list[str]
) -> None:
    answer = policy.read_answer(kind, options, sent)
    if kind is QuestionKind.SCALE:
        assert answer is None or 1 <= answer <= 5
    elif kind is QuestionKind.ONE:
        assert answer is None or 0 <= answer < options
    elif kind is QuestionKind.MANY:
        assert answer is None or (
            answer == sorted(set(answer)) and all(0 <= each < options for each in answer)
        )
    else:
        assert answer is None or (answer.isprintable() and len(answer) <= 2000)


def test_digits_that_are_no_numbers_are_no_answers() -> None:
    assert policy.read_answer(QuestionKind.SCALE, 0, ["²"]) is None
    assert policy.read_answer(QuestionKind.MANY, 3, ["²", "1"]) == [1]


@pytest.mark.parametrize(
    ("zone", "closes"),
    [
        ("America/Vancouver", "2027-09-26T00:00-07:00"),  # asked on 26 August, open for the 30 days after it
        ("Asia/Tokyo", "2027-09-26T00:00+09:00"),
        ("America/Santiago", "2027-09-26T00:00-03:00"),  # clocks went forward on 5 September, at midnight
    ],
)
def test_a_survey_closes_at_the_end_of_its_last_day_on_the_clock_of_the_venue(zone: str, closes: str) -> None:
    asked = datetime(2027, 8, 26, 9, 30, tzinfo=ZoneInfo(zone))
    assert policy.closing_time(asked, 30, zone) == datetime.fromisoformat(closes).astimezone(UTC)


def test_answers_are_counted_together() -> None:
    tally: counting.Tally = {}
    for answers in (
        {1: 5, 2: 0, 3: [0, 2], 4: "zebra"},
        {1: 4, 2: 0, 3: None, 4: "ant"},
        {1: None, 2: 2, 3: [2], 4: None},
    ):
        tally = counting.add(tally, QUESTIONS, answers)
    assert tally == {
        "1": {"people": 2, "counts": [0, 0, 0, 1, 1], "texts": []},
        "2": {"people": 3, "counts": [2, 0, 1], "texts": []},
        "3": {"people": 2, "counts": [1, 0, 2, 0], "texts": []},
        "4": {"people": 2, "counts": [], "texts": ["ant", "zebra"]},
    }


answers = st.lists(
    st.fixed_dictionaries(
        {
            1: st.none() | st.integers(1, 5),
            2: st.none() | st.integers(0, 2),
            3: st.none() | st.lists(st.integers(0, 3), unique=True, min_size=1).map(sorted),
            4: st.none() | st.text(min_size=1, max_size=40),
        }
    ),
    max_size=12,
)


@given(answers, st.randoms(use_true_random=False))
def test_no_order_of_arrival_shows(given_answers: list[dict[int, object]], random: Random) -> None:
    shuffled = random.sample(given_answers, len(given_answers))
    first: counting.Tally = {}
    second: counting.Tally = {}
    for each, other in zip(given_answers, shuffled, strict=True):
        first, second = counting.add(first, QUESTIONS, each), counting.add(second, QUESTIONS, other)
    assert counting.write(first) == counting.write(second)
    assert counting.read(counting.write(first)) == first
    assert len(counting.write(first)) % counting.BLOCK == 0


def test_what_was_counted_before_is_left_alone() -> None:
    before = counting.add({}, QUESTIONS, {1: 5})
    kept = counting.write(before)
    counting.add(before, QUESTIONS, {1: 4, 4: "words"})
    assert counting.write(before) == kept
