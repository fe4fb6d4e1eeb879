"""Money from the order to the books and back, against the processor's stand-in; its record is the oracle."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference, TicketType
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, get, transaction
from citevents.payments import ledger, notices, refunds, services
from citevents.payments.connection import processor
from citevents.payments.errors import RefundTooMuch
from citevents.payments.models import (
    Account,
    Case,
    Invoice,
    Notice,
    Payment,
    PaymentState,
    Refund,
    RefundReason,
    RefundState,
)
from citevents.registration import services as registration
from citevents.registration.models import Order, OrderState
from citevents.registration.order_request import Placed
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.payments.world import only_payment, paid, to_pay
from tests.people.world import csrf, staff
from tests.registration.world import an_order

Settle = Callable[[], int]


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


@pytest.fixture
def ticket_type(conference: Conference) -> TicketType:
    return a_ticket_type(conference, amount=10_000, tax_basis_points=500)


@pytest.fixture
def placed(conference: Conference, ticket_type: TicketType) -> Placed:
    return an_order(conference, ticket_type)


def balances() -> dict[Account, int]:
    return {each.account: each.amount for each in ledger.balances() if each.amount}


def test_two_tabs_lead_to_the_same_checkout(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed
) -> None:
    first, second = client.get(f"/pay/{placed.public_id}"), client.get(f"/pay/{placed.public_id}")
    assert first.location == second.location
    assert first.location.startswith(stripe.url)
    assert session.scalar(sa.select(sa.func.count()).select_from(Payment)) == 1


def test_a_paid_order_is_confirmed_booked_and_invoiced_once(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    payment = paid(client, stripe, placed, settle)
    assert payment.state is PaymentState.SUCCEEDED
    order = get(Order, placed.order_id)
    assert order is not None
    assert (order.state, order.payment_id) == (OrderState.CONFIRMED, payment.id)
    assert balances() == {Account.PROCESSOR: 10_500, Account.SALES: -10_000, Account.TAX: -500}
    [invoice] = session.scalars(sa.select(Invoice)).all()
    assert (invoice.number, invoice.net, invoice.tax, invoice.total) == (1, 10_000, 500, 10_500)
    # The processor tells it again, in every way it knows: nothing happens twice.
    with transaction():
        notices.reconcile(now().replace(year=2020), processor())
    settle()
    assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) > 1
    assert balances() == {Account.PROCESSOR: 10_500, Account.SALES: -10_000, Account.TAX: -500}
    assert session.scalar(sa.select(sa.func.count()).select_from(Invoice)) == 1


def test_a_notice_that_never_came_is_found_in_the_processors_list(
    client: FlaskClient, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    stripe.pay(to_pay(client, placed))
    with transaction():
        assert notices.reconcile(now().replace(year=2020), processor()) > 0
    settle()
    assert only_payment().state is PaymentState.SUCCEEDED


def test_a_checkout_that_nobody_pays_fails_quietly(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    stripe.lapse(to_pay(client, placed))
    with transaction():
        services.settle(only_payment().id, processor())
    settle()
    assert only_payment().state is PaymentState.FAILED
    assert balances() == {}


def test_money_that_comes_when_the_place_is_gone_goes_back(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    conference: Conference,
    settle: Settle,
) -> None:
    last_seat = a_ticket_type(
        conference, a_quota(conference, capacity=1), amount=10_000, tax_basis_points=500
    )
    late = an_order(conference, last_seat)
    checkout = to_pay(client, late)
    with transaction():
        session.execute(sa.update(Order).values(expires_at=now().replace(year=2020)))
        registration.expire_holds(now())
    an_order(conference, last_seat, mail="quick@example.org", name="Quick")
    stripe.pay(checkout)
    settle()
    payment = session.scalars(sa.select(Payment).where(Payment.order_id == late.order_id)).one()
    assert payment.state is PaymentState.SUCCEEDED
    [refund] = session.scalars(sa.select(Refund)).all()
    assert (refund.amount, refund.reason, refund.state) == (10_500, RefundReason.LATE, RefundState.SUCCEEDED)
    assert balances() == {}
    assert session.scalar(sa.select(sa.func.count()).select_from(Invoice)) == 0


def test_refunds_add_up_and_never_exceed_the_payment(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    payment = paid(client, stripe, placed, settle)
    with transaction():
        refunds.ask(payment.id, 5_000, RefundReason.DESK)
    with pytest.raises(RefundTooMuch), transaction():
        refunds.ask(payment.id, 5_501, RefundReason.DESK)
    with transaction():
        refunds.ask(payment.id, 5_500, RefundReason.DESK)
    settle()
    assert balances() == {}
    notes = session.scalars(
        sa.select(Invoice).where(Invoice.credits.is_not(None)).order_by(Invoice.number)
    ).all()
    assert [note.number for note in notes] == [2, 3]
    assert sorted(note.total for note in notes) == [-5_500, -5_000]  # no order is promised
    assert sum(note.tax for note in notes) == -500


def test_a_double_click_at_the_desk_gives_back_once(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    payment = paid(client, stripe, placed, settle)
    staff(client, Role.FINANCE)
    page = f"/desk/c/cit-2027/money/{payment.public_id}"
    asked = {"csrf_token": csrf(client, page), "amount": "20.00", "seen_left": "10500"}
    assert 'name="seen_left" type="hidden" value="10500"' in client.get(page).text
    assert client.post(page, data=asked).status_code == 303
    again = client.post(page, data=asked)
    assert again.status_code == 422
    assert "At most CA$85.00 of this payment can still be refunded." in again.text
    assert 'name="seen_left" type="hidden" value="8500"' in again.text
    assert session.scalars(sa.select(Refund.amount)).all() == [2000]


def test_a_refund_from_the_dashboard_reaches_the_books_once(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    payment = paid(client, stripe, placed, settle)
    stripe.refund_from_dashboard(payment.intent_id or "", 2_000)
    for _ in range(2):
        with transaction():
            notices.reconcile(now().replace(year=2020), processor())
        settle()
    [refund] = session.scalars(sa.select(Refund)).all()
    assert (refund.amount, refund.reason, refund.state) == (
        2_000,
        RefundReason.PROCESSOR,
        RefundState.SUCCEEDED,
    )
    assert balances()[Account.PROCESSOR] == 8_500


def test_a_cancelled_place_gives_back_what_the_dashboard_left(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    payment = paid(client, stripe, placed, settle)
    stripe.refund_from_dashboard(payment.intent_id or "", 2_000)
    with transaction():
        services.settle(payment.id, processor())
        registration.cancel(placed.order_id, now())
    settle()
    amounts = session.scalars(sa.select(Refund.amount).order_by(Refund.id)).all()
    assert amounts == [2_000, 8_500]
    assert balances() == {}


def test_money_that_went_back_before_the_sale_was_booked_lessens_the_sale(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    stripe.pay(to_pay(client, placed))
    with transaction():
        services.settle(only_payment().id, processor())
    stripe.refund_from_dashboard(only_payment().intent_id or "", 2_100)
    with transaction():
        services.settle(only_payment().id, processor())
    assert balances() == {Account.PROCESSOR: 8_400, Account.BUYERS: -8_400}
    settle()
    assert balances() == {Account.PROCESSOR: 8_400, Account.SALES: -8_000, Account.TAX: -400}
    notes = session.scalars(sa.select(Invoice.total).where(Invoice.credits.is_not(None))).all()
    assert notes == [-2_100]


def test_desk_and_dashboard_refund_at_once(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    payment = paid(client, stripe, placed, settle)
    stripe.refund_from_dashboard(payment.intent_id or "")
    with transaction():
        refunds.ask(payment.id, 10_500, RefundReason.DESK)
    settle()
    kept = session.scalars(sa.select(Refund).order_by(Refund.id)).all()
    # The money went back once, and that is what was promised: nothing is left to decide.
    assert [refund.state for refund in kept] == [RefundState.RETURNED, RefundState.SUCCEEDED]
    assert balances() == {}
    assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


def test_a_forged_notice_is_refused_and_a_true_one_is_kept_once(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed
) -> None:
    forged = client.post("/webhooks/stripe", data=b"{}", headers={"Stripe-Signature": "t=1,v1=00"})
    assert forged.status_code == 400
    assert client.post("/webhooks/stripe", data=b"{}").status_code == 400
    assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0


def test_the_payment_page_away_says_so_and_keeps_the_place(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed
) -> None:
    stripe.stop()
    answer = client.get(f"/pay/{placed.public_id}")
    assert answer.status_code == 503
    assert b"Nothing was charged" in answer.data
    order = get(Order, placed.order_id)
    assert order is not None
    assert order.state in (OrderState.HELD, OrderState.AWAITING_PAYMENT)


def test_an_unknown_order_is_not_found(
    client: FlaskClient, organization: Organization, stripe: StripeStandIn
) -> None:
    assert client.get("/pay/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    assert client.get("/paid/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    assert client.get("/receipts/AAAAAAAAAAAAAAAAAAAAAA.pdf").status_code == 404


def test_the_buyer_finds_invoice_and_credit_note_with_the_order(
    client: FlaskClient, stripe: StripeStandIn, conference: Conference, placed: Placed, settle: Settle
) -> None:
    page = f"/c/{conference.slug}/orders/{placed.public_id}"
    receipts = f"/orders/{placed.public_id}/receipts"
    assert "No receipt yet" in client.get(receipts).text
    paid(client, stripe, placed, settle)
    assert f'href="{receipts}"' in client.get(page).text
    with transaction():
        registration.cancel(placed.order_id, now())
    settle()
    assert f'href="{receipts}"' in client.get(page).text
    shown = client.get(receipts).text
    files = re.findall(r'href="(/receipts/[^"]+\.pdf)"', shown)
    assert [client.get(file).data[:5] for file in files] == [b"%PDF-", b"%PDF-"]
    assert shown.index("Invoice") < shown.index("Credit note")
    assert client.get("/orders/AAAAAAAAAAAAAAAAAAAAAA/receipts").status_code == 404


def test_the_books_cannot_be_rewritten(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    paid(client, stripe, placed, settle)
    for statement in (
        "UPDATE ledger_entry SET amount = amount + 1",
        "DELETE FROM ledger_entry",
        "UPDATE invoice SET total = 1",
        "DELETE FROM invoice",
    ):
        with pytest.raises(sa.exc.DBAPIError), session.begin_nested():
            session.execute(sa.text(statement))
