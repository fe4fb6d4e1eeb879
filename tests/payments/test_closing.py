"""Every way out of an unpaid order closes its payment page at once; money that still comes goes back, and the page says so."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference, TicketType
from citevents.conferences.services import cancel as cancel_conference
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.operations.invariants import violations
from citevents.payments.gateway import StripeGateway
from citevents.payments.models import PaymentState
from citevents.payments.processor import Checkout, GatewayUnavailable
from citevents.registration import services as registration
from citevents.registration.models import HOLD
from citevents.registration.order_request import Placed
from standins.mail import Outbox
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.payments.world import Settle, balances, moved_back, payment_of, to_pay, words
from tests.people.world import csrf, letter_to
from tests.registration.world import an_order

MAIL = "closing@agency.example"


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


@pytest.fixture
def ticket(conference: Conference) -> TicketType:
    return a_ticket_type(conference, a_quota(conference, capacity=1), amount=10_000)


@pytest.fixture
def placed(conference: Conference, ticket: TicketType) -> Placed:
    return an_order(conference, ticket, mail=MAIL)


def give_up(client: FlaskClient, placed: Placed, *_: Any) -> None:
    client.post(f"/c/cit-2027/orders/{placed.public_id}/cancel", data={"csrf_token": csrf(client)})


def change(_client: FlaskClient, placed: Placed, conference: Conference, ticket: TicketType) -> None:
    an_order(conference, ticket, mail=MAIL, instead=placed.public_id)


def expire(_client: FlaskClient, _placed: Placed, *_: Any) -> None:
    with transaction():
        registration.expire_holds(now() + HOLD)


def cancel_event(_client: FlaskClient, _placed: Placed, conference: Conference, _ticket: TicketType) -> None:
    with transaction():
        cancel_conference(conference.id, now())


ENDS = pytest.mark.parametrize("end", [give_up, change, expire, cancel_event], ids=lambda each: each.__name__)


@ENDS
def test_the_page_is_closed_and_takes_no_money(
    client: FlaskClient,
    stripe: StripeStandIn,
    settle: Settle,
    conference: Conference,
    ticket: TicketType,
    placed: Placed,
    end: Any,
) -> None:
    checkout = to_pay(client, placed)
    end(client, placed, conference, ticket)
    settle()
    [page] = stripe.record()["checkout_sessions"]
    assert page["status"] == "expired"
    assert stripe.pay(checkout)["payment_status"] == "unpaid"
    assert payment_of(placed).state is PaymentState.FAILED
    assert client.get(f"/pay/{placed.public_id}").location.endswith(f"/orders/{placed.public_id}")
    assert violations() == []


@ENDS
def test_money_that_was_quicker_goes_back_by_itself_and_page_and_email_say_so(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    settle: Settle,
    outbox: Outbox,
    conference: Conference,
    ticket: TicketType,
    placed: Placed,
    end: Any,
) -> None:
    checkout = to_pay(client, placed)
    end(client, placed, conference, ticket)
    stripe.pay(checkout)  # before the reaction closes it
    if end is expire:  # somebody has the seat by now
        an_order(conference, ticket, mail="quicker@agency.example")
    settle()
    assert moved_back(stripe) == [10_000]
    assert balances() == {}
    page = words(client.get(f"/c/cit-2027/orders/{placed.public_id}"))
    assert "You paid, and your money goes back" in page
    assert "CA$100.00 was refunded to you." in page
    assert "Nothing was charged" not in page
    assert "100.00" in str(letter_to(outbox, MAIL)["Subject"])
    assert violations() == []


def test_without_money_the_page_says_that_nothing_was_charged(
    client: FlaskClient, stripe: StripeStandIn, settle: Settle, placed: Placed
) -> None:
    to_pay(client, placed)
    give_up(client, placed)
    settle()
    assert "Nothing was charged." in words(client.get(f"/c/cit-2027/orders/{placed.public_id}"))


def test_late_money_for_an_expired_hold_takes_the_seat_while_it_is_free(
    client: FlaskClient,
    stripe: StripeStandIn,
    settle: Settle,
    conference: Conference,
    ticket: TicketType,
    placed: Placed,
) -> None:
    checkout = to_pay(client, placed)
    expire(client, placed)
    stripe.pay(checkout)
    settle()
    assert "You are registered" in words(client.get(f"/c/cit-2027/orders/{placed.public_id}"))
    assert moved_back(stripe) == []


def test_an_order_that_ends_while_its_page_is_being_opened_leads_nobody_there(
    client: FlaskClient,
    app: Flask,
    stripe: StripeStandIn,
    settle: Settle,
    placed: Placed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gateway = app.extensions["processor"]
    open_checkout = gateway.open_checkout

    def slowly(**asked: Any) -> Checkout:
        made: Checkout = open_checkout(**asked)
        with transaction():
            registration.give_up(placed.order_id, now())
        settle()
        return made

    monkeypatch.setattr(gateway, "open_checkout", slowly)
    answer = client.get(f"/pay/{placed.public_id}")
    assert answer.location.endswith(f"/c/cit-2027/orders/{placed.public_id}")
    settle()
    [page] = stripe.record()["checkout_sessions"]
    assert page["status"] == "expired"
    assert violations() == []


def test_a_hold_that_is_over_opens_no_page_though_nobody_swept_it(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed
) -> None:
    session.execute(
        sa.text(
            """UPDATE "order" SET began_at = began_at - interval '1 hour', expires_at = now() - interval '1 s'"""
        )
    )
    session.commit()
    assert client.get(f"/pay/{placed.public_id}").location.endswith(f"/orders/{placed.public_id}")
    assert stripe.record()["checkout_sessions"] == []


@pytest.mark.parametrize("kind", ["error_after", "drop_after"])
def test_a_page_is_closed_past_a_failure_that_its_key_remembers(
    client: FlaskClient, stripe: StripeStandIn, settle: Settle, placed: Placed, kind: str
) -> None:
    checkout = to_pay(client, placed)
    once = StripeGateway(stripe.secret_key, api_base=stripe.url, max_network_retries=0)
    stripe.fault("api", kind, on="checkout.sessions.expire")
    with pytest.raises(GatewayUnavailable):
        once.expire_checkout(checkout)
    assert once.expire_checkout(checkout).status == "expired"
    with transaction():
        registration.give_up(placed.order_id, now())
    settle()
    assert payment_of(placed).state is PaymentState.FAILED
