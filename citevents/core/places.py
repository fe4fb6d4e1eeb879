"""Places and tongues: countries, time zones and languages by their standard codes, named in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pycountry
from babel import Locale, localedata
from babel.dates import get_timezone_location

from citevents.core.languages import current_locale
from citevents.core.languages import lazy_gettext as _l
from citevents.core.texts import without_marks

# Kosovo has no ISO code; this user-assigned one is what CLDR, banks and Stripe write.
BEYOND_ISO = ("XK",)

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

LEVELS = {
    "A1": _l("A1: first words"),
    "A2": _l("A2: simple everyday talk"),
    "B1": _l("B1: familiar work topics"),
    "B2": _l("B2: most work talk, with ease"),
    "C1": _l("C1: fluent in my field"),
    "C2": _l("C2: like a native speaker"),
}
"""Levels of the Common European Framework, lowest first."""


@dataclass(frozen=True, slots=True)
class Zone:
    """An IANA zone as a choice: `Vancouver (UTC−7)`, at the moment asked for."""

    name: str
    city: str
    offset: timedelta
    label: str


def countries(locale: Locale | None = None) -> list[tuple[str, str]]:
    """ISO 3166-1 alpha-2 code and name of every country, in the order a reader would look for them."""
    return list(_countries(str(locale or current_locale())))


def country_name(code: str, locale: Locale | None = None) -> str:
    """`JO` -> `Jordan`; the code itself if nobody has a name for it."""
    return str((locale or current_locale()).territories.get(code, code))


def is_country(code: str | None) -> bool:
    return code in _country_codes()


def tongues(locale: Locale | None = None) -> list[tuple[str, str]]:
    """ISO 639-1 code and name of every language people may speak with each other."""
    return list(_tongues(str(locale or current_locale())))


def tongue_name(code: str, locale: Locale | None = None) -> str:
    """`fi` -> `Finnish`."""
    return str((locale or current_locale()).languages.get(code, code))


@lru_cache
def own_name(code: str) -> str:
    """The language's name in itself (`suomi`), or in English where Babel has none."""
    # Only this language is asked: Babel keeps what it reads, and all of them together are 100 MB.
    itself = tongue_name(code, Locale(code)) if localedata.exists(code) else code
    return itself if itself != code else tongue_name(code, Locale("en"))


def is_tongue(code: str | None) -> bool:
    return code in _tongue_codes()


def at_least(level: str, wanted: str) -> bool:
    """Whether a CEFR level reaches another one."""
    order = list(LEVELS)
    return order.index(level) >= order.index(wanted)


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


def zone_of(country: str) -> str | None:
    """The first zone of a country: a fair first guess for a clock nobody has chosen yet."""
    return next((zone for zone, codes in zone_countries().items() if country in codes), None)


@lru_cache
def zone_countries() -> dict[str, tuple[str, ...]]:
    """Zone -> the countries that keep it, from the tz database's own table."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    found: dict[str, tuple[str, ...]] = {}
    for code, _where, zone, *_note in rows:
        found[zone] = (*found.get(zone, ()), code)
    return found


def where(country: str) -> tuple[float, float] | None:
    """Longitude and latitude (degrees) of the middle of a country's largest part, for a dot on a map."""
    found = _centres().get(country)
    return (found[0], found[1]) if found else None


def sort_key(text: str) -> str:
    """Letters without their marks, case ignored: Åland stands with A, and آ with ا."""
    return without_marks(text).casefold()


def _as_choices(names: Iterable[str], at: datetime, locale: Locale | None) -> list[Zone]:
    # Offsets change on a quarter of an hour at the soonest: within one, the list in every footer is the same.
    quarter = int(at.timestamp()) // 900 * 900
    return list(_choices(tuple(names), quarter, str(locale or current_locale())))


@lru_cache(maxsize=64)
def _choices(names: tuple[str, ...], timestamp: int, locale: str) -> tuple[Zone, ...]:
    from citevents.core.times import offset

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


@lru_cache
def _country_codes() -> frozenset[str]:
    return frozenset((*(country.alpha_2 for country in pycountry.countries), *BEYOND_ISO))


@lru_cache
def _tongue_codes() -> frozenset[str]:
    return frozenset(language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2"))


@lru_cache(maxsize=16)
def _countries(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).territories
    return _sorted((code, str(names[code])) for code in _country_codes() if code in names)


@lru_cache(maxsize=16)
def _tongues(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).languages
    return _sorted((code, str(names[code])) for code in _tongue_codes() if code in names)


def _sorted(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pairs, key=lambda pair: (sort_key(pair[1]), pair[0])))


@lru_cache
def _centres() -> dict[str, list[float]]:
    found: dict[str, list[float]] = json.loads(
        (Path(__file__).parent / "outlines" / "centres.json").read_text("utf-8")
    )
    return found
