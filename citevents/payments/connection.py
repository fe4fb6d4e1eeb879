"""The one gateway of this process, made from the settings at first use."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app

from citevents.config import Settings
from citevents.payments.gateway import StripeGateway
from citevents.payments.processor import GatewayUnavailable, PaymentGateway


def configured() -> bool:
    """Whether this installation takes money at all."""
    settings: Settings = current_app.config["SETTINGS"]
    return bool(settings.stripe_secret_key) or "processor" in current_app.extensions


class _Nobody:
    """Stands where no processor is configured: whoever asks it anything is told so."""

    def __getattr__(self, name: str) -> Any:
        raise GatewayUnavailable("not_configured", "STRIPE_SECRET_KEY is not set")


def processor() -> PaymentGateway:
    """The payment processor, kept with the app so that connections are reused.

    Without a key every call raises GatewayUnavailable: a house of free conferences needs none.
    """
    if not configured():
        return cast(PaymentGateway, _Nobody())
    found: PaymentGateway | None = current_app.extensions.get("processor")
    if found is None:
        settings: Settings = current_app.config["SETTINGS"]
        found = StripeGateway(settings.stripe_secret_key, api_base=settings.stripe_api_base)
        current_app.extensions["processor"] = found
    return found
