"""Pictures are values: where lines, seats, dots and arcs lie is computed, and can be checked."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.locale.countries import where
from citevents.web.charts import curve, interval, round_steps, seats, share
from citevents.web.maps import MIDDLE, RADIUS, globe, map_arc, on_map, world

degrees = st.tuples(st.floats(-180, 180), st.floats(-85, 85))
VANCOUVER, AMMAN, RECIFE = (-123.1, 49.3), (35.9, 31.9), (-34.9, -8.0)


def test_a_curve_lies_between_its_floor_and_its_ceiling() -> None:
    drawn = curve(
        [("main", [(0, 0), (50, 750), (100, 1500)]), ("limit", [(0, 1500), (100, 1500)])],
        [(0, "Jan"), (50, "May"), (100, "Aug")],
        1500,
    )
    assert [series.kind for series in drawn.series] == ["l1", "l3"]
    assert drawn.series[0].path == "M0 214L500 119.8L1000 25.5"
    assert drawn.series[0].fill == "M0 214L500 119.8L1000 25.5L1000 214L0 214z"
    assert drawn.series[1].fill == ""
    assert [(mark.at, mark.anchor) for mark in drawn.x_marks] == [(0, "start"), (50, "middle"), (100, "end")]
    assert [mark.label for mark in drawn.y_marks] == ["500", "1,000", "1,500"]


def test_a_curve_of_nothing_is_drawn_as_nothing() -> None:
    drawn = curve([("main", [])], [], 0)
    assert (drawn.series[0].path, drawn.series[0].fill, drawn.y_marks) == ("", "", ())


@given(st.floats(0.001, 10**9))
def test_grid_lines_are_few_and_round(top: float) -> None:
    steps = round_steps(top)
    assert 1 <= len(steps) <= 10
    assert steps == sorted(steps)
    assert steps[-1] <= top * (1 + 1e-6)
    assert all(float(f"{step:.2g}") == pytest.approx(step) for step in steps)


@pytest.mark.parametrize(
    ("value", "whole", "percent"),
    [(29, 31, 93.5), (0, 0, 0), (5, 0, 0), (-1, 4, 0), (9, 4, 100), (1, 3, 33.3)],
)
def test_a_share_is_never_outside_its_bar(value: float, whole: float, percent: float) -> None:
    assert share(value, whole) == percent


def test_the_interval_is_wilsons() -> None:
    # Wilson's own worked form, 84 % of 31: compare Newcombe 1998, Statistics in Medicine 17, 857-872, 81 of 263.
    low, high = interval(81, 263)
    assert (round(low, 2), round(high, 2)) == (25.53, 36.62)
    assert interval(0, 20)[0] == 0.0
    assert interval(20, 20)[1] == 100.0
    for hits, n in ((-1, 5), (6, 5), (0, 0)):
        with pytest.raises(ValueError, match="of"):
            interval(hits, n)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share(pair: tuple[int, int]) -> None:
    low, high = interval(*pair)
    assert 0 <= low <= 100 * pair[0] / pair[1] + 1e-9
    assert 100 * pair[0] / pair[1] - 1e-9 <= high <= 100


@given(st.integers(0, 100_000), st.integers(0, 5000), st.integers(0, 100_000))
def test_seats_tell_the_truth_about_none_and_some(taken: int, held: int, free: int) -> None:
    total = taken + held + free
    drawn = seats(taken, held, total)
    dots = len(drawn.taken) + len(drawn.held) + len(drawn.free)
    assert dots <= 150
    assert len({*drawn.taken, *drawn.held, *drawn.free}) == dots
    if total > 150:  # with fewer, every place is a dot of its own
        assert (bool(drawn.taken), bool(drawn.held), bool(drawn.free)) == (taken > 0, held > 0, free > 0)
    else:
        assert (len(drawn.taken), len(drawn.held), len(drawn.free)) == (taken, held, free)


def test_places_lie_where_they_are_on_the_map() -> None:
    assert [on_map(place) for place in (VANCOUVER, AMMAN, RECIFE)] == [
        (157.0, 80.3),
        (544.3, 138.2),
        (346.0, 289.7),
    ]
    west, east = on_map(VANCOUVER)[0], on_map(AMMAN)[0]
    north, south = on_map(AMMAN)[1], on_map(RECIFE)[1]
    assert (west < east, north < south) == (True, True)
    jordan = [float(number) for number in re.findall(r"-?\d+", world().shapes["JO"])]
    xs, ys = jordan[::2], jordan[1::2]
    x, y = on_map(where("JO") or (0, 0))
    assert (min(xs) <= x <= max(xs), min(ys) <= y <= max(ys)) == (True, True)


@given(degrees)
def test_every_place_lies_on_the_map(place: tuple[float, float]) -> None:
    x, _y = on_map(place)
    assert 0 <= x <= world().width


def test_an_arc_begins_and_ends_at_its_places() -> None:
    path = map_arc(VANCOUVER, AMMAN)
    (x1, y1), (x2, y2) = on_map(VANCOUVER), on_map(AMMAN)
    assert (path.startswith(f"M{x1:g} {y1:g}Q"), path.endswith(f" {x2:g} {y2:g}")) == (True, True)


@given(degrees, st.lists(degrees, max_size=8))
def test_the_globe_always_shows_the_venue_and_stays_on_its_disc(
    venue: tuple[float, float], places: list[tuple[float, float]]
) -> None:
    drawn = globe(venue, places)
    assert math.dist(drawn.venue, (MIDDLE, MIDDLE)) <= RADIUS
    assert [dot for dot in drawn.dots if math.dist(dot, (MIDDLE, MIDDLE)) > RADIUS + 1] == []
    assert ("nan" in drawn.land, drawn.land.count("M") == drawn.land.count("z")) == (False, True)


def test_the_globe_is_small_enough_for_a_slow_link() -> None:
    drawn = globe(VANCOUVER, [AMMAN, RECIFE])
    assert len(drawn.land) + len(drawn.grid) + len(drawn.arcs) < 14_000
