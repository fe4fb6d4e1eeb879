"""Money that went back before anybody heard that it came: whichever is heard first, nobody keeps a seat that is not paid for."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference, TicketType
from citevents.core.db import Organization, transaction
from citevents.operations.invariants import violations
from citevents.payments import services
from citevents.payments.connection import processor
from citevents.payments.models import Account, Invoice, Refund, RefundState
from citevents.registration.models import Order, OrderState, Registration, RegistrationState, Ticket
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_ticket_type
from tests.payments.world import Settle, balances, moved_back, payment_of, to_pay
from tests.registration.world import an_order
from workers import handles, relay


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


@pytest.fixture
def ticket(conference: Conference) -> TicketType:
    """119.00 with 19 % tax."""
    return a_ticket_type(conference, amount=10_000, tax_basis_points=1_900)


def deliver(*, backwards: bool) -> None:
    """Carry out what is due now, as the queue may bring it."""
    relay.route()
    due: list[tuple[int, int]] = []
    relay.send(lambda handler, delivery_id, n: due.append((delivery_id, n)))
    for delivery_id, n in sorted(due, reverse=backwards):
        handles.run(delivery_id, n, strict=True)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("amount", [11_900, 4_000])
def test_a_refund_that_is_heard_with_its_payment(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    conference: Conference,
    ticket: TicketType,
    settle: Settle,
    amount: int,
    backwards: bool,
) -> None:
    placed = an_order(conference, ticket, mail="buyer@gone.example")
    stripe.pay(to_pay(client, placed))
    stripe.refund_from_dashboard(stripe.record()["payment_intents"][0]["id"], amount)
    with transaction():
        services.settle(payment_of(placed).id, processor())
    deliver(backwards=backwards)
    settle()
    session.expire_all()
    gone = amount == 11_900
    assert session.scalars(sa.select(Order.state)).all() == [
        OrderState.CANCELLED if gone else OrderState.CONFIRMED
    ]
    assert session.scalars(sa.select(Registration.state)).all() == [
        RegistrationState.CANCELLED if gone else RegistrationState.CONFIRMED
    ]
    live = session.scalar(sa.select(sa.func.count()).where(Ticket.voided_at.is_(None)))
    assert live == (0 if gone else 1)
    assert session.scalars(sa.select(Refund.state)).all() == [RefundState.SUCCEEDED]
    assert moved_back(stripe) == [amount]
    assert balances().get(Account.PROCESSOR, 0) == 11_900 - amount
    assert sorted(session.scalars(sa.select(Invoice.total)).all()) == [-amount, 11_900]
    assert [each.code for each in violations()] == []
