"""Calendars to subscribe to: the public agenda from memory, and a person's own behind a secret address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session as DbSession

from citevents.calendars import queries, services, sessions
from citevents.conferences import services as conferences
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.scheduling import services as agenda
from citevents.scheduling.models import SessionKind
from citevents.scheduling.speakers import SpeakerInput
from standins.mail import Outbox
from tests.calendars.world import entries, registered
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
    assert said(first) == [("Talk", "CONFIRMED"), ("Other; with, signs", "CONFIRMED")]
    again = client.get(FEED, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with transaction():
        agenda.cancel(talk.id)
    second = events(client.get(FEED, headers={"If-None-Match": answer.headers["ETag"]}).data)
    assert said(second) == [("Talk", "CANCELLED"), ("Other; with, signs", "CONFIRMED")]
    assert [each["UID"] for each in first] == [each["UID"] for each in second]
    with transaction():
        conferences.change(conference.id, venue="Forest Hall (sample)")
    third = events(client.get(FEED).data)
    assert {each["LOCATION"] for each in third} == {"Cedar, Forest Hall (sample), Vancouver"}
    sequences = [{int(each["SEQUENCE"]) for each in feed} for feed in (first, second, third)]
    assert [len(each) for each in sequences] == [1, 1, 1]
    assert max(sequences[0]) < max(sequences[1]) < max(sequences[2]), "nothing else under the same SEQUENCE"


def said(feed: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["SUMMARY"], each["STATUS"]) for each in feed]


def test_feeds_of_a_cancelled_conference_say_so(
    session: DbSession, organization: Organization, client: FlaskClient, settle: Callable[[], int]
) -> None:
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    bo, dana = a_person("Bo", mail="bo@ibadan.example"), a_person("Dana", mail="dana@sample.example")
    with transaction():
        talk = agenda.add_session(
            conference.id, title="Talk", speakers=[SpeakerInput(name="Bo", person_id=bo)]
        )
    placed(talk, cedar, "09:45")
    published(conference)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), "aino@tampere.example")
    with transaction():
        for person in (aino, dana):  # Dana has no place
            agenda.favourite(talk.id, person)
        feeds = {person: services.open_feed(person) for person in (aino, bo, dana)}
    settle()

    def read() -> dict[str, dict[str, Any]]:
        pages = {"public": FEED, "file": f"/c/cit-2027/agenda/sessions/{talk.public_id}.ics"}
        pages |= {str(person): f"/calendar/{secret}.ics" for person, secret in feeds.items()}
        found = {}
        for name, path in pages.items():
            for event in events(client.get(path).data):
                found[f"{name}: {event['SUMMARY']}"] = event
        return found

    before = read()
    with transaction():
        conferences.cancel(conference.id, now())
    settle()
    after = read()
    assert before.keys() == after.keys()
    assert len(after) == 6
    assert {each["STATUS"] for each in before.values()} == {"CONFIRMED"}
    assert {each["STATUS"] for each in after.values()} == {"CANCELLED"}
    for name, event in after.items():
        assert event["UID"] == before[name]["UID"]
        assert int(event["SEQUENCE"]) > int(before[name]["SEQUENCE"]), name


def test_a_feed_says_what_the_letter_said_under_the_same_sequence(
    session: DbSession,
    organization: Organization,
    client: FlaskClient,
    settle: Callable[[], int],
    outbox: Outbox,
) -> None:
    conference = a_conference()
    talk, cedar = a_session(conference, "Talk"), a_room(conference, "Cedar")
    placed(talk, cedar, "09:45")
    published(conference)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), "aino@tampere.example")
    with transaction():
        agenda.favourite(talk.id, aino)
        secret = services.open_feed(aino)
    settle()
    for act in ("move", "unstar", "star", "cancel"):
        outbox.clear()
        if act == "move":
            placed(talk, cedar, "14:00")
            published(conference)
        else:
            verb = {"unstar": agenda.unfavourite, "star": agenda.favourite}.get(act)
            with transaction():
                if verb:
                    verb(talk.id, aino)
                else:
                    agenda.cancel(talk.id)
        settle()
        [letter] = [each for each in entries(outbox, "aino@tampere.example") if each["summary"] == "Talk"]
        feed = [
            each for each in events(client.get(f"/calendar/{secret}.ics").data) if each["SUMMARY"] == "Talk"
        ]
        if act == "unstar":
            assert feed == [], "what one took out oneself is gone"
            continue
        [event] = feed
        assert (event["UID"], int(event["SEQUENCE"]), event["STATUS"], event["DTSTART"].isoformat()) == (
            letter["uid"],
            letter["sequence"],
            letter["status"],
            letter["start"],
        )


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
        sessions.follow_agenda(conference.id, aino)
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
