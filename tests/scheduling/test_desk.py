"""The organizers' desk: who may enter, the editor as a table of links, clashes explained at their field, publishing once."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session as DbSession

from citevents.conferences import services as conferences
from citevents.conferences.features import FEATURES
from citevents.conferences.models import Conference, ConferenceState, Room
from citevents.core.access import Role
from citevents.core.audit import AuditEntry
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.scheduling import agenda, queries, services
from citevents.scheduling.models import Session
from tests.conferences.world import a_conference, a_room
from tests.people.world import a_person, csrf, sign_in_as, staff
from tests.scheduling.world import a_session, at, placed, published

DESK = "/desk/c/cit-2027/agenda"


@dataclass
class World:
    conference: Conference
    cedar: Room
    fir: Room
    talk: Session
    other: Session


@pytest.fixture
def world(session: DbSession, organization: Organization) -> World:
    """Two rooms, one session placed on Monday at 09:45 in Cedar, one waiting."""
    conference = a_conference()
    cedar, fir = a_room(conference, "Cedar", position=1), a_room(conference, "Fir", position=2)
    talk, other = a_session(conference, "Talk", "Aino"), a_session(conference, "Other", "Bo")
    placed(talk, cedar, "09:45")
    return World(conference, cedar, fir, talk, other)


@pytest.fixture
def organizer(client: FlaskClient, world: World) -> FlaskClient:
    """Somebody of the program committee of this conference."""
    return staff(client, Role.PROGRAM_COMMITTEE, world.conference.id)


def post(client: FlaskClient, path: str, **fields: str) -> object:
    return client.post(path, data={"csrf_token": csrf(client, DESK), **fields})


def test_the_desk_is_not_there_for_others(client: FlaskClient, world: World) -> None:
    paths = [
        DESK, f"{DESK}/publish", f"{DESK}/versions", f"{DESK}/tracks", f"{DESK}/sessions/new",
        f"{DESK}/sessions/{world.talk.public_id}", f"{DESK}/sessions/{world.talk.public_id}/cancel",
    ]  # fmt: skip
    sign_in_as(client, a_person())
    assert {client.get(path).status_code for path in paths} == {404}
    elsewhere = a_conference("other-2027")
    staff(client, Role.ORGANIZER, elsewhere.id)
    assert {client.get(path).status_code for path in paths} == {404}
    answer = client.post(f"{DESK}/sessions/{world.talk.public_id}/unplace", data={"csrf_token": csrf(client)})
    assert answer.status_code == 404
    assert client.get("/desk/c/other-2027/agenda").status_code == 200
    theirs = f"/desk/c/other-2027/agenda/sessions/{world.talk.public_id}"
    assert client.get(theirs).status_code == 404, "a session of another conference"


def test_the_editor_is_a_table_whose_cells_lead_to_forms(organizer: FlaskClient, world: World) -> None:
    page = organizer.get(f"{DESK}?day=2027-08-23").text
    assert page.count(">Move…<") == 1
    assert page.count(">Schedule…<") == 2  # Fir is free at 09:45; one session waits
    assert "1 of 2 sessions are scheduled" in page
    free = re.search(r'href="([^"]+starts=[^"]+)"', page)
    assert free
    form = organizer.get(free[1].replace("&amp;", "&")).text
    assert "Schedule a session here" in form
    assert f'value="{world.other.public_id}"' in form


def test_placing_from_a_free_cell(organizer: FlaskClient, world: World) -> None:
    where = {"starts": "2027-08-23T09:45", "room": str(world.fir.id)}
    answer = post(organizer, f"{DESK}/place", session=world.other.public_id, **where)
    form = organizer.get(answer.headers["Location"]).text  # type: ignore[attr-defined]
    assert "This move causes no problem." in form
    answer = post(organizer, f"{DESK}/sessions/{world.other.public_id}/place", **where)
    assert answer.status_code == 303  # type: ignore[attr-defined]
    place = agenda.content(world.conference.id).by_session()[world.other.id].place
    assert (place.room_id, place.start) == (world.fir.id, at("09:45"))


def test_a_clash_is_explained_at_its_field_and_what_was_typed_stays(
    organizer: FlaskClient, world: World
) -> None:
    answer = post(
        organizer,
        f"{DESK}/sessions/{world.other.public_id}/place",
        starts="2027-08-23T10:00",
        room=str(world.cedar.id),
    )
    assert answer.status_code == 422  # type: ignore[attr-defined]
    page = answer.text  # type: ignore[attr-defined]
    assert 'href="#room">“Talk” is in Cedar Mon 23 August, 09:45–10:45.' in page
    assert 'value="2027-08-23T10:00"' in page
    assert f'<option selected value="{world.cedar.id}">' in page
    assert world.other.id not in agenda.content(world.conference.id).by_session()


def test_a_look_at_the_cost_writes_nothing(organizer: FlaskClient, world: World) -> None:
    page = organizer.get(
        f"{DESK}?move={world.other.public_id}&starts=2027-08-23T10:00&room={world.cedar.id}"
    ).text
    assert "It would be refused: “Talk” stands in the way." in page
    assert world.other.id not in agenda.content(world.conference.id).by_session()


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        ("", "Say when it begins."),
        ("soon", "Enter a day and a time like 2027-08-23 18:00."),
        ("2027-02-30T09:00", "Enter a day and a time like 2027-08-23 18:00."),
        ("2027-08-23T25:00", "Enter a day and a time like 2027-08-23 18:00."),
        ("2027-08-20T09:00", "Choose a time on one of these days."),
        ("9999-12-31T15:59", "Enter a day and a time like 2027-08-23 18:00."),
        ("9999-12-31T23:59", "Enter a day and a time like 2027-08-23 18:00."),
        ("0001-01-01T00:00", "Enter a day and a time like 2027-08-23 18:00."),
        ("\x00\u202e2027", "Enter a day and a time like"),
    ],
)
def test_times_that_cannot_be(organizer: FlaskClient, world: World, starts: str, said: str) -> None:
    answer = post(
        organizer, f"{DESK}/sessions/{world.other.public_id}/place", starts=starts, room=str(world.fir.id)
    )
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert said in answer.text  # type: ignore[attr-defined]


def test_clocks_that_jump_or_go_back_are_asked_about(
    client: FlaskClient, session: DbSession, organization: Organization
) -> None:
    from datetime import date

    seattle = "America/Los_Angeles"
    spring = a_conference("spring-2027", starts_on=date(2027, 3, 14), ends_on=date(2027, 3, 14), zone=seattle)
    autumn = a_conference("autumn-2027", starts_on=date(2027, 11, 7), ends_on=date(2027, 11, 7), zone=seattle)
    staff(client, Role.ORGANIZER)
    for conference, starts, said in (
        (spring, "2027-03-14T02:30", "jump over 02:30 on that day"),
        (autumn, "2027-11-07T01:30", "so 01:30 happens twice"),
    ):
        room, talk = a_room(conference), a_session(conference)
        path = f"/desk/c/{conference.slug}/agenda/sessions/{talk.public_id}/place"
        answer = post_at(client, path, starts=starts, room=str(room.id))
        assert answer.status_code == 422
        assert said in answer.text
    assert "Which of the two" in answer.text
    again = post_at(client, path, starts="2027-11-07T01:30", room=str(room.id), occurrence="second")
    assert again.status_code == 303
    start = agenda.content(autumn.id).items[0].place.start
    assert start.isoformat() == "2027-11-07T09:30:00+00:00"


def post_at(client: FlaskClient, path: str, **fields: str):  # type: ignore[no-untyped-def]
    return client.post(path, data={"csrf_token": csrf(client, "/preferences"), **fields})


def test_a_session_is_added_edited_and_its_speakers_are_found_again(
    organizer: FlaskClient, world: World
) -> None:
    person = a_person("Lucía Cárdenas", mail="lucia@agency.example")
    fields = {
        "title": " Jóvenes  en crisis\x00 ",
        "kind": "workshop",
        "language": "es",
        "length": "90",
        "level": "any",
        "speakers": "chair: Lucía Cárdenas, lucia@agency.example\n\n Bo ",
        "needs": "captions",
    }
    answer = post(organizer, f"{DESK}/sessions/new", **fields)
    assert answer.status_code == 303, answer.text  # type: ignore[attr-defined]
    row = next(each for each in agenda.of(_view(world)).sessions if each.title == "Jóvenes en crisis")
    assert [(speaker.name, speaker.part.value, speaker.person_id) for speaker in row.speakers] == [
        ("Lucía Cárdenas", "chair", person),
        ("Bo", "speaker", None),
    ]
    assert (row.length, row.needs) == (90, frozenset({"captions"}))
    page = organizer.get(f"{DESK}/sessions/{row.public_id}").text
    assert "chair: Lucía Cárdenas, lucia@agency.example\nBo</textarea>" in page.replace("\r", "")
    answer = post(organizer, f"{DESK}/sessions/{row.public_id}", **(fields | {"title": ""}))
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "Give the session a title." in answer.text  # type: ignore[attr-defined]


def _view(world: World):  # type: ignore[no-untyped-def]
    from citevents.conferences import queries as conferences

    return conferences.by_id(world.conference.id)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"length": "0"}, "between 5 minutes and 24 hours"),
        ({"length": "9" * 40}, "between 5 minutes and 24 hours"),
        ({"title": "x" * 201}, "A title has at most 200 characters."),
        ({"abstract": "x" * 6001}, "A description has at most 6,000 characters."),
        ({"speakers": "Bo\nbo"}, "Each person is needed once."),
        ({"speakers": "\n".join(f"P{number}" for number in range(13))}, "At most twelve people"),
        ({"kind": "rubbish"}, "Not a valid choice"),
    ],
)
def test_sessions_that_cannot_be(
    organizer: FlaskClient, world: World, changes: dict[str, str], said: str
) -> None:
    fields = {"title": "T", "kind": "workshop", "language": "en", "length": "60", "level": "any"} | changes
    answer = post(organizer, f"{DESK}/sessions/new", **fields)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert said in answer.text  # type: ignore[attr-defined]


def test_undo_takes_back_the_last_step(organizer: FlaskClient, world: World) -> None:
    placed(world.talk, world.fir, "14:00")
    assert "Undo: moved “Talk”" in organizer.get(DESK).text
    post(organizer, f"{DESK}/undo")
    assert agenda.content(world.conference.id).by_session()[world.talk.id].place.room_id == world.cedar.id


def test_publishing_says_what_changes_first_and_happens_once(
    organizer: FlaskClient, world: World, session: DbSession
) -> None:
    page = organizer.get(f"{DESK}/publish").text
    fields = dict(re.findall(r'name="(seen_version|seen_step)" type="hidden" value="(\d+)"', page))
    assert fields["seen_version"] == "0"
    first = post(organizer, f"{DESK}/publish", **fields)
    assert (first.status_code, first.headers["Location"]) == (303, f"{DESK}/versions")  # type: ignore[attr-defined]
    second = post(organizer, f"{DESK}/publish", **fields)
    assert second.status_code == 422  # type: ignore[attr-defined]
    assert "Somebody changed the agenda while you read this page." in second.text  # type: ignore[attr-defined]
    current = queries.current(world.conference.id)
    assert current is not None and current.number == 1
    assert "Version 1" in organizer.get(f"{DESK}/versions").text
    assert "Talk" in organizer.get(f"{DESK}/versions/1").text
    assert organizer.get(f"{DESK}/versions/2").status_code == 404
    acts = session.scalars(sa.select(AuditEntry.act).where(AuditEntry.subject == "agenda"))
    assert "publish" in list(acts)


def test_cancelling_asks_once_and_names_the_number(organizer: FlaskClient, world: World) -> None:
    path = f"{DESK}/sessions/{world.talk.public_id}/cancel"
    assert "It is not public, so nobody is told." in organizer.get(path).text
    published(world.conference)
    assert "It is public, and in nobody's calendar" in organizer.get(path).text
    post(organizer, path)
    current = queries.current(world.conference.id)
    assert current is not None
    assert current.content.by_session()[world.talk.id].cancelled
    page = organizer.get(DESK).text
    assert "“Talk” is cancelled. The agenda says so; it was in nobody&#39;s calendar." in page
    assert "Cancelled (1)" in page, "it can be found again"
    assert f'action="{DESK}/sessions/{world.talk.public_id}/restore"' in page


def test_undo_after_cancelling_brings_the_session_back(organizer: FlaskClient, world: World) -> None:
    published(world.conference)
    post(organizer, f"{DESK}/sessions/{world.talk.public_id}/cancel")
    page = organizer.get(DESK).text
    assert "Undo: bring “Talk” back" in page
    answer = post(organizer, f"{DESK}/undo", day="2027-08-22")
    assert answer.headers["Location"] == f"{DESK}?day=2027-08-23"  # type: ignore[attr-defined]
    page = organizer.get(f"{DESK}?day=2027-08-23").text
    assert "“Talk” is back where it was." in page
    assert "then people are told." in page
    assert "Cancelled (1)" not in page
    assert agenda.content(world.conference.id).by_session()[world.talk.id].place.start == at("09:45")
    current = queries.current(world.conference.id)
    assert current is not None
    assert current.content.by_session()[world.talk.id].cancelled, "publishing is another act"
    publish = organizer.get(f"{DESK}/publish").text
    assert "Takes place after all" in publish
    published(world.conference)
    current = queries.current(world.conference.id)
    assert current is not None
    assert not current.content.by_session()[world.talk.id].cancelled


def test_bringing_back_what_has_lost_its_place_leads_to_the_form_that_gives_another(
    organizer: FlaskClient, world: World
) -> None:
    post(organizer, f"{DESK}/sessions/{world.talk.public_id}/cancel")
    placed(world.other, world.cedar, "09:45")
    answer = post(organizer, f"{DESK}/sessions/{world.talk.public_id}/restore")
    page = organizer.get(answer.headers["Location"]).text  # type: ignore[attr-defined]
    assert "“Talk” is back. Schedule it, then publish." in page
    assert "Schedule “Talk”" in page
    assert [row.title for row in agenda.of(_view(world)).waiting] == ["Talk"]


def test_undo_says_what_it_did(organizer: FlaskClient, world: World) -> None:
    post(organizer, f"{DESK}/undo")
    page = organizer.get(DESK).text
    assert "The last step is undone. What is public stays as it is until you publish." in page
    assert [row.title for row in agenda.of(_view(world)).waiting] == ["Talk", "Other"]


def test_the_publishing_page_says_what_is_missing_and_who_sees_it(
    organizer: FlaskClient, world: World, session: DbSession
) -> None:
    placed(world.other, world.fir, "23:30", day=25)
    with transaction():
        services.edit_session(world.other.id, needs=["step_free"])
    assert "1 thing must be fixed." in organizer.get(f"{DESK}/publish").text
    session.execute(sa.update(Conference).values(state=ConferenceState.DRAFT))
    session.commit()
    page = organizer.get(f"{DESK}/publish").text
    assert "The event is not public yet." in page
    fields = dict(re.findall(r'name="(seen_version|seen_step)" type="hidden" value="(\d+)"', page))
    post(organizer, f"{DESK}/publish", **fields)
    assert "Version 1 is ready. Everybody sees it as soon as the event is public." in (
        organizer.get(f"{DESK}/versions").text
    )


def test_the_agenda_of_a_cancelled_event_stays_as_it_is(organizer: FlaskClient, world: World) -> None:
    published(world.conference)
    post(organizer, f"{DESK}/sessions/{world.talk.public_id}/cancel")
    with transaction():
        conferences.cancel(world.conference.id, now())
    page = organizer.get(DESK).text
    assert "This event will not take place." in page
    for word in ("Review and publish", "Bring it back", "Undo:"):
        assert word not in page
    assert "Publish and tell" not in organizer.get(f"{DESK}/publish").text
    for path in (
        f"{DESK}/undo",
        f"{DESK}/sessions/{world.talk.public_id}/restore",
        f"{DESK}/sessions/{world.other.public_id}/cancel",
    ):
        post(organizer, path)
        assert "This event was cancelled: it will not take place" in organizer.get(DESK).text
    assert len(queries.versions(world.conference.id)) == 2


def test_tracks(organizer: FlaskClient, world: World) -> None:
    post(organizer, f"{DESK}/tracks", name="Training", short="Train")
    twice = post(organizer, f"{DESK}/tracks", name="Training")
    assert twice.status_code == 422  # type: ignore[attr-defined]
    assert "There is already a track with this name." in twice.text  # type: ignore[attr-defined]
    [track] = agenda.tracks(world.conference.id)
    post(organizer, f"{DESK}/tracks/{track.public_id}/remove")
    assert agenda.tracks(world.conference.id) == []


def test_a_desk_without_rooms_or_sessions_says_what_to_do_first(
    client: FlaskClient, session: DbSession, organization: Organization
) -> None:
    conference = a_conference()
    staff(client, Role.ORGANIZER)
    assert "There is no room yet" in client.get(DESK).text
    a_room(conference)
    assert "There is no session yet" in client.get(DESK).text
    assert "Nothing has changed since the last version" in client.get(f"{DESK}/publish").text
    assert "Nothing is public yet" in client.get(f"{DESK}/versions").text


def test_whatever_a_session_needs_a_room_can_have(client: FlaskClient, world: World) -> None:
    organizer = staff(client, Role.ORGANIZER)
    placed(world.other, world.fir, "23:30", day=25)
    session_page = f"{DESK}/sessions/{world.other.public_id}"
    offered = re.findall(r'name="needs"[^>]*value="(\w+)"', organizer.get(session_page).text)
    assert offered == list(FEATURES)
    fields = {"title": "Other", "kind": "workshop", "language": "en", "length": "60", "level": "any"}
    assert post(organizer, session_page, **fields, needs=offered).status_code == 303  # type: ignore[attr-defined]
    lacking = ", ".join(str(FEATURES[each]) for each in sorted(FEATURES))
    assert f"“Other” needs what Fir has not: {lacking}" in organizer.get(DESK).text
    room_page = f"/desk/c/cit-2027/rooms/{world.fir.id}"
    for got in range(len(offered) + 1):
        answer = post(organizer, room_page, name="Fir", capacity="120", features=offered[:got])
        assert answer.status_code == 303  # type: ignore[attr-defined]
        must_fix = "“Other” needs what Fir has not" in organizer.get(DESK).text
        assert must_fix is (got < len(offered)), offered[:got]
