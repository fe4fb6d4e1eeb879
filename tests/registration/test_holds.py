"""A hold ends at one moment that no act moves, and gives way only to its own browser, the holder of its link, its owner."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from citevents.conferences import queries as conferences
from citevents.conferences.catalog import catalog
from citevents.conferences.models import Conference, TicketType
from citevents.conferences.services import cancel as cancel_conference
from citevents.core.clock import now
from citevents.core.db import must, transaction
from citevents.core.events import EventRow
from citevents.people import queries as people
from citevents.people.models import Consent, Person, Purpose
from citevents.people.services import find_or_make
from citevents.registration import policy, services
from citevents.registration.errors import AddOnFull, KeepsTooMuch, OrderIsOver, PriceChanged, SoldOut
from citevents.registration.models import HOLD, Order, OrderState, Registration, Sold
from citevents.registration.order_request import Placed
from tests.conferences.world import a_conference, a_price, a_quota, a_ticket_type
from tests.registration.stock import facts, pay, sale, states, taken
from tests.registration.world import a_paid_order, a_wish, an_order, undone

pytestmark = pytest.mark.usefixtures("organization")
MINUTE = timedelta(minutes=1)
START = now().replace(microsecond=0)


def order_of(placed: Placed) -> Order:
    return must(Order, placed.order_id)


# ---------- one end ----------


def test_a_hold_ends_an_hour_after_the_first_submit_whatever_its_buyer_does(session: Session) -> None:
    conference, ticket = sale()
    placed = an_order(conference, ticket, at=START)
    for minutes in (1, 30, 59):
        with transaction():
            services.go_to_pay(placed.order_id, START + minutes * MINUTE)
        assert order_of(placed).expires_at == START + HOLD
    changed = placed
    for minutes in (10, 40, 59):
        changed = an_order(
            conference,
            ticket,
            at=START + minutes * MINUTE,
            instead=changed.public_id,
            name=f"Aino {minutes}",
        )
        assert (order_of(changed).began_at, order_of(changed).expires_at) == (START, START + HOLD)


def test_the_same_form_and_another_tab_go_on_with_its_time_too(session: Session) -> None:
    conference, ticket = sale()
    form = a_wish(ticket).form
    an_order(conference, ticket, at=START, form=form, browser="Aino's")
    second = an_order(
        conference, ticket, at=START + 20 * MINUTE, form=form, browser="Aino's", agency="Tampere"
    )
    assert order_of(second).expires_at == START + HOLD
    third = an_order(conference, ticket, at=START + 50 * MINUTE, browser="Aino's")
    assert order_of(third).expires_at == START + HOLD
    assert states(session)[-1] == ("held", "held")


def test_what_is_over_and_not_yet_swept_is_neither_paid_nor_changed_nor_kept(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    placed = an_order(conference, ticket, at=START)
    over = START + HOLD
    with pytest.raises(OrderIsOver), transaction():
        services.go_to_pay(placed.order_id, over)
    with pytest.raises(SoldOut):  # its seat is not handed on
        an_order(conference, ticket, at=over, instead=placed.public_id)
    assert states(session) == [("held", "held")]
    with transaction():
        wish = a_wish(ticket, instead=placed.public_id)
        assert services.let_go(catalog(conferences.by_id(conference.id)), wish, over) == over
    assert (states(session), taken(session)) == ([("expired", "expired")], [0])
    again = an_order(conference, ticket, at=over, instead=placed.public_id)
    assert order_of(again).expires_at == over + HOLD


def test_a_form_sent_again_after_its_hold_ended_is_a_new_order(session: Session) -> None:
    conference, ticket = sale(capacity=2)
    form = a_wish(ticket).form
    first = an_order(conference, ticket, at=START, form=form, browser="Aino's")
    second = an_order(conference, ticket, at=START + HOLD, form=form, browser="Aino's")
    assert (second.again, second.order_id != first.order_id) == (False, True)
    assert states(session) == [("expired", "expired"), ("held", "held")]
    assert taken(session) == [1]


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["change", "same form", "tab", "other address", "pay", "form twice"]),
        st.integers(0, 4000),
    ),
    max_size=8,
)


@settings(suppress_health_check=list(HealthCheck))
@given(acts=ACTS)
def test_no_sequence_of_acts_and_times_keeps_a_seat_longer_than_an_hour(
    session: Session, acts: list[tuple[str, int]]
) -> None:
    """One browser does what it can with one seat, and nobody sweeps: at any time only its first hour is kept."""
    with undone(session):
        conference, ticket = sale(capacity=1)
        at, placed = START, an_order(conference, ticket, at=START, browser="Aino's")
        for act, seconds in acts:
            at += timedelta(seconds=seconds)
            placed = _act(conference, ticket, placed, act, at) or placed
            _keeps_its_first_hour(session)
        assert taken(session) == [1]


def _keeps_its_first_hour(session: Session) -> None:
    kept = sa.select(Order.began_at, Order.expires_at).where(Order.expires_at.is_not(None))
    assert list(map(tuple, session.execute(kept))) == [(START, START + HOLD)]


def _act(conference: Conference, ticket: TicketType, placed: Placed, act: str, at: datetime) -> Placed | None:
    order = order_of(placed)
    changes: dict[str, Any] = {
        "change": {"instead": placed.public_id},
        "same form": {"form": order.form, "agency": str(at)},
        "form twice": {"form": order.form},
        "tab": {},
        "other address": {"instead": placed.public_id, "mail": f"{at.timestamp():.0f}@tampere.example"},
    }.get(act, {})
    try:
        if act == "pay":
            with transaction():
                services.go_to_pay(placed.order_id, at)
            return None
        return an_order(conference, ticket, at=at, browser="Aino's", **changes)
    except (OrderIsOver, SoldOut):
        return None


def test_the_database_holds_to_it(session: Session) -> None:
    conference, ticket = sale()
    an_order(conference, ticket, at=START)
    for change in ({"expires_at": START + HOLD + MINUTE}, {"began_at": START + MINUTE}):
        with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
            session.execute(sa.update(Order).values(**change))


# ---------- to whom it gives way ----------


def test_a_strangers_order_for_somebodys_address_stands_beside_theirs(session: Session) -> None:
    conference, ticket = sale(capacity=2)
    hers = an_order(conference, ticket, browser="Aino's")
    with transaction():
        services.go_to_pay(hers.order_id, now())
    his = an_order(conference, ticket, mail="AINO@Tampere.example", name="Mallory", browser="Mallory's")
    assert states(session) == [("awaiting_payment", "held"), ("held", "held")]
    aino = people.by_mail("aino@tampere.example")
    assert aino
    seats = session.execute(
        sa.select(Registration.person_id, Registration.mail).order_by(Registration.id)
    ).all()
    assert seats == [(aino.id, "aino@tampere.example"), (None, "AINO@Tampere.example")]
    assert (pay(hers), pay(his, payment_id=8)) == (True, True)
    assert states(session) == [("confirmed", "confirmed")] * 2
    assert session.scalars(sa.select(Registration.person_id).order_by(Registration.id)).all() == [
        aino.id,
        None,
    ]


def test_in_a_full_house_a_known_address_opens_nothing(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    an_order(conference, ticket, browser="Aino's")
    for mail in ("aino@tampere.example", "mallory@agency.example"):
        with pytest.raises(SoldOut):
            an_order(conference, ticket, mail=mail, browser="Mallory's")
    assert states(session) == [("held", "held")]


def test_a_hold_gives_way_to_its_owner_signed_in_and_to_the_holder_of_its_link(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    strangers = an_order(conference, ticket, browser="Mallory's")
    aino = people.by_mail("aino@tampere.example")
    assert aino
    hers = an_order(conference, ticket, buyer_id=aino.id, browser="Aino's")
    assert states(session) == [("cancelled", "cancelled"), ("held", "held")]
    an_order(conference, ticket, instead=hers.public_id, browser="her phone")
    assert states(session)[1:] == [("cancelled", "cancelled"), ("held", "held")]
    assert facts(session).count("order.given_up") == 2
    assert not pay(strangers)


def test_a_seat_is_not_kept_back_for_another_address(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    first = an_order(conference, ticket, browser="Aino's")
    with pytest.raises(SoldOut):
        an_order(conference, ticket, instead=first.public_id, mail="b@tampere.example", browser="Aino's")
    assert states(session) == [("held", "held")]
    wish = a_wish(ticket, instead=first.public_id, mail="b@tampere.example", browser="Aino's")
    with transaction():
        began = services.let_go(catalog(conferences.by_id(conference.id)), wish, now())
    assert began == order_of(first).began_at
    an_order(conference, ticket, mail="quicker@agency.example")
    with pytest.raises(SoldOut):
        an_order(conference, ticket, instead=first.public_id, mail="b@tampere.example", browser="Aino's")


def test_with_room_left_an_address_is_changed_and_the_old_seat_is_free(session: Session) -> None:
    conference, ticket = sale(capacity=2)
    first = an_order(conference, ticket, at=START)
    second = an_order(
        conference, ticket, at=START + 5 * MINUTE, instead=first.public_id, mail="b@tampere.example"
    )
    assert (states(session), taken(session)) == ([("cancelled", "cancelled"), ("held", "held")], [1])
    assert order_of(second).expires_at == START + HOLD


def test_late_money_ends_nobody_elses_hold(session: Session) -> None:
    """A stranger's hold for her address expired; she holds a seat; then the stranger's money comes."""
    conference, ticket = sale(capacity=2)
    his = an_order(conference, ticket, at=START, browser="Mallory's")
    with transaction():
        services.expire_holds(START + HOLD)
    hers = an_order(conference, ticket, at=START + HOLD, browser="Aino's")
    assert pay(his)
    assert states(session) == [("confirmed", "confirmed"), ("held", "held")]
    assert order_of(hers).expires_at == START + 2 * HOLD
    aino = people.by_mail("aino@tampere.example")
    assert aino
    assert session.scalars(sa.select(Registration.person_id).order_by(Registration.id)).all() == [
        None,
        aino.id,
    ]


def test_late_money_of_the_same_browser_takes_the_seat_of_its_newer_hold(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    first = an_order(conference, ticket, at=START, browser="Aino's")
    with transaction():
        services.expire_holds(START + HOLD)
    an_order(conference, ticket, at=START + HOLD, browser="Aino's")
    assert pay(first)
    assert (states(session), taken(session)) == (
        [("confirmed", "confirmed"), ("cancelled", "cancelled")],
        [1],
    )


def test_a_seat_beside_a_hold_is_its_persons_once_that_ends(session: Session, settle: Any) -> None:
    """She began on the laptop and paid on the phone."""
    conference, ticket = sale(capacity=2)
    laptop = an_order(conference, ticket, at=START, browser="laptop")
    phone = an_order(conference, ticket, at=START, browser="phone")
    assert pay(phone, payment_id=a_payment(session, phone))
    settle()
    aino = people.by_mail("aino@tampere.example")
    assert aino
    whose = sa.select(Registration.person_id).where(Registration.order_id == phone.order_id)
    assert session.scalar(whose) is None
    with transaction():
        services.expire(laptop.order_id, START + HOLD)
    settle()
    session.expire_all()
    assert session.scalar(whose) == aino.id
    told = "SELECT count(*) FROM invitation WHERE person_id = :person AND kind = 'registration'"
    assert session.scalar(sa.text(told), {"person": aino.id}) == 1


def a_payment(session: Session, placed: Placed) -> int:
    made = session.execute(
        sa.text(
            """INSERT INTO payment (organization_id, public_id, order_id, amount, currency, state, opened_at)
               SELECT organization_id, 'planted', id, total, currency, 'succeeded', now() FROM "order" WHERE id = :id
               RETURNING id"""
        ),
        {"id": placed.order_id},
    )
    return int(made.scalar_one())


def test_a_cancelled_conference_ends_its_holds_and_says_so(session: Session, settle: Any) -> None:
    conference, ticket = sale()
    an_order(conference, ticket)
    with transaction():
        cancel_conference(conference.id, now())
    settle()
    assert states(session) == [("cancelled", "cancelled")]
    assert facts(session).count("order.given_up") == 1


# ---------- what a caller keeps ----------

SHARE = policy.Share(orders=60, percent=25)


def by(
    conference: Conference, ticket: TicketType, number: int, share: policy.Share = SHARE, **more: Any
) -> Placed:
    with transaction():
        wish = a_wish(ticket, mail=f"p{number}@cit.example", **{"caller": "network", **more})
        return services.place(catalog(conferences.by_id(conference.id)), wish, now(), share=share)


@pytest.mark.parametrize("amount", [0, 49000], ids=["free", "paid"])
def test_one_caller_keeps_a_quarter_of_a_course_and_no_more(session: Session, amount: int) -> None:
    conference, ticket = sale(capacity=40, amount=amount)
    for number in range(10):
        by(conference, ticket, number)
    with pytest.raises(KeepsTooMuch) as refused:
        by(conference, ticket, 10)
    assert refused.value.sentence.startswith("Many registrations from your network still wait")
    by(conference, ticket, 11, caller="another network")
    by(conference, ticket, 12, caller="")
    assert taken(session) == [12]


def test_a_small_quota_is_open_to_an_office(session: Session) -> None:
    conference, ticket = sale(capacity=8)
    for number in range(policy.FEWEST):
        by(conference, ticket, number)
    with pytest.raises(KeepsTooMuch):
        by(conference, ticket, policy.FEWEST)


def test_so_many_in_all_over_conferences(session: Session) -> None:
    share = policy.Share(orders=3, percent=100)
    conference, ticket = sale(capacity=50)
    other = a_conference("other")
    for number in range(2):
        by(conference, ticket, number, share)
    free = a_ticket_type(other, a_quota(other, capacity=50), amount=0)
    by(other, free, 3, share)
    with pytest.raises(KeepsTooMuch):
        by(conference, ticket, 4, share)


def test_an_add_on_has_its_own_share(session: Session) -> None:
    conference, ticket = sale(capacity=100)
    lunch = a_ticket_type(
        conference, a_quota(conference, "Lunch", 8, main=False), amount=4000, name="Lunch", add_on=True
    )
    for number in range(5):
        by(conference, ticket, number, add_ons=(lunch.public_id,))
    with pytest.raises(KeepsTooMuch):
        by(conference, ticket, 5, add_ons=(lunch.public_id,))
    by(conference, ticket, 6)


def test_what_is_paid_given_up_over_or_proven_is_kept_by_nobody(session: Session, settle: Any) -> None:
    conference, ticket = sale(capacity=8)
    share = policy.Share(orders=1, percent=100)
    first = by(conference, ticket, 1, share)
    pay(first)
    second = by(conference, ticket, 2, share)
    with transaction():
        services.give_up(second.order_id, now())
    third = by(conference, ticket, 3, share)
    with transaction():
        services.expire(third.order_id, now() + HOLD)
    by(conference, ticket, 4, share)
    assert session.scalar(sa.select(sa.func.count(Order.caller))) == 1


def test_a_free_order_counts_until_somebody_opens_the_link_in_its_email(session: Session) -> None:
    conference, ticket = sale(amount=0)
    share = policy.Share(orders=1, percent=100)
    by(conference, ticket, 1, share)
    with pytest.raises(KeepsTooMuch):
        by(conference, ticket, 2, share)
    with transaction():
        services.prove(session.scalar(sa.select(Registration.person_id)) or 0)
    by(conference, ticket, 2, share)


def test_what_is_agreed_to_for_somebody_known_waits_for_them(session: Session) -> None:
    conference, ticket = sale(amount=0)
    with transaction():
        person_id = find_or_make("p1@cit.example", "Aino")
        must(Person, person_id).mail_proven_at = now()
    by(conference, ticket, 1, news=True)
    assert session.scalars(sa.select(Consent)).all() == [], "a stranger may have ticked it"
    with transaction():
        services.prove(person_id)
    assert session.scalars(sa.select(Consent.purpose)).all() == [Purpose.NEWS]
    assert session.scalars(sa.select(Order.agreed)).all() == [[]]


def test_whoever_is_signed_in_is_proven_and_agrees_at_once(session: Session) -> None:
    conference, ticket = sale(amount=0)
    with transaction():
        person_id = find_or_make("p1@cit.example", "Aino")
        must(Person, person_id).mail_proven_at = now()
    by(conference, ticket, 1, buyer_id=person_id, news=True, follow_up=True)
    assert session.scalar(sa.select(sa.func.count(Order.caller))) == 0
    assert set(session.scalars(sa.select(Consent.purpose))) == {Purpose.NEWS, Purpose.FOLLOW_UP}


# ---------- full is said before the price ----------


def test_full_is_said_before_that_the_price_changed(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    lunch = a_ticket_type(
        conference, a_quota(conference, "Lunch", 1, main=False), amount=4000, name="Lunch", add_on=True
    )
    an_order(conference, ticket, add_ons=(lunch.public_id,), mail="layla@agency.example")
    with pytest.raises(SoldOut):
        an_order(conference, ticket, shown_total=0)
    session.execute(sa.text("UPDATE quota SET capacity = 9 WHERE name = 'Seats'"))
    session.commit()
    with pytest.raises(AddOnFull):
        an_order(conference, ticket, add_ons=(lunch.public_id,), shown_total=49000)
    with pytest.raises(PriceChanged):
        an_order(conference, ticket, shown_total=1)


def test_whoever_changes_an_order_in_a_full_house_is_told_the_new_price(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    placed = an_order(conference, ticket)
    with pytest.raises(PriceChanged):
        an_order(conference, ticket, instead=placed.public_id, shown_total=1)
    an_order(conference, ticket, instead=placed.public_id, shown_total=49000)


def test_changing_an_order_keeps_the_price_that_ends_by_count(session: Session) -> None:
    conference, ticket = sale(amount=None, capacity=10)
    a_price(ticket, 30000, until_sold=1, position=1)
    a_price(ticket, 49000, position=2)
    first = an_order(conference, ticket, shown_total=30000)
    changed = an_order(conference, ticket, instead=first.public_id, name="Aino Maria", shown_total=30000)
    assert changed.total == 30000
    assert session.scalar(sa.select(Sold.count)) == 1
    with pytest.raises(PriceChanged):
        an_order(conference, ticket, mail="b@c.example", shown_total=30000)


def test_every_order_that_ends_unpaid_is_a_fact(session: Session) -> None:
    conference, ticket = sale()
    a_paid_order(conference, ticket, mail="paid@agency.example")
    held = an_order(conference, ticket)
    with transaction():
        services.give_up(held.order_id, now())
    payload = session.scalar(sa.select(EventRow.payload).where(EventRow.name == "order.given_up"))
    assert payload == {"order_id": held.order_id, "conference_id": conference.id}
    assert order_of(held).state is OrderState.CANCELLED
