"""One delivery sends one email: whoever gets it is not written to again because somebody else's address fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from citevents.core import circuits, jobs
from citevents.core.db import Organization, transaction
from citevents.core.events import Delivery, EventRow, Failure, emit
from citevents.core.mail import TwoEmails, post
from citevents.operations.invariants import violations
from citevents.registration.events import OrderConfirmed
from standins.mail import Outbox
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.people.world import a_person
from tests.registration.world import an_order
from tests.weather import Weather
from workers import relay

BUYER, GUEST = "boss@one.example", "guest@one.example"


@pytest.fixture
def weather(organization: Organization, outbox: Outbox) -> Iterator[Weather]:
    outbox.clear()
    with Weather().driving() as driven:
        yield driven
    outbox.clear()


def buys_for_a_colleague() -> tuple[int, int, int]:
    """Ids of the order, the buyer and the conference."""
    conference = a_conference()
    ticket = a_ticket_type(conference, a_quota(conference), amount=0)
    buyer = a_person("The Boss", mail=BUYER)
    placed = an_order(conference, ticket, mail=GUEST, name="A Guest", buyer_id=buyer)
    return placed.order_id, buyer, conference.id


def sent(outbox: Outbox) -> Counter[str]:
    return Counter(each.to[0] for each in outbox.accepted())


def test_buyer_and_guest_get_one_email_each(weather: Weather, outbox: Outbox) -> None:
    buys_for_a_colleague()
    weather.turn()
    assert sent(outbox) == {BUYER: 1, GUEST: 1}
    assert len({each.message_id for each in outbox.accepted()}) == 2
    assert [each for each in violations() if each.code in ("F2", "E2")] == []


@pytest.mark.parametrize("code", [550, 450])
@pytest.mark.parametrize(("fails", "other"), [(BUYER, GUEST), (GUEST, BUYER)])
def test_an_address_that_fails_costs_the_other_nothing(
    weather: Weather, outbox: Outbox, code: int, fails: str, other: str
) -> None:
    outbox.fault("rcpt", "refuse", on=fails, code=code, times=3)
    buys_for_a_colleague()
    weather.turn()
    assert sent(outbox) == {other: 1}
    weather.pass_time(timedelta(hours=2))
    if code == 450:
        assert sent(outbox) == {BUYER: 1, GUEST: 1}, "and the one who had to wait has it"
        return
    assert sent(outbox) == {other: 1}
    [job] = jobs.refused()
    assert (job.handler, job.failure) == ("registration.mail_tickets_of", Failure.NEVER)
    outbox.faults.clear()
    assert jobs.retry_refused_to(job.person_id or 0) == [job.id]
    weather.turn()
    assert sent(outbox) == {BUYER: 1, GUEST: 1}


def test_a_delivery_of_before_still_brings_each_their_email(
    weather: Weather, session: Session, outbox: Outbox
) -> None:
    """It was made when one delivery sent them all; its name is the same."""
    order_id, _buyer, conference_id = buys_for_a_colleague()
    session.execute(sa.delete(EventRow))
    with transaction():
        emit(OrderConfirmed(order_id=order_id, conference_id=conference_id))
    event_id = session.scalar(sa.select(EventRow.id))
    session.execute(sa.update(EventRow).values(routed_at=sa.func.now()))
    session.execute(sa.insert(Delivery).values(event_id=event_id, handler="registration.mail_tickets"))
    assert relay.adopt() == 1
    weather.turn()
    assert sent(outbox) == {BUYER: 1, GUEST: 1}


def test_a_second_email_in_one_delivery_is_refused_before_it_goes(
    app: Flask, weather: Weather, outbox: Outbox
) -> None:
    def write(key: str, to: str) -> bool:
        return post(
            key, "people/sign_in", to=to, name="Ana", language="en", url="http://localhost/in", minutes=30
        )

    with circuits.attempting(1):
        assert write("one", "one@one.example") is True
        assert write("one", "one@one.example") is False, "the same again is no second one"
        with pytest.raises(TwoEmails):
            write("two", "two@one.example")
    assert sent(outbox) == {"one@one.example": 1}
