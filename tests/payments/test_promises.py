"""A promise is a posting: owed from the moment somebody was told until the money moved, whatever comes in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences import services as conferences
from citevents.conferences.models import Conference, TicketType
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.payments import notices, refunds, services
from citevents.payments.connection import processor
from citevents.payments.models import (
    Account,
    Case,
    Invoice,
    Payment,
    Refund,
    RefundReason,
    RefundState,
)
from citevents.payments.refunds import Outcome
from citevents.registration import services as registration
from standins.mail import Outbox
from standins.stripe import StripeStandIn
from standins.stripe.cards import REFUND_FAILS, REFUND_PENDS
from tests.conferences.world import a_conference, a_ticket_type
from tests.payments.world import Settle, balances, buy, moved_back, payment_of, words
from tests.people.world import csrf, letter_to, staff, text_of
from tests.registration.world import an_order

MAIL = "owed@promises.example"
SALE = {Account.PROCESSOR: 11_900, Account.SALES: -10_000, Account.TAX: -1_900}
OWED = {Account.PROCESSOR: 11_900, Account.BUYERS: -11_900}


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


@pytest.fixture
def ticket(conference: Conference) -> TicketType:
    """119.00 with 19 % tax."""
    return a_ticket_type(conference, amount=10_000, tax_basis_points=1_900)


@pytest.fixture
def cancelled(
    client: FlaskClient, stripe: StripeStandIn, conference: Conference, ticket: TicketType, settle: Settle
) -> Iterator[Payment]:
    """Paid with the card whose refunds seem to succeed and then fail; the place is given back."""
    placed = an_order(conference, ticket, mail=MAIL)
    buy(client, stripe, placed, settle, REFUND_FAILS)
    with transaction():
        registration.cancel(placed.order_id, now())
    yield payment_of(placed)


def only_refund(session: Session) -> Refund:
    session.expire_all()
    return session.scalars(sa.select(Refund)).one()


def open_cases(session: Session) -> list[Case]:
    return list(session.scalars(sa.select(Case).where(Case.closed_at.is_(None))))


def fails_at_the_bank(stripe: StripeStandIn, payment: Payment, settle: Settle) -> None:
    """The refund that succeeded fails; the processor's notice of it is read."""
    [refund] = [each for each in stripe.record()["refunds"] if each["status"] == "succeeded"]
    stripe.settle_refund(refund["id"], "failed")
    with transaction():
        services.settle(payment.id, processor())
    settle()


def test_it_is_owed_from_the_transaction_that_says_so(session: Session, cancelled: Payment) -> None:
    assert balances() == OWED
    assert only_refund(session).next_try_at
    totals = session.scalars(sa.select(Invoice.total).order_by(Invoice.id)).all()
    assert totals == [11_900, -11_900], "the credit note goes with the promise"


def test_a_refund_that_fails_after_it_succeeded_is_owed_again_and_told(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    outbox: Outbox,
    cancelled: Payment,
    settle: Settle,
) -> None:
    settle()
    assert (only_refund(session).state, balances()) == (RefundState.SUCCEEDED, {})
    outbox.clear()
    fails_at_the_bank(stripe, cancelled, settle)
    assert (only_refund(session).state, balances()) == (RefundState.FAILED, OWED)
    assert [case.details["refund"] for case in open_cases(session)] == [only_refund(session).id]
    letter = letter_to(outbox, MAIL)
    assert str(letter["Subject"]).startswith("Your refund of CA$119.00 did not arrive")
    assert "We owe you this amount" in text_of(letter)
    order = session.scalar(sa.text('SELECT public_id FROM "order"'))
    page = words(client.get(f"/c/cit-2027/orders/{order}"))
    assert "A refund of CA$119.00 did not arrive. We owe you this amount" in page
    assert "was refunded" not in page


def test_the_last_answer_counts_whatever_order_notices_come_in(
    session: Session, stripe: StripeStandIn, cancelled: Payment, settle: Settle
) -> None:
    """The notice of the success is read after the failure, again and again: what is true now is asked."""
    settle()
    fails_at_the_bank(stripe, cancelled, settle)
    for _ in range(2):
        with transaction():
            notices.reconcile(now().replace(year=2020), processor())
        settle()
        with transaction():
            services.settle(cancelled.id, processor())
    assert (only_refund(session).state, balances()) == (RefundState.FAILED, OWED)
    assert len(open_cases(session)) == 1


def test_asked_again_it_moves_and_the_case_closes(
    session: Session, stripe: StripeStandIn, outbox: Outbox, cancelled: Payment, settle: Settle
) -> None:
    settle()
    fails_at_the_bank(stripe, cancelled, settle)
    outbox.clear()
    with transaction():
        refunds.decide(
            only_refund(session).id, Outcome.AGAIN, "The buyer has a new card on the same account", 1
        )
    assert (open_cases(session), balances()) == ([], OWED)
    settle()
    assert (only_refund(session).state, balances()) == (RefundState.SUCCEEDED, {})
    assert moved_back(stripe) == [11_900]
    assert "CA$119.00 was refunded to the card you paid with." in text_of(letter_to(outbox, MAIL))
    # The failed attempt is in the processor's list for ever: it is not the answer that counts.
    with transaction():
        services.settle(cancelled.id, processor())
    assert (only_refund(session).state, balances()) == (RefundState.SUCCEEDED, {})
    # And it can fail once more.
    fails_at_the_bank(stripe, cancelled, settle)
    assert (only_refund(session).state, balances()) == (RefundState.FAILED, OWED)
    assert len(open_cases(session)) == 1
    credit_notes = session.scalars(sa.select(Invoice.total).where(Invoice.credits.is_not(None))).all()
    assert credit_notes == [-11_900], "one promise, one credit note"


@pytest.mark.parametrize(
    ("outcome", "state", "books", "told"),
    [
        (
            Outcome.ELSEWHERE,
            RefundState.RETURNED,
            {Account.PROCESSOR: 11_900, Account.ELSEWHERE: -11_900},
            "CA$119.00 was returned to you by another way than your card.",
        ),
        (
            Outcome.WRITTEN_OFF,
            RefundState.WRITTEN_OFF,
            {Account.PROCESSOR: 11_900, Account.WRITTEN_OFF: -11_900},
            None,
        ),
    ],
)
def test_a_case_closes_only_with_an_outcome_that_books(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    outbox: Outbox,
    cancelled: Payment,
    settle: Settle,
    outcome: Outcome,
    state: RefundState,
    books: dict[Account, int],
    told: str | None,
) -> None:
    settle()
    fails_at_the_bank(stripe, cancelled, settle)
    outbox.clear()
    staff(client, Role.FINANCE)
    [case] = open_cases(session)
    page = f"/desk/c/cit-2027/money/cases/{case.id}"
    led = client.get(page)
    assert led.status_code == 303
    refund = only_refund(session)
    assert led.location == f"/desk/c/cit-2027/money/refunds/{refund.public_id}"
    token = csrf(client, led.location)
    bare = client.post(led.location, data={"csrf_token": token, "decision": "Done."})
    assert (bare.status_code, "Choose what becomes of the money." in bare.text) == (422, True)
    closed = client.post(page, data={"csrf_token": token, "decision": "Done."})
    assert closed.status_code == 303
    assert (len(open_cases(session)), balances()) == (1, OWED)
    sent = {"csrf_token": token, "decision": "By transfer.", "outcome": outcome.value}
    assert client.post(led.location, data=sent).status_code == 303
    settle()
    assert (only_refund(session).state, balances(), open_cases(session)) == (state, books, [])
    letters = [text_of(each) for each in outbox.messages() if MAIL in str(each["To"])]
    assert [told in each for each in letters if told] == ([True] if told else [])
    assert client.post(led.location, data=sent).status_code == 404, "decided once"
    assert balances() == books


def test_a_refund_that_is_pending_is_owed_until_it_arrives(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    conference: Conference,
    ticket: TicketType,
    settle: Settle,
) -> None:
    placed = an_order(conference, ticket, mail=MAIL)
    payment = buy(client, stripe, placed, settle, REFUND_PENDS)
    with transaction():
        refunds.ask(payment.id, 11_900, RefundReason.DESK)
    settle()
    assert (only_refund(session).state, balances()) == (RefundState.PENDING, OWED)
    stripe.settle_refund(only_refund(session).processor_id or "", "succeeded")
    with transaction():
        services.settle(payment.id, processor())
    assert (only_refund(session).state, balances()) == (RefundState.SUCCEEDED, {})


# ---------- a balance that is too low ----------


def three_paid(
    client: FlaskClient, stripe: StripeStandIn, conference: Conference, ticket: TicketType, settle: Settle
) -> None:
    for number in range(3):
        buy(client, stripe, an_order(conference, ticket, mail=f"{number}@promises.example"), settle)


def test_a_cancelled_event_owes_what_it_promised_until_the_balance_allows_it(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    outbox: Outbox,
    conference: Conference,
    ticket: TicketType,
    settle: Settle,
) -> None:
    three_paid(client, stripe, conference, ticket, settle)
    stripe.balance(11_900)
    outbox.clear()
    with transaction():
        conferences.cancel(conference.id, now())
    settle()
    assert sum("CA$119.00" in text_of(each) for each in outbox.messages()) == 4  # three told, one refunded
    assert moved_back(stripe) == [11_900]
    assert balances() == {Account.PROCESSOR: 23_800, Account.BUYERS: -23_800}
    waiting = session.scalars(sa.select(Refund).where(Refund.state == RefundState.ASKED)).all()
    assert [(each.problem, each.tries) for each in waiting] == [("balance_insufficient", 1)] * 2
    assert all(each.next_try_at and each.next_try_at > now() + timedelta(minutes=9) for each in waiting)
    staff(client, Role.FINANCE)
    page = words(client.get("/desk/c/cit-2027/money"))
    assert "Owed to buyers CA$238.00" in page
    assert "2 refunds wait: CA$238.00" in page
    assert "the balance at the payment service is too low" in page


def test_it_is_asked_again_with_growing_pauses_while_it_is_owed(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    conference: Conference,
    ticket: TicketType,
    settle: Settle,
) -> None:
    placed = an_order(conference, ticket, mail=MAIL)
    buy(client, stripe, placed, settle)
    stripe.balance(0)
    with transaction():
        registration.cancel(placed.order_id, now())
    settle()
    pauses = []
    for _ in range(7):
        refund = only_refund(session)
        due = refund.next_try_at
        assert due
        pauses.append(due - now())
        with transaction():
            assert refunds.ask_again(due - timedelta(seconds=1)) == 0
            assert refunds.ask_again(due) == 1
        settle()
    hours = [round(pause.total_seconds() / 3600, 1) for pause in pauses]
    assert hours == [0.2, 1.0, 4.0, 12.0, 24.0, 24.0, 24.0]
    assert (only_refund(session).tries, balances()) == (8, OWED)
    stripe.balance(None)
    with transaction():
        assert refunds.ask_again(now() + timedelta(days=2)) == 1
    settle()
    assert (only_refund(session).state, only_refund(session).next_try_at, balances()) == (
        RefundState.SUCCEEDED,
        None,
        {},
    )
    assert moved_back(stripe) == [11_900]


def test_one_button_asks_for_all_of_them_again(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    conference: Conference,
    ticket: TicketType,
    settle: Settle,
) -> None:
    three_paid(client, stripe, conference, ticket, settle)
    stripe.balance(0)
    with transaction():
        conferences.cancel(conference.id, now())
    settle()
    stripe.balance(None)
    staff(client, Role.FINANCE)
    page = client.get("/desk/c/cit-2027/money")
    assert 'action="/desk/c/cit-2027/money/refunds"' in page.text
    done = client.post(
        "/desk/c/cit-2027/money/refunds",
        data={"csrf_token": csrf(client, "/desk/c/cit-2027/money")},
        follow_redirects=True,
    )
    assert "3 refunds are asked for again." in words(done)
    settle()
    assert (moved_back(stripe), balances()) == ([11_900] * 3, {})
    assert "refunds wait" not in words(client.get("/desk/c/cit-2027/money"))


def test_another_refusal_waits_too_and_is_named(
    client: FlaskClient, session: Session, stripe: StripeStandIn, cancelled: Payment, settle: Settle
) -> None:
    stripe.fault("api", "error", on="refunds.create", status=400, times=2)
    settle()
    assert (only_refund(session).tries, balances()) == (1, OWED)
    staff(client, Role.FINANCE)
    assert "the payment service said: invalid_request" in words(client.get("/desk/c/cit-2027/money"))
    for _ in range(2):
        with transaction():
            refunds.ask_again(now() + timedelta(days=2))
        settle()
    assert (only_refund(session).state, balances()) == (RefundState.SUCCEEDED, {})


# ---------- what somebody does in the dashboard ----------


def test_a_refund_made_by_hand_carries_out_the_one_that_waits(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    conference: Conference,
    ticket: TicketType,
    settle: Settle,
) -> None:
    placed = an_order(conference, ticket, mail=MAIL)
    payment = buy(client, stripe, placed, settle)
    stripe.balance(0)
    with transaction():
        refunds.ask(payment.id, 4_000, RefundReason.DESK)
    settle()
    stripe.balance(None)
    stripe.refund_from_dashboard(payment.intent_id or "", 4_000)
    with transaction():
        services.settle(payment.id, processor())
        refunds.ask_again(now() + timedelta(days=2))
    settle()
    assert moved_back(stripe) == [4_000], "given back once, though there was enough for another"
    states = session.scalars(sa.select(Refund.state).order_by(Refund.id)).all()
    assert states == [RefundState.RETURNED, RefundState.SUCCEEDED]
    assert sum(balances().values()) == 0
    assert balances()[Account.PROCESSOR] == 7_900
    assert session.scalars(sa.select(Invoice.total).where(Invoice.credits.is_not(None))).all() == [-4_000]


def test_a_part_made_by_hand_leaves_the_rest_to_be_asked_for(
    client: FlaskClient, session: Session, stripe: StripeStandIn, cancelled: Payment, settle: Settle
) -> None:
    stripe.balance(0)
    settle()
    stripe.balance(None)
    stripe.refund_from_dashboard(cancelled.intent_id or "", 2_000)
    with transaction():
        services.settle(cancelled.id, processor())
        refunds.ask_again(now() + timedelta(days=2))
    settle()
    assert moved_back(stripe) == [2_000, 9_900]
    assert balances() == {}
    assert session.scalars(sa.select(Invoice.total).where(Invoice.credits.is_not(None))).all() == [-11_900]


def test_a_refund_is_made_once_though_its_answer_was_lost(
    session: Session, stripe: StripeStandIn, cancelled: Payment, settle: Settle
) -> None:
    """Executed, answered with a failure that the key remembers, and asked again under another key."""
    stripe.fault("api", "error_after", on="refunds.create", status=500, times=3)
    refund = only_refund(session)
    with transaction():
        refunds.carry_out(refund.id, processor())
    assert (only_refund(session).tries, balances()) == (1, OWED)
    with transaction():
        refunds.carry_out(refund.id, processor())
    assert len(stripe.record()["refunds"]) == 1
    assert (only_refund(session).state, balances()) == (RefundState.SUCCEEDED, {})


def test_every_money_link_of_the_desk_leads_somewhere(
    client: FlaskClient, stripe: StripeStandIn, cancelled: Payment, settle: Settle
) -> None:
    stripe.balance(0)
    settle()
    staff(client, Role.OWNER)
    page = client.get("/desk/c/cit-2027/money").text
    links = set(re.findall(r'href="(/desk/c/cit-2027/money[^"]*)"', page))
    assert any("/refunds/" in link for link in links)
    assert {client.get(link).status_code for link in links} == {200}
