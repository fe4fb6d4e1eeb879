"""What cards can be charged: our table against the processor's stand-in, which has one of its own."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from citevents.core import chargeable
from citevents.core.chargeable import AmountTooFine
from citevents.core.money import Money, exponent, tax_on
from citevents.locale.languages import in_language
from citevents.payments.stripe_units import to_stripe
from standins.stripe.currencies import LARGEST, SUPPORTED, check_fits, check_total

CURRENCIES = sorted(code.upper() for code in SUPPORTED)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_the_least_and_the_most_are_taken_and_one_step_beyond_is_not(currency: str) -> None:
    least, most, step = chargeable.least(currency), chargeable.most(currency), chargeable.step(currency)
    for money in (least, most):
        theirs = to_stripe(money.minor, currency)
        check_fits(theirs, currency.lower(), "amount")
        assert check_total(theirs, currency.lower()) is None
        assert chargeable.refusal(money) is None
    above = chargeable.refusal(most + Money(step, currency))
    assert above and above.code == "amount_too_large"
    assert to_stripe(most.minor + step, currency) > LARGEST
    below = least - Money(step, currency)
    if below:
        refused = chargeable.refusal(below)
        assert refused and refused.code == "amount_too_small"
        assert check_total(to_stripe(below.minor, currency), currency.lower())


@pytest.mark.parametrize(
    ("minor", "currency", "sentence"),
    [
        (
            1,
            "EUR",
            "Cards take €0.50 or more, tax included, and this would be €0.01. Enter more, or 0 for free.",
        ),
        (
            30,
            "JPY",
            "Cards take JP¥50 or more, tax included, and this would be JP¥30. Enter more, or 0 for free.",
        ),
        (
            29,
            "GBP",
            "Cards take £0.30 or more, tax included, and this would be £0.29. Enter more, or 0 for free.",
        ),
        (
            10**8,
            "EUR",
            "Cards take at most €999,999.99, tax included, and this would be €1,000,000.00. Enter less.",
        ),
    ],
)
def test_a_refusal_names_the_figure(app: Flask, minor: int, currency: str, sentence: str) -> None:
    with app.app_context(), in_language("en"):
        refusal = chargeable.refusal(Money(minor, currency))
        assert refusal and refusal.sentence == sentence


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD", "HUF"])
def test_nothing_to_pay_needs_no_card(currency: str) -> None:
    chargeable.in_steps(Money(0, currency))
    assert chargeable.refusal(Money(0, currency)) is None


def test_between_two_steps_both_are_named(app: Flask) -> None:
    with app.app_context(), in_language("en"):
        with pytest.raises(AmountTooFine) as refused:
            chargeable.in_steps(Money(10_005, "KWD"))
        said = refused.value.sentence
    assert said == "Cards are charged in steps of KWD0.010. Enter KWD10.000 or KWD10.010."


@given(st.integers(0, 10**7), st.integers(0, 10_000), st.sampled_from(["KWD", "JOD", "EUR", "JPY", "MGA"]))
def test_what_is_computed_stays_in_steps(net: int, points: int, currency: str) -> None:
    """A price in steps with tax on it can be charged, and the tax is within half a step."""
    step = chargeable.step(currency)
    tax = tax_on(net * step, points, step)
    chargeable.in_steps(Money(net * step + tax, currency))
    assert abs(tax * 10_000 - net * step * points) <= 5_000 * step
    assert exponent(currency) in (0, 2, 3)
