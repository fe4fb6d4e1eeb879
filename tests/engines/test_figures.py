"""Figures that processes count together, in memory."""

from __future__ import annotations

import os

from citevents.engines.figures import Figures


def in_a_process(figures: Figures, part: int, key: str, amount: float, times: int = 1) -> None:
    child = os.fork()
    if not child:
        figures.take(part)
        for _ in range(times):
            figures.add(key, {0: amount, 1: 1})
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_what_processes_count_is_added_up_and_stays_when_they_end() -> None:
    figures = Figures(width=2, parts=4, rows=8)
    in_a_process(figures, 1, "page", 0.5, times=3)
    in_a_process(figures, 2, "page", 1.0)
    in_a_process(figures, 1, "page", 0.25)  # the successor of the first
    in_a_process(figures, 3, "other", 2.0)
    assert figures.sums() == {"page": (2.75, 5), "other": (2.0, 1)}


def test_more_keys_than_rows_are_left_out_and_nothing_falls() -> None:
    figures = Figures(width=1, parts=2, rows=3)
    for number in range(9):
        figures.add(f"key {number}", {0: 1})
    figures.add("key 1", {0: 1})
    assert figures.sums() == {"key 0": (1,), "key 1": (2,), "key 2": (1,)}


def test_nothing_is_counted_before_anything_is() -> None:
    assert Figures(width=3).sums() == {}
