"""Money adds up, stays in its currency, and reads as people in each language write it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.core.money import (
    LARGEST,
    MixedCurrencies,
    Money,
    UnreadableAmount,
    exponent,
    format_amount,
    format_money,
    parse_money,
    typed,
    zero,
)
from citevents.locale.languages import LANGUAGES, format_locale

EN, ES, FR, AR = (format_locale(code) for code in ("en", "es", "fr", "ar"))
currencies = st.sampled_from(["CAD", "USD", "EUR", "JPY", "JOD", "KWD", "XOF"])


def test_arithmetic_stays_in_whole_minor_units() -> None:
    full, lunch = Money(49000, "CAD"), Money(4000, "CAD")
    assert (full + lunch, full - lunch, -lunch, lunch * 3, 2 * lunch) == (
        Money(53000, "CAD"),
        Money(45000, "CAD"),
        Money(-4000, "CAD"),
        Money(12000, "CAD"),
        Money(8000, "CAD"),
    )
    assert sum([full, lunch], zero("CAD")) == Money(53000, "CAD")
    assert (lunch < full, lunch <= lunch, full > lunch, full >= lunch, bool(zero("CAD"))) == (
        True,
        True,
        True,
        True,
        False,
    )


@pytest.mark.parametrize("act", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_two_currencies_never_meet(act: str) -> None:
    with pytest.raises(MixedCurrencies):
        getattr(Money(1, "CAD"), act)(Money(1, "USD"))
    with pytest.raises(MixedCurrencies):
        getattr(Money(1, "CAD"), act)(1)


@pytest.mark.parametrize("minor", [1.0, True, "1", None, Decimal(1)])
def test_only_whole_units_make_money(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "CAD")  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["cad", "CA", "", "C$D", "CADD"])
def test_only_currency_codes_make_money(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, code)


def test_each_currency_has_its_own_coins() -> None:
    assert {code: str(Money(1234, code)) for code in ("CAD", "JPY", "JOD")} == {
        "CAD": "CAD 12.34",
        "JPY": "JPY 1234",
        "JOD": "JOD 1.234",
    }


def test_each_language_writes_it_in_its_own_way() -> None:
    price = Money(123450, "CAD")
    assert [format_money(price, locale) for locale in (EN, ES, FR, AR)] == [
        "CA$1,234.50",
        "1.234,50\xa0CAD",
        "1\u202f234,50\xa0$CA",
        "\u200f1,234.50\xa0CAD",
    ]
    assert [format_amount(Money(1234, code), EN) for code in ("CAD", "JPY", "JOD")] == [
        "12.34",
        "1,234",
        "1.234",
    ]
    assert [format_money(Money(1234, code), EN) for code in ("USD", "JPY", "JOD")] == [
        "US$12.34",
        "JP¥1,234",
        "JOD1.234",
    ]
    assert format_money(Money(1234, "JOD"), AR) == "\u200f1.234\xa0د.أ.\u200f"


@pytest.mark.parametrize(
    ("text", "locale", "minor"),
    [
        ("490", EN, 49000),
        ("490.5", EN, 49050),
        ("1,234.50", EN, 123450),
        (" CA$ 1,234.50 ", EN, 123450),
        ("CAD 1234.50", EN, 123450),
        ("$490", EN, 49000),
        ("1.234,50", ES, 123450),
        ("490.00", ES, 49000),
        ("1 234,50", FR, 123450),
        ("1\u202f234,50 $CA", FR, 123450),
        ("٤٩٠٫٥٠", AR, 49050),
        ("١٬٢٣٤٫٥٠", AR, 123450),
        ("４９０", EN, 49000),
        ("0", EN, 0),
    ],
)
def test_what_people_type_is_understood(text: str, locale: object, minor: int) -> None:
    assert parse_money(text, "CAD", locale) == Money(minor, "CAD")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "free",
        "-5",
        "1.234",
        "12.345",
        "1,23,4",
        "1e5",
        "NaN",
        "0x10",
        "\0",
        "9" * 30,
        "1.2.3",
        "٣a",
        "²",
    ],
)
def test_what_cannot_be_an_amount_says_what_to_enter(text: str) -> None:
    with pytest.raises(UnreadableAmount) as refusal:
        parse_money(text, "CAD", EN)
    assert refusal.value.sentence == "Enter an amount like 490.00, with at most 2 digits after the point."


@given(st.integers(0, LARGEST), currencies, st.sampled_from(sorted(LANGUAGES)))
def test_a_field_gives_back_the_amount_it_was_filled_with(minor: int, currency: str, language: str) -> None:
    money, locale = Money(minor, currency), format_locale(language)
    assert parse_money(typed(money, locale), currency, locale) == money
    assert parse_money(format_amount(money, locale), currency, locale) == money
    assert parse_money(format_money(money, locale), currency, locale) == money


@given(st.text(max_size=30), currencies, st.sampled_from(sorted(LANGUAGES)))
def test_nothing_typed_breaks_the_reader(text: str, currency: str, language: str) -> None:
    try:
        read = parse_money(text, currency, format_locale(language))
    except UnreadableAmount:
        return
    assert 0 <= read.minor <= LARGEST


@given(st.integers(), currencies)
def test_the_major_amount_is_exact(minor: int, currency: str) -> None:
    assert Fraction(Money(minor, currency).amount) * 10 ** exponent(currency) == minor


def test_a_minus_stays_before_its_number_where_text_runs_from_the_right() -> None:
    assert format_money(Money(-51450, "CAD"), AR) == "\u200f\u200e-514.50\u200f\u00a0CAD"
    assert format_money(Money(51450, "CAD"), AR) == "\u200f514.50\u00a0CAD"
    assert format_amount(Money(-51450, "CAD"), AR) == "\u200e-514.50\u200f"
    assert format_amount(Money(-51450, "CAD"), EN) == "-514.50"
