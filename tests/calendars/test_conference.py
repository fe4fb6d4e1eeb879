"""A conference in the calendars of those who registered: it moves with the conference, in one letter, and ends with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.calendars.models import Invitation, Kind
from citevents.conferences import services as conferences
from citevents.conferences.models import Conference
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.operations.invariants import violations
from citevents.people import services as people
from citevents.registration import queries as registration
from citevents.registration import services as places
from citevents.scheduling import services as agenda
from standins.mail import Outbox
from tests.calendars.world import emitted, entries, letters, registered, text
from tests.conferences.world import a_conference, a_quota, a_room, a_ticket_type
from tests.people.world import staff, submit
from tests.registration.world import a_paid_order
from tests.scheduling.world import a_session, placed, published

pytestmark = pytest.mark.usefixtures("organization")
Settle = Callable[[], int]
AINO, BO = "aino@tampere.example", "bo@ibadan.example"


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox) -> None:
    outbox.clear()


def changed(conference: Conference, **values: Any) -> None:
    with transaction():
        conferences.change(conference.id, **values)


def brief(entry: dict[str, Any]) -> tuple[Any, ...]:
    return (
        entry["method"],
        entry["sequence"],
        entry["start"],
        entry["end"],
        entry["summary"],
        entry["location"],
    )


HALL = "Harbour Hall (sample), Vancouver"
NAME = "CIT International Conference (sample)"


def test_every_change_that_calendars_show_moves_the_entry_in_one_letter(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    ticket = a_ticket_type(conference, a_quota(conference))
    for mail in (AINO, BO):
        registered(conference, ticket, mail)
    settle()
    changed(conference, starts_on=date(2027, 9, 5), ends_on=date(2027, 9, 8), summary="Four days")
    settle()
    changed(conference, venue="Forest Hall (sample)", city="Burnaby")
    settle()
    changed(conference, name="CIT Conference (sample)")
    settle()
    changed(conference, zone="America/Toronto")
    settle()
    for mail in (AINO, BO):
        told = entries(outbox, mail)
        assert [brief(entry) for entry in told] == [
            ("REQUEST", 0, "2027-08-22", "2027-08-26", NAME, HALL),
            ("REQUEST", 1, "2027-09-05", "2027-09-09", NAME, HALL),
            ("REQUEST", 2, "2027-09-05", "2027-09-09", NAME, "Forest Hall (sample), Burnaby"),
            (
                "REQUEST",
                3,
                "2027-09-05",
                "2027-09-09",
                "CIT Conference (sample)",
                "Forest Hall (sample), Burnaby",
            ),
            (
                "REQUEST",
                4,
                "2027-09-05",
                "2027-09-09",
                "CIT Conference (sample)",
                "Forest Hall (sample), Burnaby",
            ),
        ]
        assert len({entry["uid"] for entry in told}) == 1
        assert len(letters(outbox, mail)) == 5
    moved, _place, named, _zone = (text(letter) for letter in letters(outbox, AINO)[1:])
    assert "22–25 August 2027" in moved and "5–8 September 2027" in moved
    assert f"It was called “{NAME}” before." in named
    assert violations() == []


def test_what_calendars_do_not_show_tells_nobody(session: Session, settle: Settle, outbox: Outbox) -> None:
    conference = a_conference()
    registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    settle()
    changed(conference, summary="Other words", address="2 Sample Street", access_note="Step-free")
    changed(conference, starts_on=conference.starts_on)
    settle()
    assert emitted("conference.changed") == []
    assert len(letters(outbox, AINO)) == 1


def test_what_changed_back_before_anybody_was_told_tells_nobody(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    settle()
    changed(conference, city="Burnaby")
    changed(conference, city="Vancouver")
    settle()
    assert len(letters(outbox, AINO)) == 1


def test_a_change_before_the_ticket_letter_is_in_the_ticket_letter(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    changed(conference, city="Burnaby")
    settle()
    told = entries(outbox, AINO)
    assert [entry["location"] for entry in told][-1] == "Harbour Hall (sample), Burnaby"
    assert len(told) == 1
    assert violations() == []


def test_only_those_who_come_are_told(session: Session, settle: Settle, outbox: Outbox) -> None:
    conference, other = a_conference(), a_conference("other", name="Other (sample)")
    ticket = a_ticket_type(conference, a_quota(conference))
    gone = registered(conference, ticket, AINO)
    registered(other, a_ticket_type(other, a_quota(other)), BO)
    settle()
    place = registration.place_of(gone, conference.id)
    assert place is not None
    with transaction():
        places.cancel(place.order_id, now())
    settle()
    outbox.clear()
    changed(conference, city="Burnaby")
    settle()
    assert outbox.messages() == []
    assert violations() == []


def test_the_sessions_in_their_calendars_are_elsewhere_too(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    talk = a_session(conference, "Dispatch as the first contact")
    placed(talk, a_room(conference, "Cedar"), "09:45")
    published(conference)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    with transaction():
        agenda.favourite(talk.id, aino)
    settle()
    outbox.clear()
    changed(conference, city="Burnaby")
    settle()
    told = {entry["summary"]: (entry["sequence"], entry["location"]) for entry in entries(outbox, AINO)}
    assert told == {
        NAME: (1, "Harbour Hall (sample), Burnaby"),
        talk.title: (1, "Cedar, Harbour Hall (sample), Burnaby"),
    }
    [letter] = letters(outbox, AINO)
    assert "1 session in your agenda changes with it" in text(letter)
    kinds = [part.get_content_type() for part in letter.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics", "text/calendar"]
    assert violations() == []


def test_a_whole_conference_moves_in_a_handful_of_statements(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    ticket = a_ticket_type(conference, a_quota(conference, capacity=40))
    for number in range(30):
        registered(conference, ticket, f"p{number}@cit.example")
    settle()
    changed(conference, ends_on=conference.ends_on + timedelta(days=1))
    statements: list[str] = []
    sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2]))
    from citevents.calendars import registrations

    with transaction():
        assert registrations.follow_conference(conference.id) == 30
        assert registrations.follow_conference(conference.id) == 0, "twice is once"
    assert len(statements) < 30
    assert len(emitted("invitation.changed")) == 30


def test_a_cancelled_place_is_one_letter_with_money_and_calendar(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    order = a_paid_order(conference, a_ticket_type(conference, a_quota(conference), amount=49000), mail=AINO)
    settle()
    outbox.clear()
    with transaction():
        places.cancel(order.order_id, now())
    settle()
    [letter] = letters(outbox, AINO)
    assert "CA$490.00 is refunded to the card you paid with." in text(letter)
    assert "The attached message takes it out of your calendar." in text(letter)
    [entry] = entries(outbox, AINO)
    assert (entry["method"], entry["sequence"], entry["status"]) == ("CANCEL", 1, "CANCELLED")


def test_a_cancelled_conference_is_one_letter_to_everybody(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    ticket = a_ticket_type(conference, a_quota(conference))
    for mail in (AINO, BO):
        registered(conference, ticket, mail)
    settle()
    uids = {mail: entries(outbox, mail)[0]["uid"] for mail in (AINO, BO)}
    outbox.clear()
    with transaction():
        conferences.cancel(conference.id, now())
    settle()
    for mail in (AINO, BO):
        [letter], [entry] = letters(outbox, mail), entries(outbox, mail)
        assert letter["Subject"] == f"Cancelled: {NAME}"
        assert "will not take place" in text(letter)
        assert (entry["method"], entry["sequence"], entry["uid"]) == ("CANCEL", 1, uids[mail])
    assert violations() == []


def test_an_erased_person_is_not_written_to(session: Session, settle: Settle, outbox: Outbox) -> None:
    conference = a_conference()
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    settle()
    with transaction():
        people.erase(aino)
    settle()
    outbox.clear()
    changed(conference, city="Burnaby")
    settle()
    assert outbox.messages() == []
    row = session.scalars(sa.select(Invitation).where(Invitation.kind == Kind.REGISTRATION)).one()
    assert row.facts["place"] == "Harbour Hall (sample), Burnaby", (
        "its feed, and whoever looks, sees what is true"
    )


# ---------- the form of organizers ----------

SETTINGS = "/desk/c/cit-2027/settings"


def fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page)) | {
        "zone": "America/Vancouver",
        "country": "CA",
    }


def test_the_form_says_how_many_are_told_before_it_saves(
    client: FlaskClient, session: Session, settle: Settle
) -> None:
    conference = a_conference()
    ticket = a_ticket_type(conference, a_quota(conference))
    for mail in (AINO, BO):
        registered(conference, ticket, mail)
    settle()
    staff(client, Role.ORGANIZER)
    values = fields(client.get(SETTINGS).text) | {"city": "Burnaby"}
    asked = submit(client, SETTINGS, page=SETTINGS, **values)
    assert asked.status_code == 200
    assert "2 people have the event in their calendars" in asked.text
    assert "Save and tell 2 people" in asked.text
    session.expire_all()
    assert conference.city == "Vancouver", "not saved yet"
    again = fields(asked.text)
    assert (again["city"], again["told"]) == ("Burnaby", "2"), "what was typed is still there"

    registered(conference, ticket, "cy@porto.example")
    settle()
    asked = submit(client, SETTINGS, page=SETTINGS, **again)
    assert "Save and tell 3 people" in asked.text, "more are told than the button said"
    saved = submit(client, SETTINGS, page=SETTINGS, **fields(asked.text))
    assert saved.status_code == 303
    session.expire_all()
    assert conference.city == "Burnaby"
    assert len(emitted("conference.changed")) == 1


def test_what_tells_nobody_is_saved_at_once(client: FlaskClient, session: Session, settle: Settle) -> None:
    conference = a_conference()
    staff(client, Role.ORGANIZER)
    values = fields(client.get(SETTINGS).text)
    assert submit(client, SETTINGS, page=SETTINGS, **values | {"city": "Burnaby"}).status_code == 303
    registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    settle()
    values |= {"city": "Burnaby", "summary": "Other words"}
    assert submit(client, SETTINGS, page=SETTINGS, **values).status_code == 303
