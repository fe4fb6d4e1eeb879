"""What may be shown. The attacker knows the rule, reads everything shown, and solves for every group of people there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.surveys import disclosure
from citevents.surveys.disclosure import Band, Shown

Counts = tuple[int, ...]


def exactly(n: int) -> Band:
    return Band(n, n)


def splits(n: int, parts: int) -> Iterator[Counts]:
    """Every way to divide n people into so many groups."""
    if parts == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for rest in splits(n - first, parts - 1):
            yield (first, *rest)


def shown_of_one(groups: Counts) -> tuple[int | None, tuple[Shown, ...]]:
    """What is published of "one of several": the last group left the question out."""
    counts, everybody = groups[:-1], sum(groups)
    of = disclosure.base(sum(counts), everybody)
    if of is None:
        return None, ()
    return of, tuple(disclosure.parts(counts, of, open_end=of == everybody))


def shown_of_yes(groups: Counts) -> tuple[int | None, Shown]:
    """What is published of a yes or no: yes, no, left out."""
    yes, no, _left_out = groups
    of = disclosure.base(yes + no, sum(groups))
    return of, disclosure.side(yes, of) if of else None


def known_to_be_few(worlds: list[Counts]) -> list[tuple[int, ...]]:
    """The groups, and groups of groups, of which somebody who cannot tell these worlds apart knows that they are under five."""
    width = len(worlds[0])
    some = [chosen for size in range(1, width) for chosen in combinations(range(width), size)]
    return [chosen for chosen in some if max(sum(world[index] for index in chosen) for world in worlds) < 5]


@pytest.mark.parametrize("everybody", range(1, 36))
def test_nobody_can_tell_that_a_side_of_a_yes_or_no_is_under_five(everybody: int) -> None:
    worlds = defaultdict(list)
    for groups in splits(everybody, 3):
        worlds[shown_of_yes(groups)].append(groups)
    shown = {what: known_to_be_few(each) for what, each in worlds.items() if everybody >= 5}
    assert {what: few for what, few in shown.items() if few} == {}


@pytest.mark.parametrize("options", [2, 3, 4])
def test_nobody_can_tell_that_an_option_or_several_are_under_five(options: int) -> None:
    for everybody in range(5, {2: 36, 3: 30, 4: 23}[options]):
        worlds = defaultdict(list)
        for groups in splits(everybody, options + 1):
            worlds[shown_of_one(groups)].append(groups)
        few = {what: known_to_be_few(each) for what, each in worlds.items()}
        assert {what: groups for what, groups in few.items() if groups} == {}, everybody


@given(st.lists(st.integers(0, 60), min_size=2, max_size=8), st.integers(0, 60))
def test_what_is_shown_is_true_and_stands_for_six_against_six(counts: list[int], left_out: int) -> None:
    everybody = sum(counts) + left_out
    of, shown = shown_of_one((*counts, left_out))
    if of is None:
        assert everybody < 11 or sum(counts) < 11
        return
    assert of == (everybody if left_out < 6 else sum(counts))
    for count, band in zip(counts, shown, strict=True):
        if band is None:
            continue
        assert band.low <= count <= band.high
        assert (band.low >= 6 and of - band.high >= 6) if band.exact else band == Band(of - 5, of)


@given(st.lists(st.integers(0, 60), min_size=2, max_size=8))
def test_something_is_shown_where_three_groups_are_large(counts: list[int]) -> None:
    large = [count for count in counts if count >= 6]
    shown = disclosure.parts(counts, sum(counts), open_end=False) if sum(counts) >= 11 else []
    if len(large) >= 3:
        assert any(band and band.exact for band in shown), "protecting the few does not hide everything"


def test_twelve_of_twelve_looks_like_seven_of_twelve() -> None:
    """K19: nearly everybody agrees. Whether anybody does not, nobody learns."""
    assert {disclosure.side(hits, 12) for hits in range(7, 13)} == {Band(7, 12)}
    assert disclosure.side(6, 12) == exactly(6)
    assert {disclosure.side(hits, 12) for hits in range(6)} == {None}


def test_five_four_and_four_of_thirteen_are_not_shown() -> None:
    """K22: a five that is shown leaves eight for two, which are both under five: four each."""
    assert disclosure.parts([5, 4, 4], 13, open_end=False) == [None, None, None]
    assert disclosure.parts([5, 4, 4], 13, open_end=True) == [None, None, None]


@pytest.mark.parametrize(
    ("counts", "of", "open_end", "shown"),
    [
        ([20, 12, 8], 40, False, [exactly(20), exactly(12), exactly(8)]),
        ([20, 12, 8], 42, True, [exactly(20), exactly(12), None]),  # who left it out hides with the smallest
        ([20, 12, 3], 35, False, [exactly(20), None, None]),
        ([200, 150, 4], 356, True, [exactly(200), exactly(150), None]),  # four and two are six together
        ([200, 150, 4], 354, True, [exactly(200), None, None]),
        ([30, 0, 0], 30, False, [Band(25, 30), None, None]),
        ([9, 9, 9], 27, True, [exactly(9), exactly(9), None]),
        ([0, 0], 11, True, [None, None]),
    ],
)
def test_parts_of_a_whole(counts: list[int], of: int, open_end: bool, shown: list[Shown]) -> None:
    assert disclosure.parts(counts, of, open_end=open_end) == shown


@pytest.mark.parametrize(
    ("people", "everybody", "of"),
    [
        (10, 10, None),  # one side would always be under five
        (11, 11, 11),
        (12, 13, 13),  # one left it out: nobody can tell, as shares are of all
        (24, 29, 29),
        (24, 30, 24),  # six did: they are a group like any other
        (10, 30, None),
        (0, 30, None),
    ],
)
def test_of_how_many_a_share_is(people: int, everybody: int, of: int | None) -> None:
    assert disclosure.base(people, everybody) == of
