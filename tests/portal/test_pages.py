"""Pages that show many slices: home, my account, the desk, failed jobs."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.conferences import services
from citevents.conferences.models import Conference
from citevents.core import audit
from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.core.events import Delivery, EventRow
from citevents.portal.demo.load import load
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.people.world import a_person, sign_in_as, staff, submit
from tests.registration.world import an_order

Settle = Callable[[], int]


@pytest.fixture
def conference(organization: Organization) -> Conference:
    return a_conference()


def test_home_lists_what_is_coming(client: FlaskClient, conference: Conference) -> None:
    page = client.get("/").text
    assert "CIT International Conference (sample)" in page
    assert "/c/cit-2027" in page


def test_home_without_conferences_says_so(client: FlaskClient, organization: Organization) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Nothing is announced at the moment" in page.text


@pytest.mark.parametrize("page", ["help", "access", "privacy", "terms"])
def test_words_of_the_house(client: FlaskClient, organization: Organization, page: str) -> None:
    assert client.get(f"/about/{page}").status_code == 200


def test_other_words_are_not_found(client: FlaskClient, organization: Organization) -> None:
    assert client.get("/about/nothing").status_code == 404


def test_my_place_shows_my_ticket_and_nobody_elses(
    client: FlaskClient, conference: Conference, settle: Settle
) -> None:
    kind = a_ticket_type(conference, a_quota(conference), amount=0)
    an_order(conference, kind, mail="aino@tampere.example", name="Aino Lehtonen")
    an_order(conference, kind, mail="other@tampere.example", name="Somebody Else")
    settle()
    person = a_person("Aino Lehtonen", mail="aino@tampere.example")
    sign_in_as(client, person)
    page = client.get("/me").text
    assert "Open my ticket" in page
    assert "No sessions chosen yet" in page
    assert "Somebody Else" not in page


def test_without_a_registration_my_place_says_where_to_begin(
    client: FlaskClient, organization: Organization
) -> None:
    sign_in_as(client, a_person("Somebody New"))
    assert "You are not registered for a conference" in client.get("/me").text


def test_the_desk_of_a_conference_is_for_those_who_work_there(
    client: FlaskClient, conference: Conference, settle: Settle
) -> None:
    kind = a_ticket_type(conference, a_quota(conference, capacity=10), amount=0)
    an_order(conference, kind)
    settle()
    sign_in_as(client, a_person("Nobody Here"))
    assert client.get("/desk/c/cit-2027").status_code == 404
    staff(client, Role.CHECK_IN, conference.id)
    page = client.get("/desk/c/cit-2027").text
    assert "1 of 10 seats is taken" in page
    assert "Money in" not in page, "money is for organizers and finance"


def test_a_dead_letter_is_shown_and_tried_again(
    client: FlaskClient, session: Session, organization: Organization
) -> None:
    with transaction():
        row = EventRow(
            organization_id=organization.id, name="conference.opened", payload={"conference_id": 1}
        )
        session.add(row)
        session.flush()
        session.execute(
            sa.insert(Delivery).values(
                event_id=row.id,
                handler="payments.book_sale",
                send_at=None,
                attempts=5,
                dead_at=now(),
                error="KeyError at x:1",
            )
        )
    staff(client, Role.ORGANIZER)
    page = client.get("/desk/deliveries").text
    assert "payments.book_sale" in page
    assert "KeyError at x:1" in page
    delivery_id = session.scalar(sa.select(Delivery.id))
    answer = submit(client, f"/desk/deliveries/{delivery_id}/retry")
    assert answer.status_code == 303
    session.expire_all()
    again = session.scalars(sa.select(Delivery)).one()
    assert (again.attempts, again.dead_at) == (0, None)
    assert "Nothing waits here" in client.get("/desk/deliveries").text


def test_the_first_visit_is_light_on_the_wire(client: FlaskClient, session: Session) -> None:
    """At most 60 KB for a public page with everything it loads, 20 KB after: the demo world's event page is the heaviest."""
    with transaction():
        load(now(), registrations=300)
    takes = {"Accept-Encoding": "gzip"}
    page = client.get("/c/cit-international", headers=takes)
    html = gzip.decompress(page.data).decode()
    parts = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))
    loaded = sum(len(client.get(part, headers=takes).data) for part in parts)
    assert len(page.data) <= 20_000
    assert len(page.data) + loaded <= 60_000


def test_a_role_for_one_conference_opens_its_desk_and_nothing_of_the_whole_house(
    client: FlaskClient, conference: Conference
) -> None:
    a_conference(slug="theirs", name="Somebody else's conference")
    with transaction():
        services.publish(conference.id)
        audit.seal()
    staff(client, Role.ORGANIZER, conference.id)
    desk = client.get("/desk")
    assert desk.status_code == 200
    assert "/desk/c/cit-2027" in desk.text
    assert "/desk/c/theirs" not in desk.text
    assert "/desk/conferences/new" not in desk.text
    assert "What happened" not in client.get("/desk/c/cit-2027").text
    assert "What happened" in staff(client, Role.ORGANIZER).get("/desk/c/cit-2027").text
    staff(client, Role.CHECK_IN, conference.id)
    assert "/desk/c/cit-2027/agenda" not in client.get("/desk").text
