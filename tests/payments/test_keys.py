"""A key of the processor's takes the same words at every try: they are kept before the first one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference, TicketType
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.operations.invariants import violations
from citevents.payments import checkouts, refunds, services
from citevents.payments.gateway import StripeGateway
from citevents.payments.models import Payment, PaymentState, Refund, RefundReason, RefundState
from citevents.payments.processor import Checkout, GatewayUnavailable
from citevents.registration import services as registration
from citevents.registration.models import HOLD
from citevents.registration.order_request import Placed
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_ticket_type
from tests.payments.world import Settle, balances, buy, moved_back, payment_of, words
from tests.registration.world import an_order

Change = Callable[[Session], object]


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


@pytest.fixture
def ticket(conference: Conference) -> TicketType:
    """119.00 with 19 % tax."""
    return a_ticket_type(conference, amount=10_000, tax_basis_points=1_900)


@pytest.fixture
def placed(conference: Conference, ticket: TicketType) -> Placed:
    return an_order(conference, ticket, mail="buyer@keys.example")


def sql(statement: str) -> Change:
    return lambda session: session.execute(sa.text(statement))


#: What the second try would be asked with, were it not kept.
OTHERWISE: dict[str, Change] = {
    "nothing": sql("SELECT 1"),
    "another language": sql("""UPDATE "order" SET language = 'ar'"""),
    "another name of the event": sql("UPDATE conference SET name = 'Renamed 2027'"),
    "another address of the event": sql("UPDATE conference SET slug = 'renamed-2027'"),
    "another address of the buyer": sql("UPDATE registration SET mail = 'Buyer@Keys.example'"),
    "another host of the organization": sql("UPDATE organization SET host = 'localhost'"),
}


@pytest.fixture
def once(app: Flask, stripe: StripeStandIn) -> StripeGateway:
    """A gateway that leaves every further try to us."""
    made = StripeGateway(stripe.secret_key, api_base=stripe.url, max_network_retries=0)
    app.extensions["processor"] = made
    return made


@pytest.mark.parametrize("lost", ["drop_after", "error_after", "drop"])
@pytest.mark.parametrize("otherwise", OTHERWISE)
def test_a_try_whose_answer_was_lost_is_made_again_with_the_same_words(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    once: StripeGateway,
    placed: Placed,
    lost: str,
    otherwise: str,
) -> None:
    settings = {"remembered": "result"} if lost == "error_after" else {}
    stripe.fault("api", lost, on="checkout.sessions.create", **settings)
    assert client.get(f"/pay/{placed.public_id}").status_code == 503
    asked = payment_of(placed).asked
    with transaction():
        OTHERWISE[otherwise](session)
    again = client.get(f"/pay/{placed.public_id}")
    assert (again.status_code, again.location.startswith(stripe.url)) == (303, True)
    [page] = stripe.record()["checkout_sessions"]
    names = {
        "locale": "locale",
        "email": "customer_email",
        "success_url": "success_url",
        "cancel_url": "cancel_url",
    }
    assert {ours: page[theirs] for ours, theirs in names.items()} == {ours: asked[ours] for ours in names}
    assert asked["success_url"].endswith(f"/paid/{payment_of(placed).public_id}")
    assert session.scalar(sa.select(sa.func.count()).select_from(Payment)) == 1


def test_what_was_asked_is_forgotten_once_the_page_is_open(
    client: FlaskClient, stripe: StripeStandIn, placed: Placed
) -> None:
    """The buyer's address is in it."""
    stripe.fault("api", "drop", on="checkout.sessions.create", times=2)
    client.get(f"/pay/{placed.public_id}")
    assert payment_of(placed).asked["email"] == "buyer@keys.example"
    client.get(f"/pay/{placed.public_id}")
    assert (payment_of(placed).state, payment_of(placed).asked) == (PaymentState.OPEN, {})
    assert client.get(f"/pay/{placed.public_id}").location == payment_of(placed).checkout_url


@pytest.mark.parametrize("over", ["expired", "given up", "begun anew"])
def test_what_was_asked_is_forgotten_once_the_payment_is_over(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    placed: Placed,
    settle: Settle,
    over: str,
) -> None:
    stripe.fault("api", "drop", on="checkout.sessions.create", times=2)
    client.get(f"/pay/{placed.public_id}")
    first = payment_of(placed)
    if over == "begun anew":
        with transaction():
            session.execute(sa.update(Payment).values(opened_at=now() - 2 * checkouts.STALE))
        client.get(f"/pay/{placed.public_id}")
    else:
        with transaction():
            if over == "expired":
                registration.expire_holds(now() + HOLD)
            else:
                registration.give_up(placed.order_id, now())
        settle()
    session.expire_all()
    ended = session.get_one(Payment, (first.organization_id, first.id))
    assert (ended.state, ended.asked) == (PaymentState.FAILED, {})
    assert "buyer@keys.example" not in str(session.execute(sa.text("SELECT payment FROM payment")).all())


def test_two_tabs_at_the_same_moment_wait_for_each_other(
    client: FlaskClient, stripe: StripeStandIn, once: StripeGateway, placed: Placed
) -> None:
    """One of them meets the other's key in use: that is later, not never."""
    with transaction():
        opening = checkouts.open_payment(placed.public_id)
    said: list[Checkout | GatewayUnavailable] = []

    def tab() -> None:
        try:
            said.append(once.open_checkout(**opening.asked))
        except GatewayUnavailable as waits:
            said.append(waits)

    stripe.fault("api", "delay", on="checkout.sessions.create", times=2, seconds=1.0)
    tabs = [threading.Thread(target=tab) for _ in range(2)]
    for each in tabs:
        each.start()
    for each in tabs:
        each.join()
    [waits] = [each for each in said if isinstance(each, GatewayUnavailable)]
    [made] = [each for each in said if isinstance(each, Checkout)]
    assert (waits.code, waits.destination) == ("idempotency_key_in_use", None)
    answer = client.get(f"/pay/{placed.public_id}")
    assert (answer.status_code, answer.location) == (303, made.url)


@pytest.mark.parametrize("ahead", [timedelta(seconds=90), timedelta(minutes=4)])
def test_a_clock_that_is_ahead_opens_pages_all_the_same(
    client: FlaskClient, stripe: StripeStandIn, placed: Placed, ahead: timedelta
) -> None:
    stripe.advance(int(ahead.total_seconds()))
    stripe.fault("api", "drop", on="checkout.sessions.create", times=2)
    assert client.get(f"/pay/{placed.public_id}").status_code == 503
    assert client.get(f"/pay/{placed.public_id}").status_code == 303


def test_where_the_words_were_another_versions_the_payment_is_begun_anew(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed
) -> None:
    """The key is spent, its page was shown to nobody: the buyer presses once more."""
    stripe.fault("api", "drop_after", on="checkout.sessions.create", times=2)
    client.get(f"/pay/{placed.public_id}")
    with transaction():
        payment = payment_of(placed)
        payment.asked = payment.asked | {"description": "As an older version said it"}
    spent = client.get(f"/pay/{placed.public_id}")
    assert (spent.status_code, "please try again shortly" in words(spent)) == (503, True)
    again = client.get(f"/pay/{placed.public_id}")
    assert again.status_code == 303
    states = session.scalars(sa.select(Payment.state).order_by(Payment.id)).all()
    assert states == [PaymentState.FAILED, PaymentState.OPEN]


@pytest.mark.parametrize("lost", ["drop_after", "error_after"])
def test_a_refund_whose_answer_was_lost_moves_once_whatever_happened_meanwhile(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    once: StripeGateway,
    placed: Placed,
    settle: Settle,
    lost: str,
) -> None:
    """Its key's words are its row's: amount and name. Another sum has another key."""
    payment = buy(client, stripe, placed, settle)
    with transaction():
        refund_id = refunds.ask(payment.id, 4_000, RefundReason.DESK)
    stripe.fault("api", lost, on="refunds.create")
    with pytest.raises(GatewayUnavailable), transaction():
        refunds.carry_out(refund_id or 0, once)
    stripe.refund_from_dashboard(payment.intent_id or "", 1_000)
    with transaction():
        services.settle(payment.id, once)
    settle()
    assert moved_back(stripe) == [4_000, 1_000]
    states = session.scalars(sa.select(Refund.state).order_by(Refund.id)).all()
    assert states == [RefundState.SUCCEEDED] * 2
    assert sum(balances().values()) == 0
    assert violations() == []
