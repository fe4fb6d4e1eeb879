"""The one gateway of this process, made from the settings at first use."""

from __future__ import annotations

from flask import current_app

from citevents.config import Settings
from citevents.payments.gateway import StripeGateway
from citevents.payments.processor import PaymentGateway


def processor() -> PaymentGateway:
    """The payment processor. Kept with the app, so that connections are reused."""
    found: PaymentGateway | None = current_app.extensions.get("processor")
    if found is None:
        settings: Settings = current_app.config["SETTINGS"]
        found = StripeGateway(settings.stripe_secret_key, api_base=settings.stripe_api_base)
        current_app.extensions["processor"] = found
    return found
