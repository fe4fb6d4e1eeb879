"""Money: whole minor units and a currency. Amounts in different currencies never meet."""

from __future__ import annotations

import copy
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import (
    NumberFormatError,
    NumberPattern,
    format_decimal,
    get_currency_symbol,
    get_decimal_symbol,
    parse_decimal,
)

from citevents.core.errors import DomainError
from citevents.core.languages import current_locale
from citevents.core.languages import lazy_gettext as _l

# ISO 4217: digits after the point where they are not two. (What Stripe does differently is its gateway's business.)
WITHOUT_COINS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
IN_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
LARGEST = 10**12
"""Amounts a person may type end here (minor units): far above any order, far below where integers hurt."""


class UnreadableAmount(DomainError):
    code = "unreadable_amount"
    message = _l("Enter an amount like %(example)s, with at most %(digits)s digits after the point.")


class MixedCurrencies(TypeError):
    """Two currencies were added or compared: a mistake in the program, never the reader's."""


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` whole units of the smallest coin of `currency` (ISO 4217). `Money(49000, "CAD")` is 490 dollars."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError(f"minor units are whole: {self.minor!r}")
        if not re.fullmatch("[A-Z]{3}", self.currency):
            raise ValueError(f"not an ISO 4217 code: {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.minor * count, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    @property
    def amount(self) -> Decimal:
        """In major units, exactly."""
        return Decimal(f"{self.minor}E-{exponent(self.currency)}")

    def __str__(self) -> str:
        """`CAD 490.00`: for logs and letters to machines; people get `format_money`."""
        return f"{self.currency} {self.amount}"

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money) or other.currency != self.currency:
            raise MixedCurrencies(f"{self!r} with {other!r}")
        return other.minor


def zero(currency: str) -> Money:
    return Money(0, currency)


def exponent(currency: str) -> int:
    """Digits after the point: CAD 2, JPY 0, JOD 3."""
    return 0 if currency in WITHOUT_COINS else 3 if currency in IN_THOUSANDTHS else 2


def split(whole: Money, parts: int) -> list[Money]:
    """`parts` amounts that differ by at most one minor unit and add up to `whole`; the larger come first."""
    if parts < 1:
        raise ValueError("at least one part")
    each, rest = divmod(whole.minor, parts)
    return [Money(each + (index < rest), whole.currency) for index in range(parts)]


def format_money(money: Money, locale: Locale | None = None) -> str:
    """With its currency, as the reader writes it: `CA$490.00`, `490,00 $CA`."""
    locale = locale or current_locale()
    text = _pattern(str(locale), money.currency).apply(
        money.amount, locale, currency=money.currency, currency_digits=False, numbering_system="latn"
    )
    return _minus_first(str(text), locale)


def _minus_first(text: str, locale: Locale) -> str:
    """The minus stays left of its number where text runs from the right (CLDR's minus sign of Arabic; Babel drops the mark)."""
    return re.sub(r"-([\d.,]+)", "\u200e-\\1\u200f", text) if locale.text_direction == "rtl" else text


def format_amount(money: Money, locale: Locale | None = None) -> str:
    """Without the currency, for a column whose head names it: `490.00`."""
    digits = exponent(money.currency)
    locale = locale or current_locale()
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return _minus_first(format_decimal(money.amount, format=pattern, locale=locale), locale)


def typed(money: Money, locale: Locale | None = None) -> str:
    """What a form field holds, so that `parse_money` reads the same amount back: `1490.00`, `1490,00`."""
    point = get_decimal_symbol(locale or current_locale())
    return str(money.amount).replace(".", point)


def parse_money(text: str, currency: str, locale: Locale | None = None) -> Money:
    """An amount as a person types it, zero or more.

    Any script's digits, the reader's separators, spaces and the currency's code or sign are understood;
    a plain `490.00` is understood everywhere it can mean only one thing.
    Raises `UnreadableAmount` for anything else, for fractions of a minor unit and beyond `LARGEST`.
    """
    locale = locale or current_locale()
    digits = exponent(currency)
    number = _number(text, currency, locale)
    minor = number.scaleb(digits) if number is not None else None
    if minor is None or minor < 0 or minor != minor.to_integral_value() or minor > LARGEST:
        raise UnreadableAmount(example=typed(Money(490 * 10**digits, currency), locale), digits=digits)
    return Money(int(minor), currency)


def _number(text: str, currency: str, locale: Locale) -> Decimal | None:
    clean = (
        _plain(text)
        .replace(currency, "")
        .replace(_plain(locale.currency_symbols.get(currency, currency)), "")
    )
    clean = re.sub(r"[\s'’]|^[$€£¥]|[$€£¥]$", "", clean)
    if not re.fullmatch(r"\d[\d.,]{0,24}", clean):
        return None
    try:
        group = str(locale.number_symbols["latn"]["group"])
        spaced = clean if group in ".," else clean.replace(group, "")
        return parse_decimal(spaced, locale=locale, strict=True)
    except (NumberFormatError, ValueError):
        return Decimal(clean) if re.fullmatch(r"\d+(\.\d+)?", clean) else None


def _plain(text: str) -> str:
    """Digits of any script as 0-9; Arabic separators as the Latin ones; marks of direction as nothing."""
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else SEPARATORS.get(char, char) for char in text
    )


SEPARATORS = {"٫": ".", "٬": "", "\u200e": "", "\u200f": "", "\u061c": ""}


@lru_cache(maxsize=256)
def _pattern(locale: str, currency: str) -> NumberPattern:
    known = Locale.parse(locale)
    pattern: NumberPattern = copy.copy(known.currency_formats["standard"])
    pattern.frac_prec = (exponent(currency),) * 2
    # Where lines run right to left, CA$ would fall apart into $ and CA; the code CAD stays whole.
    if known.text_direction == "rtl" and get_currency_symbol(currency, known).isascii():
        for name in ("prefix", "suffix"):
            plus, minus = getattr(pattern, name)
            setattr(pattern, name, (plus.replace("¤", "¤¤"), minus.replace("¤", "¤¤")))
    return pattern
