"""Never and later are different pages: what the processor refuses for good is not tried again, and somebody is told why."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference, TicketType
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, get, transaction
from citevents.operations.invariants import violations
from citevents.payments.models import Case, CaseKind, Payment, PaymentState
from citevents.registration import services as registration
from citevents.registration.models import HOLD, Order, OrderState
from citevents.registration.order_request import Placed
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_ticket_type
from tests.payments.world import Settle, payment_of, words
from tests.people.world import csrf, staff
from tests.registration.world import an_order

CREATE = "checkout.sessions.create"


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


@pytest.fixture
def ticket(conference: Conference) -> TicketType:
    return a_ticket_type(conference, amount=10_000)


@pytest.fixture
def placed(conference: Conference, ticket: TicketType) -> Placed:
    return an_order(conference, ticket, mail="buyer@refused.example")


def order_of(session: Session, placed: Placed) -> Order:
    session.expire_all()
    found = get(Order, placed.order_id)
    assert found is not None
    return found


def the_case(session: Session) -> Case:
    session.expire_all()
    return session.scalars(sa.select(Case)).one()


def pressed(client: FlaskClient, placed: Placed) -> Any:
    """The buyer presses "Pay" on the order's page, and follows."""
    here = f"/c/cit-2027/orders/{placed.public_id}"
    return client.post(f"{here}/pay", data={"csrf_token": csrf(client, here)}, follow_redirects=True)


#: What the processor says no to for good, and its code. `amount` is the order's total in the database.
REFUSED: dict[str, tuple[str, str]] = {
    "an amount that is too small": ("""UPDATE "order" SET net = 10, total = 10""", "amount_too_small"),
    "a currency that it does not know": ("""UPDATE "order" SET currency = 'XYZ'""", "invalid_request"),
    "an amount finer than it settles": (
        """UPDATE "order" SET net = 12345, total = 12345, currency = 'KWD'""",
        "amount_not_chargeable",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_for_good_shows_a_page_without_another_try(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    placed: Placed,
    what: str,
) -> None:
    change, code = REFUSED[what]
    until = order_of(session, placed).expires_at
    with transaction():
        session.execute(sa.text(change))
    for _ in range(3):
        page = pressed(client, placed)
        assert (page.status_code, page.request.path) == (200, f"/pay/{placed.public_id}/refused")
    said = words(page)
    assert "This order cannot be paid here" in said
    assert "Nothing was charged, and trying again does not help." in said
    assert f"name the order {placed.order_id:06d}: hello@cit.example" in said
    assert "Your seat is held until" in said
    main = page.text.partition("<main")[2].partition("</main>")[0]
    assert re.findall(r'<form|href="/pay/|Try again|please try', main) == []
    case = the_case(session)
    assert (case.kind, case.payment_id, case.details["code"]) == (
        CaseKind.REFUSED,
        payment_of(placed).id,
        code,
    )
    assert session.scalars(sa.select(Payment.state)).all() == [PaymentState.FAILED], "asked once"
    assert stripe.record()["checkout_sessions"] == []
    order = order_of(session, placed)
    assert (order.state, order.expires_at) == (OrderState.AWAITING_PAYMENT, until)


@pytest.mark.parametrize("fault", [("error", {"status": 400, "code": "account_closed"}), ("wrong_mode", {})])
def test_the_organizers_read_the_reason_and_open_the_way_again(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    placed: Placed,
    settle: Settle,
    fault: tuple[str, dict[str, Any]],
) -> None:
    kind, settings = fault
    stripe.fault("api", kind, on=CREATE, **settings)
    pressed(client, placed)
    case = the_case(session)
    desk = staff(client.application.test_client(), Role.FINANCE)
    assert "The payment service takes no payment for an order" in words(desk.get("/desk/c/cit-2027/money"))
    here = f"/desk/c/cit-2027/money/cases/{case.id}"
    about = words(desk.get(here))
    assert "Nothing was taken. The buyer was told to write to you." in about
    assert case.details["code"] in about
    assert case.details["said"] in about
    assert case.details["said"] != ""
    closed = desk.post(here, data={"csrf_token": csrf(desk, here), "decision": "Mended in the account"})
    assert closed.status_code == 303
    opened = client.get(f"/pay/{placed.public_id}")
    assert (opened.status_code, opened.location) == (303, payment_of(placed).checkout_url)
    assert client.get(f"/pay/{placed.public_id}/refused").location.endswith(f"/orders/{placed.public_id}")
    settle()
    assert violations() == []


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("error", {"status": 500}),
        ("error", {"status": 503}),
        ("error", {"status": 429}),
        ("error", {"status": 409, "code": "idempotency_key_in_use"}),
        ("error", {"status": 400, "code": "lock_timeout"}),
        ("error", {"status": 401}),
        ("error", {"status": 403}),
        ("drop", {}),
        ("drop_after", {}),
    ],
)
def test_what_passes_keeps_its_page_with_another_try(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    placed: Placed,
    kind: str,
    settings: dict[str, Any],
) -> None:
    until = order_of(session, placed).expires_at
    stripe.fault("api", kind, on=CREATE, times=2, **settings)
    away = pressed(client, placed)
    assert (away.status_code, "please try again shortly" in words(away)) == (503, True)
    assert f'href="/pay/{placed.public_id}"' in away.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0
    stripe.faults.clear()
    assert client.get(f"/pay/{placed.public_id}").status_code == 303
    assert order_of(session, placed).expires_at == until


def test_an_address_that_is_refused_is_not_repeated_to_anybody(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed
) -> None:
    """The processor's sentence quotes it."""
    with transaction():
        session.execute(sa.text("UPDATE registration SET mail = 'buyer at home'"))
        session.execute(sa.text("UPDATE person SET mail = 'buyer at home', mail_key = 'buyer at home'"))
    session.expire_all()
    pressed(client, placed)
    assert the_case(session).details == {"code": "email_invalid", "said": ""}
    assert payment_of(placed).asked == {}


def test_the_page_is_gone_with_the_order(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    stripe.fault("api", "error", on=CREATE, status=400)
    pressed(client, placed)
    with transaction():
        registration.expire_holds(now() + HOLD)
    settle()
    for path in (f"/pay/{placed.public_id}", f"/pay/{placed.public_id}/refused"):
        assert client.get(path).location.endswith(f"/c/cit-2027/orders/{placed.public_id}")
    assert the_case(session).closed_at is None, "whoever runs it should know why a buyer was lost"
    assert client.get("/pay/AAAAAAAAAAAAAAAAAAAAAA/refused").status_code == 404
    assert violations() == []
