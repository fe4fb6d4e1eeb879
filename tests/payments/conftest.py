"""A Stripe stand-in of this test, and the product's real gateway pointed at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from citevents.payments.gateway import StripeGateway
from standins.stripe import StripeStandIn


@pytest.fixture
def stripe(app: Flask) -> Iterator[StripeStandIn]:
    """The processor, with its own record as the oracle."""
    with StripeStandIn() as standin:
        app.extensions["processor"] = StripeGateway(standin.secret_key, api_base=standin.url)
        yield standin
        del app.extensions["processor"]
