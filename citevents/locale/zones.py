"""Time zones by their IANA names, as people choose them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location

from citevents.locale.languages import current_locale
from citevents.locale.text_cleaning import sort_key

COMMON_ZONES = (
    "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Vancouver", "America/Denver",
    "America/Chicago", "America/Mexico_City", "America/Bogota", "America/New_York", "America/Toronto",
    "America/Halifax", "America/Santiago", "America/Sao_Paulo", "Africa/Monrovia", "Europe/London",
    "Europe/Lisbon", "Africa/Lagos", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Africa/Johannesburg",
    "Europe/Helsinki", "Europe/Kyiv", "Africa/Cairo", "Asia/Amman", "Africa/Nairobi", "Asia/Dubai",
    "Asia/Karachi", "Asia/Kolkata", "Asia/Bangkok", "Asia/Manila", "Asia/Singapore", "Australia/Perth",
    "Asia/Seoul", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
"""One or two for each part of the world: what the short list in the footer offers."""


@dataclass(frozen=True, slots=True)
class Zone:
    """An IANA zone as a choice: `Vancouver (UTC−7)`, at the moment asked for."""

    name: str
    city: str
    offset: timedelta
    label: str


def offset(moment: datetime) -> str:
    """`UTC+3`, `UTC−7`, `UTC+5:45`: the offset of a moment's own zone, with a real minus sign."""
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    if not hours and not minutes:
        return "UTC"
    return f"UTC{'−' if seconds < 0 else '+'}{hours}" + (f":{minutes:02}" if minutes else "")


def city(zone: str, locale: Locale | None = None) -> str:
    """The city that stands for a zone, in the reader's language: `Asia/Ho_Chi_Minh` -> `Ho Chi Minh City`."""
    return _city(zone, str(locale or current_locale()))


def zones(at: datetime, *wanted: str | None, locale: Locale | None = None) -> list[Zone]:
    """Every zone people live in, west to east at the moment `at`, then by city. The `wanted` ones (what is chosen already,
    under an older name perhaps) are among them: no form changes a choice by not knowing it.
    """
    return _as_choices(sorted({*zone_countries(), *filter(None, wanted)}), at, locale)


def common_zones(at: datetime, *wanted: str | None, locale: Locale | None = None) -> list[Zone]:
    """The short list, with the `wanted` zones (the venue's, the reader's) among it."""
    return _as_choices(dict.fromkeys((*filter(None, wanted), *COMMON_ZONES)), at, locale)


@lru_cache
def zone_countries() -> dict[str, tuple[str, ...]]:
    """Zone -> the countries that keep it, from the tz database's own table."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    found: dict[str, tuple[str, ...]] = {}
    for code, _where, zone, *_note in rows:
        found[zone] = (*found.get(zone, ()), code)
    return found


def _as_choices(names: Iterable[str], at: datetime, locale: Locale | None) -> list[Zone]:
    # Offsets change on a quarter of an hour at the soonest: within one, the list in every footer is the same.
    quarter = int(at.timestamp()) // 900 * 900
    return list(_choices(tuple(names), quarter, str(locale or current_locale())))


@lru_cache(maxsize=64)
def _choices(names: tuple[str, ...], timestamp: int, locale: str) -> tuple[Zone, ...]:
    at = datetime.fromtimestamp(timestamp, UTC)
    found = []
    for name in names:
        local = at.astimezone(ZoneInfo(name))
        place = _city(name, locale)
        found.append(Zone(name, place, local.utcoffset() or timedelta(), f"{place} ({offset(local)})"))
    return tuple(sorted(found, key=lambda zone: (zone.offset, sort_key(zone.city))))


@lru_cache(maxsize=4096)
def _city(zone: str, locale: str) -> str:
    if zone in ("UTC", "Etc/UTC"):
        return "UTC"
    return str(get_timezone_location(zone, locale=locale, return_city=True))
