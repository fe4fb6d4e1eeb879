"""What people type as an amount: one meaning is taken, two are asked about, more digits than coins are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citevents.core.money import (
    AmbiguousAmount,
    Money,
    UnreadableAmount,
    exponent,
    format_amount,
    parse_money,
    typed,
)
from citevents.locale.languages import LANGUAGES, format_locale

EN, ES, FR, AR = (format_locale(code) for code in ("en", "es", "fr", "ar"))
currencies = st.sampled_from(["CAD", "EUR", "JPY", "JOD", "KWD", "XOF"])


@pytest.mark.parametrize(
    ("text", "currency", "locale", "minor"),
    [
        ("120,00", "EUR", EN, 12_000),
        ("120,00", "EUR", FR, 12_000),
        ("120.00", "EUR", FR, 12_000),
        ("120,5", "EUR", ES, 12_050),
        ("1,000", "EUR", EN, 100_000),
        ("1.000", "EUR", ES, 100_000),
        ("1 000", "EUR", FR, 100_000),
        ("1\u202f000,00 €", "EUR", FR, 100_000),
        ("1'000.00", "CHF", EN, 100_000),
        ("1.000.000", "EUR", EN, 100_000_000),
        ("1.234,50", "EUR", EN, 123_450),
        ("1,234.50", "EUR", ES, 123_450),
        ("1,00,000", "INR", EN, 10_000_000),
        ("12,34,567.50", "INR", EN, 123_456_750),
        ("1,000", "JPY", EN, 1_000),
        ("1.000", "JOD", EN, 1_000),
        ("1,000", "JOD", FR, 1_000),
        ("0.500", "JOD", FR, 500),
        ("10,000.500", "KWD", EN, 10_000_500),
        ("١٬٢٣٤٫٥٠", "EUR", EN, 123_450),
        ("EUR 12.50", "EUR", EN, 1_250),
    ],
)
def test_one_meaning_is_taken(text: str, currency: str, locale: object, minor: int) -> None:
    assert parse_money(text, currency, locale) == Money(minor, currency)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "currency", "locale", "minors"),
    [
        ("1.000", "EUR", EN, (100_000, 100)),
        ("1.500", "EUR", EN, (150_000, 150)),
        ("1.000", "EUR", FR, (100_000, 100)),
        ("1,000", "EUR", FR, (100_000, 100)),
        ("1,000", "EUR", ES, (100_000, 100)),
        ("1.000", "JPY", EN, (1_000, 1)),
        ("1.000", "JPY", FR, (1_000, 1)),
        ("1,000", "JPY", FR, (1_000, 1)),
        ("1,000", "JOD", EN, (1_000_000, 1_000)),
        ("1.234", "JOD", FR, (1_234_000, 1_234)),
        ("12.500", "KWD", ES, (12_500_000, 12_500)),
    ],
)
def test_two_meanings_are_both_named(
    text: str, currency: str, locale: object, minors: tuple[int, ...]
) -> None:
    with pytest.raises(AmbiguousAmount) as asked:
        parse_money(text, currency, locale)  # type: ignore[arg-type]
    assert asked.value.readings == tuple(Money(minor, currency) for minor in minors)


def test_the_question_shows_both() -> None:
    with pytest.raises(AmbiguousAmount) as asked:
        parse_money("1.000", "EUR", EN)
    assert asked.value.sentence == (
        "“1.000” can mean €1,000.00 or €1.00. Choose one, or write it without a mark for thousands."
    )


@pytest.mark.parametrize(
    ("text", "currency", "locale", "example"),
    [
        ("1.234", "EUR", EN, "490.00"),
        ("10.005", "EUR", EN, "490.00"),
        ("10,005", "EUR", FR, "490,00"),
        ("1.0000", "EUR", EN, "490.00"),
        ("0.500", "EUR", EN, "490.00"),
        ("12 34", "EUR", EN, "490.00"),
        ("1,23,4", "EUR", EN, "490.00"),
        ("1.234,567", "EUR", ES, "490,00"),
        ("10.0005", "JOD", EN, "490.000"),
        ("490.00", "JPY", EN, "490"),
        ("490,5", "JPY", FR, "490"),
        ("1,000.00", "JPY", EN, "490"),
        ("-1", "EUR", EN, "490.00"),
        ("9" * 61, "EUR", EN, "490.00"),
    ],
)
def test_more_digits_than_the_currency_has_are_refused_with_an_example(
    text: str, currency: str, locale: object, example: str
) -> None:
    with pytest.raises(UnreadableAmount) as refused:
        parse_money(text, currency, locale)  # type: ignore[arg-type]
    assert not isinstance(refused.value, AmbiguousAmount)
    assert f"like {example}" in refused.value.sentence
    assert ("digits after the point" in refused.value.sentence) == (currency != "JPY")


@given(st.integers(0, 10**12), currencies, st.sampled_from(sorted(LANGUAGES)))
def test_what_a_field_or_a_column_holds_is_read_back_without_a_question(
    minor: int, currency: str, language: str
) -> None:
    money, locale = Money(minor, currency), format_locale(language)
    for written in (typed(money, locale), format_amount(money, locale)):
        assert parse_money(written, currency, locale) == money


@given(st.integers(0, 10**9), st.integers(0, 999), currencies, st.sampled_from(sorted(LANGUAGES)))
def test_however_it_is_read_no_digit_is_lost(whole: int, part: int, currency: str, language: str) -> None:
    """Every reading has the digits that were typed, and none that were not."""
    text = f"{whole}.{part:03d}"
    try:
        read: tuple[Money, ...] = (parse_money(text, currency, format_locale(language)),)
    except AmbiguousAmount as asked:
        read = asked.readings
    except UnreadableAmount:
        read = ()
    digits = (f"{whole}{part:03d}").strip("0")
    assert [str(each.minor).strip("0") for each in read] == [digits] * len(read)
    assert all(each.amount.as_tuple().exponent == -exponent(currency) for each in read)
