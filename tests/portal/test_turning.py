"""The public acts of a conference ask once, with numbers, sums and what is missing; and everything says so afterwards."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from citevents.conferences.models import Conference, ConferenceState
from citevents.core.access import Role
from citevents.core.db import transaction
from citevents.core.events import EventRow
from citevents.registration import queries as registrations
from citevents.registration.models import Order
from citevents.scheduling import services as agenda
from standins.mail import Outbox
from tests.conferences.world import a_conference, a_quota, a_room, a_ticket_type
from tests.people.world import a_person, sign_in_as, staff, submit
from tests.registration.world import a_paid_order, an_order
from tests.scheduling.world import a_session, placed, published

pytestmark = pytest.mark.usefixtures("organization")
Settle = Callable[[], int]
HERE = "/desk/c/cit-2027"
AINO, BO, CY = "aino@tampere.example", "bo@ibadan.example", "cy@porto.example"


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox) -> None:
    outbox.clear()


def words(page: TestResponse) -> str:
    main = page.text[page.text.index("<main") : page.text.index("</main>")]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def state(session: Session) -> ConferenceState:
    session.expire_all()
    return session.scalars(sa.select(Conference.state)).one()


def turn(client: FlaskClient, act: str) -> str:
    """Press the button of the page that asks; what the settings page says then."""
    path = f"{HERE}/settings/{act}"
    return words(client.get(submit(client, path, page=path).location))


def test_showing_an_event_opening_it_and_taking_it_back_are_acts_of_their_own(
    client: FlaskClient, session: Session
) -> None:
    conference = a_conference(
        state=ConferenceState.DRAFT, registration_opens_at=None, refund_until=None, venue="", city=""
    )
    staff(client, Role.ORGANIZER)
    settings = client.get(f"{HERE}/settings").text
    assert f'href="{HERE}/settings/publish"' in settings
    assert f'href="{HERE}/settings/open"' not in settings
    asked = words(client.get(f"{HERE}/settings/publish"))
    for said in (
        "Show this event to everybody?",
        "Registration stays closed until you open it. Nobody is written to.",
        "There is no ticket with a price and a quota",
        "It does not say where it takes place.",
        "No day is set until which money goes back",
        "No agenda is published.",
        "Times are those of Vancouver",
    ):
        assert said in asked
    assert state(session) is ConferenceState.DRAFT, "asking changes nothing"
    assert "Everybody can see the event now." in turn(client, "publish")
    assert state(session) is ConferenceState.PUBLIC
    assert client.get("/c/cit-2027").status_code == 200
    assert "The event is hidden again" in turn(client, "unpublish")
    assert client.get("/c/cit-2027").status_code == 404

    turn(client, "publish")
    ticket = a_ticket_type(conference, a_quota(conference))
    assert "Registration is open." in turn(client, "open")
    assert "Registration is open. Close it first" in turn(client, "unpublish")
    an_order(conference, ticket, mail=AINO)
    asked = words(client.get(f"{HERE}/settings/close"))
    assert "Nobody can register any more. 1 registration stays." in asked
    assert "Registration is closed." in turn(client, "close")
    assert "Somebody registered, or has it in their calendar" in turn(client, "unpublish")
    assert state(session) is ConferenceState.PUBLIC


def test_a_draft_with_an_agenda_names_the_speakers_who_are_told(
    client: FlaskClient, session: Session, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference(state=ConferenceState.DRAFT)
    with transaction():
        talk = agenda.add_session(
            conference.id,
            title="Talk",
            speakers=[agenda.SpeakerInput(name="Bo", person_id=a_person("Bo", mail=BO))],
        )
    placed(talk, a_room(conference, "Cedar"), "09:45")
    published(conference)
    settle()
    staff(client, Role.ORGANIZER)
    assert "1 speaker is told by email" in words(client.get(f"{HERE}/settings/publish"))
    turn(client, "publish")
    settle()
    assert [str(each["To"]) for each in outbox.messages() if BO in str(each["To"])] == [BO], (
        "nobody has proven that this is their address"
    )
    turn(client, "close")
    assert "Somebody registered, or has it in their calendar" in turn(client, "unpublish")


@pytest.fixture
def world(session: Session, settle: Settle) -> dict[str, object]:
    """Two who paid, one of them with a favourite; a speaker without a place; an unpaid order."""
    conference = a_conference()
    cedar = a_room(conference, "Cedar")
    ticket = a_ticket_type(conference, a_quota(conference), amount=49000)
    bo = a_person("Bo", mail=BO)
    with transaction():
        talk = agenda.add_session(
            conference.id, title="Talk", speakers=[agenda.SpeakerInput(name="Bo", person_id=bo)]
        )
    placed(talk, cedar, "09:45")
    gone = a_session(conference, "Taken out")
    placed(gone, cedar, "14:00")
    published(conference)
    paid = a_paid_order(conference, ticket, mail=AINO)
    a_paid_order(conference, ticket, mail=CY, name="Cy")
    an_order(conference, ticket, mail="dana@sample.example")
    aino = registrations.order(paid.order_id).person_id
    with transaction():
        for session_id in (talk.id, gone.id):
            agenda.favourite(session_id, aino)
    settle()
    with transaction():
        agenda.unplace(gone.id)
    published(conference)
    settle()
    return {"conference": conference, "talk": talk, "paid": paid, "aino": aino}


def cancel(client: FlaskClient, **fields: str) -> TestResponse:
    return submit(client, f"{HERE}/cancel", page=f"{HERE}/cancel", **fields)


def test_cancelling_names_people_and_sum_and_wants_a_tick(
    client: FlaskClient, session: Session, world: dict[str, object]
) -> None:
    staff(client, Role.ORGANIZER)
    asked = words(client.get(f"{HERE}/cancel"))
    for said in (
        "Cancel the event and tell 4 people: CA$980.00 goes back",
        "2 registrations end, and their tickets are void.",
        "1 order that is not paid yet ends.",
        "This cannot be undone.",
    ):
        assert said in asked
    for fields, said in (
        ({"told": "4"}, "Tick this to cancel the event."),
        ({"told": "3", "sure": "y", "note": "Flood."}, "Nothing is cancelled yet: look at it once more."),
    ):
        refused = cancel(client, **fields)
        assert refused.status_code == 422
        assert said in words(refused)
        assert fields.get("note", "") in words(refused), "what was typed is still there"
    assert state(session) is ConferenceState.PUBLIC
    done = cancel(client, told="4", sure="y", note="The hall is flooded.")
    assert (done.status_code, done.location) == (303, HERE)
    assert state(session) is ConferenceState.CANCELLED
    names = session.scalars(sa.select(EventRow.name).where(EventRow.name == "conference.cancelled")).all()
    assert names == ["conference.cancelled"]
    desk = words(client.get(HERE))
    assert "This event is cancelled." in desk
    assert "Nothing to do right now" not in desk
    assert "Seats left" not in desk
    assert "This event is cancelled." in words(client.get(f"{HERE}/cancel"))


def test_as_many_are_told_as_the_question_said(
    client: FlaskClient, settle: Settle, outbox: Outbox, world: dict[str, object]
) -> None:
    staff(client, Role.ORGANIZER)
    outbox.clear()
    cancel(client, told="4", sure="y")
    settle()
    told = {str(each["To"]) for each in outbox.messages() if str(each["Subject"]).startswith("Cancelled: ")}
    assert len(told) == 4


def test_an_unpaid_order_ends_with_the_words_of_the_organizers(
    client: FlaskClient, session: Session, settle: Settle, world: dict[str, object]
) -> None:
    unpaid = session.scalars(sa.select(Order.public_id).where(Order.confirmed_at.is_(None))).one()
    staff(client, Role.ORGANIZER)
    cancel(client, told="4", sure="y", note="The hall is flooded.")
    for _ in range(2):  # at once, and when everything is done
        page = words(client.application.test_client().get(f"/c/cit-2027/orders/{unpaid}"))
        assert "This event will not take place." in page
        assert "The organizers write: The hall is flooded." in page
        settle()


def test_every_public_page_says_so_and_offers_nothing(
    client: FlaskClient, settle: Settle, world: dict[str, object]
) -> None:
    staff(client, Role.ORGANIZER)
    cancel(client, told="4", sure="y", note="The hall is flooded.")
    settle()
    stranger = client.application.test_client()
    talk, paid = world["talk"].public_id, world["paid"].public_id  # type: ignore[attr-defined]
    offers = (
        "seats left",
        "seat is left",
        "Register",
        "Add to my",
        "Add mine to a calendar",
        "Open until",
        "Try again",
    )
    for path in ("", "/register", "/agenda", "/agenda/print", f"/agenda/sessions/{talk}", f"/orders/{paid}"):
        page = stranger.get(f"/c/cit-2027{path}")
        said = words(page)
        assert 'href="/c/cit-2027/register"' not in page.text, path
        assert "This event will not take place." in said, path
        buttons = re.findall(
            r'class="(?:btn|fav)[^>]*>(.*?)</(?:a|button)>',
            page.text[page.text.index("<main") :].split("</main>")[0],
            re.S,
        )
        assert [each for each in buttons for offer in offers if offer in each] == [], path
        for offer in offers[:2]:
            assert offer not in said, path
    assert "The hall is flooded." in words(stranger.get("/c/cit-2027"))
    assert 'class="fav"' not in stranger.get("/c/cit-2027/agenda").text
    told = stranger.get("/c/cit-2027/agenda.json").json
    assert told is not None
    assert (told["conference"]["cancelled"], [each["cancelled"] for each in told["sessions"]]) == (
        True,
        [True],
    )
    assert "Cancelled This event will not take place." in words(stranger.get("/"))
    mine = words(sign_in_as(client, world["aino"]).get("/me"))  # type: ignore[arg-type]
    assert "This event will not take place." in mine
    assert "Open my ticket" not in mine


def links(email: EmailMessage) -> list[str]:
    part = email.get_body(("plain",))
    assert part is not None
    return re.findall(r"http://localhost(/\S+)", part.get_content())


def test_every_link_of_every_email_opens_after_the_event_was_cancelled(
    client: FlaskClient, settle: Settle, outbox: Outbox, world: dict[str, object]
) -> None:
    staff(client, Role.ORGANIZER)
    cancel(client, told="4", sure="y")
    settle()
    followed = set()
    for email in outbox.messages():
        for path in links(email):
            reader = client.application.test_client()
            page = reader.get(path, follow_redirects=True)
            followed.add(re.sub(r"[\w-]{22,}", "…", path).split("?")[0])
            assert page.status_code == 200, (email["Subject"], path)
            if path.startswith("/c/"):
                assert re.search("will not take place|not in the agenda any more", words(page)), path
    assert {"/c/cit-2027", "/c/cit-2027/agenda/sessions/…"} <= followed
    assert len(followed) >= 3
