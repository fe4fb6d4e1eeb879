"""An address that refuses our emails: shown at its order and person, corrected at the desk, sent again, told on the order's page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core import jobs
from citevents.core.access import Role
from citevents.core.audit import AuditEntry
from citevents.core.db import Organization, transaction
from citevents.people import queries, services
from citevents.people.models import SignInLink
from citevents.people.sign_in import services as sign_in
from citevents.registration.order_request import Placed
from standins.mail import Outbox
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.people.world import a_person, staff, submit
from tests.registration.world import an_order
from tests.weather import Weather

WRONG, RIGHT = "aino@tampre.example", "aino@tampere.example"


@pytest.fixture
def weather(organization: Organization, outbox: Outbox) -> Iterator[Weather]:
    outbox.clear()
    with Weather().driving() as driven:
        yield driven
    outbox.clear()


@pytest.fixture
def placed(weather: Weather, outbox: Outbox) -> Placed:
    """Somebody mistyped the address; the ticket was refused."""
    outbox.fault("rcpt", "refuse", on="*@tampre.example", code=550, times=100)
    conference = a_conference()
    made = an_order(conference, a_ticket_type(conference, a_quota(conference), amount=0), mail=WRONG)
    weather.turn()
    assert [job.handler for job in jobs.refused()] == ["registration.mail_tickets"]
    return made


def whose(mail: str) -> queries.PersonView:
    found = queries.by_mail(mail)
    assert found
    return found


def correct(client: FlaskClient, mail: str, wrong: str = WRONG) -> int:
    return submit(client, f"/desk/people/{whose(wrong).public_id}/address", mail=mail).status_code


def test_the_order_says_so_and_the_desk_leads_to_the_person(client: FlaskClient, placed: Placed) -> None:
    page = client.get(f"/c/cit-2027/orders/{placed.public_id}").text
    assert "Our email about this order was refused" in page
    assert "is on its way by email" not in page
    assert WRONG not in page, "the link may have gone further than the buyer"
    staff(client, Role.ORGANIZER)
    page = client.get(f"/desk/c/cit-2027/orders/{placed.public_id}").text
    assert f"/desk/people/{whose(WRONG).public_id}" in page
    page = client.get(f"/desk/people/{whose(WRONG).public_id}").text
    assert "1 email to this address was refused." in page


def test_a_corrected_address_gets_what_was_refused_once(
    client: FlaskClient, session: Session, weather: Weather, outbox: Outbox, placed: Placed
) -> None:
    person = whose(WRONG)
    with transaction():
        sign_in.ask_link(WRONG, next="", language="en")
    staff(client, Role.ORGANIZER)
    assert correct(client, f" {RIGHT} ") == 303
    assert queries.person(person.id).mail == RIGHT
    assert session.scalars(sa.select(SignInLink).where(SignInLink.mail == WRONG)).all() == []
    weather.turn()
    assert [each.to for each in outbox.accepted()] == [(RIGHT,)]
    assert jobs.count() == 0
    assert "was refused" not in client.get(f"/c/cit-2027/orders/{placed.public_id}").text
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "correct_address")).one()
    assert (entry.subject, entry.subject_id, entry.details) == ("person", person.id, {})


def test_what_cannot_be_corrected_says_why_and_changes_nothing(client: FlaskClient, placed: Placed) -> None:
    a_person("Somebody Else", mail=RIGHT)
    staff(client, Role.ORGANIZER)
    assert correct(client, RIGHT.upper()) == 409
    assert correct(client, "no address") == 422
    assert correct(client, "new@works.example", wrong=RIGHT) == 409, "theirs works"
    assert (whose(WRONG).name, whose(RIGHT).name) == ("Aino Lehtonen", "Somebody Else")
    assert len(jobs.refused()) == 1


def test_nobody_becomes_somebody_with_a_role_by_correcting_their_address(
    client: FlaskClient, placed: Placed
) -> None:
    with transaction():
        services.grant(whose(WRONG).id, Role.FINANCE)
    staff(client, Role.ORGANIZER)
    assert correct(client, "mine@organizer.example") == 403
    assert whose(WRONG).name == "Aino Lehtonen"
    staff(client, Role.OWNER)
    assert correct(client, RIGHT) == 303


def test_correcting_is_for_those_who_look_after_people(client: FlaskClient, placed: Placed) -> None:
    staff(client, Role.CHECK_IN)
    assert correct(client, RIGHT) == 404
