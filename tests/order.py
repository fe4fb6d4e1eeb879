"""In which order tests run: the longest files first, so that none is left over for one process at the end; or shuffled."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest

#: Files and folders that take longest, the longest first.
LONGEST = (
    "tests/house/test_every_page.py",
    "tests/attack/",
    "tests/journeys/test_story.py",
    "tests/faults/",
    "tests/house/test_right_to_left.py",
    "tests/cost/",
    "tests/journeys/",
    "tests/engines/",
    "tests/house/test_odd_input.py",
)


def place(path: str) -> int:
    """Where a file stands in the list; all others come after."""
    return next((n for n, long in enumerate(LONGEST) if path.startswith(long)), len(LONGEST))


def longest_first(paths: Iterable[str]) -> list[str]:
    """Files as they come, but for the long ones."""
    return sorted(paths, key=place)


def shuffled(paths: Iterable[str], seed: int) -> list[str]:
    mixed = sorted(paths)
    Random(seed).shuffle(mixed)
    return mixed


def in_order(items: list[pytest.Item], seed: int | None) -> list[pytest.Item]:
    """The tests of a file stay together: they share what is dear to make. Where a file tells one story (ONE_STORY), they keep their order."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    if seed is None:
        return [item for path in longest_first(files) for item in files[path]]
    for path, tests in files.items():
        if not getattr(getattr(tests[0], "module", None), "ONE_STORY", False):
            Random(f"{seed} {path}").shuffle(tests)
    return [item for path in shuffled(files, seed) for item in files[path]]
