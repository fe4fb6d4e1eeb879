"""Which rules of time zones are used: the newest at hand, of the machine's and of the locked `tzdata` wheel.

Python reads the machine's first, however old it is, and laws change: a machine of 2025 puts Vancouver an hour off in the
winter of 2026. `use_newest` is called once, before anything asks for a zone; `/health` names what it chose.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import tzdata

WHEEL = "wheel"
#: A release of the tz database: the year, then letters that go on after z (2026a ... 2026z, 2026za).
RELEASE = re.compile(r"\b(\d{4})([a-z]+)\b")


@dataclass(frozen=True, slots=True)
class ZoneData:
    """A set of rules. `release` as IANA names it (`2026f`), "" where it is unknown; `source` a folder, or "wheel"."""

    release: str
    source: str

    def __str__(self) -> str:
        return f"{self.release or 'unknown release'} ({'wheel' if self.source == WHEEL else 'machine'})"


def order(release: str) -> tuple[int, int, str]:
    """Releases sort by year, then by letters as the tz database counts them; an unknown one is older than any."""
    found = RELEASE.fullmatch(release)
    return (int(found[1]), len(found[2]), found[2]) if found else (0, 0, "")


def newest(found: Iterable[ZoneData]) -> ZoneData:
    """The one to use; of equals the first."""
    return max(found, key=lambda each: order(each.release))


def release_in(folder: Path) -> str:
    """The release of a compiled zone folder, as its packagers leave it there; "" where they do not say."""
    for name in ("tzdata.zi", "+VERSION", "version"):
        try:
            with (folder / name).open(encoding="utf-8", errors="replace") as file:
                first = file.readline(200)
        except OSError:
            continue
        if said := RELEASE.search(first):
            return said[0]
    return ""


def of_the_wheel() -> ZoneData:
    """The locked library's. It must hold the zones it counts: a wheel cut short is worth nothing."""
    whole = (files("tzdata") / "zoneinfo" / "zone.tab").is_file()
    return ZoneData(tzdata.IANA_VERSION if whole else "", WHEEL)


def of_the_machine(path: Iterable[str] | None = None) -> list[ZoneData]:
    """What the folders of Python's search path hold; the first of them is what Python reads by itself."""
    folders = (Path(each) for each in (zoneinfo.TZPATH if path is None else path))
    return [ZoneData(release_in(folder), str(folder)) for folder in folders if folder.is_dir()]


@lru_cache(maxsize=1)
def use_newest() -> ZoneData:
    """Choose for this process, and say which. Zones that were asked for before keep their old rules: call it first."""
    chosen = newest([of_the_wheel(), *of_the_machine()])
    zoneinfo.reset_tzpath([] if chosen.source == WHEEL else [chosen.source])
    zoneinfo.ZoneInfo.clear_cache()
    return chosen
