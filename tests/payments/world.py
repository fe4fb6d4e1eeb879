"""Buyers at the processor's page, for tests of money: through the pages and the stand-in, as in life."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from citevents.core.db import session, transaction
from citevents.payments import ledger, services
from citevents.payments.models import (
    Account,
    Payment,
)
from citevents.registration.order_request import Placed
from standins.stripe import StripeStandIn
from standins.stripe.cards import PAYS

Settle = Callable[[], int]


def payment_of(placed: Placed) -> Payment:
    """The newest payment of an order, read anew."""
    session().expire_all()
    return (
        session()
        .scalars(
            sa.select(Payment).where(Payment.order_id == placed.order_id).order_by(Payment.id.desc()).limit(1)
        )
        .one()
    )


def to_pay(client: FlaskClient, placed: Placed) -> str:
    """The buyer goes to the processor's page; the checkout's id."""
    answer = client.get(f"/pay/{placed.public_id}")
    assert answer.status_code == 303
    return payment_of(placed).checkout_id or ""


def buy(
    client: FlaskClient, stripe: StripeStandIn, placed: Placed, settle: Settle, card: str = PAYS
) -> Payment:
    """Paid, confirmed, booked, told."""
    stripe.pay(to_pay(client, placed), card)
    with transaction():
        services.buyer_returned(payment_of(placed).public_id)
    settle()
    return payment_of(placed)


def balances() -> dict[Account, int]:
    """What each account of the organization holds, those at nought left out."""
    return {each.account: each.amount for each in ledger.balances() if each.amount}


def moved_back(stripe: StripeStandIn) -> list[int]:
    """What went back at the processor, oldest first, in its own units."""
    return [each["amount"] for each in stripe.record()["refunds"] if each["status"] == "succeeded"]


def words(page: TestResponse) -> str:
    """What a page says, in one line."""
    main = page.text.partition("<main")[2].partition("</main>")[0] or page.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).strip()


def only_payment() -> Payment:
    """The one payment there is, as the database has it now."""
    session().expire_all()
    return session().scalars(sa.select(Payment)).one()


def paid(client: FlaskClient, stripe: StripeStandIn, placed: Placed, settle: Settle) -> Payment:
    """The payment of a buyer who came back from the processor's page."""
    stripe.pay(to_pay(client, placed))
    with transaction():
        services.buyer_returned(only_payment().public_id)
    settle()
    return only_payment()
