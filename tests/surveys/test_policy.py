"""What may be shown: no cell under five people, and none that subtraction would give."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from citevents.surveys import policy
from citevents.surveys.models import QuestionKind

counts = st.lists(st.integers(0, 40), min_size=1, max_size=8)


@given(counts)
def test_a_partition_shows_no_small_cell_and_lets_none_be_computed(numbers: list[int]) -> None:
    shown = policy.partition(numbers)
    assert all(value is None or value >= policy.SMALLEST for value in shown)
    assert all(value is None or value == number for value, number in zip(shown, numbers, strict=True))
    hidden = [number for value, number in zip(shown, numbers, strict=True) if value is None]
    # The reader knows the total: what is hidden together must be several cells of five people or more, or everything.
    assert not hidden or len(hidden) == len(numbers) or (len(hidden) >= 2 and sum(hidden) >= policy.SMALLEST)


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_share_hides_both_sides(hits: int, others: int) -> None:
    shown = policy.share(hits, hits + others)
    assert shown == (hits if hits >= 5 and others >= 5 else None)


@given(st.lists(st.integers(1, 5), max_size=4))
def test_fewer_than_five_answers_show_nothing(answers: list[int]) -> None:
    result = policy.result(1, QuestionKind.SCALE, "It helped.", [], answers, "agree")
    assert (result.n, result.cells, result.texts) == (None, (), ())


def test_words_come_in_no_order_of_arrival() -> None:
    said = ["zebra", "ähre", "bee", "apple", "cat"]
    assert policy.result(1, QuestionKind.TEXT, "?", [], said, "").texts == (
        "apple",
        "bee",
        "cat",
        "zebra",
        "ähre",
    )


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
