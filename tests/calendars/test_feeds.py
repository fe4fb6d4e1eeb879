"""Calendars to subscribe to: the public agenda from memory, and a person's own behind a secret address."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session as DbSession

from citevents.calendars import queries, services
from citevents.core.db import Organization, transaction
from citevents.scheduling import services as agenda
from citevents.scheduling.models import SessionKind
from tests.calendars.world import registered
from tests.conferences.world import a_conference, a_quota, a_room, a_ticket_type
from tests.people.world import a_person, csrf, sign_in_as
from tests.scheduling.world import a_session, placed, published

FEED = "/c/cit-2027/agenda.ics"


def events(content: bytes) -> list[dict[str, Any]]:
    """The events, by icalendar's reader."""
    found = []
    for event in Calendar.from_ical(content).walk("VEVENT"):
        found.append(
            {name: value.dt if hasattr(value := event[name], "dt") else str(value) for name in event}
        )
    return found


def test_the_public_feed_has_every_session_once_and_an_etag(
    session: DbSession, organization: Organization, client: FlaskClient
) -> None:
    conference = a_conference()
    assert client.get(FEED).status_code == 404
    cedar = a_room(conference, "Cedar")
    talk, other = a_session(conference, "Talk"), a_session(conference, "Other; with, signs")
    placed(talk, cedar, "09:45")
    placed(other, cedar, "14:00")
    placed(a_session(conference, "Coffee", kind=SessionKind.BREAK), None, "10:45")
    published(conference)
    answer = client.get(FEED)
    assert answer.mimetype == "text/calendar"
    first = events(answer.data)
    assert [(each["SUMMARY"], each["SEQUENCE"], each["STATUS"]) for each in first] == [
        ("Talk", "1", "CONFIRMED"),
        ("Other; with, signs", "1", "CONFIRMED"),
    ]
    again = client.get(FEED, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with transaction():
        agenda.cancel(talk.id)
    second = events(client.get(FEED, headers={"If-None-Match": answer.headers["ETag"]}).data)
    assert [(each["SUMMARY"], each["SEQUENCE"], each["STATUS"]) for each in second] == [
        ("Talk", "2", "CANCELLED"),
        ("Other; with, signs", "2", "CONFIRMED"),
    ]
    assert [each["UID"] for each in first] == [each["UID"] for each in second]


def test_one_session_is_a_file(session: DbSession, organization: Organization, client: FlaskClient) -> None:
    conference = a_conference()
    talk = a_session(conference, "Talk")
    placed(talk, a_room(conference, "Cedar"), "09:45")
    published(conference)
    answer = client.get(f"/c/cit-2027/agenda/sessions/{talk.public_id}.ics")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="session.ics"'
    assert [each["SUMMARY"] for each in events(answer.data)] == ["Talk"]
    assert client.get("/c/cit-2027/agenda/sessions/nobody.ics").status_code == 404


def test_a_secret_address_shows_what_is_mine_until_it_is_renewed(
    session: DbSession, organization: Organization, client: FlaskClient
) -> None:
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    talk, other = a_session(conference, "Talk"), a_session(conference, "Other")
    placed(talk, cedar, "09:45")
    placed(other, cedar, "14:00")
    published(conference)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), "aino@tampere.example")
    with transaction():
        agenda.favourite(talk.id, aino)
        services.follow_agenda(conference.id, aino)
    sign_in_as(client, aino)
    token = csrf(client, "/me/calendar")
    client.post("/me/calendar", data={"csrf_token": token})
    secret = queries.feed_of(aino)
    assert secret is not None and len(secret) == 32
    assert f"/calendar/{secret}.ics" in client.get("/me/calendar").text

    stranger = client.application.test_client()
    answer = stranger.get(f"/calendar/{secret}.ics")
    [event] = events(answer.data)
    invited = [each for each in queries.invitations_of(aino) if each.facts.title == "Talk"]
    assert (event["SUMMARY"], event["UID"]) == ("Talk", invited[0].uid), (
        "the feed and the letter are one entry"
    )
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "aino" not in answer.text.casefold()
    again = stranger.get(f"/calendar/{secret}.ics", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    with transaction():
        agenda.favourite(other.id, aino)
    assert len(events(stranger.get(f"/calendar/{secret}.ics").data)) == 2

    client.post("/me/calendar", data={"csrf_token": token, "renew": "y"})
    assert stranger.get(f"/calendar/{secret}.ics").status_code == 404
    assert queries.feed_of(aino) not in (None, secret)
    assert stranger.get(f"/calendar/{'0' * 32}.ics").status_code == 404


def test_an_erased_person_has_no_feed(session: DbSession, organization: Organization) -> None:
    person = a_person()
    with transaction():
        secret = services.open_feed(person)
        assert services.open_feed(person) == secret
    assert queries.whose_feed(secret) == person
    with transaction():
        services.erase_person(person)
    assert queries.whose_feed(secret) is None


def test_my_calendar_says_what_to_do_when_it_is_empty(
    session: DbSession, organization: Organization, client: FlaskClient
) -> None:
    assert client.get("/me/calendar").status_code in (302, 303), "sign in first"
    sign_in_as(client, a_person())
    assert "Nothing is in your calendar yet" in client.get("/me/calendar").text
