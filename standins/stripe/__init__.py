"""A Stripe stand-in: Checkout, payment intents, refunds, events and signed webhooks with books of its own.

It answers the official library as Stripe does for the calls citevents makes, refuses what Stripe refuses, and
has switches for what goes wrong between two systems. What it wrote down is the oracle of the crash tests.
"""

from standins.stripe.standin import StripeStandIn

__all__ = ["StripeStandIn"]
