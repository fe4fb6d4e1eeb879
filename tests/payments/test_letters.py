"""What the buyer is told about money."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.payments import refunds
from citevents.payments.models import RefundReason
from citevents.registration import services as registration
from citevents.registration.models import Order
from standins.mail import Outbox
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.payments.world import paid, to_pay
from tests.people.world import letter_to, text_of
from tests.registration.world import an_order

Settle = Callable[[], int]


def test_a_part_given_back_is_told_with_its_credit_note(
    client: FlaskClient, organization: Organization, stripe: StripeStandIn, outbox: Outbox, settle: Settle
) -> None:
    conference = a_conference()
    ticket_type = a_ticket_type(conference, amount=10_000, tax_basis_points=500)
    placed = an_order(conference, ticket_type, mail="part@letters.example")
    payment = paid(client, stripe, placed, settle)
    outbox.clear()
    with transaction():
        refunds.ask(payment.id, 5_000, RefundReason.DESK)
    settle()
    letter = letter_to(outbox, "part@letters.example")
    assert "CA$50.00 goes back to you" in str(letter["Subject"])
    assert [part.get_filename() for part in letter.iter_attachments()] == [f"{now().year}-000002.pdf"]
    assert "The credit note is attached." in text_of(letter)
    assert len(outbox.messages()) == 1


def test_whoever_paid_too_late_is_told_that_all_goes_back(
    client: FlaskClient, session: Session, stripe: StripeStandIn, outbox: Outbox, settle: Settle
) -> None:
    """The order's page promises a letter either way."""
    conference = a_conference()
    last_seat = a_ticket_type(conference, a_quota(conference, capacity=1), amount=10_000)
    late = an_order(conference, last_seat, mail="late@letters.example")
    checkout = to_pay(client, late)
    with transaction():
        session.execute(sa.update(Order).values(expires_at=now().replace(year=2020)))
        registration.expire_holds(now())
    an_order(conference, last_seat, mail="quick@letters.example")
    stripe.pay(checkout)
    settle()
    letter = letter_to(outbox, "late@letters.example")
    assert "CA$100.00 goes back to you" in str(letter["Subject"])
    assert "no other was free" in text_of(letter)
    assert list(letter.iter_attachments()) == []
