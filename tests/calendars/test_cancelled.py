"""Cancelled means cancelled: whoever was ever told is told, once, in words that fit the act; and `flask check` says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session as DbSession

from citevents.calendars.models import Invitation, Kind
from citevents.conferences import services as conferences
from citevents.conferences.models import Conference
from citevents.core.db import transaction
from citevents.operations.invariants import violations
from citevents.scheduling import services as agenda
from citevents.scheduling.models import Session
from citevents.scheduling.speakers import SpeakerInput
from standins.mail import Outbox
from tests.calendars.world import emitted, entries, letters, registered, text
from tests.conferences.world import a_conference, a_quota, a_room, a_ticket_type
from tests.people.world import a_person
from tests.scheduling.world import a_session, at, placed, published

pytestmark = pytest.mark.usefixtures("organization")
Settle = Callable[[], int]
AINO, BO, CY = "aino@tampere.example", "bo@ibadan.example", "cy@porto.example"
NAME = "CIT International Conference (sample)"


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox) -> None:
    outbox.clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the time of calendars."""

    def set_to(instant: datetime) -> None:
        monkeypatch.setattr("citevents.calendars.sessions.now", lambda: instant)

    return set_to


def told(outbox: Outbox, to: str) -> list[tuple[Any, ...]]:
    """(method, SEQUENCE, what, status) of everything somebody's calendar was sent, oldest first."""
    return [
        (entry["method"], entry["sequence"], entry["summary"], entry["status"])
        for entry in entries(outbox, to)
    ]


def a_talk_of(conference: Conference, title: str, name: str, person: int) -> Session:
    """A session whose speaker we know."""
    with transaction():
        return agenda.add_session(
            conference.id, title=title, speakers=[SpeakerInput(name=name, person_id=person)]
        )


def starred(talk: Session, *people: int) -> None:
    with transaction():
        for person in people:
            agenda.favourite(talk.id, person)


# ---------- a conference ----------


def test_a_cancelled_conference_tells_everybody_who_was_ever_told(
    session: DbSession, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    cedar, fir = a_room(conference, "Cedar"), a_room(conference, "Fir")
    ticket = a_ticket_type(conference, a_quota(conference))
    bo = a_person("Bo", mail=BO)  # speaks twice, has no place
    cy = registered(conference, ticket, CY, "Cy")  # has a place, and speaks
    aino = registered(conference, ticket, AINO)  # has a place and a favourite
    first, second = (a_talk_of(conference, title, "Bo", bo) for title in ("First", "Second"))
    third = a_talk_of(conference, "Third", "Cy", cy)
    for talk, room, clock in ((first, cedar, "09:45"), (second, cedar, "11:15"), (third, fir, "09:45")):
        placed(talk, room, clock)
    published(conference)
    starred(first, aino)
    settle()
    uids = {
        (mail, entry["summary"]): entry["uid"] for mail in (AINO, BO, CY) for entry in entries(outbox, mail)
    }
    outbox.clear()

    with transaction():
        conferences.cancel(conference.id, at("12:00", day=1))
    settle()
    assert {mail: sorted(told(outbox, mail)) for mail in (AINO, BO, CY)} == {
        AINO: [("CANCEL", 1, NAME, "CANCELLED"), ("CANCEL", 1, "First", "CANCELLED")],
        BO: [("CANCEL", 1, "First", "CANCELLED"), ("CANCEL", 1, "Second", "CANCELLED")],
        CY: [("CANCEL", 1, NAME, "CANCELLED"), ("CANCEL", 1, "Third", "CANCELLED")],
    }
    for mail in (AINO, BO, CY):
        [letter] = letters(outbox, mail)
        assert letter["Subject"] == f"Cancelled: {NAME}", "one letter about the whole, to each"
        assert "will not take place" in text(letter)
        for entry in entries(outbox, mail):
            assert entry["uid"] == uids[mail, entry["summary"]]
    assert "2 sessions in your calendar are cancelled with it" in text(letters(outbox, BO)[0])
    assert violations() == []


def test_what_took_place_before_the_conference_was_cancelled_stays(
    session: DbSession, settle: Settle, outbox: Outbox, clock: Callable[[datetime], None]
) -> None:
    conference = a_conference()
    bo = a_person("Bo", mail=BO)
    cedar = a_room(conference, "Cedar")
    over, running, later = (a_talk_of(conference, title, "Bo", bo) for title in ("Over", "Running", "Later"))
    for talk, start in ((over, "09:00"), (running, "11:30"), (later, "14:00")):
        placed(talk, cedar, start)
    published(conference)
    settle()
    outbox.clear()
    clock(at("12:00"))
    with transaction():
        conferences.cancel(conference.id, at("12:00"))
    settle()
    assert sorted(told(outbox, BO)) == [
        ("CANCEL", 1, "Later", "CANCELLED"),
        ("CANCEL", 1, "Running", "CANCELLED"),
    ]


def test_whoever_heard_of_only_one_of_two_sessions_is_told_of_that_one(
    session: DbSession, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    bo = a_person("Bo", mail=BO)
    cedar = a_room(conference, "Cedar")
    unheard, heard = (a_talk_of(conference, title, "Bo", bo) for title in ("Unheard", "Heard"))
    placed(unheard, cedar, "09:00")
    placed(heard, cedar, "14:00")
    published(conference)
    settle()
    session.execute(sa.update(Invitation).where(Invitation.subject_id == unheard.id).values(told={}))
    outbox.clear()
    with transaction():
        conferences.cancel(conference.id, at("12:00", day=1))
    settle()
    assert told(outbox, BO) == [("CANCEL", 1, "Heard", "CANCELLED")]
    assert violations() == []


def test_a_change_that_was_on_its_way_is_told_as_the_end(
    session: DbSession, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    bo = a_person("Bo", mail=BO)
    talk = a_talk_of(conference, "Talk", "Bo", bo)
    placed(talk, a_room(conference, "Cedar"), "09:45")
    published(conference)
    settle()
    outbox.clear()
    placed(talk, a_room(conference, "Fir"), "14:00")
    published(conference)
    with transaction():
        conferences.cancel(conference.id, at("12:00", day=1))
    settle()
    assert told(outbox, BO) == [("CANCEL", 1, "Talk", "CANCELLED")]
    assert violations() == []


def test_whoever_cannot_be_reached_is_no_violation(
    session: DbSession, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    bo = a_person("Bo", mail=BO)
    placed(a_talk_of(conference, "Talk", "Bo", bo), a_room(conference, "Cedar"), "09:45")
    published(conference)
    settle()
    outbox.clear()
    session.execute(sa.text("UPDATE person SET mail = NULL, mail_key = NULL WHERE id = :id"), {"id": bo})
    with transaction():
        conferences.cancel(conference.id, at("12:00", day=1))
    settle()
    assert outbox.messages() == []
    assert violations() == []


# ---------- sessions that move ----------


def moved(talk: Session, conference: Conference, room: Any, clock: str, day: int = 23) -> None:
    placed(talk, room, clock, day)
    published(conference)


@pytest.mark.parametrize(
    ("was", "becomes", "heard"),
    [
        ("21:00", "10:00", True),  # not over as told, over by what is true now
        ("10:00", "21:00", True),  # over as told, not over by what is true now
        ("11:30", "10:00", True),  # running
        ("11:30", "21:00", True),
        ("10:00", "09:00", False),  # over either way
        ("21:00", "22:00", True),
    ],
)
def test_whoever_was_told_of_what_is_not_over_is_told_that_it_moved(
    session: DbSession,
    settle: Settle,
    outbox: Outbox,
    clock: Callable[[datetime], None],
    was: str,
    becomes: str,
    heard: bool,
) -> None:
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    talk = a_session(conference, "Talk")
    moved(talk, conference, cedar, was)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    starred(talk, aino)
    settle()
    outbox.clear()
    clock(at("12:00"))
    placed(talk, cedar, becomes)
    version = published(conference)
    assert version.summary["told"] == int(heard), "the desk says as many as are told"
    settle()
    assert [(each["method"], each["sequence"], each["start"]) for each in entries(outbox, AINO)] == (
        [("REQUEST", 1, at(becomes).isoformat())] if heard else []
    )
    row = session.scalars(sa.select(Invitation).where(Invitation.kind == Kind.SESSION)).one()
    assert (row.sequence, row.told["start"]) == (int(heard), at(becomes if heard else was).isoformat())


def test_a_session_cancelled_while_it_runs_is_told_and_one_that_is_over_is_not(
    session: DbSession, settle: Settle, outbox: Outbox, clock: Callable[[datetime], None]
) -> None:
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    over, running = a_session(conference, "Over"), a_session(conference, "Running")
    placed(over, cedar, "09:00")
    placed(running, cedar, "11:30")
    published(conference)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    for talk in (over, running):
        starred(talk, aino)
    settle()
    outbox.clear()
    clock(at("12:00"))
    for talk in (over, running):
        with transaction():
            agenda.cancel(talk.id)
    settle()
    assert told(outbox, AINO) == [("CANCEL", 1, "Running", "CANCELLED")]


def test_another_room_and_other_days_are_told(session: DbSession, settle: Settle, outbox: Outbox) -> None:
    conference = a_conference()
    talk = a_session(conference, "Talk")
    moved(talk, conference, a_room(conference, "Cedar"), "09:45")
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    starred(talk, aino)
    settle()
    outbox.clear()
    moved(talk, conference, a_room(conference, "Fir"), "09:45")
    settle()
    with transaction():
        conferences.change(conference.id, starts_on=date(2027, 8, 21))
    settle()
    assert [(each["summary"], each["sequence"], each["location"][:4]) for each in entries(outbox, AINO)] == [
        ("Talk", 1, "Fir,"),
        (NAME, 1, "Harb"),
    ]


# ---------- words that fit the act ----------


def subjects(outbox: Outbox, to: str) -> list[str]:
    return [str(letter["Subject"]) for letter in letters(outbox, to)]


def test_what_one_took_out_oneself_is_not_called_cancelled(
    session: DbSession, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    talk = a_session(conference, "Talk")
    moved(talk, conference, a_room(conference, "Cedar"), "09:45")
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    settle()
    outbox.clear()
    for act in (agenda.favourite, agenda.unfavourite, agenda.favourite):
        with transaction():
            act(talk.id, aino)
        settle()
    assert subjects(outbox, AINO) == [
        "In your calendar: Talk",
        "Out of your calendar: Talk",
        "In your calendar: Talk",
    ]
    _first, out, _again = (text(letter) for letter in letters(outbox, AINO))
    assert "You took the star away from “Talk”." in out
    assert "It takes place as planned." in out
    assert "cancelled" not in out
    assert [each[:2] for each in told(outbox, AINO)] == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2)]


def test_what_the_organizers_cancelled_says_so_and_its_return_too(
    session: DbSession, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    talk, cedar = a_session(conference, "Talk"), a_room(conference, "Cedar")
    moved(talk, conference, cedar, "09:45")
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    starred(talk, aino)
    settle()
    outbox.clear()
    with transaction():
        agenda.cancel(talk.id)
    settle()
    with transaction():
        agenda.restore(talk.id)
    placed(talk, cedar, "11:15")
    published(conference)
    settle()
    with transaction():
        agenda.unplace(talk.id)
    published(conference)
    settle()
    assert subjects(outbox, AINO) == ["Cancelled: Talk", "After all: Talk", "Out of the agenda: Talk"]
    off, back, gone = (text(letter) for letter in letters(outbox, AINO))
    assert "The organizers cancelled “Talk”." in off
    assert "“Talk” takes place after all." in back
    assert "“Talk” is not in the agenda any more: the organizers took it out." in gone
    assert [each[:2] for each in told(outbox, AINO)] == [("CANCEL", 1), ("REQUEST", 2), ("CANCEL", 3)]
    assert violations() == []


def test_who_is_not_a_speaker_any_more_is_told_that(
    session: DbSession, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    bo = a_person("Bo", mail=BO)
    talk = a_talk_of(conference, "Talk", "Bo", bo)
    moved(talk, conference, a_room(conference, "Cedar"), "09:45")
    settle()
    outbox.clear()
    with transaction():
        agenda.edit_session(talk.id, speakers=[SpeakerInput(name="Somebody else")])
    published(conference)
    settle()
    assert subjects(outbox, BO) == ["Out of your calendar: Talk"]
    assert "You are not named as a speaker of “Talk” any more." in text(letters(outbox, BO)[0])


def test_cancelled_and_brought_back_before_anybody_was_told_tells_nobody(
    session: DbSession, settle: Settle, outbox: Outbox
) -> None:
    from citevents.calendars import sessions

    conference = a_conference()
    talk, cedar = a_session(conference, "Talk"), a_room(conference, "Cedar")
    moved(talk, conference, cedar, "09:45")
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), AINO)
    starred(talk, aino)
    settle()
    outbox.clear()
    with transaction():
        agenda.cancel(talk.id)
        sessions.follow_agenda(conference.id)
    with transaction():
        agenda.restore(talk.id)
        agenda.place(talk.id, cedar.id, at("09:45"))
    published(conference)
    settle()
    assert outbox.messages() == [], "the calendar says what is true all the time"
    row = session.scalars(sa.select(Invitation).where(Invitation.kind == Kind.SESSION)).one()
    assert (row.sequence, row.sent_sequence) == (2, 2)
    assert violations() == []


def test_the_agenda_of_a_draft_tells_nobody_before_it_is_public(
    session: DbSession, settle: Settle, outbox: Outbox
) -> None:
    from citevents.conferences.models import ConferenceState

    conference = a_conference(state=ConferenceState.DRAFT)
    bo = a_person("Bo", mail=BO)
    talk = a_talk_of(conference, "Talk", "Bo", bo)
    placed(talk, a_room(conference, "Cedar"), "09:45")
    assert published(conference).summary == {"new": 1, "told": 0}
    settle()
    assert outbox.messages() == [], "its links would lead nowhere"
    with transaction():
        conferences.publish(conference.id)
    settle()
    assert told(outbox, BO) == [("REQUEST", 0, "Talk", "CONFIRMED")]
    assert emitted("conference.published") == [{"conference_id": conference.id}]
    assert violations() == []
