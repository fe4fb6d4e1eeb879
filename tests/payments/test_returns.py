"""One place computes what goes back: the page, the email, the desk, the books and the processor name one sum."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from citevents.conferences import services as conferences
from citevents.conferences.models import Conference, TicketType
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.core.money import Money
from citevents.payments import refunds
from citevents.payments.models import RefundReason
from citevents.registration import policy
from citevents.registration import queries as registrations
from citevents.registration import services as registration
from citevents.registration.errors import TotalNotChargeable
from citevents.registration.models import Registration
from standins.mail import Outbox
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_ticket_type
from tests.payments.world import Settle, balances, buy, moved_back, words
from tests.people.world import csrf, letter_to, staff, text_of
from tests.registration.world import an_order

MAIL = "part@returns.example"


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


@pytest.fixture
def ticket(conference: Conference) -> TicketType:
    """119.00 with 19 % tax."""
    return a_ticket_type(conference, amount=10_000, tax_basis_points=1_900)


def desk_gives_back(payment_id: int, amount: int, settle: Settle) -> None:
    with transaction():
        refunds.ask(payment_id, amount, RefundReason.DESK)
    settle()


def test_after_a_part_from_the_desk_the_rest_is_named_everywhere_and_moves(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    outbox: Outbox,
    conference: Conference,
    ticket: TicketType,
    settle: Settle,
) -> None:
    placed = an_order(conference, ticket, mail=MAIL)
    payment = buy(client, stripe, placed, settle)
    desk_gives_back(payment.id, 4_000, settle)
    outbox.clear()
    here = f"/c/cit-2027/orders/{placed.public_id}"
    assert "CA$40.00 was refunded to you." in words(client.get(here))
    assert "CA$79.00 goes back to you until" in words(client.get(here))
    asked = client.get(f"{here}/cancel")
    assert "CA$79.00 is refunded to the card you paid with." in words(asked)
    assert "CA$119" not in words(asked)
    done = client.post(
        f"{here}/cancel", data={"csrf_token": csrf(client, f"{here}/cancel")}, follow_redirects=True
    )
    assert "CA$79.00 is refunded to the card you paid with." in words(done)
    settle()
    told = [text_of(each) for each in outbox.messages() if MAIL in str(each["To"])]
    assert len(told) == 2  # the place is given back; the money moved
    assert [("CA$79.00" in each, "CA$119" in each) for each in told] == [(True, False)] * 2
    assert session.scalars(sa.select(Registration.refund_due)).all() == [7_900]
    assert moved_back(stripe) == [4_000, 7_900]
    assert balances() == {}
    assert "CA$119.00 was refunded to you." in words(client.get(here))


def test_the_desk_that_cancels_names_what_is_left(
    client: FlaskClient,
    stripe: StripeStandIn,
    conference: Conference,
    ticket: TicketType,
    settle: Settle,
) -> None:
    placed = an_order(conference, ticket, mail=MAIL)
    desk_gives_back(buy(client, stripe, placed, settle).id, 4_000, settle)
    staff(client, Role.ORGANIZER)
    page = f"/desk/c/cit-2027/orders/{placed.public_id}/cancel"
    assert "CA$79.00 goes back to the buyer." in words(client.get(page))
    client.post(page, data={"csrf_token": csrf(client, page)})
    settle()
    assert moved_back(stripe) == [4_000, 7_900]
    assert balances() == {}


def test_a_cancelled_event_gives_back_the_sum_that_was_named_before(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    outbox: Outbox,
    conference: Conference,
    ticket: TicketType,
    settle: Settle,
) -> None:
    first = buy(client, stripe, an_order(conference, ticket, mail=MAIL), settle)
    buy(client, stripe, an_order(conference, ticket, mail="whole@returns.example"), settle)
    desk_gives_back(first.id, 4_000, settle)
    an_order(conference, a_ticket_type(conference, amount=0, name="Free"), mail="free@returns.example")
    an_order(conference, ticket, mail="unpaid@returns.example")
    named = registrations.cancelling(conference.id, now())
    assert (named.people, named.unpaid, named.money) == (3, 1, (Money(7_900 + 11_900, "CAD"),))
    with transaction():
        conferences.cancel(conference.id, now())
    settle()
    assert sum(moved_back(stripe)) == 4_000 + 7_900 + 11_900
    assert sum(session.scalars(sa.select(Registration.refund_due)).all()) == named.money[0].minor
    assert balances() == {}
    gone = registrations.cancelling(conference.id, now())
    assert (gone.people, gone.unpaid, gone.money) == (0, 0, ())
    assert "CA$79.00" in text_of(letter_to(outbox, MAIL))


def test_where_all_went_back_before_nothing_is_promised_again(
    client: FlaskClient,
    stripe: StripeStandIn,
    conference: Conference,
    ticket: TicketType,
) -> None:
    from tests.registration.world import a_paid_order

    placed = a_paid_order(conference, ticket, mail=MAIL)
    here = f"/c/cit-2027/orders/{placed.public_id}"
    with transaction() as current:
        payment_id = registrations.order(placed.order_id).payment_id
        refunds.ask(payment_id or 0, 11_900, RefundReason.DESK)
        current.flush()
    assert "No money goes back: all you paid was refunded before." in words(client.get(f"{here}/cancel"))
    with transaction():
        assert registration.cancel(placed.order_id, now()) == 0
    assert "CA$119.00 is on its way back to the card you paid with." in words(client.get(here))


@pytest.mark.parametrize(
    ("refund_until", "said"),
    [
        (timedelta(days=-1), "No money goes back: the day for refunds has passed."),
        (None, "No money goes back: this event gives no refunds."),
    ],
)
def test_why_nothing_goes_back_is_said_as_it_is(
    client: FlaskClient, organization: Organization, refund_until: timedelta | None, said: str
) -> None:
    from tests.registration.world import a_paid_order

    conference = a_conference(refund_until=now() + refund_until if refund_until else None)
    placed = a_paid_order(conference, a_ticket_type(conference, amount=10_000), mail=MAIL)
    here = f"/c/cit-2027/orders/{placed.public_id}"
    assert said in words(client.get(f"{here}/cancel"))
    with transaction():
        assert registration.cancel(placed.order_id, now()) == 0
    over = words(client.get(here))
    assert ("No money goes back." in over, "refunded" in over) == (True, False)


@given(st.dictionaries(st.integers(1, 9), st.integers(0, 10**6), max_size=5), st.integers(0, 10**6))
def test_together_never_more_than_is_left_and_none_more_than_it_cost(
    wanted: dict[int, int], left: int
) -> None:
    cut = policy.within(wanted, left)
    assert sum(cut.values()) == min(left, sum(wanted.values()))
    assert cut.keys() == wanted.keys()
    assert all(0 <= cut[key] <= wanted[key] for key in wanted)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1.000", "“1.000” can mean CA$1,000.00 or CA$1.00."),
        ("10.005", "Enter an amount like 490.00, with at most 2 digits after the point."),
    ],
)
def test_the_desk_asks_what_an_amount_means_before_it_gives_back(
    client: FlaskClient,
    session: Session,
    stripe: StripeStandIn,
    conference: Conference,
    ticket: TicketType,
    settle: Settle,
    typed: str,
    said: str,
) -> None:
    payment = buy(client, stripe, an_order(conference, ticket, mail=MAIL), settle)
    staff(client, Role.FINANCE)
    page = f"/desk/c/cit-2027/money/{payment.public_id}"
    sent = {"csrf_token": csrf(client, page), "amount": typed, "seen_left": "11900"}
    asked = client.post(page, data=sent)
    assert (asked.status_code, said in words(asked)) == (422, True)
    assert f'value="{typed}"' in asked.text
    settle()
    assert moved_back(stripe) == []
    answered = client.post(page, data=sent | {"amount-means": "100", "seen_left": "11900"})
    settle()
    assert (answered.status_code, moved_back(stripe)) == ((303, [100]) if "can mean" in said else (422, []))


def test_the_desk_gives_back_in_steps_of_the_currency(
    client: FlaskClient, organization: Organization, stripe: StripeStandIn, settle: Settle
) -> None:
    dinars = a_conference(currency="JOD")
    payment = buy(client, stripe, an_order(dinars, a_ticket_type(dinars, amount=20_000), mail=MAIL), settle)
    staff(client, Role.FINANCE)
    page = f"/desk/c/cit-2027/money/{payment.public_id}"
    sent = {"csrf_token": csrf(client, page), "amount": "10.005", "seen_left": "20000"}
    assert "Enter JOD\xa010.000 or JOD\xa010.010." in words(client.post(page, data=sent)).replace(
        "JOD1", "JOD\xa01"
    )
    assert client.post(page, data=sent | {"amount": "10.010"}).status_code == 303
    settle()
    assert moved_back(stripe) == [10_010]


@pytest.mark.parametrize(
    ("currency", "amount", "said"),
    [
        ("EUR", 1, "Cards can be charged with €0.50 to €999,999.99, and this comes to €0.01."),
        ("JPY", 30, "Cards can be charged with JP¥50 to JP¥99,999,999, and this comes to JP¥30."),
    ],
)
def test_a_total_that_no_card_can_pay_holds_no_seat(
    client: FlaskClient, session: Session, organization: Organization, currency: str, amount: int, said: str
) -> None:
    """An add-on on a free ticket, say, or a price from before the desk refused it."""
    conference = a_conference(currency=currency)
    free = a_ticket_type(conference, amount=0)
    pin = a_ticket_type(conference, amount=amount, name="Pin", add_on=True)
    with pytest.raises(TotalNotChargeable) as refused:
        an_order(conference, free, add_ons=(pin.public_id,), mail=MAIL)
    assert said in refused.value.sentence
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 0
