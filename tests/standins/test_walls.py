"""The stand-ins and the product know nothing of each other, and one product file knows Stripe."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def importers(of: str, *folders: str) -> list[str]:
    """The files in these folders that import the package `of`."""
    pattern = re.compile(rf"^\s*(?:import|from)\s+{of}\b", re.MULTILINE)
    files = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [str(path.relative_to(ROOT)) for path in files if pattern.search(path.read_text("utf-8"))]


def test_only_the_gateway_imports_stripe() -> None:
    assert importers("stripe", "citevents", "workers", "standins") == ["citevents/payments/gateway.py"]


def test_the_stand_ins_share_no_code_with_what_they_judge() -> None:
    assert importers("citevents", "standins") + importers("workers", "standins") == []
    assert importers("standins", "citevents", "workers") == []
