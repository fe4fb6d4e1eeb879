"""Orders against the real database: holds, free and paid places, late money, giving back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from citevents.conferences import queries as conferences
from citevents.conferences.catalog import catalog
from citevents.conferences.services import cancel as cancel_conference
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.events import EventRow
from citevents.people.models import Consent, Purpose
from citevents.registration import policy, services
from citevents.registration.errors import (
    AddOnFull,
    AlreadyRegistered,
    NothingToCancel,
    PriceChanged,
    RegistrationClosed,
    SoldOut,
)
from citevents.registration.models import (
    OrderState,
    Registration,
    SensitiveAnswer,
    Sold,
    StateChange,
    Ticket,
)
from tests.conferences.world import a_conference, a_price, a_question, a_quota, a_ticket_type
from tests.registration.stock import facts, pay, sale, states, taken
from tests.registration.world import a_paid_order, a_wish, an_order

pytestmark = pytest.mark.usefixtures("organization")


def live_tickets(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count(Ticket.id)).where(Ticket.voided_at.is_(None))) or 0


def test_a_free_order_is_confirmed_at_once(session: Session) -> None:
    conference, ticket = sale(amount=0)
    placed = an_order(conference, ticket)
    assert placed.state is OrderState.CONFIRMED
    assert states(session) == [("confirmed", "confirmed")]
    assert taken(session) == [1]
    assert live_tickets(session) == 1
    assert facts(session) == ["order.placed", "order.confirmed", "registration.confirmed"]


def test_a_paid_order_holds_its_place_until_it_is_paid(session: Session) -> None:
    conference, ticket = sale(amount=49000, tax_basis_points=500)
    placed = an_order(conference, ticket)
    assert (placed.state, placed.total) == (OrderState.HELD, 51450)
    assert (taken(session), live_tickets(session)) == ([1], 0)
    with transaction():
        services.go_to_pay(placed.order_id, now())
    with transaction():
        assert services.confirm(placed.order_id, now(), payment_id=7, amount=51450, currency="CAD")
    with transaction():
        assert services.confirm(placed.order_id, now(), payment_id=7, amount=51450, currency="CAD")
    assert states(session) == [("confirmed", "confirmed")]
    assert (taken(session), live_tickets(session)) == ([1], 1)
    assert facts(session) == ["order.placed", "order.confirmed", "registration.confirmed"]


def test_the_same_form_sent_twice_is_one_order(session: Session) -> None:
    conference, ticket = sale()
    wish = a_wish(ticket)
    first = an_order(conference, ticket, form=wish.form)
    second = an_order(conference, ticket, form=wish.form)
    assert second == replace(first, again=True)
    assert taken(session) == [1]
    assert facts(session) == ["order.placed"]


def test_the_same_form_with_another_choice_replaces_the_hold(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    form = a_wish(ticket).form
    an_order(conference, ticket, form=form)
    an_order(conference, ticket, form=form, name="Aino Maria Lehtonen")
    assert states(session) == [("cancelled", "cancelled"), ("held", "held")]
    assert taken(session) == [1]


def test_the_newest_of_two_tabs_holds_the_place(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    an_order(conference, ticket, browser="Aino's")
    an_order(conference, ticket, browser="Aino's")
    assert states(session) == [("cancelled", "cancelled"), ("held", "held")]
    assert taken(session) == [1]


def test_a_person_has_one_seat_per_conference_and_is_told_so(session: Session) -> None:
    conference, ticket = sale(amount=0)
    placed = an_order(conference, ticket, browser="Aino's")
    person_id = session.scalar(sa.select(Registration.person_id))
    for theirs in ({"browser": "Aino's"}, {"buyer_id": person_id}):
        with pytest.raises(AlreadyRegistered) as refused:
            an_order(conference, ticket, mail="AINO@tampere.example", **theirs)
        assert refused.value.values == {"order": placed.public_id}
    assert taken(session) == [1]


def test_the_last_place_is_sold_once_and_the_refusal_names_the_choice(session: Session) -> None:
    conference, ticket = sale(amount=0, capacity=1)
    an_order(conference, ticket)
    with pytest.raises(SoldOut) as refused:
        an_order(conference, ticket, mail="layla@agency.example")
    assert refused.value.sentence.startswith("“Full conference” is full.")
    assert (taken(session), len(states(session))) == ([1], 1)


def test_a_double_click_on_the_last_place_shows_the_order(session: Session) -> None:
    conference, ticket = sale(amount=0, capacity=1)
    form = a_wish(ticket).form
    first = an_order(conference, ticket, form=form)
    assert an_order(conference, ticket, form=form).public_id == first.public_id


def test_a_repeat_after_closing_shows_the_order_and_a_new_one_is_refused(session: Session) -> None:
    conference, ticket = sale()
    form = a_wish(ticket).form
    first = an_order(conference, ticket, form=form)
    conference.registration_closes_at = now()
    session.commit()
    assert an_order(conference, ticket, form=form).public_id == first.public_id
    with pytest.raises(RegistrationClosed):
        an_order(conference, ticket, mail="layla@agency.example")


def test_add_ons_draw_from_their_own_pools_and_are_refused_by_name(session: Session) -> None:
    conference, ticket = sale(amount=49000, capacity=10)
    lunch = a_ticket_type(
        conference,
        a_quota(conference, "Lunch", 1, main=False),
        amount=4000,
        name="Awards luncheon",
        add_on=True,
    )
    placed = an_order(conference, ticket, add_ons=(lunch.public_id,))
    assert (placed.total, taken(session)) == (53000, [1, 1])
    with pytest.raises(AddOnFull) as refused:
        an_order(conference, ticket, mail="layla@agency.example", add_ons=(lunch.public_id,))
    assert (refused.value.field, refused.value.values) == ("add_ons", {"name": "Awards luncheon"})
    assert taken(session) == [1, 1]


def test_types_share_a_pool(session: Session) -> None:
    conference = a_conference()
    pool = a_quota(conference, capacity=1)
    full, day = a_ticket_type(conference, pool), a_ticket_type(conference, pool, name="One day")
    an_order(conference, full)
    with pytest.raises(SoldOut):
        an_order(conference, day, mail="layla@agency.example")


def test_a_price_by_count_goes_to_the_first_and_comes_back_with_an_expired_hold(session: Session) -> None:
    conference, ticket = sale(amount=None, capacity=10)
    a_price(ticket, 30000, until_sold=1, position=1)
    a_price(ticket, 49000, position=2)
    assert an_order(conference, ticket).total == 30000
    assert an_order(conference, ticket, mail="layla@agency.example").total == 49000
    with transaction():
        assert services.expire_holds(now() + policy.HOLD) == 2
    assert session.scalar(sa.select(Sold.count)) == 0
    assert an_order(conference, ticket, mail="mateus@recife.example").total == 30000


def test_a_repeat_at_a_price_by_count_is_the_same_order_and_counts_once(session: Session) -> None:
    conference, ticket = sale(amount=None, capacity=10)
    a_price(ticket, 30000, until_sold=1, position=1)
    a_price(ticket, 49000, position=2)
    first = an_order(conference, ticket, form="f" * 22, shown_total=30000)
    again = an_order(conference, ticket, form="f" * 22, shown_total=30000)
    assert (again.order_id, again.again, again.total) == (first.order_id, True, 30000)
    assert session.scalar(sa.select(Sold.count)) == 1


def test_a_price_that_changed_while_the_form_was_open_is_said(session: Session) -> None:
    conference, ticket = sale(amount=None)
    a_price(ticket, 42000, until=now() - timedelta(minutes=1), position=1)
    a_price(ticket, 49000, position=2)
    with pytest.raises(PriceChanged) as refused:
        an_order(conference, ticket, shown_total=42000)
    assert "490.00" in refused.value.sentence
    assert an_order(conference, ticket, shown_total=49000).total == 49000


def test_a_hold_expires_once_and_frees_its_place(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    an_order(conference, ticket)
    with transaction():
        assert services.expire_holds(now()) == 0
    with transaction():
        assert services.expire_holds(now() + policy.HOLD) == 1
    with transaction():
        assert services.expire_holds(now() + policy.HOLD) == 0
    assert (states(session), taken(session)) == ([("expired", "expired")], [0])
    assert facts(session) == ["order.placed", "order.expired"]


def test_money_after_the_hold_takes_the_place_again_if_it_is_free(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    placed = an_order(conference, ticket)
    with transaction():
        services.expire_holds(now() + policy.HOLD)
    assert pay(placed)
    assert (states(session), taken(session), live_tickets(session)) == ([("confirmed", "confirmed")], [1], 1)


def test_money_for_a_place_that_is_gone_is_found(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    placed = an_order(conference, ticket)
    with transaction():
        services.expire_holds(now() + policy.HOLD)
    an_order(conference, ticket, mail="layla@agency.example")
    assert not pay(placed)
    assert states(session) == [("expired", "expired"), ("held", "held")]
    assert (taken(session), live_tickets(session)) == ([1], 0)
    assert facts(session)[-1] == "order.late_payment"


def test_money_for_what_will_not_take_place_is_found_though_its_hold_lasts(session: Session) -> None:
    conference, ticket = sale()
    placed = an_order(conference, ticket)
    with transaction():
        cancel_conference(conference.id, now())
    with transaction():
        assert not services.confirm(placed.order_id, now(), payment_id=7, amount=49000, currency="CAD")
    assert states(session) == [("held", "held")]
    assert facts(session)[-1] == "order.late_payment"


def test_money_for_an_order_that_was_changed_goes_back(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    first = an_order(conference, ticket)
    an_order(conference, ticket, instead=first.public_id)
    assert not pay(first)
    assert states(session) == [("cancelled", "cancelled"), ("held", "held")]
    assert taken(session) == [1]
    assert facts(session)[-1] == "order.late_payment"


@pytest.mark.parametrize(("payment_id", "amount"), [(8, 49000), (7, 48999)])
def test_a_second_payment_or_another_amount_is_no_payment_of_the_order(
    session: Session, payment_id: int, amount: int
) -> None:
    conference, ticket = sale()
    placed = an_order(conference, ticket)
    if payment_id == 8:
        assert pay(placed)
    assert not pay(placed, payment_id, amount)
    assert facts(session)[-1] == "order.late_payment"


def test_cancelling_in_time_gives_all_back_and_frees_the_place(session: Session) -> None:
    conference, ticket = sale()
    placed = a_paid_order(conference, ticket)
    with transaction():
        assert services.cancel(placed.order_id, now()) == 49000
    assert (states(session), taken(session), live_tickets(session)) == ([("cancelled", "cancelled")], [0], 0)
    payload = session.scalar(sa.select(EventRow.payload).order_by(EventRow.id.desc()).limit(1))
    registration_id = session.scalar(sa.select(Registration.id))
    assert payload == {
        "registration_id": registration_id,
        "conference_id": conference.id,
        "order_id": placed.order_id,
        "refund": 49000,
    }
    with pytest.raises(NothingToCancel), transaction():
        services.cancel(placed.order_id, now())


def test_cancelling_late_gives_nothing_back_unless_the_house_cancels(session: Session) -> None:
    conference, ticket = sale()
    late = conference.refund_until
    assert late is not None
    first = a_paid_order(conference, ticket)
    second = a_paid_order(conference, ticket, mail="layla@agency.example")
    with transaction():
        assert services.cancel(first.order_id, late) == 0
    with transaction():
        assert services.cancel(second.order_id, late, by_house=True) == 49000


def test_after_cancelling_one_may_register_again(session: Session) -> None:
    conference, ticket = sale(amount=0, capacity=1)
    placed = an_order(conference, ticket)
    with transaction():
        services.cancel(placed.order_id, now())
    an_order(conference, ticket)
    assert states(session) == [("cancelled", "cancelled"), ("confirmed", "confirmed")]


def test_sensitive_answers_stand_apart_with_consent_and_a_date(session: Session) -> None:
    conference, ticket = sale(amount=0)
    question = a_question(conference)
    an_order(conference, ticket, answers={99: "plain"}, sensitive={question.id: ["Live captions"]})
    kept = session.scalars(sa.select(SensitiveAnswer)).one()
    assert (kept.answer, kept.erase_at.isoformat()) == (["Live captions"], "2027-09-25T07:00:00+00:00")
    assert session.scalars(sa.select(Registration)).one().answers == {"99": "plain"}
    assert session.scalars(sa.select(Consent.purpose)).all() == [Purpose.SENSITIVE_ANSWERS]


def test_every_change_of_state_is_remembered_and_legal(session: Session) -> None:
    conference, ticket = sale(capacity=1)
    placed = an_order(conference, ticket)
    with transaction():
        services.expire_holds(now() + policy.HOLD)
    pay(placed)
    with transaction():
        services.cancel(placed.order_id, now())
    moves = session.execute(sa.select(StateChange.kind, StateChange.was, StateChange.became)).all()
    assert sorted(map(tuple, moves)) == [
        ("order", "confirmed", "cancelled"),
        ("order", "expired", "confirmed"),
        ("order", "held", "expired"),
        ("registration", "confirmed", "cancelled"),
        ("registration", "expired", "confirmed"),
        ("registration", "held", "expired"),
    ]


def test_a_quota_cannot_shrink_under_what_is_taken(session: Session) -> None:
    conference, ticket = sale(amount=0, capacity=2)
    an_order(conference, ticket)
    session.execute(sa.text("UPDATE quota SET capacity = 1 WHERE conference_id = :id"), {"id": conference.id})
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.execute(
            sa.text("UPDATE quota SET capacity = 0 WHERE conference_id = :id"), {"id": conference.id}
        )


def test_the_catalogue_follows_every_change(session: Session) -> None:
    _conference, ticket = sale(amount=100)
    before = catalog(conferences.by_slug("cit-2027"))
    a_price(ticket, 200)
    after = catalog(conferences.by_slug("cit-2027"))
    assert [len(each.tickets[0].prices) for each in (before, after)] == [1, 2]
