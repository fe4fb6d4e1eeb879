"""Somebody else's address: whatever a stranger does with it, every row of its owner stays as it was.

Two browsers, one address, few seats, a processor that keeps its own books.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference, TicketType
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.operations.invariants import violations
from citevents.payments import services
from citevents.payments.models import Payment
from citevents.registration import holds
from citevents.registration import services as registration
from citevents.registration.models import HOLD, Order
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.examples import examples
from tests.people.world import csrf
from tests.registration.buyers import fill
from tests.registration.world import undone

Settle = Callable[[], int]
OWNER, STRANGER = "owner", "stranger"
ADDRESS = "aino@tampere.example"

#: Every table with rows of the owner, and which of them are the owner's: those of the orders that her browser placed.
ROWS = {
    "order": "id = ANY(:orders)",
    "registration": "order_id = ANY(:orders)",
    "order_line": "order_id = ANY(:orders)",
    "payment": "order_id = ANY(:orders)",
    "refund": "payment_id IN (SELECT id FROM payment WHERE order_id = ANY(:orders))",
    "invoice": "order_id = ANY(:orders)",
    "ticket": "registration_id IN (SELECT id FROM registration WHERE order_id = ANY(:orders))",
    "person": "mail_key = 'aino@tampere.example'",
    "consent": "person_id IN (SELECT id FROM person WHERE mail_key = 'aino@tampere.example')",
}


class Buyer:
    """A browser with the orders that it placed, and the payment pages that it has open."""

    def __init__(
        self, app: Flask, session: Session, stripe: StripeStandIn, ticket: TicketType, name: str
    ) -> None:
        self.client: FlaskClient = app.test_client()
        self.session, self.stripe, self.ticket, self.name = session, stripe, ticket, name
        self.orders: list[str] = []
        self.checkouts: list[str] = []

    def __getitem__(self, act: str) -> Callable[[], None]:
        return {
            "register": self.register,
            "register elsewhere": lambda: self.register(mail=f"{self.name}@agency.example"),
            "change": self.change,
            "pass on": lambda: self.change(mail=f"{self.name}@agency.example"),
            "take": lambda: self.change(mail=ADDRESS.upper()),
            "open payment": self.open_payment,
            "pay": self.pay,
            "pay late": self.pay_late,
            "give back": self.give_back,
        }[act]

    def register(self, mail: str = ADDRESS, **fields: str) -> None:
        sent = fill(self.client, self.ticket, mail=mail, name=self.name, **fields)
        assert sent.status_code in (303, 422)
        if sent.status_code == 303:
            self.orders.append(sent.location.rpartition("/")[2])

    def change(self, mail: str = ADDRESS) -> None:
        if self.orders:
            self.register(mail, instead=self.orders[-1], agency=f"{len(self.orders)}")

    def open_payment(self) -> None:
        if not self.orders:
            return
        order = self.orders[-1]
        self.client.post(f"/c/cit-2027/orders/{order}/pay", data={"csrf_token": csrf(self.client)})
        self.client.get(f"/pay/{order}")
        self.session.expire_all()
        open_now = sa.select(Payment.checkout_id).join(Order, Order.id == Payment.order_id)
        found = self.session.scalar(open_now.where(Order.public_id == order, Payment.state == "open"))
        if found:
            self.checkouts.append(found)

    def pay(self) -> None:
        self.open_payment()
        self.pay_late()

    def pay_late(self) -> None:
        """At the newest page that was ever open, closed or not."""
        if self.checkouts:
            with suppress(Exception):  # a closed page takes no money: that is the point
                self.stripe.pay(self.checkouts[-1])
            notices()

    def give_back(self) -> None:
        if self.orders:
            self.client.post(
                f"/c/cit-2027/orders/{self.orders[-1]}/cancel", data={"csrf_token": csrf(self.client)}
            )


def notices() -> None:
    """The processor's word, as if its notices came: every open payment is looked at."""
    with transaction():
        services.ask_about_old(now() + HOLD)


ACTS = (
    "register",
    "register elsewhere",
    "change",
    "pass on",
    "take",
    "open payment",
    "pay",
    "pay late",
    "give back",
)


def rows(session: Session, orders: list[str]) -> dict[str, list[dict[str, Any]]]:
    session.expire_all()
    ids = session.scalars(sa.select(Order.id).where(Order.public_id.in_(orders))).all()
    found = {}
    for table, theirs in ROWS.items():
        read = session.execute(
            sa.text(f'SELECT * FROM "{table}" WHERE {theirs} ORDER BY id'), {"orders": list(ids)}
        )
        found[table] = [dict(row._mapping) for row in read]
    return found


def a_sale(capacity: int) -> tuple[Conference, TicketType]:
    conference = a_conference()
    return conference, a_ticket_type(conference, a_quota(conference, capacity=capacity), amount=49_000)


@pytest.mark.usefixtures("organization")
@settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))
@given(
    capacity=st.integers(1, 3),
    acts=st.lists(
        st.tuples(st.sampled_from([OWNER, STRANGER, STRANGER, "time"]), st.sampled_from(ACTS)), max_size=9
    ),
)
def test_what_a_stranger_does_with_an_address_changes_nothing_of_its_owner(
    app: Flask,
    session: Session,
    stripe: StripeStandIn,
    settle: Settle,
    capacity: int,
    acts: list[tuple[str, str]],
) -> None:
    with undone(session):
        _conference, ticket = a_sale(capacity)
        buyers = {name: Buyer(app, session, stripe, ticket, name) for name in (OWNER, STRANGER)}
        buyers[OWNER].register()
        settle()
        for who, act in acts:
            if who == "time":
                with transaction():
                    registration.expire_holds(now() + HOLD)
                settle()
                continue
            before = rows(session, buyers[OWNER].orders)
            buyers[who][act]()
            settle()
            if who == STRANGER:
                assert rows(session, buyers[OWNER].orders) == before
        notices()
        settle()
        assert violations() == []
        taken = session.scalar(sa.text("SELECT taken FROM places"))
        assert taken is not None and 0 <= taken <= capacity


@pytest.mark.usefixtures("organization")
def test_were_a_typed_address_enough_the_owner_would_lose_her_seat(
    app: Flask, session: Session, stripe: StripeStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: as it was."""
    monkeypatch.setattr(holds, "is_theirs", lambda *_: True)
    _conference, ticket = a_sale(1)
    owner, stranger = (Buyer(app, session, stripe, ticket, name) for name in (OWNER, STRANGER))
    owner.register()
    before = rows(session, owner.orders)
    stranger.register(mail=ADDRESS.upper())
    assert [each["state"] for each in before["order"]] == ["held"]
    assert [each["state"] for each in rows(session, owner.orders)["order"]] == ["cancelled"]
