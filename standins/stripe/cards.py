"""The sample cards: Stripe's test numbers, and what each of them does."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Card:
    """`decline` is Stripe's decline code; `refund` what becomes of a refund to it, at once and later; `dispute` the reason for
    which its holder disputes the payment, with `:inquiry` where the bank only asks."""

    number: str
    label: str
    brand: str = "visa"
    decline: str | None = None
    message: str = ""
    challenge: bool = False
    refund: tuple[str, ...] = ("succeeded",)
    dispute: str | None = None

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def code(self) -> str:
        """The error's code: a few declines have one of their own."""
        own = {"expired_card", "incorrect_cvc", "processing_error"}
        return self.decline if self.decline in own else "card_declined"

    def details(self) -> dict[str, Any]:
        """`payment_method_details` of a charge."""
        three_d_secure = {"result": "authenticated", "version": "2.2.0"} if self.challenge else None
        return {
            "type": "card",
            "card": {
                "brand": self.brand,
                "checks": {
                    "address_line1_check": None,
                    "address_postal_code_check": None,
                    "cvc_check": "pass",
                },
                "country": "US",
                "exp_month": 12,
                "exp_year": 2034,
                "fingerprint": f"standin{self.last4}",
                "funding": "credit",
                "last4": self.last4,
                "network": self.brand,
                "three_d_secure": three_d_secure,
                "wallet": None,
            },
        }


CARDS = {
    card.number: card
    for card in (
        Card(number="4242424242424242", label="Pays"),
        Card(
            number="4000002500003155",
            label="Pays after the bank asks (3-D Secure)",
            challenge=True,
        ),
        Card(
            number="4000000000000002",
            label="Declined",
            decline="generic_decline",
            message="Your card was declined.",
        ),
        Card(
            number="4000000000009995",
            label="Declined: insufficient funds",
            decline="insufficient_funds",
            message="Your card has insufficient funds.",
        ),
        Card(
            number="4000000000000069",
            label="Declined: expired card",
            decline="expired_card",
            message="Your card has expired.",
        ),
        Card(
            number="4000000000007726",
            label="Pays; a refund is pending first, then succeeds",
            refund=("pending", "succeeded"),
        ),
        Card(
            number="4000000000005126",
            label="Pays; a refund seems to succeed, then fails",
            refund=("succeeded", "failed"),
        ),
        Card(
            number="4000000000000259",
            label="Pays; then the payment is disputed as fraudulent",
            dispute="fraudulent",
        ),
        Card(
            number="4000000000001976",
            label="Pays; then the bank inquires about the payment",
            dispute="fraudulent:inquiry",
        ),
    )
}
PAYS = "4242424242424242"
ASKS_THE_BANK = "4000002500003155"
DECLINES = "4000000000000002"
REFUND_PENDS = "4000000000007726"
REFUND_FAILS = "4000000000005126"
DISPUTES = "4000000000000259"
INQUIRES = "4000000000001976"
