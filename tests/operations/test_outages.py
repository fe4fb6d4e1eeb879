"""The mail server or Stripe is away as long as they are in life: nothing dies, who pays is confirmed, all goes by itself.

The stand-ins are the real ones, and refuse, hang, answer slowly or with an error; only the clock is driven.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference, TicketType
from citevents.core import circuits, jobs, mail
from citevents.core.clock import now
from citevents.core.db import Organization, must, transaction
from citevents.core.events import Delivery, Failure
from citevents.payments import services as money
from citevents.payments.gateway import StripeGateway
from citevents.payments.models import Refund, RefundState
from citevents.people.sign_in import services as sign_in
from citevents.registration import services as registration
from citevents.registration.models import Order, OrderState
from citevents.registration.order_request import Placed
from standins.mail import Outbox
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.payments.world import payment_of, to_pay
from tests.registration.world import an_order
from tests.weather import Weather
from workers import clock as ticks
from workers import relay

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Longer than any pause with its jitter.
RECOVERED = timedelta(minutes=13)
FOR_EVER = 10**6


class Trade:
    """A conference that sells while time passes, with a mail server and a Stripe that may be away."""

    def __init__(self, weather: Weather, outbox: Outbox, stripe: StripeStandIn, client: FlaskClient) -> None:
        self.weather, self.outbox, self.stripe, self.client = weather, outbox, stripe, client
        here: Conference = a_conference()
        quota = a_quota(here, capacity=100)
        self.here = here
        self.paid: TicketType = a_ticket_type(here, quota, amount=10_000)
        self.free: TicketType = a_ticket_type(here, quota, amount=0, name="Volunteer")
        self.buyers = 0

    def order(self, ticket: TicketType) -> Placed:
        self.buyers += 1
        return an_order(
            self.here, ticket, mail=f"buyer{self.buyers}@trade.example", name=f"Buyer {self.buyers}"
        )

    def pays(self) -> Placed:
        """Somebody pays at Stripe's page and comes back."""
        placed = self.order(self.paid)
        self.stripe.pay(to_pay(self.client, placed))
        with transaction():
            money.buyer_returned(payment_of(placed).public_id)
        return placed

    def pass_time(self, by: timedelta) -> None:
        """With the ticks of the clock in between, and Stripe's clock beside ours."""
        for _ in range(4):
            self.weather.pass_time(by / 4)
            self.stripe.advance(int(by.total_seconds()) // 4)
            ticks.run_all(now())
        self.weather.turn()

    def confirmed_within_ten_seconds(self, placed: Placed) -> bool:
        began = now()
        self.weather.pass_time(timedelta(seconds=10))
        order = must(Order, placed.order_id)
        return order.state is OrderState.CONFIRMED and order.confirmed_at - began < timedelta(seconds=10)  # type: ignore[operator]


@pytest.fixture
def trade(
    app: Flask, session: Session, organization: Organization, client: FlaskClient, outbox: Outbox
) -> Iterator[Trade]:
    outbox.clear()
    with StripeStandIn() as stripe, Weather().driving() as weather:
        app.extensions["processor"] = StripeGateway(
            stripe.secret_key, api_base=stripe.url, read_timeout=0.5, max_network_retries=0
        )
        yield Trade(weather, outbox, stripe, client)
        del app.extensions["processor"]
    outbox.clear()


@contextmanager
def mail_is(how: str, outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One way for a mail server to be no use, while inside."""
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(mail, "CONVERSATION_SECONDS", 0.3)
    if how == "refusing":
        with outbox.away():
            yield
        return
    if how == "slow":
        for place in ("mail", "rcpt", "data"):
            outbox.fault(place, "delay", seconds=0.15, times=FOR_EVER)
    elif how == "hanging":
        outbox.fault("connect", "delay", seconds=0.5, times=FOR_EVER)
    else:
        place, code = how.split()
        outbox.fault(place, "refuse", code=int(code), times=FOR_EVER)
    yield
    outbox.faults.clear()


def unhandled(session: Session) -> Counter[tuple[str, str | None, bool]]:
    """(reaction, class of failure, given up) of everything that is not handled."""
    session.expire_all()
    rows = session.execute(
        sa.select(Delivery.handler, Delivery.failure, Delivery.dead_at).where(Delivery.handled_at.is_(None))
    )
    return Counter((row.handler, row.failure, row.dead_at is not None) for row in rows)


@pytest.mark.parametrize(
    ("how", "outage"),
    [
        ("refusing", 10 * MINUTE),
        ("hanging", 10 * MINUTE),
        ("slow", 10 * MINUTE),
        ("connect 421", 10 * MINUTE),
        ("mail 421", 10 * MINUTE),
        ("mail 451", 10 * MINUTE),
        ("refusing", 2 * HOUR),
        ("mail 421", 2 * HOUR),
        ("connect 421", 2 * DAY),
    ],
)
def test_the_mail_server_is_no_use(
    trade: Trade, session: Session, monkeypatch: pytest.MonkeyPatch, how: str, outage: timedelta
) -> None:
    with mail_is(how, trade.outbox, monkeypatch):
        with transaction():
            sign_in.ask_link("somebody@trade.example", next="", language="en")
        calls = trade.outbox.calls
        for _ in range(6):
            trade.order(trade.free)
        for _third in range(3):
            assert trade.confirmed_within_ten_seconds(trade.pays())
            trade.pass_time(outage / 3)
        assert jobs.count() == 0, unhandled(session)
        assert {kind for _handler, kind, _dead in unhandled(session)} == {Failure.LATER}
        [circuit] = circuits.away()
        assert circuit.destination == "mail"
        # So many tries at most: the pauses grow to ten minutes.
        assert circuit.failures <= 12 + outage / (7.5 * MINUTE)
        assert trade.outbox.calls - calls <= circuit.failures + 1
        assert trade.outbox.accepted() == []
    trade.weather.pass_time(RECOVERED)
    assert unhandled(session) == Counter()
    assert circuits.away() == []
    tickets = [each for each in trade.outbox.accepted() if each.to[0].startswith("buyer")]
    assert sorted(each.to[0] for each in tickets) == sorted(f"buyer{n}@trade.example" for n in range(1, 10))
    assert len({each.message_id for each in tickets}) == 9
    links = [each for each in trade.outbox.accepted() if each.to[0].startswith("somebody")]
    assert len(links) == (1 if outage < timedelta(minutes=sign_in.ASKED_MINUTES) else 0), (
        "no link that is over"
    )


def test_one_mailbox_that_greylists_keeps_nobody_waiting(trade: Trade, session: Session) -> None:
    trade.outbox.fault("rcpt", "refuse", code=450, on="buyer1@*", times=4)
    for _ in range(3):
        trade.order(trade.free)
    trade.weather.turn()
    assert [each.to[0] for each in trade.outbox.accepted()] == [
        "buyer2@trade.example",
        "buyer3@trade.example",
    ]
    assert circuits.away() == []
    trade.weather.pass_time(HOUR)
    assert [each.to[0] for each in trade.outbox.accepted()][2:] == ["buyer1@trade.example"]
    assert unhandled(session) == Counter()


def test_one_mailbox_that_is_not_there_ends_at_once_and_keeps_nobody_waiting(
    trade: Trade, session: Session
) -> None:
    trade.outbox.fault("rcpt", "refuse", code=550, on="buyer1@*", times=FOR_EVER)
    calls = trade.outbox.calls
    for _ in range(3):
        trade.order(trade.free)
    trade.weather.pass_time(DAY)
    assert trade.outbox.calls - calls == 3, "asked once each"
    assert len(trade.outbox.accepted()) == 2
    [job] = jobs.refused()
    assert (job.handler, job.failure, job.person_id is not None) == (
        "registration.mail_tickets",
        Failure.NEVER,
        True,
    )


@contextmanager
def stripe_is(how: str, stripe: StripeStandIn, app: Flask) -> Iterator[None]:
    """One way for Stripe to be no use, while inside."""
    patient = app.extensions["processor"]
    with ExitStack() as until:
        if how == "refusing":
            until.enter_context(stripe.away())
        elif how == "hanging":
            app.extensions["processor"] = StripeGateway(
                stripe.secret_key, api_base=stripe.url, read_timeout=0.1, max_network_retries=0
            )
            stripe.fault("api", "delay", seconds=0.4, times=FOR_EVER)
        elif how == "breaking":
            stripe.fault("api", "drop", times=FOR_EVER)
        else:
            stripe.fault("api", "error", status=int(how), times=FOR_EVER)
        yield
    stripe.faults.clear()
    app.extensions["processor"] = patient


@pytest.mark.parametrize(
    ("how", "outage"),
    [
        ("refusing", 10 * MINUTE),
        ("hanging", 10 * MINUTE),
        ("breaking", 10 * MINUTE),
        ("500", 10 * MINUTE),
        ("503", 10 * MINUTE),
        ("429", 10 * MINUTE),
        ("500", 2 * HOUR),
        ("429", 2 * DAY),
    ],
)
def test_stripe_is_no_use(trade: Trade, session: Session, app: Flask, how: str, outage: timedelta) -> None:
    before = trade.pays()
    assert trade.confirmed_within_ten_seconds(before)
    late = trade.order(trade.paid)
    checkout = to_pay(trade.client, late)
    with stripe_is(how, trade.stripe, app):
        trade.stripe.pay(checkout)  # in the buyer's browser: that is there
        with transaction():
            money.buyer_returned(payment_of(late).public_id)
            registration.cancel(before.order_id, now())
        assert trade.confirmed_within_ten_seconds(trade.order(trade.free)), "who needs no Stripe"
        trade.pass_time(outage)
        assert jobs.count() == 0, unhandled(session)
        [circuit] = circuits.away()
        assert circuit.destination == "stripe"
        assert circuit.failures <= 12 + outage / (7.5 * MINUTE)
        assert {kind for _handler, kind, _dead in unhandled(session)} == {Failure.LATER}
        assert trade.stripe.record()["refunds"] == []
    trade.pass_time(RECOVERED)
    assert unhandled(session) == Counter()
    assert circuits.away() == []
    session.expire_all()
    [refund] = trade.stripe.record()["refunds"]
    assert refund["amount"] == must(Order, before.order_id).total, "once"
    assert {each.state for each in session.scalars(sa.select(Refund))} == {RefundState.SUCCEEDED}
    assert must(Order, late.order_id).state is OrderState.CONFIRMED
    subjects = Counter(each.message_id for each in trade.outbox.accepted())
    assert set(subjects.values()) == {1}, "nothing twice"


def test_what_is_about_money_is_never_in_line_behind_an_email(trade: Trade) -> None:
    for _ in range(30):
        trade.order(trade.free)
    trade.pays()
    relay.route()
    queues: dict[str, set[str]] = {}
    relay.send(lambda handler, _id, _n: queues.setdefault(handler.queue, set()).add(handler.name))
    assert queues["money"] == {"payments.book_sale", "payments.look_again"}
    assert "registration.mail_tickets" in queues["waiting"]
