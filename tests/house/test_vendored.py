"""What we carry from others is what VENDORED.md says it is."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (ROOT / "VENDORED.md").read_text("utf-8"), re.M
)


def test_every_vendored_file_has_the_hash_that_is_written_down() -> None:
    found = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name, _hash in ROWS}
    assert found == dict(ROWS)


def test_every_vendored_file_is_written_down() -> None:
    carried = [
        *ROOT.glob("static/vendor/*"),
        *ROOT.glob("tests/vendor/*"),
        *ROOT.glob("templates/documents/fonts/*.ttf"),
    ]
    assert sorted(path.relative_to(ROOT).as_posix() for path in carried) == sorted(
        name for name, _hash in ROWS if not name.startswith("citevents/")
    )
