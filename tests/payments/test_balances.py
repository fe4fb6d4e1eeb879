"""What the processor holds is looked at as a whole, once a day: whatever no notice told of is booked, or is a case for somebody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences.models import Conference, TicketType
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, as_organization, transaction
from citevents.core.errors import Later, NotYours
from citevents.operations.invariants import violations
from citevents.payments import cases, notices, refunds, services
from citevents.payments.balances import comparing, queries
from citevents.payments.balances import services as looks
from citevents.payments.balances.models import Balance, Look
from citevents.payments.connection import processor
from citevents.payments.errors import CaseNeedsOutcome, DifferenceMoved
from citevents.payments.gateway import StripeGateway
from citevents.payments.models import (
    Account,
    Case,
    CaseKind,
    Dispute,
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
from standins.stripe.cards import REFUND_PENDS
from tests.conferences.world import a_conference, a_ticket_type
from tests.payments.world import Settle, balances, buy, payment_of, to_pay, words
from tests.people.world import csrf, staff
from tests.registration.world import a_paid_order, an_order
from workers import payments as reactions

FEE = 1_500
SALE = {Account.PROCESSOR: 11_900, Account.SALES: -10_000, Account.TAX: -1_900}
Looked = Callable[[], queries.LookLine]


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


@pytest.fixture
def ticket(conference: Conference) -> TicketType:
    """119.00 with 19 % tax."""
    return a_ticket_type(conference, amount=10_000, tax_basis_points=1_900)


@pytest.fixture
def placed(conference: Conference, ticket: TicketType) -> Placed:
    return an_order(conference, ticket, mail="buyer@balances.example")


@pytest.fixture
def payment(client: FlaskClient, stripe: StripeStandIn, placed: Placed, settle: Settle) -> Payment:
    return buy(client, stripe, placed, settle)


@pytest.fixture
def look(organization: Organization, stripe: StripeStandIn, settle: Settle) -> Looked:
    """All that the processor holds is looked at; not one notice is read."""

    def looked() -> queries.LookLine:
        with transaction():
            looks.begin(now())
        settle()
        return queries.newest()

    return looked


def told(session: Session) -> list[tuple[int, int, int, int]]:
    """(received, refunded, withdrawn, fee) of each payment as it was looked at last."""
    session.expire_all()
    rows = session.scalars(sa.select(Balance).order_by(Balance.payment_id))
    return [(row.received, row.refunded, row.withdrawn, row.fee) for row in rows]


def open_cases(session: Session) -> list[tuple[CaseKind, dict[str, object]]]:
    session.expire_all()
    return [
        (case.kind, case.details) for case in session.scalars(sa.select(Case).where(Case.closed_at.is_(None)))
    ]


def wrong() -> list[str]:
    return [each.code for each in violations()]


def difference(held: int, booked: int) -> list[tuple[CaseKind, dict[str, object]]]:
    return [(CaseKind.DIFFERENCE, {"held": held, "booked": booked, "currency": "CAD"})]


# ---------- what no notice told of ----------


def test_what_is_equal_is_stored_and_said(session: Session, payment: Payment, look: Looked) -> None:
    found = look()
    assert (found.compared, found.differed, found.differing, found.running) == (1, 0, 0, False)
    assert told(session) == [(11_900, 0, 0, 0)]
    look()
    assert told(session) == [(11_900, 0, 0, 0)], "one look is kept, the newest"
    assert (open_cases(session), balances(), wrong()) == ([], SALE, [])


@pytest.mark.parametrize("amount", [4_000, 11_900])
def test_a_refund_in_the_dashboard_is_found_and_booked(
    session: Session, stripe: StripeStandIn, placed: Placed, payment: Payment, look: Looked, amount: int
) -> None:
    stripe.refund_from_dashboard(payment.intent_id or "", amount)
    assert look().differed == 1
    [refund] = session.scalars(sa.select(Refund))
    assert (refund.amount, refund.reason, refund.state) == (
        amount,
        RefundReason.PROCESSOR,
        RefundState.SUCCEEDED,
    )
    assert balances().get(Account.PROCESSOR, 0) == 11_900 - amount
    found = look()
    assert (found.differed, told(session), open_cases(session)) == (0, [(11_900, amount, 0, 0)], [])
    assert wrong() == []


def test_a_dispute_is_found_booked_and_a_case(
    session: Session, stripe: StripeStandIn, payment: Payment, look: Looked
) -> None:
    made = stripe.dispute(payment.intent_id or "")
    assert look().differed == 1
    assert balances() == SALE | {Account.PROCESSOR: -FEE, Account.DISPUTED: 11_900, Account.FEES: FEE}
    assert open_cases(session) == [(CaseKind.DISPUTE, {"dispute": made["id"]})]
    assert look().differed == 0
    stripe.close_dispute(made["id"], "won")
    assert look().differed == 1
    assert balances() == SALE | {Account.PROCESSOR: 11_900 - FEE, Account.FEES: FEE}
    assert (look().differed, open_cases(session), wrong()) == (0, [], [])
    assert told(session) == [(11_900, 0, 0, FEE)]


def test_a_refund_that_failed_later_is_found_and_owed_again(
    session: Session, stripe: StripeStandIn, payment: Payment, look: Looked, settle: Settle
) -> None:
    with transaction():
        refunds.ask(payment.id, 11_900, RefundReason.DESK)
    settle()
    assert look().differed == 0
    stripe.settle_refund(stripe.record()["refunds"][0]["id"], "failed")
    assert look().differed == 1
    [refund] = session.scalars(sa.select(Refund))
    assert (refund.state, balances()) == (
        RefundState.FAILED,
        {Account.PROCESSOR: 11_900, Account.BUYERS: -11_900},
    )
    assert open_cases(session) == [(CaseKind.REFUND_FAILED, {"refund": refund.id, "attempt": 1})]
    assert (look().differed, told(session), wrong()) == (0, [(11_900, 0, 0, 0)], [])


def test_a_bank_that_only_asks_is_found_though_no_sum_tells(
    session: Session, stripe: StripeStandIn, payment: Payment, look: Looked
) -> None:
    made = stripe.dispute(payment.intent_id or "", inquiry=True)
    assert look().differed == 1
    assert (open_cases(session), balances()) == ([(CaseKind.DISPUTE, {"dispute": made["id"]})], SALE)
    stripe.answer_dispute(made["id"])
    look()
    assert session.scalars(sa.select(Dispute.status)).all() == ["warning_under_review"]
    stripe.close_dispute(made["id"], "warning_closed")
    look()
    assert (open_cases(session), wrong()) == ([], [])


def test_a_refund_that_is_on_its_way_is_found_and_its_failure_too(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    placed: Placed,
    look: Looked,
    settle: Settle,
) -> None:
    """Begun in the dashboard, not arrived, and failed: nothing ever moved."""
    paid = buy(client, stripe, placed, settle, REFUND_PENDS)
    made = stripe.refund_from_dashboard(paid.intent_id or "")
    assert look().differed == 1
    [refund] = session.scalars(sa.select(Refund))
    assert (refund.state, refund.amount) == (RefundState.PENDING, 11_900)
    stripe.settle_refund(made["id"], "failed")
    assert look().differed == 1
    assert session.scalars(sa.select(Refund.state)).all() == [RefundState.FAILED]
    assert [kind for kind, _ in open_cases(session)] == [CaseKind.REFUND_FAILED]
    assert wrong() == []


def test_a_payment_that_nobody_told_of_is_found(
    client: FlaskClient, session: Session, stripe: StripeStandIn, placed: Placed, look: Looked
) -> None:
    stripe.pay(to_pay(client, placed))
    assert look().differed == 1
    assert (payment_of(placed).state, balances()) == (PaymentState.SUCCEEDED, SALE)
    assert session.scalar(sa.select(Order.state)) is OrderState.CONFIRMED
    assert (look().differed, wrong()) == (0, [])


# ---------- what nothing explains ----------


@pytest.mark.parametrize("amount", [11_000, 12_900])
def test_a_charge_of_another_amount_is_one_case_that_closes_by_itself(
    session: Session, stripe: StripeStandIn, payment: Payment, look: Looked, amount: int
) -> None:
    stripe.amend_charge(payment.intent_id or "", amount)
    for _ in range(3):
        found = look()
        assert (found.differed, found.differing) == (1, 1)
        assert open_cases(session) == difference(amount, 11_900)
    assert (balances(), wrong()) == (SALE, ["M11"])
    stripe.amend_charge(payment.intent_id or "", amount + 1)
    look()
    assert open_cases(session) == difference(amount + 1, 11_900), "the same case, with what is so now"
    stripe.amend_charge(payment.intent_id or "", 11_900)
    assert look().differing == 0
    assert (open_cases(session), wrong()) == ([], [])
    assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 1


def test_a_difference_closes_only_with_a_booking(
    client: FlaskClient, session: Session, stripe: StripeStandIn, payment: Payment, look: Looked
) -> None:
    stripe.amend_charge(payment.intent_id or "", 11_000)
    look()
    case = session.scalars(sa.select(Case.id)).one()
    with pytest.raises(CaseNeedsOutcome), transaction():
        cases.close_case(case, "Words", 1)
    staff(client, Role.FINANCE)
    page = f"/desk/c/cit-2027/money/cases/{case}"
    said = words(client.get(page))
    assert "Held by the payment service CA$110.00 By the books CA$119.00 Difference -CA$9.00" in said
    sent = {"csrf_token": csrf(client, page), "decision": "The bank of the buyer kept CA$9.00."}
    assert client.post(page, data=sent | {"decision": ""}).status_code == 422
    assert client.post(page, data=sent).status_code == 303
    assert balances() == SALE | {Account.PROCESSOR: 11_000, Account.DIFFERENCES: 900}
    assert client.post(page, data=sent).status_code == 404, "decided once"
    found = look()
    assert (found.differed, found.differing, open_cases(session), wrong()) == (0, 0, [], [])
    money = words(client.get("/desk/c/cit-2027/money"))
    assert "Differences booked -CA$9.00" in money
    assert "1 payment. All equal" in money


def test_a_difference_is_not_booked_when_the_books_moved_meanwhile(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    payment: Payment,
    look: Looked,
    settle: Settle,
) -> None:
    stripe.amend_charge(payment.intent_id or "", 12_900)
    look()
    case = session.scalars(sa.select(Case.id)).one()
    staff(client, Role.FINANCE)
    page = f"/desk/c/cit-2027/money/cases/{case}"
    sent = {"csrf_token": csrf(client, page), "decision": "A thousand more."}
    with transaction():
        session.execute(sa.update(Case).values(details={"held": 12_900, "booked": 7_900, "currency": "CAD"}))
    with pytest.raises(DifferenceMoved), transaction():
        comparing.book_difference(case, "A thousand more.", 1)
    answer = client.post(page, data=sent)
    assert answer.status_code == 422
    assert "Something was booked for this payment in the meantime." in words(answer)
    settle()
    assert (open_cases(session), balances()) == (difference(12_900, 11_900), SALE)


def test_only_a_difference_is_booked_as_one(
    session: Session, stripe: StripeStandIn, payment: Payment
) -> None:
    with transaction():
        cases.open_case(CaseKind.AMOUNT, payment.id, told_amount=1)
    case = session.scalars(sa.select(Case.id)).one()
    for which in (case, case + 1):
        with pytest.raises(NotYours), transaction():
            comparing.book_difference(which, "Words", 1)


def test_money_of_another_amount_than_asked_is_told_of_as_long_as_it_is_there(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    placed: Placed,
    look: Looked,
    settle: Settle,
) -> None:
    """The first case is closed by words; the money is at the processor and in no book, so there is another."""
    stripe.pay(to_pay(client, placed))
    payment = payment_of(placed)
    with transaction():
        session.execute(sa.update(Payment).values(amount=11_800))
    look()
    amount = (CaseKind.AMOUNT, {"told_amount": 11_900, "told_currency": "CAD"})
    assert (open_cases(session), balances()) == ([amount], {})
    look()
    assert open_cases(session) == [amount], "one case about the same money"
    with transaction():
        cases.close_case(session.scalars(sa.select(Case.id)).one(), "I will look into it.", 1)
    look()
    assert (open_cases(session), wrong()) == (difference(11_900, 0), ["M11"])
    stripe.refund_from_dashboard(payment.intent_id or stripe.record()["payment_intents"][0]["id"])
    look()
    assert (open_cases(session), balances(), look().differing, wrong()) == ([], {}, 0, [])


def test_a_payment_that_the_processor_does_not_know_is_a_case(
    client: FlaskClient, session: Session, stripe: StripeStandIn, payment: Payment, look: Looked
) -> None:
    """Another account's key, say: it is told of, and closes by itself under the right one."""
    right = client.application.extensions["processor"]
    with StripeStandIn() as another:
        client.application.extensions["processor"] = StripeGateway(another.secret_key, api_base=another.url)
        found = look()
        client.application.extensions["processor"] = right
    assert (found.differed, found.differing) == (1, 1)
    assert open_cases(session) == difference(0, 11_900)
    assert (look().differing, open_cases(session), wrong()) == (0, [], [])


@pytest.fixture
def gone(session: Session, stripe: StripeStandIn, payment: Payment) -> dict[str, str]:
    """A backup was restored that does not know the newest payment; its names at the processor."""
    session.execute(sa.text("SET LOCAL session_replication_role = replica"))
    session.execute(
        sa.text(
            "UPDATE payment SET public_id = 'older', intent_id = 'pi_older', charge_id = NULL, checkout_id = NULL"
        )
    )
    session.execute(sa.text("SET LOCAL session_replication_role = origin"))
    session.commit()
    record = stripe.record()
    return {"charge": record["charges"][0]["id"], "intent": record["payment_intents"][0]["id"]}


def waiting() -> list[tuple[str, list[str]]]:
    return [(each.about, each.kinds) for each in notices.unowned()]


def test_money_of_a_payment_that_is_gone_is_one_case_of_nobody(
    session: Session, gone: dict[str, str], organization: Organization, settle: Settle, look: Looked
) -> None:
    """Whoever looks is not whose it is: no desk of any organization shows it."""
    another = Organization(name="Somebody else", mail="office@else.example")
    session.add(another)
    session.commit()
    for _ in range(2):
        look()
        with as_organization(another.id), transaction():
            looks.begin(now())
        settle()
    assert (waiting(), open_cases(session)) == ([(gone["intent"], ["charge.found"])], [])
    session.execute(sa.update(Notice).values(stored_at=now() - timedelta(minutes=3)))
    assert "E7" in wrong()
    with transaction():
        notices.dismiss(gone["intent"], "Given back on the pages of the payment service.")
    look()
    assert (waiting(), "E7" in wrong()) == ([], False), "what was decided is not asked again"


def test_what_is_found_and_what_is_told_of_the_same_money_is_one_case(
    stripe: StripeStandIn, gone: dict[str, str], look: Looked
) -> None:
    look()
    stripe.refund_from_dashboard(gone["intent"], 1_000)
    with transaction():
        notices.reconcile(now() - timedelta(days=1), processor())
    look()
    [(about, kinds)] = waiting()
    assert about == gone["intent"]
    assert {"charge.found", "charge.refunded", "checkout.session.completed"} <= set(kinds)


def test_what_never_was_at_the_processor_is_not_looked_for(
    session: Session, conference: Conference, ticket: TicketType, look: Looked
) -> None:
    a_paid_order(conference, ticket)
    found = look()
    assert (found.compared, found.differed, open_cases(session)) == (0, 0, [])


# ---------- how it is read ----------


def test_it_goes_on_where_it_stopped(
    app: Flask,
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    conference: Conference,
    ticket: TicketType,
    look: Looked,
    settle: Settle,
) -> None:
    """Five payments, two rows a page; the processor goes away in the middle and comes back."""
    app.extensions["processor"] = StripeGateway(stripe.secret_key, api_base=stripe.url, page_size=2)
    made = [
        buy(client, stripe, an_order(conference, ticket, mail=f"{n}@b.example"), settle) for n in range(5)
    ]
    for payment in made[:3]:
        stripe.refund_from_dashboard(payment.intent_id or "", 100)
    stripe.dispute(made[4].intent_id or "")
    with transaction():
        looks.begin(now())
    look_id = session.scalars(sa.select(Look.id)).one()
    for page in range(2):
        with transaction():
            looks.turn(look_id, page, processor())
    assert queries.newest().running
    with stripe.away(), pytest.raises(Later), transaction():
        looks.turn(look_id, 2, processor())
    session.rollback()
    with transaction():
        looks.turn(look_id, 0, processor())  # an old delivery, once more
    settle()
    assert told(session) == [(11_900, 100, 0, 0)] * 3 + [(11_900, 0, 0, 0), (11_900, 0, 11_900, FEE)]
    [done] = session.scalars(sa.select(Look))
    assert (done.pages, done.compared, done.differed) == (6, 5, 4)
    assert (look().differed, wrong()) == (0, [])


def test_a_look_that_stands_still_is_begun_anew_and_one_that_runs_is_not(
    session: Session, stripe: StripeStandIn, payment: Payment, settle: Settle
) -> None:
    at = now()
    with transaction():
        looks.begin(at)
        looks.begin(at + timedelta(minutes=9))
    first = session.scalars(sa.select(Look.id)).one()
    with transaction():
        looks.begin(at + timedelta(minutes=11))
    assert session.scalars(sa.select(Look.id)).one() != first
    settle()
    assert (queries.newest().compared, queries.newest().running) == (1, False)


def test_what_moves_during_a_look_is_left_to_the_next(
    session: Session, stripe: StripeStandIn, payment: Payment, settle: Settle
) -> None:
    """The list of refunds was read before the desk gave something back."""
    with transaction():
        looks.begin(now())
    look_id = session.scalars(sa.select(Look.id)).one()
    for page in range(2):
        with transaction():
            looks.turn(look_id, page, processor())
    with transaction():
        refund_id = refunds.ask(payment.id, 4_000, RefundReason.DESK)
    with transaction():
        refunds.carry_out(refund_id or 0, processor())
    settle()
    assert (told(session), queries.newest().differed) == ([(11_900, 0, 0, 0)], 0)
    assert (open_cases(session), wrong()) == ([], [])


def test_other_organizations_payments_are_not_ours(
    session: Session, stripe: StripeStandIn, payment: Payment, look: Looked, settle: Settle
) -> None:
    other = Organization(name="Another", host="another.example")
    session.add(other)
    session.commit()
    with as_organization(other.id):
        with transaction():
            looks.begin(now())
        settle()
        assert queries.newest().compared == 0
    assert look().compared == 1


# ---------- when ----------


def test_it_is_due_once_a_day_after_the_quiet_hour(
    session: Session, stripe: StripeStandIn, payment: Payment
) -> None:
    assert looks.quiet_hour_before(datetime(2027, 5, 2, 7, 59, tzinfo=UTC)) == datetime(
        2027, 5, 1, 8, tzinfo=UTC
    )
    assert looks.quiet_hour_before(datetime(2027, 5, 2, 8, tzinfo=UTC)) == datetime(2027, 5, 2, 8, tzinfo=UTC)
    bought = looks.quiet_hour_before(now()) + timedelta(hours=1)
    with transaction():
        session.execute(sa.update(Payment).values(opened_at=bought))
    today = bought.replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
    ours = payment.organization_id
    assert looks.due(today - timedelta(seconds=1)) == []
    assert looks.due(today) == [ours]
    with transaction():
        reactions.reconcile_daily(today + timedelta(minutes=3))
        reactions.reconcile_daily(today + timedelta(minutes=8))
    assert session.scalar(sa.select(sa.func.count()).select_from(Look)) == 1
    assert looks.due(today + timedelta(hours=23)) == []
    assert looks.due(today + timedelta(hours=24)) == [ours]
    assert looks.due(today + timedelta(days=551)) == [], "nothing is left that a bank could ask about"


def test_the_desk_says_when_and_has_it_read_now(
    client: FlaskClient, session: Session, stripe: StripeStandIn, payment: Payment, settle: Settle
) -> None:
    staff(client, Role.FINANCE)
    here = "/desk/c/cit-2027/money"
    assert "Nothing was compared yet." in words(client.get(here))
    sent = {"csrf_token": csrf(client, here)}
    assert client.post(f"{here}/reconcile", data=sent).status_code == 303
    assert "It is being read right now." in words(client.get(here))
    settle()
    assert "1 payment. All equal" in words(client.get(here))
    stripe.amend_charge(payment.intent_id or "", 5)
    client.post(f"{here}/reconcile", data=sent)
    settle()
    money = words(client.get(here))
    assert "1 payment. 1 differs" in money
    assert "The books and the payment service differ" in money


def test_a_cancelled_seat_and_a_late_refund_are_equal_too(
    session: Session, stripe: StripeStandIn, placed: Placed, payment: Payment, look: Looked, settle: Settle
) -> None:
    with transaction():
        registration.cancel(placed.order_id, now())
    settle()
    assert (look().differed, told(session), balances(), wrong()) == (0, [(11_900, 11_900, 0, 0)], {}, [])
    with transaction():
        services.settle(payment.id, processor())
    assert open_cases(session) == []
