"""The table at the end of a test run."""

from __future__ import annotations

import pytest

from tests.timetable import folder, table


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        ("tests/house/test_access.py::test_x[a/b::c]", "house"),
        ("tests/matching/test_story.py::test_y", "matching"),
        ("tests/matching/solver/test_rounds.py::test_y", "matching/solver"),
        ("tests/scheduling/solver/csplib/test_z.py::test_y", "scheduling/solver"),
        ("tests/test_alone.py::test_y", "."),
    ],
)
def test_a_test_belongs_to_a_folder(nodeid: str, name: str) -> None:
    assert folder(nodeid) == name


def test_the_longest_folder_stands_first() -> None:
    assert table(
        {"core": 30.0, "house": 90.0, "engines": 30.0}, {"core": 7, "house": 1200, "engines": 2}
    ) == [
        "   1.5 min   1200  house",
        "   0.5 min      7  core",
        "   0.5 min      2  engines",
    ]
