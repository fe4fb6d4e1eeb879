"""Whatever happens to an agenda, calendars end up with what is true: F3, F4 and F5 over random histories."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from citevents.calendars import emails, queries, services, sessions
from citevents.calendars.models import Invitation, InvitationState, Kind
from citevents.core.clock import now
from citevents.core.db import Organization, as_organization, transaction
from citevents.core.errors import DomainError
from citevents.people import services as people
from citevents.registration import queries as registration
from citevents.registration import services as places
from citevents.scheduling import queries as scheduling
from citevents.scheduling import services as agenda
from citevents.scheduling.speakers import SpeakerInput
from standins.mail import Outbox
from tests.calendars.world import emitted, entries, registered
from tests.conferences.world import a_conference, a_quota, a_room, a_ticket_type
from tests.people.world import a_person
from tests.scheduling.world import a_session, at, placed, published

Settle = Callable[[], int]
_numbers = count(1)


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox) -> None:
    outbox.clear()


acts = st.one_of(
    st.tuples(st.sampled_from(["place", "move"]), st.integers(0, 2), st.integers(0, 1), st.sampled_from(["09:45", "11:15", "14:00"])),
    st.tuples(st.sampled_from(["unplace", "cancel", "restore"]), st.integers(0, 2)),
    st.tuples(st.sampled_from(["star", "unstar"]), st.integers(0, 2), st.integers(0, 1)),
    st.tuples(st.sampled_from(["publish", "undo", "settle"])),
)  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(acts, max_size=24))
def test_the_last_letter_says_what_is_true(
    session: Session,
    organization: Organization,
    settle: Settle,
    outbox: Outbox,
    history: list[tuple[Any, ...]],
) -> None:
    number = next(_numbers)
    conference = a_conference(f"cit-{number}")
    rooms = [a_room(conference, name) for name in ("Cedar", "Fir")]
    talks = [a_session(conference, f"Talk {letter}").id for letter in "ABC"]
    ticket = a_ticket_type(conference, a_quota(conference))
    mails = [f"aino{number}@tampere.example", f"bo{number}@ibadan.example"]
    people = [registered(conference, ticket, mail) for mail in mails]
    settle()
    outbox.clear()
    for talk, clock in zip(talks, ("09:45", "11:15", "14:00"), strict=True):
        with transaction():
            agenda.place(talk, rooms[0].id, at(clock))
            agenda.favourite(talk, people[0])
    published(conference)
    for act, *what in history:
        with suppress(DomainError):
            if act == "settle":
                settle()
            elif act == "publish":
                published(conference)
            else:
                with transaction():
                    match act:
                        case "place" | "move":
                            agenda.place(talks[what[0]], rooms[what[1]].id, at(what[2]))
                        case "unplace":
                            agenda.unplace(talks[what[0]])
                        case "cancel":
                            agenda.cancel(talks[what[0]])
                        case "restore":
                            agenda.restore(talks[what[0]])
                        case "star":
                            agenda.favourite(talks[what[0]], people[what[1]])
                        case "unstar":
                            agenda.unfavourite(talks[what[0]], people[what[1]])
                        case "undo":
                            agenda.undo(conference.id)
                if act == "move":
                    settle()
                    published(conference)
    settle()

    current = scheduling.current(conference.id)
    live = {
        item.session_id: item for item in (current.content.items if current else ()) if not item.cancelled
    }
    for mail, person in zip(mails, people, strict=True):
        told: dict[str, list[dict[str, Any]]] = {}
        for entry in entries(outbox, mail):
            told.setdefault(entry["uid"], []).append(entry)
        wanted = {
            queries.uid_of(Kind.SESSION, talk, person): live[talk]
            for talk in scheduling.favourite_ids(person, conference.id)
            if talk in live
        }
        for uid, letters_of_one in told.items():
            sequences = [entry["sequence"] for entry in letters_of_one]
            assert sequences == sorted(set(sequences)), "F3: SEQUENCE strictly rises"
            last = letters_of_one[-1]
            if uid in wanted:  # F4: the last letter shows the time and place of now
                item = wanted[uid]
                room = next(room.name for room in rooms if room.id == item.place.room_id)
                assert (last["method"], last["start"]) == ("REQUEST", item.place.start.isoformat())
                assert last["location"].startswith(f"{room}, ")
            else:
                assert last["method"] == "CANCEL"
        assert set(wanted) <= set(told), "F5: one UID for each meeting of each person, and all are told"


def test_a_favourite_from_before_publication_is_invited_at_publication(
    session: Session, organization: Organization, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    talk = a_session(conference)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), "aino@tampere.example")
    with transaction():
        agenda.favourite(talk.id, aino)
    settle()
    outbox.clear()
    assert entries(outbox, "aino@tampere.example") == []
    placed(talk, a_room(conference, "Cedar"), "09:45")
    published(conference)
    settle()
    [entry] = entries(outbox, "aino@tampere.example")
    assert (entry["method"], entry["sequence"]) == ("REQUEST", 0)


def test_only_those_with_a_place_are_invited_and_a_place_given_back_takes_everything_out(
    session: Session, organization: Organization, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    talk = a_session(conference)
    placed(talk, a_room(conference, "Cedar"), "09:45")
    published(conference)
    bo = a_person("Bo", mail="bo@ibadan.example")
    with transaction():
        agenda.favourite(talk.id, bo)
    settle()
    assert entries(outbox, "bo@ibadan.example") == []
    registered(conference, a_ticket_type(conference, a_quota(conference)), "bo@ibadan.example", "Bo")
    settle()
    told = [entry for entry in entries(outbox, "bo@ibadan.example") if entry["summary"] == talk.title]
    assert [(entry["method"], entry["sequence"]) for entry in told] == [("REQUEST", 0)]
    outbox.clear()
    place = registration.place_of(bo, conference.id)
    assert place is not None
    with transaction():
        places.cancel(place.order_id, now())
    settle()
    told = entries(outbox, "bo@ibadan.example")
    assert sorted((entry["method"], entry["sequence"], entry["summary"]) for entry in told) == [
        ("CANCEL", 1, conference.name),
        ("CANCEL", 1, talk.title),
    ]
    assert len(outbox.messages()) == 1, "one letter takes out both"


def test_a_speaker_is_invited_without_a_star(
    session: Session, organization: Organization, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    bo = a_person("Bo", mail="bo@ibadan.example")
    with transaction():
        talk = agenda.add_session(
            conference.id, title="Talk", speakers=[SpeakerInput(name="Bo", person_id=bo)]
        )
    placed(talk, a_room(conference, "Cedar"), "09:45")
    published(conference)
    settle()
    [entry] = entries(outbox, "bo@ibadan.example")
    assert (entry["method"], entry["summary"]) == ("REQUEST", "Talk")


def test_one_publication_tells_everyone_once(
    session: Session, organization: Organization, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    talks = [a_session(conference, f"Talk {number}") for number in range(3)]
    for number, talk in enumerate(talks):
        placed(talk, a_room(conference, f"Room {number}"), "09:45")
    ticket = a_ticket_type(conference, a_quota(conference))
    for number in range(5):
        person = registered(conference, ticket, f"p{number}@cit.example")
        with transaction():
            for talk in talks:
                agenda.favourite(talk.id, person)
    settle()
    before = len(emitted("invitation.changed"))
    version = published(conference)
    assert version.summary == {"new": 3, "told": 5}
    settle()
    assert len(emitted("invitation.changed")) - before == 15
    with transaction():
        assert sessions.follow_agenda(conference.id) == 0, "twice is once"


def test_a_letter_sent_again_is_the_same_letter(
    session: Session, organization: Organization, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    talk = a_session(conference)
    placed(talk, a_room(conference, "Cedar"), "09:45")
    published(conference)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), "aino@tampere.example")
    settle()
    outbox.clear()
    with transaction():
        agenda.favourite(talk.id, aino)
        sessions.follow_agenda(conference.id, aino)
    row = session.scalars(sa.select(Invitation).where(Invitation.kind == Kind.SESSION)).one()
    # The mail server accepted it, then the worker died before its commit.
    assert emails.send(row.id, 0) is True
    session.rollback()
    with transaction():
        assert emails.send(row.id, 0) is True
        assert emails.send(row.id, 0) is False
    first, second = outbox.messages()
    assert first["Message-ID"] == second["Message-ID"]
    assert entries(outbox, "aino@tampere.example")[0] == entries(outbox, "aino@tampere.example")[1]


def test_the_letter_is_in_the_language_of_its_reader_and_carries_the_file(
    session: Session, organization: Organization, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    talk = a_session(conference, wording={"es": {"title": "La central como primer contacto"}})
    placed(talk, a_room(conference, "Cedar"), "09:45")
    published(conference)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), "aino@tampere.example")
    settle()
    outbox.clear()
    session.execute(
        sa.text("UPDATE person SET language = 'es', zone = 'Asia/Amman' WHERE id = :id"), {"id": aino}
    )
    session.expire_all()
    with transaction():
        agenda.favourite(talk.id, aino)
    settle()
    [letter] = outbox.messages()
    assert letter["Content-Language"] == "es"
    assert "La central como primer contacto" in letter["Subject"]
    text = letter.get_body(("plain",)).get_content()
    assert "09:45–10:45 Vancouver" in text
    assert "19:45–20:45 Am" in text
    kinds = [part.get_content_type() for part in letter.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]
    [calendar] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    assert calendar.get_param("method") == "REQUEST"


def test_a_star_taken_back_before_its_letter_tells_nobody(
    session: Session, organization: Organization, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    talk = a_session(conference)
    placed(talk, a_room(conference, "Cedar"), "09:45")
    published(conference)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), "aino@tampere.example")
    settle()
    outbox.clear()
    for act in (agenda.favourite, agenda.unfavourite):
        with transaction():
            act(talk.id, aino)
            sessions.follow_agenda(conference.id, aino)
    settle()
    assert outbox.messages() == []
    row = session.scalars(sa.select(Invitation).where(Invitation.kind == Kind.SESSION)).one()
    assert (row.sequence, row.sent_sequence, row.told) == (1, 1, {}), "settled, with nothing told"
    with transaction():
        agenda.favourite(talk.id, aino)
    settle()
    [entry] = entries(outbox, "aino@tampere.example")
    assert (entry["method"], entry["sequence"]) == ("REQUEST", 2)
    assert outbox.messages()[0]["Subject"].startswith("In your calendar")


def test_what_is_over_is_left_in_peace(
    session: Session, organization: Organization, settle: Settle, outbox: Outbox
) -> None:
    from datetime import date

    conference = a_conference(starts_on=date(2026, 8, 22), ends_on=date(2026, 8, 25))
    talk = a_session(conference)
    with transaction():
        agenda.place(talk.id, a_room(conference, "Cedar").id, at("09:45").replace(year=2026))
    published(conference)
    aino = registered(conference, a_ticket_type(conference, a_quota(conference)), "aino@tampere.example")
    settle()
    outbox.clear()
    with transaction():
        agenda.favourite(talk.id, aino)
    settle()
    assert entries(outbox, "aino@tampere.example") == []


def test_the_database_keeps_uid_and_sequence(session: Session, organization: Organization) -> None:
    person = a_person()
    row = Invitation(
        uid="x@citevents", person_id=person, kind=Kind.EXCHANGE, subject_id=1, facts={"title": "A"}
    )
    session.add(row)
    session.commit()
    for forbidden in (
        {"uid": "y@citevents"},
        {"sequence": -1},
        {"facts": {"title": "B"}},
        {"state": InvitationState.CANCELLED},
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(sa.update(Invitation).values(**forbidden))
    session.execute(sa.update(Invitation).values(sequence=1, facts={"title": "B"}))
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(sa.update(Invitation).values(sequence=0))


def test_another_organization_is_not_touched(
    session: Session, organization: Organization, settle: Settle
) -> None:
    person = a_person()
    with transaction():
        services.follow(Kind.EXCHANGE, 7, _facts(), [person])
    other = Organization(name="Other", host="other.example")
    session.add(other)
    session.flush()
    with as_organization(other.id), transaction():
        stranger = people.find_or_make("s@other.example", "S")
        services.follow(Kind.EXCHANGE, 7, None, [stranger])
        assert queries.invitations_of(stranger) == []
    [entry] = queries.invitations_of(person)
    assert (entry.live, entry.sequence) == (True, 0)


def _facts() -> Any:
    from datetime import date

    from citevents.calendars.facts import Facts

    return Facts(
        title="Exchange", start=date(2027, 10, 4), end=date(2027, 10, 8), place="Porto", zone="Europe/Lisbon"
    )


def test_an_exchange_is_in_both_calendars_moves_and_ends(
    session: Session, organization: Organization, settle: Settle, outbox: Outbox
) -> None:
    from dataclasses import replace
    from datetime import date

    people_ids = [a_person("Aino", mail="aino@tampere.example"), a_person("João", mail="joao@porto.example")]
    with transaction():
        services.follow(Kind.EXCHANGE, 7, _facts(), people_ids)
        services.follow(Kind.EXCHANGE, 7, _facts(), people_ids)
    settle()
    with transaction():
        services.follow(
            Kind.EXCHANGE, 7, replace(_facts(), start=date(2027, 10, 11), end=date(2027, 10, 15)), people_ids
        )
    settle()
    with transaction():
        services.follow(Kind.EXCHANGE, 7, None, people_ids)
    settle()
    for mail in ("aino@tampere.example", "joao@porto.example"):
        told = entries(outbox, mail)
        assert [(entry["method"], entry["sequence"], entry["start"], entry["end"]) for entry in told] == [
            ("REQUEST", 0, "2027-10-04", "2027-10-09"),
            ("REQUEST", 1, "2027-10-11", "2027-10-16"),
            ("CANCEL", 2, "2027-10-11", "2027-10-16"),
        ]
        assert len({entry["uid"] for entry in told}) == 1
