"""Names are no identity: a person is known by the address, and two may have one name. What is unclear is asked about."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session as Database

from citevents.conferences import queries as conferences
from citevents.conferences.models import Conference
from citevents.core.access import Role
from citevents.core.db import transaction
from citevents.people import queries as people
from citevents.scheduling import agenda, queries, services
from citevents.scheduling.errors import SameSpeakerTwice, SpeakerUnclear, SpeakerUnnamed
from citevents.scheduling.models import Session, Speaker
from citevents.scheduling.speakers import SpeakerInput
from tests.conferences.world import a_conference, a_room
from tests.people.world import a_person, staff, submit
from tests.scheduling.world import placed, published

pytestmark = pytest.mark.usefixtures("organization")
NAME = "Maria Garcia"
MADRID, BOGOTA = "maria@madrid.example", "maria@bogota.example"
NEW = "/desk/c/cit-2027/agenda/sessions/new"


@pytest.fixture
def conference(session: Database) -> Conference:
    return a_conference()


def a_talk(conference: Conference, title: str, *speakers: SpeakerInput) -> Session:
    with transaction():
        return services.add_session(conference.id, title=title, speakers=speakers)


def change(row: Session, *speakers: SpeakerInput) -> None:
    with transaction():
        services.edit_session(row.id, speakers=speakers)


def on(row: Session) -> list[tuple[str, int | None]]:
    """(name, person) of who is on a session."""
    return [(each.name, each.person_id) for each in agenda.speaking([row.id]).get(row.id, ())]


def speakers_of(conference: Conference, session: Database) -> list[tuple[str, int | None]]:
    rows = session.scalars(
        sa.select(Speaker).where(Speaker.conference_id == conference.id).order_by(Speaker.id)
    )
    return [(each.name, each.person_id) for each in rows]


def by(name: str = NAME, **more: object) -> SpeakerInput:
    return SpeakerInput(name=name, **more)  # type: ignore[arg-type]


def test_two_people_of_one_name_are_two(conference: Conference, session: Database) -> None:
    one, other = (a_person(NAME, mail=mail) for mail in (MADRID, BOGOTA))
    first = a_talk(conference, "First", by(person_id=one))
    second = a_talk(conference, "Second", by(person_id=other))
    assert (on(first), on(second)) == ([(NAME, one)], [(NAME, other)])
    hall, cedar = a_room(conference, "Hall"), a_room(conference, "Cedar")
    placed(first, hall, "09:45")
    placed(second, cedar, "09:45")  # at the same hours: two people can
    published(conference)
    with transaction():
        services.erase_person(one)
    names = {each.title: [speaker.name for speaker in each.speakers] for each in current(conference)}
    assert names == {"First": [""], "Second": [NAME]}, "only one of them was erased"


def current(conference: Conference) -> list[queries.SessionView]:
    now = queries.current(conference.id)
    assert now is not None
    return list(now.sessions())


def test_an_address_nobody_has_yet_makes_the_person_it_is_of(
    conference: Conference, session: Database
) -> None:
    talk = a_talk(conference, "Talk", by(mail=MADRID))
    again = a_talk(conference, "Again", by("M. Garcia", mail=" MARIA@Madrid.example"))
    person = people.by_mail(MADRID)
    assert person is not None
    assert (person.name, on(talk), on(again)) == (NAME, [(NAME, person.id)], [(NAME, person.id)])
    placed(talk, a_room(conference, "Hall"), "09:45")
    published(conference)
    assert [view.title for view in queries.agenda_of(person.id, conference.id)] == ["Talk"], (
        "as the form says: the session is on their page"
    )


def test_a_name_alone_is_asked_about_where_somebody_with_an_address_has_it(
    conference: Conference, session: Database
) -> None:
    person = a_person(NAME, mail=MADRID)
    a_talk(conference, "First", by(person_id=person))
    with pytest.raises(SpeakerUnclear) as unclear:
        a_talk(conference, "Second", by(" maria  GARCIA "))
    assert (unclear.value.field, NAME in str(unclear.value.sentence)) == ("speakers", True)
    assert speakers_of(conference, session) == [(NAME, person)]
    second = a_talk(conference, "Second", by(another=True))
    assert (on(second), len(speakers_of(conference, session))) == ([(NAME, None)], 2)
    with pytest.raises(SpeakerUnclear):
        a_talk(conference, "Third", by())  # there are two now
    change(second, by())  # on their own session they are known
    change(second, by(another=True))  # and the same form sent again makes nobody
    assert speakers_of(conference, session) == [(NAME, person), (NAME, None)]


def test_a_name_without_an_address_typed_twice_is_the_same_speaker(
    conference: Conference, session: Database
) -> None:
    first, second = a_talk(conference, "First", by("Bo")), a_talk(conference, "Second", by(" bo "))
    assert (on(first), on(second), len(speakers_of(conference, session))) == (
        [("Bo", None)],
        [("Bo", None)],
        1,
    )
    with pytest.raises(SameSpeakerTwice):
        change(first, by("Bo"), by("bo"))
    change(first, by("Bo"), by("Bo", another=True))
    assert on(first) == [("Bo", None), ("Bo", None)]
    change(first, by("Bo"), by("Bo"))  # as the form shows them
    assert len(speakers_of(conference, session)) == 2


def test_an_address_added_on_the_same_session_belongs_to_who_was_there(
    conference: Conference, session: Database
) -> None:
    talk = a_talk(conference, "Talk", by())
    elsewhere = a_talk(conference, "Elsewhere", by())
    change(talk, by(mail=MADRID))
    person = people.by_mail(MADRID)
    assert person is not None
    assert on(talk) == on(elsewhere) == [(NAME, person.id)]
    other = a_talk(conference, "Other", by(mail=BOGOTA))
    assert on(other) != on(talk)
    assert len(speakers_of(conference, session)) == 2


def test_an_address_alone_is_enough_for_somebody_with_a_name(
    conference: Conference, session: Database
) -> None:
    person = a_person("Bo Okoro", mail="bo@ibadan.example")
    assert on(a_talk(conference, "Talk", by("", mail="bo@ibadan.example"))) == [("Bo Okoro", person)]
    with pytest.raises(SpeakerUnnamed):
        a_talk(conference, "Other", by("", mail="nobody@ibadan.example"))
    assert people.by_mail("nobody@ibadan.example") is None, "what was refused leaves nothing"


def test_the_form_asks_and_says_what_to_do(conference: Conference, client: FlaskClient) -> None:
    person = a_person(NAME, mail=MADRID)
    a_talk(conference, "First", by(person_id=person))
    staff(client, Role.ORGANIZER)
    fields = {"title": "Second", "kind": "workshop", "language": "en", "length": "60", "level": "any"}
    asked = submit(client, NEW, page=NEW, **fields, speakers="chair: Maria Garcia")
    assert asked.status_code == 422
    assert "There is a Maria Garcia at this conference already." in asked.text
    assert "chair: Maria Garcia</textarea>" in asked.text, "nothing is lost"
    wrong = submit(client, NEW, page=NEW, **fields, speakers="Maria Garcia, maria@@nowhere")
    assert (wrong.status_code, "is not an address like name@agency.example." in wrong.text) == (422, True)
    for number, typed in enumerate(("another: chair: Maria Garcia", f"CHAIR:Maria Garcia <{MADRID}>")):
        answer = submit(client, NEW, page=NEW, **(fields | {"title": f"T{number}"}), speakers=typed)
        assert answer.status_code == 303, answer.text
    rows = {each.title: each for each in agenda.of(conferences.by_id(conference.id)).sessions}
    assert [
        [(each.name, each.part.value, each.person_id) for each in rows[title].speakers]
        for title in ("T0", "T1")
    ] == [[(NAME, "chair", None)], [(NAME, "chair", person)]]
