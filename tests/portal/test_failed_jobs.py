"""The desk shows what failed with whom and what it is about, tries one or all of a kind again, and says who is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core import circuits, jobs
from citevents.core.access import Role
from citevents.core.audit import AuditEntry
from citevents.core.clock import now
from citevents.core.db import Organization, as_organization, current_organization_id, transaction
from citevents.core.errors import Later
from citevents.core.events import Delivery, EventRow, Failure
from citevents.portal import failed_jobs
from citevents.registration.models import Order, Registration
from citevents.registration.orders import number_of
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.people.world import a_person, sign_in_as, staff, submit
from tests.registration.world import an_order

Settle = Callable[[], int]


def a_failed_job(handler: str, event: str, failure: Failure = Failure.BROKEN, **payload: Any) -> int:
    """A delivery that gave up; its id."""
    row = EventRow(organization_id=current_organization_id(), name=event, payload=payload)
    with transaction() as session:
        session.add(row)
        session.flush()
        made = session.execute(
            sa.insert(Delivery)
            .values(
                event_id=row.id,
                organization_id=row.organization_id,
                handler=handler,
                send_at=None,
                attempts=5,
                dead_at=now(),
                error="KeyError at x:1",
                failure=failure,
            )
            .returning(Delivery.id)
        )
        return int(made.scalar_one())


@pytest.fixture
def order(session: Session, organization: Organization, settle: Settle) -> Order:
    conference = a_conference()
    ticket = a_ticket_type(conference, a_quota(conference, capacity=10), amount=0)
    an_order(conference, ticket, mail="aino@tampere.example", name="Aino Lehtonen")
    settle()
    return session.scalars(sa.select(Order)).one()


def test_each_job_is_listed_with_its_person_and_order(
    client: FlaskClient, session: Session, order: Order
) -> None:
    registration = session.scalars(sa.select(Registration)).one()
    a_failed_job("registration.mail_tickets", "order.confirmed", order_id=order.id)
    a_failed_job("registration.mail_cancelled", "registration.cancelled", registration_id=registration.id)
    a_failed_job("people.tell_of_passkey", "person.passkey_added", person_id=order.person_id, passkey_id=1)
    a_failed_job("payments.reconcile", "payment.reconcile", since="2027-01-01")
    named = [
        (each.job.handler, each.person.name if each.person else None, each.order and each.order.number)
        for each in failed_jobs.about(jobs.failed())
    ]
    number = number_of(order.id)
    assert named == [
        ("payments.reconcile", None, None),
        ("people.tell_of_passkey", "Aino Lehtonen", None),
        ("registration.mail_cancelled", "Aino Lehtonen", number),
        ("registration.mail_tickets", "Aino Lehtonen", number),
    ]
    staff(client, Role.ORGANIZER)
    page = client.get("/desk/deliveries").text
    assert page.count("aino@tampere.example") == 3
    assert page.count(f"/desk/c/cit-2027/orders/{order.public_id}") == 2


def test_a_list_of_a_hundred_takes_as_many_statements_as_one_of_one(session: Session, order: Order) -> None:
    def statements() -> int:
        counted: list[str] = []
        bind = session.get_bind()

        def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
            counted.append(statement)

        sa.event.listen(bind, "before_cursor_execute", note)
        failed_jobs.about(jobs.failed())
        sa.event.remove(bind, "before_cursor_execute", note)
        return len(counted)

    a_failed_job("registration.mail_tickets", "order.confirmed", order_id=order.id)
    one = statements()
    for _ in range(30):
        a_failed_job("registration.mail_tickets", "order.confirmed", order_id=order.id)
    session.expire_all()
    assert statements() == one


def test_all_of_a_kind_are_tried_again_and_no_other(
    client: FlaskClient, session: Session, organization: Organization
) -> None:
    mails = {a_failed_job("surveys.mail_survey", "survey.due", survey_invitation_id=n) for n in range(120)}
    other = a_failed_job("payments.book_sale", "order.confirmed", order_id=1)
    refused = a_failed_job("surveys.mail_survey", "survey.due", Failure.NEVER, survey_invitation_id=999)
    elsewhere = Organization(name="Other", host="other.example")
    session.add(elsewhere)
    session.flush()
    with as_organization(elsewhere.id):
        theirs = a_failed_job("surveys.mail_survey", "survey.due", survey_invitation_id=1)
    staff(client, Role.ORGANIZER)
    page = client.get("/desk/deliveries").text
    assert "120 jobs" in page
    assert "The newest 100 of 121 are listed." in page
    answer = submit(client, "/desk/deliveries/retry", kind="surveys.mail_survey")
    assert answer.status_code == 303
    still = session.scalars(sa.select(Delivery.id).where(Delivery.dead_at.is_not(None)))
    assert set(still) == {other, refused, theirs}
    again = session.scalars(sa.select(Delivery.id).where(Delivery.send_at.is_not(None)))
    assert set(again) == mails
    [entry] = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "retry_all"))
    assert entry.details == {"kind": "surveys.mail_survey", "count": 120}
    assert "120 jobs are being tried again." in client.get("/desk/deliveries").text


def test_a_kind_that_does_not_exist_is_not_found(client: FlaskClient, organization: Organization) -> None:
    staff(client, Role.ORGANIZER)
    a_failed_job("payments.book_sale", "order.confirmed", order_id=1)
    assert submit(client, "/desk/deliveries/retry", kind="no.such").status_code == 404


def test_retrying_is_for_organizers(client: FlaskClient, organization: Organization) -> None:
    job = a_failed_job("payments.book_sale", "order.confirmed", order_id=1)
    sign_in_as(client, a_person("Somebody"))
    assert client.get("/desk/deliveries").status_code == 404
    assert jobs.count() == 1
    assert job


def test_the_menu_counts_and_does_not_load(
    client: FlaskClient, session: Session, organization: Organization
) -> None:
    for n in range(130):
        a_failed_job("surveys.mail_survey", "survey.due", survey_invitation_id=n)
    staff(client, Role.ORGANIZER)
    loaded: list[str] = []
    bind = session.get_bind()

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "delivery" in statement:
            loaded.append(statement)

    sa.event.listen(bind, "before_cursor_execute", note)
    page = client.get("/desk/people").text
    sa.event.remove(bind, "before_cursor_execute", note)
    assert "130" in page
    assert len(loaded) == 1 and loaded[0].startswith("SELECT count(*)"), loaded


def test_the_desk_says_who_is_away_since_when_and_how_many_wait(
    client: FlaskClient, session: Session, organization: Organization
) -> None:
    staff(client, Role.CHECK_IN)
    assert "is away since" not in client.get("/desk").text
    began = now().replace(hour=16, minute=17) - timedelta(days=1)
    circuits.failed(Later("421", destination="mail"), 1, began, 1.0)
    for n in range(3):
        job = a_failed_job("surveys.mail_survey", "survey.due", Failure.LATER, survey_invitation_id=n)
        session.execute(
            sa.update(Delivery)
            .where(Delivery.id == job)
            .values(dead_at=None, send_at=now(), waits_for="mail", give_up_at=now() + timedelta(days=4))
        )
    page = " ".join(client.get("/desk").text.split())
    assert "Email is away since" in page and "16:17" in page
    assert "3 jobs wait and go by themselves." in page
    assert "Last answer: 421" in page
    assert jobs.count() == 0, "nobody has to do anything"
    circuits.close({"mail"})
    assert "is away since" not in client.get("/desk").text


def test_what_waits_for_its_recipient_alone_is_said(
    client: FlaskClient, session: Session, organization: Organization
) -> None:
    job = a_failed_job("surveys.mail_survey", "survey.due", Failure.LATER, survey_invitation_id=1)
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id == job)
        .values(dead_at=None, send_at=now() + timedelta(minutes=5), give_up_at=now() + timedelta(days=4))
    )
    staff(client, Role.ORGANIZER)
    assert (
        "1 job waits for its recipient and is tried again by itself." in client.get("/desk/deliveries").text
    )
