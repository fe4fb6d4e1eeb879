"""What cards can be charged: the smallest and largest amount of each currency, and its steps. Nothing to pay is always fine.

Source: Stripe's pages on currencies; amounts of a currency that they do not list are at least fifty of Stripe's smallest units.
"""

from __future__ import annotations

from citevents.core.errors import DomainError
from citevents.core.money import Money, exponent, format_money
from citevents.locale.languages import lazy_gettext as _l

#: Minor units (ISO 4217) between two amounts that can be charged, where it is not one: three digits are settled in tens,
#: and the ariary in whole ones.
_STEPS = {"BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10, "MGA": 100}
#: Minor units of the smallest charge.
_LEAST = {
    "AED": 200, "AUD": 50, "BGN": 100, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17_500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200,
    "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50, "ISK": 1, "UGX": 1, "MGA": 5000,
}  # fmt: skip
_MOST = 99_999_999
#: Counted with two digits more at Stripe than in ISO 4217.
_HUNDREDTHS = frozenset({"ISK", "UGX"})


class AmountTooFine(DomainError):
    """Between two steps of the currency."""

    code = "amount_too_fine"
    field = "amount"
    message = _l("Cards are charged in steps of %(step)s. Enter %(below)s or %(above)s.")


class AmountTooSmall(DomainError):
    """Less than cards accept, and not nothing."""

    code = "amount_too_small"
    field = "amount"
    message = _l(
        "Cards take %(least)s or more, tax included, and this would be %(amount)s. Enter more, or 0 for free."
    )


class AmountTooLarge(DomainError):
    """More than cards accept."""

    code = "amount_too_large"
    field = "amount"
    message = _l("Cards take at most %(most)s, tax included, and this would be %(amount)s. Enter less.")


def step(currency: str) -> int:
    """Minor units between two amounts that can be charged."""
    return _STEPS.get(currency, 1)


def least(currency: str) -> Money:
    """The smallest amount that can be charged."""
    return Money(_LEAST.get(currency, 500 if exponent(currency) == 3 else 50), currency)


def most(currency: str) -> Money:
    """The largest amount that can be charged."""
    whole = _MOST // 100 if currency in _HUNDREDTHS else _MOST * 100 if currency == "MGA" else _MOST
    return Money(whole - whole % step(currency), currency)


def in_steps(money: Money) -> None:
    """Raises AmountTooFine with the amounts beside it."""
    between = money.minor % step(money.currency)
    if between:
        below = Money(money.minor - between, money.currency)
        steps = Money(step(money.currency), money.currency)
        raise AmountTooFine(
            step=format_money(steps), below=format_money(below), above=format_money(below + steps)
        )


def refusal(money: Money) -> DomainError | None:
    """Why this amount can never be charged to a card, or None; nothing to pay needs no card."""
    if money and money < least(money.currency):
        return AmountTooSmall(least=format_money(least(money.currency)), amount=format_money(money))
    if money > most(money.currency):
        return AmountTooLarge(most=format_money(most(money.currency)), amount=format_money(money))
    return None
