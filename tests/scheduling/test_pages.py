"""The agenda as everyone sees it: one day at a time, both clocks, stars, JSON, from memory for strangers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.db import Organization, transaction
from citevents.scheduling import queries, services
from citevents.scheduling.models import SessionKind
from tests.conferences.world import a_conference, a_room
from tests.people.world import a_person, csrf, sign_in_as
from tests.scheduling.world import a_session, placed, published

AGENDA = "/c/cit-2027/agenda"


@pytest.fixture
def world(session: Session, organization: Organization) -> dict[str, object]:
    """Two days, two rooms, a break; version 1 is public."""
    conference = a_conference()
    cedar, fir = a_room(conference, "Cedar", position=1), a_room(conference, "Fir", position=2)
    with transaction():
        track = services.add_track(
            conference.id, "Crisis system", short="System", wording={"ar": {"name": "منظومة الأزمات"}}
        )
        track_id = track.id
    talk = a_session(conference, "Dispatch as the first contact", "Aino Lehtonen", track_id=track_id)
    other = a_session(conference, "Jóvenes en crisis", "Lucía Cárdenas", language="es")
    pause = a_session(conference, "Coffee in the foyer", kind=SessionKind.BREAK, length=30)
    late = a_session(conference, "Night shift", "Aino Lehtonen")
    placed(talk, cedar, "09:45")
    placed(other, fir, "09:45")
    placed(pause, None, "10:45")
    placed(late, cedar, "16:45", day=24)
    published(conference)
    return {"conference": conference, "talk": talk, "other": other, "late": late}


def test_before_the_first_version_the_page_says_so(
    session: Session, organization: Organization, client: FlaskClient
) -> None:
    a_conference()
    page = client.get(AGENDA)
    assert page.status_code == 200
    assert "The agenda is still being made" in page.text
    assert client.get(f"{AGENDA}.json").status_code == 404
    assert client.get("/c/nowhere/agenda").status_code == 404


def test_a_day_shows_its_sessions_and_its_zone(world: dict[str, object], client: FlaskClient) -> None:
    page = client.get(f"{AGENDA}?day=2027-08-23").text
    assert re.findall(r"<h4><a [^>]*>([^<]+)</a>", page) == [
        "Dispatch as the first contact",
        "Jóvenes en crisis",
    ]
    assert "Coffee in the foyer" in page
    assert "All times are Vancouver (MST, UTC−7)." in page
    assert "Night shift" not in page
    assert "Night shift" in client.get(f"{AGENDA}?day=2027-08-24").text
    assert client.get(f"{AGENDA}?day=2027-08-25").status_code == 404
    assert client.get(f"{AGENDA}?day=rubbish").status_code == 404


def test_both_clocks_are_named_when_they_differ(world: dict[str, object], client: FlaskClient) -> None:
    client.set_cookie("zone", "Asia/Amman")
    page = client.get(f"{AGENDA}?day=2027-08-23").text
    assert "09:45</time><small>19:45 Amman</small>" in page
    page = client.get(f"{AGENDA}?day=2027-08-23&clock=yours").text
    assert "19:45</time><small>09:45 Vancouver</small>" in page


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("q=lehtonen", ["Dispatch as the first contact"]),
        ("q=JÓVENES", ["Jóvenes en crisis"]),
        ("slang=es", ["Jóvenes en crisis"]),
        ("track=rubbish", []),
        ("q=%00%E2%80%AE", []),
        ("mine=y", ["Dispatch as the first contact", "Jóvenes en crisis"]),
    ],
)
def test_filters(world: dict[str, object], client: FlaskClient, query: str, titles: list[str]) -> None:
    page = client.get(f"{AGENDA}?day=2027-08-23&{query}")
    assert page.status_code == 200
    assert re.findall(r"<h4><a [^>]*>([^<]+)</a>", page.text) == titles


def test_strangers_get_a_page_from_memory_with_their_own_nonce_and_an_etag(
    world: dict[str, object], client: FlaskClient
) -> None:
    first = client.get(f"{AGENDA}?day=2027-08-23")
    second = client.get(f"{AGENDA}?day=2027-08-23")
    nonces = {
        re.search(r"nonce-([\w-]+)", answer.headers["Content-Security-Policy"])[1]  # type: ignore[index]
        for answer in (first, second)
    }
    assert len(nonces) == 2
    for answer in (first, second):
        own = re.search(r"nonce-([\w-]+)", answer.headers["Content-Security-Policy"])
        assert own and set(re.findall(r'nonce="([^"]+)"', answer.text)) == {own[1]}
    assert first.headers["ETag"] == second.headers["ETag"]
    again = client.get(f"{AGENDA}?day=2027-08-23", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Content-Security-Policy" not in again.headers, "the copy keeps the nonce that its scripts carry"


def test_the_form_in_a_remembered_page_works(world: dict[str, object], client: FlaskClient) -> None:
    client.get(f"{AGENDA}?day=2027-08-23")
    token = csrf(client, f"{AGENDA}?day=2027-08-23")
    kept = client.post("/preferences", data={"csrf_token": token, "lang": "es", "zone": "", "next": AGENDA})
    assert kept.status_code == 303


def test_a_new_version_is_seen_at_once(
    world: dict[str, object], client: FlaskClient, session: Session
) -> None:
    first = client.get(f"{AGENDA}?day=2027-08-23")
    talk, conference = world["talk"], world["conference"]
    with transaction():
        services.cancel(talk.id)  # type: ignore[attr-defined]
    second = client.get(f"{AGENDA}?day=2027-08-23", headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert 'class="sess r1 cancelled"' in second.text
    assert "Cancelled" in second.text
    assert queries.current(conference.id).number == 2  # type: ignore[union-attr, attr-defined]


def test_a_star_of_a_stranger_leads_to_signing_in(world: dict[str, object], client: FlaskClient) -> None:
    page = client.get(f"{AGENDA}?day=2027-08-23").text
    assert 'method="get" action="/c/cit-2027/agenda/favourite"' in page
    talk = world["talk"]
    answer = client.get(f"/c/cit-2027/agenda/favourite?favourite={talk.public_id}")  # type: ignore[attr-defined]
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].startswith("/sign-in?next=")


def test_a_star_is_a_toggle(world: dict[str, object], client: FlaskClient) -> None:
    talk, conference = world["talk"], world["conference"]
    person = a_person()
    sign_in_as(client, person)
    token = csrf(client, f"{AGENDA}?day=2027-08-23")
    for wanted in (frozenset({talk.id}), frozenset()):  # type: ignore[attr-defined]
        answer = client.post(
            "/c/cit-2027/agenda/favourite",
            data={"csrf_token": token, "favourite": talk.public_id},  # type: ignore[attr-defined]
            headers={"Referer": f"http://localhost{AGENDA}?day=2027-08-23"},
        )
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{AGENDA}?day=2027-08-23")
        assert queries.favourite_ids(person, conference.id) == wanted  # type: ignore[attr-defined]
    unknown = client.post(
        "/c/cit-2027/agenda/favourite", data={"csrf_token": token, "favourite": "somebody-elses"}
    )
    assert unknown.status_code == 404


def test_a_star_goes_back_to_this_site_only(world: dict[str, object], client: FlaskClient) -> None:
    sign_in_as(client, a_person())
    token = csrf(client, AGENDA)
    answer = client.post(
        "/c/cit-2027/agenda/favourite",
        data={"csrf_token": token, "favourite": world["talk"].public_id},  # type: ignore[attr-defined]
        headers={"Referer": "http://evil.example/c/cit-2027/agenda"},
    )
    assert answer.headers["Location"] == AGENDA


def test_a_session_has_its_page(world: dict[str, object], client: FlaskClient) -> None:
    talk = world["talk"]
    page = client.get(f"{AGENDA}/sessions/{talk.public_id}")  # type: ignore[attr-defined]
    assert page.status_code == 200
    assert "Mon 23 August, 09:45–10:45" in page.text
    assert "<bdi>Aino Lehtonen</bdi>" in page.text
    assert client.get(f"{AGENDA}/sessions/nobody-knows").status_code == 404


def test_other_programs_read_json(world: dict[str, object], client: FlaskClient) -> None:
    answer = client.get(f"{AGENDA}.json")
    told = answer.json
    assert told["version"] == 1
    assert [(each["title"], each["starts_at"], each["room"]) for each in told["sessions"]] == [
        ("Dispatch as the first contact", "2027-08-23T09:45:00-07:00", "Cedar"),
        ("Jóvenes en crisis", "2027-08-23T09:45:00-07:00", "Fir"),
        ("Coffee in the foyer", "2027-08-23T10:45:00-07:00", None),
        ("Night shift", "2027-08-24T16:45:00-07:00", "Cedar"),
    ]
    again = client.get(f"{AGENDA}.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_printing_shows_every_day(world: dict[str, object], client: FlaskClient) -> None:
    page = client.get(f"{AGENDA}/print").text
    assert re.findall(r"<h4><a [^>]*>([^<]+)</a>", page) == [
        "Dispatch as the first contact",
        "Jóvenes en crisis",
        "Night shift",
    ]


def test_markup_in_a_title_is_text(
    session: Session, organization: Organization, client: FlaskClient, settle: Callable[[], int]
) -> None:
    conference = a_conference()
    room = a_room(conference)
    talk = a_session(conference, "<script>alert(1)</script>", "<b>Eve</b>", abstract="<img src=x>")
    placed(talk, room, "09:45")
    published(conference)
    for path in (AGENDA, f"{AGENDA}/sessions/{talk.public_id}", f"{AGENDA}/print"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<b>Eve" not in page
        assert "<img src=x" not in page
