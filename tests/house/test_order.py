"""The order of the tests themselves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.order import LONGEST, in_order, longest_first, shuffled

ROOT = Path(__file__).resolve().parents[2]


def test_the_longest_begin_and_the_others_stay_as_they_are() -> None:
    paths = [
        "tests/core/test_a.py",
        "tests/house/test_every_page.py",
        "tests/attack/test_attack.py",
        "tests/a/test_b.py",
    ]
    assert longest_first(paths) == [paths[1], paths[2], paths[0], paths[3]]


def test_what_is_said_to_take_long_is_there() -> None:
    assert [path for path in LONGEST if not (ROOT / path).exists()] == []


def item(nodeid: str, **module: Any) -> Any:
    return SimpleNamespace(nodeid=nodeid, module=SimpleNamespace(**module))


def test_a_shuffle_is_the_same_for_the_same_number_keeps_files_together_and_stories_in_order() -> None:
    items = [item(f"tests/{file}.py::test_{n}", ONE_STORY=file == "b") for file in "abc" for n in range(6)]
    seen = {tuple(each.nodeid for each in in_order(list(items), seed)) for seed in (1, 1, 2, 3)}
    assert len(seen) == 3
    for order in seen:
        assert sorted(order) == sorted(each.nodeid for each in items)
        files = [nodeid[6] for nodeid in order]
        assert len([1 for one, next in pairwise(files) if one != next]) == 2
        assert [nodeid for nodeid in order if "/b." in nodeid] == [f"tests/b.py::test_{n}" for n in range(6)]
    assert shuffled("abc", 5) == shuffled("cba", 5)
