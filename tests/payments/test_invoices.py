"""Invoices: what was issued stays as it was issued, but for the name of a buyer who is erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference
from citevents.core.db import Organization, must, transaction
from citevents.operations.invariants import violations
from citevents.payments import invoices, queries, refunds, services
from citevents.payments.models import Invoice, Payment, RefundReason
from citevents.people import services as people
from citevents.people.models import Person
from citevents.registration.models import Order
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_ticket_type
from tests.payments.world import paid
from tests.registration.world import an_order

Settle = Callable[[], int]


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


@pytest.fixture
def payment(client: FlaskClient, stripe: StripeStandIn, conference: Conference, settle: Settle) -> Payment:
    """Of a place that Amina Yusuf bought."""
    ticket_type = a_ticket_type(conference, amount=10_000, tax_basis_points=500)
    placed = an_order(conference, ticket_type, mail="amina@example.org", name="Amina Yusuf")
    return paid(client, stripe, placed, settle)


def document(invoice: Invoice) -> dict[str, Any]:
    found = queries.invoice_document(invoice.public_id)
    assert found is not None
    return found.data()


def buyer_of(session: Session, payment: Payment) -> Person:
    return must(Person, must(Order, payment.order_id).person_id)


def issued(session: Session) -> list[Invoice]:
    session.expire_all()
    return list(session.scalars(sa.select(Invoice).order_by(Invoice.id)))


def test_an_invoice_keeps_what_it_said_when_it_was_issued(
    session: Session, organization: Organization, conference: Conference, payment: Payment, settle: Settle
) -> None:
    [invoice] = issued(session)
    before = document(invoice)
    assert before["buyer"]["name"] == "Amina Yusuf"
    assert before["seller"]["name"] == organization.name
    with transaction():
        buyer = buyer_of(session, payment)
        people.change_profile(
            buyer.id, name="Amina Ortega", call_name="", country="FI", agency="Else", language="en", zone=None
        )
        organization.name = "Another House"
        organization.mail = "another@example.org"
        conference.name = "Another name"
    session.expire_all()
    assert document(issued(session)[0]) == before
    with transaction():
        refunds.ask(payment.id, 500, RefundReason.DESK)
    settle()
    note = document(issued(session)[1])
    assert (note["buyer"], note["seller"]) == (before["buyer"], before["seller"])


#: Something else for each column, as the other constraints of the table let it pass.
OTHER = {
    sa.Text: "'else'",
    sa.BigInteger: "4711",
    sa.TIMESTAMP: "now() + interval '1 day'",
}
TOGETHER = {
    "net": "net = net + 1, total = total + 1",
    "tax": "tax = tax + 1, total = total + 1",
    "total": "total = total - 1, net = net - 1",
    "erased_at": "erased_at = now(), buyer_name = '', buyer_agency = ''",
}


def another(column: sa.Column[Any]) -> str:
    value = next((value for kind, value in OTHER.items() if isinstance(column.type, kind)), "'[]'")
    return TOGETHER.get(column.name, f'"{column.name}" = {value}')


def test_the_database_refuses_to_change_an_issued_invoice(session: Session, payment: Payment) -> None:
    unseen = []
    for column in sa.inspect(Invoice).columns:
        change = f"UPDATE invoice SET {another(column)}"
        with pytest.raises(DBAPIError, match="an issued invoice does not change"), session.begin_nested():
            session.execute(sa.text(change))
        # And where somebody switched the trigger off, the check tells.
        trial = session.begin_nested()
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        session.execute(sa.text(change))
        if "M7" not in {violation.code for violation in violations()}:
            unseen.append(column.name)
        trial.rollback()
    assert unseen == []


def test_an_invoice_cannot_be_deleted(session: Session, payment: Payment) -> None:
    with pytest.raises(DBAPIError, match="an issued invoice does not change"), session.begin_nested():
        session.execute(sa.text("DELETE FROM invoice"))


def test_nobody_but_an_erased_buyer_is_taken_off_an_invoice(session: Session, payment: Payment) -> None:
    erase = "UPDATE invoice SET buyer_name = '', buyer_agency = '', erased_at = now()"
    with pytest.raises(DBAPIError, match="an issued invoice does not change"), session.begin_nested():
        session.execute(sa.text(erase))
    with transaction():
        people.erase(buyer_of(session, payment).id)
    with pytest.raises(DBAPIError, match="an issued invoice does not change"), session.begin_nested():
        session.execute(sa.text(f"{erase}, net = net - 1, tax = tax + 1"))
    session.execute(sa.text(erase))


def test_an_erased_buyer_leaves_numbers_and_amounts_and_no_name(
    session: Session, payment: Payment, settle: Settle
) -> None:
    with transaction():
        refunds.ask(payment.id, 500, RefundReason.DESK)
    settle()
    before = [document(each) for each in issued(session)]
    with transaction():
        people.erase(buyer_of(session, payment).id)
    assert {violation.code for violation in violations()} >= {"P4"}
    settle()
    assert violations() == []
    after = [document(each) for each in issued(session)]
    assert "Amina" not in str(after)
    assert [_nameless(each) for each in after] == [_nameless(each) for each in before]
    assert after[0]["buyer"]["name"] == "The name was erased as the buyer asked"
    # A second time changes nothing, and what is given back later names nobody either.
    with transaction():
        invoices.forget_buyer(must(Order, payment.order_id).person_id)
        refunds.ask(payment.id, 500, RefundReason.DESK)
    settle()
    assert [each.buyer_name for each in issued(session)] == ["", "", ""]
    assert violations() == []


def _nameless(said: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key != "buyer"}


def test_a_sale_that_is_booked_after_its_buyer_was_erased_names_nobody(
    client: FlaskClient, session: Session, stripe: StripeStandIn, conference: Conference, settle: Settle
) -> None:
    ticket_type = a_ticket_type(conference, amount=10_000)
    placed = an_order(conference, ticket_type, mail="amina@example.org", name="Amina Yusuf")
    client.get(f"/pay/{placed.public_id}")
    with transaction():
        people.erase(must(Order, placed.order_id).person_id)
    settle()
    payment = session.scalars(sa.select(Payment)).one()
    stripe.pay(payment.checkout_id or "")
    with transaction():
        services.buyer_returned(payment.public_id)
    settle()
    assert [each.buyer_name for each in issued(session)] == [""]
    assert violations() == []
