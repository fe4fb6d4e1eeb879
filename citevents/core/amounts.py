"""Amounts as people type them: every reading a text can have. What can mean two things is found here, to be asked about."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

LONGEST = 60
"""Characters looked at: longer texts are no amounts."""

#: Thousands, and the Indian way of lakhs and crores, with one mark all through.
_GROUPED = r"[1-9]\d{0,2}([., '٬])\d{3}(?:\1\d{3})*|[1-9]\d?([., '٬])\d{2}(?:\2\d{2})*\2\d{3}"
_WHOLE = re.compile(rf"\d+|{_GROUPED}")
_POINTED = re.compile(r"(?P<whole>.*)(?P<mark>[.,٫])(?P<part>\d+)", re.DOTALL)
_DIRECTIONS = frozenset("\u200e\u200f\u061c")


@dataclass(frozen=True, slots=True)
class Marks:
    """How a language writes numbers: the mark before the fraction, and the one between thousands."""

    decimal: str
    group: str


def readings(text: str, digits: int, marks: Marks, *signs: str) -> tuple[Decimal, ...]:
    """What `text` can mean, with at most `digits` digits after the mark: nothing, one amount, or two (thousands first).

    `signs` of the currency may stand before or behind it.
    """
    clean = _clean(text, signs) if len(text) <= LONGEST else ""
    whole, pointed = _whole(clean), _pointed(clean)
    if whole is None or pointed is None:
        return _only(whole, pointed, digits)
    # One mark before exactly three digits: of thousands, or of a fraction.
    mark = next(char for char in clean if not char.isdigit())
    if mark == marks.decimal and digits == 3:
        return (pointed,)
    if mark == marks.group and digits < 3:
        return (whole,)
    return (whole, pointed) if pointed == round(pointed, digits) else ()


def _only(whole: Decimal | None, pointed: Decimal | None, digits: int) -> tuple[Decimal, ...]:
    if pointed is None:
        return () if whole is None else (whole,)
    power = pointed.as_tuple().exponent
    return (pointed,) if isinstance(power, int) and -power <= digits else ()


def _whole(clean: str) -> Decimal | None:
    """Read as a number without a fraction."""
    return Decimal(re.sub(r"\D", "", clean)) if _WHOLE.fullmatch(clean) else None


def _pointed(clean: str) -> Decimal | None:
    """Read with the last mark as the one before the fraction; marks before it are of another kind."""
    found = _POINTED.fullmatch(clean)
    if not found or not _WHOLE.fullmatch(found["whole"]) or found["mark"] in found["whole"]:
        return None
    return Decimal(re.sub(r"\D", "", found["whole"]) + "." + found["part"])


def _clean(text: str, signs: tuple[str, ...]) -> str:
    """Digits 0-9 and marks, where it may be an amount at all; blanks are one space, apostrophes one kind."""
    plain = _plain(text)
    for sign in signs:
        plain = plain.replace(_plain(sign), "")
    plain = re.sub(r"\s+", " ", plain.replace("’", "'")).strip()
    plain = re.sub(r"^[$€£¥] ?| ?[$€£¥]$", "", plain)
    return plain if re.fullmatch(r"\d(?:[\d., '٫٬]{0,24}\d)?", plain) else ""


def _plain(text: str) -> str:
    """Digits of any script as 0-9; marks of direction as nothing."""
    kept = (char for char in text if char not in _DIRECTIONS)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in kept)
