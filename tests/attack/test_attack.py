"""The attack in the tests: a short seed each time, more when asked, and controls that show that it can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.attack import Outcome, attack


def test_a_short_attack_violates_nothing(world: Path, tmp_path: Path) -> None:
    outcome = attack(tmp_path / "house", world, 1, 12)
    assert outcome.wrong == [], outcome.line()
    assert outcome.killed, "nothing was struck"


def test_a_seed_that_tried_nothing_has_failed() -> None:
    assert Outcome(1, counts={"confirmed": 3, "refunded": 1, "notices": 5, "mails": 5}).below() == []
    assert Outcome(1, counts={"confirmed": 2, "notices": 5, "mails": 0}).below() == [
        "FLOOR  confirmed: 2, and at least 3 are needed",
        "FLOOR  refunded: 0, and at least 1 are needed",
        "FLOOR  mails: 0, and at least 5 are needed",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 8))
def test_a_longer_attack_violates_nothing(world: Path, tmp_path: Path, seed: int) -> None:
    outcome = attack(tmp_path / "house", world, seed, 30)
    assert outcome.wrong == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("control", "code"),
    [("seats", "C1"), ("stamp", "E2"), ("letters", "F2")],
)
def test_control_a_broken_product_is_found_out(world: Path, tmp_path: Path, control: str, code: str) -> None:
    """The check can fail: places taken without asking, work never marked as done, letters that forget."""
    outcome = attack(tmp_path / "house", world, 1, 25, control=control)
    assert any(each.startswith(code) for each in outcome.wrong), outcome.line()
