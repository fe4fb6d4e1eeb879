"""A registration that ends says whose act it was: in the email, on the order's page, on the ticket's, to the buyer too."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences import services as conferences
from citevents.conferences.models import Conference, TicketType
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.operations.invariants import violations
from citevents.people import queries as people
from citevents.people import services as persons
from citevents.registration import policy, queries, services
from citevents.registration.models import EndedBy, Order, OrderState, Registration
from citevents.registration.order_request import Placed
from standins.mail import Outbox
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.people.world import a_person, staff, submit, text_of
from tests.registration.world import a_paid_order, an_order
from workers.registration import cancel_late

pytestmark = pytest.mark.usefixtures("organization")
Settle = Callable[[], int]
AINO, BO = "aino@tampere.example", "bo@ibadan.example"
NAME = "CIT International Conference (sample)"
SORRY = "The hall is too small.\nWe are sorry."


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox) -> None:
    outbox.clear()


def sale(amount: int = 49000) -> tuple[Conference, TicketType]:
    conference = a_conference()
    return conference, a_ticket_type(conference, a_quota(conference), amount=amount)


def to(outbox: Outbox, mail: str) -> list[EmailMessage]:
    return [message for message in outbox.messages() if mail in str(message["To"])]


def words(text: str) -> str:
    main = text[text.index("<main") : text.index("</main>")]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def broken_promises() -> list[str]:
    """The books have tests of their own: these payments were not made at the processor."""
    return [each.code for each in violations() if each.code[0] in "CF"]


def refunded(placed: Placed) -> None:
    services.cancel(placed.order_id, now(), refunded=True)


ACTS = {
    EndedBy.BUYER: lambda placed, conference: services.cancel(placed.order_id, now()),
    EndedBy.ORGANIZERS: lambda placed, conference: services.cancel(
        placed.order_id, now(), by_house=True, note=SORRY
    ),
    EndedBy.EVENT: lambda placed, conference: conferences.cancel(conference.id, now(), note=SORRY),
    EndedBy.REFUND: lambda placed, conference: refunded(placed),
}
SUBJECTS = {
    EndedBy.BUYER: f"Your registration is cancelled: {NAME}",
    EndedBy.ORGANIZERS: f"The organizers cancelled your registration: {NAME}",
    EndedBy.EVENT: f"Cancelled: {NAME}",
    EndedBy.REFUND: f"Your registration is cancelled: {NAME}",
}
FIRST = {
    EndedBy.BUYER: "Your registration is cancelled, as asked, and your ticket is void (order ",
    EndedBy.ORGANIZERS: "The organizers cancelled your registration (order ",
    EndedBy.EVENT: f"{NAME} will not take place. We are sorry. Your ticket is void.",
    EndedBy.REFUND: "All that was paid for it was refunded, so your registration is cancelled",
}
HEADS = {
    EndedBy.BUYER: "Your registration is cancelled",
    EndedBy.ORGANIZERS: "The organizers cancelled your registration",
    EndedBy.EVENT: "This event will not take place.",
    EndedBy.REFUND: "Your registration is cancelled",
}


@pytest.mark.parametrize("by", EndedBy)
def test_email_and_pages_say_whose_act_it_was(
    session: Session, settle: Settle, outbox: Outbox, client: FlaskClient, by: EndedBy
) -> None:
    conference, ticket = sale()
    placed = a_paid_order(conference, ticket, mail=AINO)
    settle()
    outbox.clear()
    with transaction():
        ACTS[by](placed, conference)
    settle()
    [email] = [each for each in to(outbox, AINO) if "ancelled" in str(each["Subject"])]
    said = text_of(email).replace("\r\n", "\n")
    assert email["Subject"] == SUBJECTS[by]
    assert FIRST[by] in said
    rich = email.get_body(("html",))
    assert rich is not None
    assert ("The hall is too small.<br>We are sorry.</blockquote>" in rich.get_content()) is (
        by in (EndedBy.ORGANIZERS, EndedBy.EVENT)
    )
    assert ("The organizers write:\nThe hall is too small.\nWe are sorry." in said) is (
        by in (EndedBy.ORGANIZERS, EndedBy.EVENT)
    )
    assert ("CA$490.00 is refunded to the card you paid with." in said) is (by is not EndedBy.REFUND)
    order = queries.order(placed.order_id)
    assert (order.state, order.ended_by) == (OrderState.CANCELLED, by)
    page = words(client.get(f"/c/cit-2027/orders/{placed.public_id}").text)
    assert HEADS[by] in page
    assert ("The hall is too small." in page) is (by in (EndedBy.ORGANIZERS, EndedBy.EVENT))
    assert "is refunded" not in page
    assert broken_promises() == []


@pytest.mark.parametrize(
    ("by", "subject", "first"),
    [
        (EndedBy.BUYER, "A registration is cancelled", "The registration of Bo Okoro is cancelled, as asked"),
        (
            EndedBy.ORGANIZERS,
            "The organizers cancelled a registration",
            "The organizers cancelled the registration of Bo Okoro (order ",
        ),
        (EndedBy.EVENT, "Cancelled", "The registration of Bo Okoro is cancelled (order "),
        (EndedBy.REFUND, "A registration is cancelled", "so the registration of Bo Okoro is cancelled"),
    ],
)
def test_the_buyer_hears_of_it_too_and_of_the_money(
    session: Session, settle: Settle, outbox: Outbox, by: EndedBy, subject: str, first: str
) -> None:
    conference, ticket = sale()
    aino = a_person("Aino Lehtonen", mail=AINO)
    placed = a_paid_order(conference, ticket, mail=BO, name="Bo Okoro", buyer_id=aino)
    settle()
    outbox.clear()
    with transaction():
        ACTS[by](placed, conference)
    settle()
    [guest] = to(outbox, BO)
    [buyer] = [each for each in to(outbox, AINO) if "ancelled" in str(each["Subject"])]
    assert guest["Subject"] == SUBJECTS[by]
    assert "the card you paid with" not in text_of(guest), "the guest paid nothing"
    assert buyer["Subject"] == f"{subject}: {NAME}"
    assert first in text_of(buyer)
    assert ("CA$490.00 is refunded to the card you paid with." in text_of(buyer)) is (
        by is not EndedBy.REFUND
    )


def test_a_ticket_says_at_once_that_the_event_is_cancelled(
    session: Session, settle: Settle, client: FlaskClient
) -> None:
    conference, ticket = sale()
    placed = a_paid_order(conference, ticket, mail=AINO)
    held = an_order(conference, ticket, mail=BO)
    here = "/c/cit-2027"
    token = queries.order(placed.order_id).places[0].ticket
    with transaction():
        conferences.cancel(conference.id, now())  # and no reaction yet
    assert "This event will not take place." in words(client.get(f"{here}/tickets/{token}").text)
    for order, also in ((placed, "is being cancelled just now"), (held, "Nothing was charged")):
        page = words(client.get(f"{here}/orders/{order.public_id}").text)
        assert "This event will not take place." in page
        assert also in page
        for offered in ("Register again", "Try again", "Pay", "Cancel my registration"):
            assert offered not in page
    for path in ("details", "cancel"):
        answer = client.get(f"{here}/orders/{placed.public_id}/{path}")
        assert (answer.status_code, answer.location) == (303, f"{here}/orders/{placed.public_id}")


def test_nobody_is_told_of_a_place_at_an_event_that_is_cancelled_by_then(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference, ticket = sale()
    a_paid_order(conference, ticket, mail=AINO)
    late = an_order(conference, ticket, mail=BO)
    with transaction():
        services.expire(late.order_id, now() + policy.HOLD)
        conferences.cancel(conference.id, now())
    settle()
    assert [str(each["Subject"]) for each in to(outbox, AINO) if "refund" not in str(each["Subject"])] == [
        f"Cancelled: {NAME}"
    ]
    assert to(outbox, BO) == [], "there is nothing to try again"
    assert broken_promises() == []


def test_whoever_had_not_paid_hears_that_there_is_nothing_to_pay(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference, ticket = sale()
    a_paid_order(conference, ticket, mail=AINO)
    left, held = (an_order(conference, ticket, mail=mail) for mail in ("left@ibadan.example", BO))
    with transaction():
        services.give_up(left.order_id, now() - timedelta(minutes=1))
    settle()
    outbox.clear()
    with transaction():
        conferences.cancel(conference.id, now(), note=SORRY)
    settle()
    settle()
    [told] = to(outbox, BO)
    number = queries.order(held.order_id).number
    assert told["Subject"] == f"Cancelled: {NAME}"
    said = text_of(told).replace("\r\n", "\n")
    assert (
        f"{NAME} will not take place. We are sorry. You had begun to register (order {number}). "
        "The order has ended, and there is nothing to pay." in said
    )
    assert f"The organizers write:\n{SORRY}" in said
    assert [str(each["Subject"]) for each in to(outbox, AINO) if "refund" not in str(each["Subject"])] == [
        f"Cancelled: {NAME}"
    ]
    assert to(outbox, "left@ibadan.example") == [], "they left before, and were told on the page"
    assert broken_promises() == []


def test_a_desk_that_checks_in_reads_that_the_event_is_cancelled(
    session: Session, settle: Settle, client: FlaskClient
) -> None:
    conference, ticket = sale(amount=0)
    placed = an_order(conference, ticket, mail=AINO)
    staff(client, Role.ORGANIZER)
    here = "/desk/c/cit-2027/check-in"
    assert "This event will not take place." not in words(client.get(here).text)
    code = queries.order(placed.order_id).places[0].code
    with transaction():
        conferences.cancel(conference.id, now())
    settle()
    assert "This event will not take place." in words(client.get(here).text)
    answer = submit(client, here, page=here, code=code)
    assert answer.status_code == 409
    assert "This event will not take place." in words(answer.text)


def test_an_order_that_slipped_in_while_the_event_was_cancelled_is_cancelled_too(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference, ticket = sale(amount=0)
    with transaction():
        conferences.cancel(conference.id, now())
    settle()
    session.execute(sa.text("UPDATE conference SET state = 'public'"))  # as its reader saw it
    session.expire_all()
    slipped = an_order(conference, ticket, mail=AINO)
    session.execute(sa.text("UPDATE conference SET state = 'cancelled'"))
    session.expire_all()
    settle()
    with transaction():
        cancel_late(now())
    settle()
    assert queries.order(slipped.order_id).ended_by is EndedBy.EVENT
    assert [str(each["Subject"]) for each in to(outbox, AINO)] == [f"Cancelled: {NAME}"]
    with transaction():
        cancel_late(now() + timedelta(minutes=1))
    assert settle() == 0, "once is enough"


def test_what_was_lost_is_listed_until_there_is_another(session: Session, settle: Settle) -> None:
    conference, ticket = sale(amount=0)
    first = an_order(conference, ticket, mail=AINO)
    aino = people.by_mail(AINO)
    assert aino
    with transaction():
        services.cancel(first.order_id, now(), by_house=True)
    assert [each.order_public_id for each in queries.lost_by(aino.id)] == [first.public_id]
    second = an_order(conference, ticket, mail=AINO)
    assert queries.lost_by(aino.id) == []
    with transaction():
        services.cancel(second.order_id, now())
    assert [each.order_public_id for each in queries.lost_by(aino.id)] == [first.public_id]


def test_a_note_about_a_person_goes_with_them(session: Session, settle: Settle) -> None:
    conference, ticket = sale(amount=0)
    placed = an_order(conference, ticket, mail=AINO)
    with transaction():
        services.cancel(placed.order_id, now(), by_house=True, note=SORRY)
    aino = people.by_mail(AINO)
    assert aino
    with transaction():
        persons.erase(aino.id)
    settle()
    assert session.scalars(sa.select(Registration.end_note)).all() == [""]


def test_a_note_that_is_too_long_is_refused_and_nothing_is_lost(
    session: Session, client: FlaskClient
) -> None:
    conference, ticket = sale()
    placed = a_paid_order(conference, ticket)
    staff(client, Role.ORGANIZER)
    here = f"/desk/c/cit-2027/orders/{placed.public_id}/cancel"
    answer = submit(client, here, page=here, note="x" * 1001)
    assert answer.status_code == 422
    assert "Use at most 1000 characters." in words(answer.text)
    assert "x" * 1001 in answer.text
    assert session.scalars(sa.select(Order.state)).all() == [OrderState.CONFIRMED]


def test_who_ended_it_is_decided_by_what_happened() -> None:
    table = [
        (True, True, False, EndedBy.EVENT),
        (True, False, False, EndedBy.EVENT),
        (False, True, False, EndedBy.ORGANIZERS),
        (False, False, True, EndedBy.REFUND),
        (False, False, False, EndedBy.BUYER),
    ]
    assert [policy.ended_by(off=off, by_house=house, refunded=back) for off, house, back, _by in table] == [
        by for *_flags, by in table
    ]
