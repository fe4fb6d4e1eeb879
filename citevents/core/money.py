"""Money: whole minor units and a currency. Amounts in different currencies never meet."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.numbers import NumberPattern, format_decimal, get_currency_symbol, get_decimal_symbol

from citevents.core.amounts import Marks, readings
from citevents.core.errors import DomainError
from citevents.locale.languages import current_locale
from citevents.locale.languages import lazy_gettext as _l

# ISO 4217: digits after the point where they are not two. (What Stripe does differently is its gateway's business.)
WITHOUT_COINS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
IN_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
LARGEST = 10**12
"""Amounts a person may type end here (minor units): far above any order, far below where integers hurt."""


class UnreadableAmount(DomainError):
    code = "unreadable_amount"
    message = _l("Enter an amount like %(example)s, with at most %(digits)s digits after the point.")


class UnreadableWhole(UnreadableAmount):
    """The same in a currency without coins."""

    message = _l("Enter a whole amount like %(example)s.")


class AmbiguousAmount(UnreadableAmount):
    """It can mean two amounts: `readings` are to be chosen from."""

    code = "ambiguous_amount"
    message = _l(
        "“%(typed)s” can mean %(first)s or %(second)s. Choose one, or write it without a mark for thousands."
    )

    def __init__(self, *, readings: tuple[Money, ...], **values: Any) -> None:
        self.readings = readings
        super().__init__(**values)


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


def tax_on(net: int, basis_points: int, step: int = 1) -> int:
    """Tax on an amount in whole steps of its currency, halves rounded up. 500 basis points are 5 %."""
    return (net * basis_points + 5000 * step) // (10_000 * step) * step


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

    Any script's digits, spaces, the currency's code or sign and the marks of any language are understood as long as they can
    mean one thing only: `490.00` and `490,00` everywhere, `1.000` where the language writes thousands so.
    Raises AmbiguousAmount with the readings where they can mean two, and UnreadableAmount for anything else, for more
    digits after the mark than the currency has, and beyond `LARGEST`.
    """
    locale = locale or current_locale()
    digits, symbols = exponent(currency), locale.number_symbols["latn"]
    marks = Marks(str(symbols["decimal"]), str(symbols["group"]))
    sign = locale.currency_symbols.get(currency, currency)
    minors = [int(value.scaleb(digits)) for value in readings(text, digits, marks, currency, sign)]
    found = tuple(Money(minor, currency) for minor in minors if minor <= LARGEST)
    if not found:
        example = typed(Money(490 * 10**digits, currency), locale)
        raise UnreadableAmount(example=example, digits=digits) if digits else UnreadableWhole(example=example)
    if len(found) > 1:
        first, second = (format_money(each, locale) for each in found)
        raise AmbiguousAmount(readings=found, typed=text.strip(), first=first, second=second)
    return found[0]


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
