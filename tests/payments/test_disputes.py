"""The buyer's bank takes the money: booked as it is, nothing is refunded meanwhile, and what it decides is booked too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences import services as conferences
from citevents.conferences.models import Conference, TicketType
from citevents.core import times
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.core.money import Money, format_money
from citevents.locale.languages import LANGUAGES, in_language
from citevents.locale.languages import gettext as said_in
from citevents.locale.text_cleaning import ISOLATES
from citevents.operations.invariants import violations
from citevents.payments import current_state, ledger, notices, refunds, services
from citevents.payments.connection import processor
from citevents.payments.errors import CaseNeedsOutcome, PaymentDisputed
from citevents.payments.models import (
    Account,
    Case,
    CaseKind,
    Dispute,
    Payment,
    Refund,
    RefundReason,
    RefundState,
)
from citevents.payments.refunds import Outcome
from citevents.people import services as people
from citevents.registration import holds
from citevents.registration import queries as registrations
from citevents.registration import services as registration
from citevents.registration.models import Order, OrderState, Registration
from citevents.registration.order_request import Placed
from standins.mail import Outbox
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.payments.world import Settle, balances, buy, moved_back, payment_of, to_pay, words
from tests.people.world import a_person, csrf, letter_to, staff, text_of
from tests.registration.world import an_order

MAIL = "buyer@disputes.example"
FEE = 1_500
Look = Callable[[], None]


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


@pytest.fixture
def ticket(conference: Conference) -> TicketType:
    """119.00 with 19 % tax."""
    return a_ticket_type(conference, amount=10_000, tax_basis_points=1_900)


@pytest.fixture
def placed(conference: Conference, ticket: TicketType) -> Placed:
    return an_order(conference, ticket, mail=MAIL)


@pytest.fixture
def payment(client: FlaskClient, stripe: StripeStandIn, placed: Placed, settle: Settle) -> Payment:
    return buy(client, stripe, placed, settle)


@pytest.fixture
def look(payment: Payment, settle: Settle) -> Look:
    """The processor's notices arrive, and what is true now is asked."""

    def looked() -> None:
        with transaction():
            notices.reconcile(now().replace(year=2020), processor())
        settle()

    return looked


def disputed(stripe: StripeStandIn, payment: Payment, look: Look, **how: Any) -> str:
    made = stripe.dispute(payment.intent_id or "", **how)
    look()
    return str(made["id"])


def decided(stripe: StripeStandIn, dispute: str, outcome: str, look: Look) -> None:
    stripe.close_dispute(dispute, outcome)
    look()


def open_cases(session: Session) -> list[CaseKind]:
    return list(session.scalars(sa.select(Case.kind).where(Case.closed_at.is_(None))))


def plain(words: str) -> str:
    """Without the marks that keep what is filled in apart, and with blanks that break."""
    return words.translate(dict.fromkeys(map(ord, ISOLATES))).replace("\N{NO-BREAK SPACE}", " ")


SALE = {Account.PROCESSOR: 11_900, Account.SALES: -10_000, Account.TAX: -1_900}
TAKEN = SALE | {Account.PROCESSOR: -FEE, Account.DISPUTED: 11_900, Account.FEES: FEE}


def test_the_money_is_booked_as_withdrawn_with_its_fee_and_a_case_names_the_day(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    outbox: Outbox,
    payment: Payment,
    look: Look,
) -> None:
    outbox.clear()
    disputed(stripe, payment, look)
    assert balances() == TAKEN
    assert open_cases(session) == [CaseKind.DISPUTE]
    [dispute] = session.scalars(sa.select(Dispute))
    assert (dispute.withdrawn, dispute.fee, dispute.status) == (11_900, FEE, "needs_response")
    assert dispute.due_at and timedelta(days=8) < dispute.due_at - now() < timedelta(days=10)
    letter = text_of(letter_to(outbox, "hello@cit.example"))
    assert "has asked their bank for CA$119.00 back." in letter
    assert "Answer on the pages of your payment service until" in letter
    staff(client, Role.FINANCE)
    money = words(client.get("/desk/c/cit-2027/money"))
    assert "A buyer disputes a payment" in money
    assert "In dispute CA$119.00" in money
    assert "Lost in disputes, with fees CA$15.00" in money
    assert "Disputed" in money
    page = client.get(f"/desk/c/cit-2027/money/{payment.public_id}")
    assert "the buyer says that they did not make the payment" in words(page)
    assert "Answer until" in words(page)
    assert 'name="amount"' not in page.text, "nothing is offered to be refunded"
    case = session.scalars(sa.select(Case.id)).one()
    about = client.get(f"/desk/c/cit-2027/money/cases/{case}")
    assert "waits for your answer" in words(about)
    with pytest.raises(CaseNeedsOutcome), transaction():
        from citevents.payments import cases

        cases.close_case(case, "I wrote to the buyer", 1)
    assert client.get("/desk/c/cit-2027/money/payments.csv").text.splitlines()[1].endswith("needs_response")


@pytest.mark.parametrize("reader", ["the owner", "whoever has the address", "nobody we know"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_organizer_is_told_in_the_language_of_whoever_reads_it(
    session: Session,
    stripe: StripeStandIn,
    outbox: Outbox,
    payment: Payment,
    look: Look,
    language: str,
    reader: str,
) -> None:
    """The moment that ends the time to answer is named with its zone."""
    if reader == "the owner":
        people.grant(a_person(language=language), Role.OWNER)
    elif reader == "whoever has the address":
        people.grant(a_person("Olli Owner", language="fr"), Role.OWNER)
        a_person("Hello", mail="hello@cit.example", language=language)
    outbox.clear()
    disputed(stripe, payment, look)
    [dispute] = session.scalars(sa.select(Dispute))
    letter = letter_to(outbox, "hello@cit.example")
    told = language if reader != "nobody we know" else "en"
    assert letter["Content-Language"] == told
    with in_language(told):
        amount = format_money(Money(11_900, "CAD"))
        asked = said_in(
            "The buyer of order %(number)s has asked their bank for %(amount)s back.",
            number="{}",
            amount=amount,
        )
        until = times.format_deadline(dispute.due_at or now(), "America/Vancouver")
        why = said_in("You get this because yours is the address of %(organization)s.", organization="{}")
    said = plain(text_of(letter))
    for sentence in (asked.partition("{}")[2], until, why.partition("{}")[0]):
        assert plain(sentence) in said
    html = letter.get_body(("html",))
    assert html is not None
    assert f'lang="{told}"' in html.get_content()


@pytest.mark.parametrize(
    ("outcome", "books"),
    [
        ("won", SALE | {Account.PROCESSOR: 11_900 - FEE, Account.FEES: FEE}),
        ("lost", SALE | {Account.PROCESSOR: -FEE, Account.LOST: 11_900, Account.FEES: FEE}),
    ],
)
def test_what_the_bank_decides_is_booked_and_closes_the_case(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    payment: Payment,
    look: Look,
    outcome: str,
    books: dict[Account, int],
) -> None:
    dispute = disputed(stripe, payment, look)
    stripe.answer_dispute(dispute)
    look()
    assert balances() == TAKEN
    decided(stripe, dispute, outcome, look)
    for _ in range(2):  # told again, in whatever order: nothing happens twice
        look()
        with transaction():
            services.settle(payment.id, processor())
    assert (balances(), open_cases(session)) == (books, [])
    staff(client, Role.FINANCE)
    page = client.get(f"/desk/c/cit-2027/money/{payment.public_id}")
    assert ('name="amount"' in page.text) == (outcome == "won")
    assert ("cancel the order if it should be free" in words(page)) == (outcome == "lost")
    assert current_state.of_one(payment.id).left == (11_900 if outcome == "won" else 0)


def test_all_of_it_is_heard_of_at_once_when_its_notices_were_lost(
    session: Session, stripe: StripeStandIn, payment: Payment, look: Look
) -> None:
    """The first that is read of it is the end."""
    made = stripe.dispute(payment.intent_id or "")
    stripe.close_dispute(made["id"], "lost")
    look()
    assert balances() == SALE | {Account.PROCESSOR: -FEE, Account.LOST: 11_900, Account.FEES: FEE}
    assert open_cases(session) == []


def test_nothing_is_refunded_while_it_is_disputed(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    outbox: Outbox,
    conference: Conference,
    placed: Placed,
    payment: Payment,
    look: Look,
    settle: Settle,
) -> None:
    """Not by the desk, not by the buyer; and whoever cancels is told why, and promised nothing."""
    disputed(stripe, payment, look)
    with pytest.raises(PaymentDisputed), transaction():
        refunds.ask(payment.id, 100, RefundReason.DESK)
    session.rollback()
    here = f"/c/cit-2027/orders/{placed.public_id}"
    asked = words(client.get(f"{here}/cancel"))
    assert "Your bank is looking into this payment, and decides about the money first." in asked
    assert "CA$" not in asked
    outbox.clear()
    client.post(f"{here}/cancel", data={"csrf_token": csrf(client, f"{here}/cancel")})
    settle()
    assert "CA$" not in text_of(letter_to(outbox, MAIL))
    assert (moved_back(stripe), session.scalars(sa.select(Refund)).all(), balances()) == ([], [], TAKEN)
    held = session.execute(sa.select(Registration.refund_due, Registration.refund_held)).all()
    assert [tuple(each) for each in held] == [(0, 11_900)]
    assert "decides about the money first" in words(client.get(here))


@pytest.mark.parametrize("by_house", [False, True])
def test_what_was_held_back_is_refunded_when_it_is_won(
    session: Session,
    stripe: StripeStandIn,
    outbox: Outbox,
    conference: Conference,
    placed: Placed,
    payment: Payment,
    look: Look,
    settle: Settle,
    by_house: bool,
) -> None:
    dispute = disputed(stripe, payment, look)
    with transaction():
        if by_house:
            named = registrations.cancelling(conference.id, now())
            assert (named.people, named.money, [each.minor for each in named.held]) == (1, (), [11_900])
            conferences.cancel(conference.id, now())
        else:
            registration.cancel(placed.order_id, now())
    settle()
    assert (moved_back(stripe), balances()) == ([], TAKEN)
    outbox.clear()
    decided(stripe, dispute, "won", look)
    assert (moved_back(stripe), balances()) == (
        [11_900],
        {Account.PROCESSOR: -FEE, Account.FEES: FEE},
    )
    assert "CA$119.00 was refunded to the card you paid with." in text_of(letter_to(outbox, MAIL))
    assert session.scalars(sa.select(Registration.refund_due)).all() == [11_900]


def test_what_was_held_back_went_by_the_bank_when_it_is_lost(
    session: Session, stripe: StripeStandIn, placed: Placed, payment: Payment, look: Look, settle: Settle
) -> None:
    dispute = disputed(stripe, payment, look)
    with transaction():
        registration.cancel(placed.order_id, now(), by_house=True)
    settle()
    decided(stripe, dispute, "lost", look)
    assert moved_back(stripe) == []
    assert session.scalars(sa.select(Refund)).all() == []
    assert [
        tuple(each) for each in session.execute(sa.select(Registration.refund_due, Registration.refund_held))
    ] == [(0, 0)]


def test_a_promise_made_before_waits_and_goes_by_the_bank_when_it_is_lost(
    session: Session, stripe: StripeStandIn, placed: Placed, payment: Payment, look: Look, settle: Settle
) -> None:
    """Cancelled and promised, not yet made for want of balance, then disputed: the buyer is not paid twice."""
    stripe.balance(0)
    with transaction():
        registration.cancel(placed.order_id, now())
    settle()
    stripe.balance(None)
    dispute = disputed(stripe, payment, look)
    with transaction():
        refunds.ask_again(now() + timedelta(days=2))
    settle()
    [refund] = session.scalars(sa.select(Refund))
    assert (refund.state, refund.problem) == (RefundState.ASKED, "disputed")
    assert stripe.record()["refunds"] == []
    decided(stripe, dispute, "lost", look)
    session.expire_all()
    assert (refund.state, refund.covered) == (RefundState.RETURNED, 11_900)
    assert balances() == {Account.PROCESSOR: -FEE, Account.FEES: FEE}
    with transaction():
        refunds.ask_again(now() + timedelta(days=9))
    settle()
    assert stripe.record()["refunds"] == []


def test_a_promise_made_before_is_kept_when_it_is_won(
    session: Session, stripe: StripeStandIn, placed: Placed, payment: Payment, look: Look, settle: Settle
) -> None:
    stripe.balance(0)
    with transaction():
        registration.cancel(placed.order_id, now())
    settle()
    stripe.balance(None)
    dispute = disputed(stripe, payment, look)
    decided(stripe, dispute, "won", look)
    assert (moved_back(stripe), balances()) == ([11_900], {Account.PROCESSOR: -FEE, Account.FEES: FEE})


def test_a_dispute_that_we_do_not_know_of_stops_a_refund_and_is_found(
    session: Session, stripe: StripeStandIn, placed: Placed, payment: Payment, settle: Settle
) -> None:
    """The processor refuses the refund: that is how we hear of it."""
    stripe.dispute(payment.intent_id or "")
    with transaction():
        registration.cancel(placed.order_id, now())
    settle()
    assert open_cases(session) == [CaseKind.DISPUTE]
    [refund] = session.scalars(sa.select(Refund))
    assert (refund.state, refund.problem) == (RefundState.ASKED, "disputed")
    assert balances() == {
        Account.PROCESSOR: -FEE,
        Account.DISPUTED: 11_900,
        Account.FEES: FEE,
        Account.BUYERS: -11_900,
    }


def test_money_that_came_too_late_waits_for_the_bank(
    client: FlaskClient, session: Session, stripe: StripeStandIn, conference: Conference, settle: Settle
) -> None:
    last_seat = a_ticket_type(conference, a_quota(conference, capacity=1), amount=10_000)
    late = an_order(conference, last_seat, mail=MAIL)
    checkout = to_pay(client, late)
    with transaction():
        session.execute(sa.update(Order).values(expires_at=now().replace(year=2020)))
        registration.expire_holds(now())
    an_order(conference, last_seat, mail="quick@disputes.example")
    intent = stripe.pay(checkout)["payment_intent"]
    dispute = stripe.dispute(intent)
    with transaction():
        services.settle(payment_of(late).id, processor())
    settle()
    assert stripe.record()["refunds"] == []
    assert ledger.owed_to_buyer(payment_of(late).id) == 10_000
    stripe.close_dispute(dispute["id"], "won")
    with transaction():
        services.settle(payment_of(late).id, processor())
    settle()
    assert (moved_back(stripe), balances()) == ([10_000], {Account.PROCESSOR: -FEE, Account.FEES: FEE})


def test_money_that_came_too_late_and_a_bank_took_is_not_owed_any_more(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, settle: Settle
) -> None:
    """Paid, disputed and lost before anything was heard of it, for an order that its buyer gave up."""
    intent = stripe.pay(to_pay(client, placed))["payment_intent"]
    stripe.close_dispute(stripe.dispute(intent)["id"], "lost")
    with transaction():
        holds.give_up(placed.order_id, now())
    settle()
    [refund] = session.scalars(sa.select(Refund))
    assert (refund.state, refund.amount, refund.covered) == (RefundState.RETURNED, 11_900, 11_900)
    assert balances() == {Account.PROCESSOR: -FEE, Account.FEES: FEE}
    assert (open_cases(session), stripe.record()["refunds"], violations()) == ([], [], [])


def test_an_inquiry_takes_nothing_and_the_desk_may_refund(
    client: FlaskClient, session: Session, stripe: StripeStandIn, payment: Payment, look: Look, settle: Settle
) -> None:
    dispute = disputed(stripe, payment, look, inquiry=True)
    assert (balances(), open_cases(session)) == (SALE, [CaseKind.DISPUTE])
    with transaction():
        refunds.ask(payment.id, 11_900, RefundReason.DESK)
    settle()
    assert (moved_back(stripe), balances()) == ([11_900], {})
    decided(stripe, dispute, "warning_closed", look)
    assert open_cases(session) == []


def test_a_part_that_is_lost_leaves_the_rest_to_be_given_back_by_another_way(
    session: Session, stripe: StripeStandIn, placed: Placed, payment: Payment, look: Look, settle: Settle
) -> None:
    """After a lost dispute the card takes no refund; what was promised beyond it is still owed, and a person decides."""
    dispute = disputed(stripe, payment, look, amount=5_000)
    assert balances()[Account.DISPUTED] == 5_000
    decided(stripe, dispute, "lost", look)
    assert current_state.of_one(payment.id).left == 6_900
    with transaction():
        assert registration.cancel(placed.order_id, now()) == 6_900
    settle()
    [refund] = session.scalars(sa.select(Refund))
    assert (refund.state, refund.problem, refund.amount) == (RefundState.ASKED, "disputed", 6_900)
    with transaction():
        refunds.decide(refund.id, Outcome.ELSEWHERE, "By transfer", 1)
    settle()
    assert session.scalar(sa.select(Order.state)) is OrderState.CANCELLED
    assert balances() == {
        Account.PROCESSOR: 6_900 - FEE,
        Account.ELSEWHERE: -6_900,
        Account.FEES: FEE,
        Account.LOST: 5_000,
        Account.SALES: -4_202,
        Account.TAX: -798,
    }
