"""Countries by their ISO codes, named in the reader's language."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import pycountry
from babel import Locale

from citevents.locale.languages import current_locale
from citevents.locale.text_cleaning import as_listed

# Kosovo has no ISO code; this user-assigned one is what CLDR, banks and Stripe write.
BEYOND_ISO = ("XK",)


def countries(locale: Locale | None = None) -> list[tuple[str, str]]:
    """ISO 3166-1 alpha-2 code and name of every country, in the order a reader would look for them."""
    return list(_countries(str(locale or current_locale())))


def country_name(code: str, locale: Locale | None = None) -> str:
    """`JO` -> `Jordan`; the code itself if nobody has a name for it."""
    return str((locale or current_locale()).territories.get(code, code))


def is_country(code: str | None) -> bool:
    return code in _country_codes()


def where(country: str) -> tuple[float, float] | None:
    """Longitude and latitude (degrees) of the middle of a country's largest part, for a dot on a map."""
    found = _centres().get(country)
    return (found[0], found[1]) if found else None


@lru_cache
def _country_codes() -> frozenset[str]:
    return frozenset((*(country.alpha_2 for country in pycountry.countries), *BEYOND_ISO))


@lru_cache(maxsize=16)
def _countries(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).territories
    return as_listed((code, str(names[code])) for code in _country_codes() if code in names)


@lru_cache
def _centres() -> dict[str, list[float]]:
    found: dict[str, list[float]] = json.loads((Path(__file__).parent / "centres.json").read_text("utf-8"))
    return found
