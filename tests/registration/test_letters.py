"""What follows an order: letters, money found late, refunds from elsewhere, erasing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from citevents.conferences.events import ConferenceCancelled
from citevents.conferences.models import Conference, TicketType
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.events import EventRow, emit
from citevents.payments.events import PaymentFailed, PaymentSucceeded, Refunded
from citevents.payments.models import Payment, PaymentState, Refund, RefundReason, RefundState
from citevents.people import services as people
from citevents.people.models import Purpose
from citevents.registration import policy, services
from citevents.registration.models import Order, Places, Registration, SensitiveAnswer, Ticket
from tests.conferences.world import a_conference, a_question, a_quota, a_ticket_type
from tests.people.world import letter_to, text_of
from tests.registration.world import a_paid_order, an_order
from workers.registration import expire_holds, forget_due

pytestmark = pytest.mark.usefixtures("organization")
Settle = Callable[[], int]


def sale(amount: int = 0, capacity: int = 5) -> tuple[Conference, TicketType]:
    conference = a_conference()
    return conference, a_ticket_type(conference, a_quota(conference, capacity=capacity), amount=amount)


def parts(letter: EmailMessage) -> list[str]:
    return [str(part.get_filename() or part.get_content_type()) for part in letter.iter_attachments()]


def letters(outbox: Any, mail: str) -> int:
    return sum(mail in str(message["To"]) for message in outbox.messages())


def test_a_confirmed_order_is_one_letter_with_ticket_and_calendar_entry(
    session: Session, settle: Settle, outbox: Any
) -> None:
    conference, ticket = sale()
    an_order(conference, ticket, mail="one@letters.example", call_name="Aino")
    settle()
    letter = letter_to(outbox, "one@letters.example")
    code = session.scalar(sa.select(Ticket.code))
    assert " ".join(letter["Subject"].split()) == f"You are registered: {conference.name}, 22–25 August 2027"
    assert parts(letter) == [f"ticket-{code}.pdf", "invite.ics"]
    assert "Hello" not in text_of(letter), "nobody has proven that it is Aino's address"
    entry = next(part for part in letter.walk() if part.get_content_type() == "text/calendar")
    assert "METHOD:REQUEST" in entry.get_content()
    assert letters(outbox, "one@letters.example") == 1


def test_the_letters_link_signs_in_and_shows_the_ticket(
    session: Session, settle: Settle, outbox: Any, client: Any
) -> None:
    conference, ticket = sale()
    an_order(conference, ticket, mail="link@letters.example")
    settle()
    text = text_of(letter_to(outbox, "link@letters.example"))
    address = next(line for line in text.splitlines() if "/sign-in/" in line)
    token = address.removeprefix("http://localhost")
    assert client.get(token).status_code in (200, 303)


def test_a_paid_order_brings_its_receipt(session: Session, settle: Settle, outbox: Any) -> None:
    conference, ticket = sale(amount=49000)
    a_paid_order(conference, ticket, mail="paid@letters.example")
    settle()
    letter = letter_to(outbox, "paid@letters.example")
    assert [name.rpartition(".")[2] for name in parts(letter)] == ["pdf", "pdf", "ics"]
    assert "CA$490.00" in text_of(letter)


def test_money_confirms_and_a_second_payment_is_found_late(session: Session, settle: Settle) -> None:
    conference, ticket = sale(amount=49000)
    placed = an_order(conference, ticket)
    payments = [
        Payment(
            order_id=placed.order_id,
            amount=49000,
            currency="CAD",
            state=PaymentState.SUCCEEDED,
            settled_at=now(),
        )
        for _ in range(2)
    ]
    session.add_all(payments)
    session.commit()
    with transaction():
        for payment in (*payments, payments[0]):
            emit(
                PaymentSucceeded(
                    payment_id=payment.id, order_id=placed.order_id, amount=49000, currency="CAD"
                )
            )
    settle()
    order = session.scalars(sa.select(Order)).one()
    assert (order.state, order.payment_id) == ("confirmed", payments[0].id)
    assert session.scalar(sa.select(sa.func.count(Ticket.id))) == 1
    late = sa.select(EventRow.payload["payment_id"].as_integer()).where(EventRow.name == "order.late_payment")
    assert session.scalars(late).all() == [payments[1].id]


def test_a_failed_payment_leaves_time_for_another_try(session: Session, settle: Settle) -> None:
    conference, ticket = sale(amount=49000)
    placed = an_order(conference, ticket)
    with transaction():
        emit(PaymentFailed(payment_id=1, order_id=placed.order_id))
    settle()
    assert session.scalars(sa.select(Order.state)).all() == ["held"]


def test_an_expired_hold_is_told_with_a_way_back(session: Session, settle: Settle, outbox: Any) -> None:
    conference, ticket = sale(amount=49000)
    placed = an_order(conference, ticket, mail="late@letters.example")
    with transaction():
        expire_holds(now() + policy.HOLD)
    settle()
    text = text_of(letter_to(outbox, "late@letters.example"))
    assert f"/c/cit-2027/register?order={placed.public_id}" in text


def test_somebody_with_a_newer_order_gets_no_letter_about_the_old_one(
    session: Session, settle: Settle, outbox: Any
) -> None:
    conference, ticket = sale(amount=49000)
    an_order(conference, ticket, at=now() - policy.HOLD, mail="newer@letters.example")
    with transaction():
        expire_holds(now())
    an_order(conference, ticket, mail="newer@letters.example")
    settle()
    assert letters(outbox, "newer@letters.example") == 0


def test_a_cancelled_place_is_told(session: Session, settle: Settle, outbox: Any) -> None:
    conference, ticket = sale()
    placed = an_order(conference, ticket, mail="gone@letters.example")
    settle()
    with transaction():
        services.cancel(placed.order_id, now())
    settle()
    subjects = [
        str(message["Subject"])
        for message in outbox.messages()
        if "gone@letters.example" in str(message["To"])
    ]
    assert subjects.count(f"Your registration is cancelled: {conference.name}") == 1


def refund(session: Session, amount: int, registration_id: int | None = None) -> Refunded:
    payment = session.scalars(sa.select(Payment)).one()
    made = Refund(
        payment_id=payment.id,
        amount=amount,
        currency="CAD",
        reason=RefundReason.PROCESSOR,
        state=RefundState.SUCCEEDED,
        registration_id=registration_id,
    )
    session.add(made)
    session.commit()
    return Refunded(refund_id=made.id, payment_id=payment.id, order_id=payment.order_id)


@pytest.mark.parametrize(("amount", "state"), [(49000, "cancelled"), (100, "confirmed")])
def test_a_refund_from_elsewhere_ends_the_place_when_it_is_whole(
    session: Session, settle: Settle, amount: int, state: str
) -> None:
    conference, ticket = sale(amount=49000)
    a_paid_order(conference, ticket)
    settle()
    fact = refund(session, amount)
    with transaction():
        emit(fact)
        emit(fact)
    settle()
    assert session.scalars(sa.select(Order.state)).all() == [state]
    assert session.scalars(sa.select(Registration.refund_due)).all() == [0]


def test_a_cancelled_conference_gives_everybody_everything_back(
    session: Session, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.registration.CANCEL_AT_ONCE", 2)
    conference, ticket = sale(amount=49000, capacity=6)
    for index in range(5):
        a_paid_order(conference, ticket, mail=f"all-{index}@letters.example")
    an_order(conference, ticket, mail="on-the-way-to-pay@letters.example")
    with transaction():
        emit(ConferenceCancelled(conference_id=conference.id))
    settle()
    session.expire_all()
    assert session.scalars(sa.select(Order.state)).all() == ["cancelled"] * 6
    due = sa.select(Registration.refund_due).order_by(Registration.id)
    assert session.scalars(due).all() == [49000] * 5 + [0]
    assert session.scalar(sa.select(Places.taken)) == 0


def test_sensitive_answers_go_on_their_day_or_with_the_consent(session: Session, settle: Settle) -> None:
    conference, ticket = sale()
    need = a_question(conference)
    for mail in ("a@b.example", "c@d.example"):
        an_order(conference, ticket, mail=mail, sensitive={need.id: ["Live captions"]})
    person_id = session.scalar(sa.select(Registration.person_id).order_by(Registration.id).limit(1))
    assert person_id
    with transaction():
        people.withdraw_consent(person_id, Purpose.SENSITIVE_ANSWERS)
    settle()
    left = session.scalars(sa.select(SensitiveAnswer)).all()
    assert len(left) == 1
    for at, count in ((left[0].erase_at - timedelta(seconds=1), 1), (left[0].erase_at, 0)):
        with transaction():
            forget_due(at)
        assert session.scalar(sa.select(sa.func.count(SensitiveAnswer.id))) == count


def test_an_erased_person_leaves_a_place_without_a_name(session: Session, settle: Settle) -> None:
    conference, ticket = sale()
    an_order(conference, ticket, agency="Tampere", answers={1: "x"})
    person_id = session.scalars(sa.select(Registration.person_id)).one()
    assert person_id
    with transaction():
        people.erase(person_id)
    settle()
    session.expire_all()
    place = session.scalars(sa.select(Registration)).one()
    assert (place.name, place.agency, place.country, place.answers) == ("", "", "", {})
    assert place.state == "confirmed"
