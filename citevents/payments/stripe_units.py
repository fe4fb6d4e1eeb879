"""Units: amounts as ISO 4217 counts them, and as Stripe does. Source: Stripe's page on currencies."""

from citevents.core import chargeable
from citevents.payments.processor import GatewayRefused

# Where Stripe counts in other steps than ISO 4217: digits after the point in ISO, at Stripe.
_DIGITS = {"ISK": (0, 2), "UGX": (0, 2), "MGA": (2, 0)}


def to_stripe(amount_minor: int, currency: str) -> int:
    """ISO 4217 minor units as Stripe counts them; refuses what Stripe cannot settle exactly."""
    iso, theirs = _DIGITS.get(currency, (2, 2))
    amount, rest = divmod(amount_minor * 10**theirs, 10**iso)
    if rest or amount_minor % chargeable.step(currency):
        raise GatewayRefused(
            "amount_not_chargeable", f"{amount_minor} {currency} is finer than Stripe settles"
        )
    return int(amount)


def from_stripe(amount: int, currency: str) -> int:
    """What Stripe counts, in ISO 4217 minor units."""
    iso, theirs = _DIGITS.get(currency.upper(), (2, 2))
    return int(amount * 10**iso // 10**theirs)
