"""Where a test run spends its time: minutes by folder and the ten slowest tests, printed before the summary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

#: Folders below these are counted apart: they are worlds of their own.
DEEP = ("scheduling/solver", "matching/solver")


def folder(nodeid: str) -> str:
    """`tests/matching/solver/graphs/test_x.py::test_y` -> `matching/solver`."""
    parts = nodeid.partition("::")[0].split("/")[1:-1]
    deep = "/".join(parts[:2])
    return deep if deep in DEEP else (parts[0] if parts else ".")


def table(seconds: Mapping[str, float], counts: Mapping[str, int]) -> list[str]:
    """One line a folder, the longest first: `  2.4 min   318  house`."""
    rows = sorted(seconds.items(), key=lambda row: (-row[1], row[0]))
    return [f"{spent / 60:6.1f} min {counts[name]:6}  {name}" for name, spent in rows]


class Timetable:
    """Adds up what each report says, whichever process it comes from."""

    def __init__(self) -> None:
        self.tests: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tests[report.nodeid] += report.duration

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if len(self.tests) < 100:  # somebody looks at a few tests, not at a run
            return
        seconds: dict[str, float] = defaultdict(float)
        counts: dict[str, int] = defaultdict(int)
        for nodeid, spent in self.tests.items():
            seconds[folder(nodeid)] += spent
            counts[folder(nodeid)] += 1
        terminalreporter.section("minutes by folder")
        for line in table(seconds, counts):
            terminalreporter.write_line(line)
        terminalreporter.section("the ten slowest")
        for nodeid, spent in sorted(self.tests.items(), key=lambda row: -row[1])[:10]:
            terminalreporter.write_line(f"{spent:7.1f} s  {nodeid}")
