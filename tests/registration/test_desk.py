"""The desk: finding orders, exporting them safely, checking people in once, undoing it, keeping out who has no role."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from citevents.conferences.models import Conference, TicketType
from citevents.core.access import Role
from citevents.core.audit import AuditEntry
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.events import EventRow
from citevents.people import services as consents
from citevents.people.models import Purpose
from citevents.registration import check_in, queries, services
from citevents.registration.errors import TicketUnknown, TicketVoid
from citevents.registration.models import Registration
from tests.conferences.world import a_conference, a_question, a_quota, a_ticket_type
from tests.people.world import staff, submit
from tests.registration.world import a_paid_order, an_order

pytestmark = pytest.mark.usefixtures("organization")
CHECK_IN = "/desk/c/cit-2027/check-in"
ORDERS = "/desk/c/cit-2027/orders"


def sale(amount: int = 0) -> tuple[Conference, TicketType]:
    conference = a_conference()
    return conference, a_ticket_type(conference, a_quota(conference, capacity=50), amount=amount)


def words(page: TestResponse) -> str:
    main = page.text[page.text.index("<main") : page.text.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def arrivals_said(session: Session) -> int:
    named = sa.select(sa.func.count()).select_from(EventRow).where(EventRow.name == "registration.checked_in")
    return session.scalar(named) or 0


def test_an_order_is_found_by_whatever_people_know_of_it(client: FlaskClient) -> None:
    conference, ticket = sale()
    placed = an_order(conference, ticket, name="ليلى الحداد", agency="Amman", mail="layla@agency.example")
    an_order(conference, ticket, name="Aino Lehtonen")
    code = queries.order(placed.order_id).places[0].code or ""
    staff(client, Role.FINANCE)
    for known in ("الحداد", "amman", "LAYLA@agency.example", str(placed.order_id), f"{code[:4]} {code[4:]}"):
        page = words(client.get(ORDERS, query_string={"q": known}))
        assert "ليلى الحداد" in page, known
        assert "Aino" not in page, known
    for unknown in ("%", "_", "nobody", "x" * 300):
        assert "Nothing matches" in words(client.get(ORDERS, query_string={"q": unknown})), unknown


def test_no_orders_say_what_comes_first(client: FlaskClient) -> None:
    sale()
    staff(client, Role.ORGANIZER)
    assert "No orders yet" in words(client.get(ORDERS))


def test_orders_are_filtered_and_paged(client: FlaskClient) -> None:
    conference, ticket = sale(amount=100)
    for index in range(51):
        an_order(
            conference, ticket, mail=f"p{index}@example.test", name=f"Person {index}"
        ) if index < 50 else None
    a_paid_order(conference, a_ticket_type(conference, amount=500), mail="paid@example.test", name="Payer")
    staff(client, Role.ORGANIZER)
    assert "Payer" in words(client.get(f"{ORDERS}?state=confirmed"))
    assert "Person 1 " not in words(client.get(f"{ORDERS}?state=confirmed"))
    assert "Person 0 " in words(client.get(f"{ORDERS}?page=2"))
    assert client.get(f"{ORDERS}?page=-3&state=nonsense").status_code == 200


def test_the_export_is_whole_safe_and_remembered(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale()
    need = a_question(conference)
    an_order(
        conference, ticket, name="=HYPERLINK(1)", agency='a,"b"\nc', sensitive={need.id: ["Live captions"]}
    )
    staff(client, Role.FINANCE)
    text = client.get("/desk/c/cit-2027/orders.csv").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(row["name"], row["agency"], row["mail"]) for row in rows] == [
        ("'=HYPERLINK(1)", 'a,"b"\nc', "aino@tampere.example")
    ]
    assert "captions" not in text
    assert "export" in session.scalars(sa.select(AuditEntry.act)).all()


def test_check_in_is_said_once_and_can_be_undone(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale()
    placed = an_order(conference, ticket)
    place = queries.order(placed.order_id).places[0]
    staff(client, Role.CHECK_IN, conference.id)
    first = submit(
        client, CHECK_IN, page=CHECK_IN, code=f"https://cit.example/c/cit-2027/tickets/{place.ticket}"
    )
    assert "Aino Lehtonen is checked in." in words(client.get(first.location))
    again = submit(client, CHECK_IN, page=CHECK_IN, code=(place.code or "").lower())
    assert "was checked in already" in words(client.get(again.location))
    undone = submit(client, f"{CHECK_IN}/undo", page=CHECK_IN, registration=str(place.id))
    assert "The check-in is undone." in words(client.get(undone.location))
    submit(client, CHECK_IN, page=CHECK_IN, registration=str(place.id))
    assert arrivals_said(session) == 1
    acts = session.scalars(sa.select(AuditEntry.act).where(AuditEntry.subject == "registration"))
    assert list(acts) == ["check_in", "undo_check_in", "check_in"]


def test_unknown_and_void_tickets_are_refused(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale()
    placed = an_order(conference, ticket)
    code = queries.order(placed.order_id).places[0].code or ""
    with transaction():
        services.cancel(placed.order_id, now())
    with pytest.raises(TicketVoid):
        check_in.find(conference.id, code)
    for unknown in ("", "ABCD EFGH", "x" * 22, "\x00", "x" * 600):
        with pytest.raises(TicketUnknown):
            check_in.find(conference.id, unknown.replace("\0", ""))
    staff(client, Role.CHECK_IN)
    page = submit(client, CHECK_IN, page=CHECK_IN, code="nonsense\x00")
    assert page.status_code == 404
    assert "No ticket of this event has that code." in words(page)


def test_a_ticket_of_another_conference_does_not_open_this_one(session: Session) -> None:
    conference, ticket = sale()
    place = queries.order(an_order(conference, ticket).order_id).places[0]
    other = a_conference("other")
    with pytest.raises(TicketUnknown):
        check_in.find(other.id, place.code or "")
    with pytest.raises(TicketUnknown), transaction():
        check_in.check_in(other.id, place.id, now(), None)


DOORS: list[tuple[str, set[Role]]] = [
    (ORDERS, {Role.ORGANIZER, Role.FINANCE, Role.CHECK_IN}),
    ("/desk/c/cit-2027/orders.csv", {Role.ORGANIZER, Role.FINANCE}),
    ("/desk/c/cit-2027/needs", {Role.ORGANIZER}),
    (CHECK_IN, {Role.ORGANIZER, Role.CHECK_IN}),
]


@pytest.mark.parametrize("role", [Role.ORGANIZER, Role.FINANCE, Role.CHECK_IN, Role.REVIEWER])
def test_each_door_opens_to_its_roles(client: FlaskClient, role: Role) -> None:
    sale()
    staff(client, role)
    for path, roles in DOORS:
        assert client.get(path).status_code == (200 if role in roles else 404), (path, role)


def test_looking_at_what_people_need_is_remembered(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale()
    need = a_question(conference)
    an_order(conference, ticket, sensitive={need.id: ["Live captions"]})
    staff(client, Role.ORGANIZER)
    assert "Live captions" in words(client.get("/desk/c/cit-2027/needs"))
    looked = sa.select(AuditEntry.act).where(AuditEntry.subject == "sensitive_answers")
    assert session.scalars(looked).all() == ["read"]


def test_what_people_need_is_not_shown_once_the_consent_is_taken_back(
    client: FlaskClient, session: Session
) -> None:
    """Also in the moment before it is erased."""
    conference, ticket = sale()
    need = a_question(conference)
    an_order(conference, ticket, sensitive={need.id: ["Live captions"]})
    [person_id] = session.scalars(sa.select(Registration.person_id))
    assert person_id
    staff(client, Role.ORGANIZER)
    with transaction():
        consents.withdraw_consent(person_id, Purpose.SENSITIVE_ANSWERS)
    assert "Live captions" not in words(client.get("/desk/c/cit-2027/needs"))


def test_the_house_cancels_and_gives_all_back(client: FlaskClient, session: Session) -> None:
    conference, ticket = sale(amount=49000)
    conference.refund_until = None
    session.commit()
    placed = a_paid_order(conference, ticket)
    staff(client, Role.ORGANIZER)
    here = f"{ORDERS}/{placed.public_id}/cancel"
    assert "1 registration ends. 1 person is told by email. CA$490.00 goes back to the buyer." in words(
        client.get(here)
    )
    submit(client, here, page=here, note="The hall is too small.\nWe are sorry.")
    assert queries.order(placed.order_id).state == "cancelled"
    page = words(client.get(f"{ORDERS}/{placed.public_id}"))
    assert "Cancelled by the organizers" in page
    assert "The hall is too small. We are sorry." in page
    found: Any = session.scalars(
        sa.select(EventRow.payload).where(EventRow.name == "registration.cancelled")
    ).one()
    assert found["refund"] == 49000
