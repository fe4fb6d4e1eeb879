"""Languages people speak with each other, by their ISO codes, and how well."""

from __future__ import annotations

from functools import lru_cache

import pycountry
from babel import Locale, localedata

from citevents.locale.languages import current_locale
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.text_cleaning import as_listed

LEVELS = {
    "A1": _l("A1: first words"),
    "A2": _l("A2: simple everyday talk"),
    "B1": _l("B1: familiar work topics"),
    "B2": _l("B2: most work talk, with ease"),
    "C1": _l("C1: fluent in my field"),
    "C2": _l("C2: like a native speaker"),
}
"""Levels of the Common European Framework, lowest first."""


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


@lru_cache
def _tongue_codes() -> frozenset[str]:
    return frozenset(language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2"))


@lru_cache(maxsize=16)
def _tongues(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).languages
    return as_listed((code, str(names[code])) for code in _tongue_codes() if code in names)
