"""Organizers make and change a conference; what cannot be is refused with a sentence, and all of it is audited."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from citevents.conferences import queries, services
from citevents.conferences.catalog import catalog
from citevents.conferences.models import Conference, ConferenceState, Price
from citevents.core.access import Role
from citevents.core.audit import AuditEntry
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.events import EventRow
from tests.conferences.world import a_conference, a_question, a_quota, a_room, a_ticket_type
from tests.people.world import staff, submit
from tests.registration.world import an_order

pytestmark = pytest.mark.usefixtures("organization")


def words(page: TestResponse) -> str:
    main = page.text[page.text.index("<main") : page.text.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def send(client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    return submit(client, path, page=path, **fields)


def acts(session: Session) -> list[str]:
    return [
        f"{act} {subject}"
        for act, subject in session.execute(
            sa.select(AuditEntry.act, AuditEntry.subject)
            .where(AuditEntry.subject != "person")
            .order_by(AuditEntry.id)
        )
    ]


def test_from_nothing_to_an_open_registration(client: FlaskClient, session: Session) -> None:
    staff(client, Role.ORGANIZER)
    made = send(
        client,
        "/desk/conferences/new",
        name="Course (sample)",
        slug="course",
        kind="course",
        starts_on="2027-03-01",
        ends_on="2027-03-05",
        zone="Europe/Helsinki",
        currency="EUR",
    )
    assert (made.status_code, made.location) == (303, "/desk/c/course/tickets")
    assert client.get("/c/course").status_code == 404
    publish, opened = "/desk/c/course/settings/publish", "/desk/c/course/settings/open"
    refused = submit(client, opened, page=opened)
    assert "The event is not public yet." in words(client.get(refused.location))
    assert "There is no ticket with a price and a quota: nobody can register." in words(client.get(publish))
    submit(client, publish, page=publish)
    refused = submit(client, opened, page=opened)
    assert "There is no ticket with a price and a quota yet." in words(client.get(refused.location))
    pool = catalog(queries.by_slug("course")).quotas[0]
    saved = send(
        client,
        "/desk/c/course/tickets/new",
        name="Chairs",
        quotas=str(pool.id),
        tax="24",
        **{
            "steps-0-name": "early",
            "steps-0-amount": "250",
            "steps-0-until": "2027-01-01T00:00",
            "steps-1-name": "regular",
            "steps-1-amount": "300.50",
        },
    )
    assert saved.status_code == 303, words(saved)
    ticket = catalog(queries.by_slug("course")).tickets[0]
    assert [(step.name, step.amount, step.until) for step in ticket.prices] == [
        ("early", 25000, datetime(2026, 12, 31, 22, tzinfo=UTC)),
        ("regular", 30050, None),
    ]
    assert (ticket.tax_basis_points, ticket.quota_ids) == (2400, (pool.id,))
    assert "There is no ticket" not in words(client.get(opened))
    submit(client, opened, page=opened)
    assert "Chairs" in words(client.get("/c/course"))
    assert acts(session) == [
        "create conference",
        "publish conference",
        "create ticket_type",
        "open conference",
    ]


def test_settings_keep_times_on_the_venues_clock(client: FlaskClient, session: Session) -> None:
    a_conference()
    staff(client, Role.ORGANIZER)
    page = client.get("/desk/c/cit-2027/settings")
    fields = dict(re.findall(r'<(?:input|select)[^>]*name="(\w+)"[^>]*value="([^"]*)"', page.text))
    fields |= {"zone": "America/Los_Angeles", "country": "US", "refund_until": "2027-03-14T02:30"}
    assert "Clocks in Los Angeles jump over 02:30" in words(
        send(client, "/desk/c/cit-2027/settings", **fields)
    )
    fields["refund_until"] = "2027-03-14T03:30"
    assert send(client, "/desk/c/cit-2027/settings", **fields).status_code == 303
    session.expire_all()
    assert session.scalars(sa.select(Conference.refund_until)).one() == datetime(
        2027, 3, 14, 10, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("path", ["settings", "tickets", "questions", "rooms", "tickets/new", "rooms/new"])
@pytest.mark.parametrize(
    ("role", "status"), [(Role.ORGANIZER, 200), (Role.CHECK_IN, 404), (Role.FINANCE, 404)]
)
def test_only_organizers_enter(client: FlaskClient, path: str, role: Role, status: int) -> None:
    a_conference()
    staff(client, role)
    assert client.get(f"/desk/c/cit-2027/{path}").status_code == status


def test_an_organizer_of_one_conference_does_not_reach_into_another(client: FlaskClient) -> None:
    mine, theirs = a_conference("mine"), a_conference("theirs")
    room = a_room(theirs)
    staff(client, Role.ORGANIZER, mine.id)
    assert client.get("/desk/c/mine/settings").status_code == 200
    assert client.get("/desk/c/theirs/settings").status_code == 404
    assert client.get(f"/desk/c/mine/rooms/{room.id}").status_code == 404


def test_a_pool_cannot_shrink_under_what_is_taken(client: FlaskClient) -> None:
    conference = a_conference()
    pool = a_quota(conference, capacity=5)
    an_order(conference, a_ticket_type(conference, pool))
    staff(client, Role.ORGANIZER)
    here = f"/desk/c/cit-2027/quotas/{pool.id}"
    assert "More seats than that are taken" in words(send(client, here, name="Seats", capacity="0"))
    assert send(client, here, name="Seats", capacity="1").status_code == 303


def test_what_was_bought_cannot_be_removed_and_what_was_not_can(client: FlaskClient) -> None:
    conference = a_conference()
    pool = a_quota(conference)
    sold, unsold = a_ticket_type(conference, pool), a_ticket_type(conference, pool, name="Other")
    an_order(conference, sold)
    staff(client, Role.ORGANIZER)
    for ticket, said in ((sold, "It is in use"), (unsold, "It is removed.")):
        page = f"/desk/c/cit-2027/tickets/{ticket.id}"
        assert f"Remove “{ticket.name}”?" in words(client.get(f"{page}/remove"))
        answer = submit(client, f"{page}/remove", page=page)
        assert said in words(client.get(answer.location))
    assert [each.name for each in catalog(queries.by_slug("cit-2027")).tickets] == ["Full conference"]


def test_two_rooms_do_not_share_a_name(client: FlaskClient) -> None:
    a_room(a_conference(), "Arbutus")
    staff(client, Role.ORGANIZER)
    page = send(client, "/desk/c/cit-2027/rooms/new", name="Arbutus", capacity="20")
    assert "There is one of this name already." in words(page)
    assert (
        send(
            client, "/desk/c/cit-2027/rooms/new", name="Birch", capacity="20", features="step_free"
        ).status_code
        == 303
    )


BAD = [
    ("rooms/new", {"name": "", "capacity": "5"}, "Fill this in."),
    ("rooms/new", {"name": "x" * 81, "capacity": "5"}, "Use at most 80 characters."),
    ("rooms/new", {"name": "\u202e\x00", "capacity": "5"}, "Fill this in."),
    ("rooms/new", {"name": "A", "capacity": "-1"}, "Number must be between 0 and 1000000."),
    ("rooms/new", {"name": "A", "capacity": "9" * 40}, "Number must be between 0 and 1000000."),
    ("questions/new", {"label": "Diet?", "kind": "many", "options": ""}, "Write at least one answer"),
    (
        "questions/new",
        {"label": "Diet?", "kind": "text", "sensitive": "y", "required": "y", "reason": "x"},
        "A question about health is never required.",
    ),
    ("questions/new", {"label": "Diet?", "kind": "text", "sensitive": "y"}, "Say why it is asked"),
    ("tickets/new", {"name": "A", "steps-0-amount": "cheap"}, "Enter an amount like"),
    ("tickets/new", {"name": "A", "tax": "a lot"}, "Enter a percentage like 5 or 7.5."),
    ("tickets/new", {"name": "A", "quotas": "999999999"}, "not a valid choice"),
]


@pytest.mark.parametrize(("path", "fields", "said"), BAD)
def test_bad_input_is_refused_with_a_sentence(
    client: FlaskClient, path: str, fields: dict[str, str], said: str
) -> None:
    a_conference()
    staff(client, Role.ORGANIZER)
    page = send(client, f"/desk/c/cit-2027/{path}", **fields)
    assert page.status_code == 422
    assert said in words(page)


def test_a_conference_ends_once_when_its_last_day_is_over_at_the_venue(session: Session) -> None:
    conference = a_conference(ends_on=date(2027, 8, 25))
    a_conference("draft", state=ConferenceState.DRAFT)
    over = datetime(2027, 8, 26, 7, tzinfo=UTC)  # midnight in Vancouver
    for at, count in ((over - timedelta(seconds=1), 0), (over, 1), (over, 0)):
        with transaction():
            assert services.end_conferences(at) == count
    rows = session.execute(sa.select(EventRow.name, EventRow.payload)).all()
    assert [tuple(row) for row in rows] == [("conference.ended", {"conference_id": conference.id})]


def test_the_dates_are_in_order(session: Session) -> None:
    from citevents.conferences.errors import ClosesBeforeItOpens, EndsBeforeItStarts

    conference = a_conference()
    with pytest.raises(EndsBeforeItStarts), transaction():
        services.change(conference.id, ends_on=date(2027, 8, 1))
    with pytest.raises(ClosesBeforeItOpens), transaction():
        services.change(conference.id, registration_closes_at=now() - timedelta(days=30))


def test_a_question_opens_with_its_answers_one_in_a_line(client: FlaskClient) -> None:
    conference = a_conference()
    question = a_question(conference)
    staff(client, Role.ORGANIZER)
    page = client.get(f"/desk/c/cit-2027/questions/{question.id}")
    assert page.status_code == 200
    assert "\n".join(question.options) in html.unescape(page.text).replace("\r\n", "\n")


SAYS = ("refund_until", "registration_closes_at", "transfer_until")


@pytest.mark.parametrize(
    ("typed", "shown", "end"),
    [
        ("2027-06-28T00:00", "2027-06-27T23:59", datetime(2027, 6, 28, 7, tzinfo=UTC)),
        ("2027-06-27T23:59", "2027-06-27T23:59", datetime(2027, 6, 28, 7, tzinfo=UTC)),
        ("2027-06-28T12:00", "2027-06-28T12:00", datetime(2027, 6, 28, 19, tzinfo=UTC)),
    ],
)
def test_a_deadline_means_what_the_form_shows_and_saving_again_changes_nothing(
    client: FlaskClient, session: Session, typed: str, shown: str, end: datetime
) -> None:
    a_conference()
    staff(client, Role.ORGANIZER)
    path = "/desk/c/cit-2027/settings"

    def fields() -> dict[str, str]:
        found = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', client.get(path).text))
        return found | {"zone": "America/Vancouver", "country": "CA"}

    for values in (fields() | dict.fromkeys(SAYS, typed), fields):
        sent = values() if callable(values) else values
        assert send(client, path, **sent).status_code == 303
        session.expire_all()
        kept = session.scalars(sa.select(Conference)).one()
        assert {getattr(kept, name) for name in SAYS} == {end}
        assert {fields()[name] for name in SAYS} == {shown}


def test_a_new_conference_is_on_no_clock_that_nobody_chose(client: FlaskClient, session: Session) -> None:
    staff(client, Role.ORGANIZER)
    path = "/desk/conferences/new"
    fields = {"name": "CIT 2028", "slug": "cit-2028", "kind": "conference", "starts_on": "2028-05-01", "ends_on": "2028-05-02", "currency": "EUR"}  # fmt: skip
    first = re.search(r'<select[^>]*name="zone".*?</select>', client.get(path).text, re.S)
    assert first and "selected" not in first[0]
    assert re.findall(r"<option ([^>]*)>([^<]*)", first[0])[0] == (
        'value=""',
        "Choose the venue&#39;s clock",
    )
    refused = send(client, path, **fields, zone="")
    assert (refused.status_code, "Choose the venue" in words(refused)) == (422, True)
    assert send(client, path, **fields, zone="UTC").status_code == 422  # no zone of the list
    assert send(client, path, **fields, zone="Europe/Paris").status_code == 303
    assert session.scalars(sa.select(Conference.zone)).all() == ["Europe/Paris"]


def test_a_new_conference_begins_on_the_clock_its_organizer_reads(client: FlaskClient) -> None:
    staff(client, Role.ORGANIZER)
    for zone in ("Europe/Helsinki", "Asia/Calcutta"):  # the second is an older name, which browsers still say
        client.set_cookie("zone", zone)
        page = client.get("/desk/conferences/new").text
        assert re.findall(r'<option selected value="([^"]+/[^"]+)"', page)[0] == zone


def a_ticket(**changes: str) -> dict[str, str]:
    """The fields of a ticket at 490.00."""
    return {"name": "Full", "tax": "0", "steps-0-amount": "490.00"} | changes


def prices(session: Session) -> list[int]:
    session.expire_all()
    return list(session.scalars(sa.select(Price.amount).order_by(Price.id)))


@pytest.mark.parametrize(
    ("currency", "typed", "tax", "said"),
    [
        ("EUR", "0.01", "0", "Cards take €0.50 or more, tax included, and this would be €0.01."),
        ("EUR", "0.49", "0", "Cards take €0.50 or more, tax included, and this would be €0.49."),
        ("JPY", "30", "10", "Cards take JP¥50 or more, tax included, and this would be JP¥33."),
        ("GBP", "0,29", "0", "Cards take £0.30 or more, tax included, and this would be £0.29."),
        ("KWD", "10.005", "0", "Cards are charged in steps of KWD0.010. Enter KWD10.000 or KWD10.010."),
        ("EUR", "990,000.00", "20", "Cards take at most €999,999.99, tax included"),
        ("EUR", "1.234", "0", "Enter an amount like 490.00, with at most 2 digits after the point."),
        ("JPY", "30.5", "0", "Enter a whole amount like 490."),
    ],
)
def test_a_price_that_no_card_can_pay_is_refused_at_the_desk_with_the_figure(
    client: FlaskClient, session: Session, currency: str, typed: str, tax: str, said: str
) -> None:
    a_conference(currency=currency)
    staff(client, Role.ORGANIZER)
    page = "/desk/c/cit-2027/tickets/new"
    refused = send(client, page, **a_ticket(**{"steps-1-amount": typed, "tax": tax, "steps-0-amount": "490"}))
    assert refused.status_code == 422
    text = html.unescape(refused.text).replace("\xa0", "")
    assert text.count(said) == 2  # beside the field, and at the top with a link to it
    assert 'href="#steps-1-amount"' in refused.text
    assert f'value="{typed}"' in refused.text, "nothing typed is lost"
    assert prices(session) == []


def test_free_is_no_card_payment(client: FlaskClient, session: Session) -> None:
    a_conference(currency="EUR")
    staff(client, Role.ORGANIZER)
    assert (
        send(client, "/desk/c/cit-2027/tickets/new", **a_ticket(**{"steps-0-amount": "0"})).status_code == 303
    )
    assert prices(session) == [0]


@pytest.mark.parametrize(("chosen", "kept"), [("100000", 100_000), ("100", 100)])
def test_a_price_that_can_mean_two_things_is_asked_about_and_the_answer_kept(
    client: FlaskClient, session: Session, chosen: str, kept: int
) -> None:
    a_conference(currency="EUR")
    staff(client, Role.ORGANIZER)
    page = "/desk/c/cit-2027/tickets/new"
    typed = a_ticket(**{"steps-0-amount": "1.000", "steps-1-amount": "1200,50"})
    asked = send(client, page, **typed)
    assert asked.status_code == 422
    assert "“1.000” can mean €1,000.00 or €1.00." in words(asked)
    assert re.findall(r'<input type="radio" name="steps-0-amount-means" value="(\d+)">', asked.text) == [
        "100000",
        "100",
    ]
    assert 'value="1.000"' in asked.text
    assert 'value="1200,50"' in asked.text
    assert prices(session) == []
    assert send(client, page, **typed, **{"steps-0-amount-means": chosen}).status_code == 303
    assert prices(session) == [kept, 120_050]


def test_an_answer_to_another_question_is_none(client: FlaskClient, session: Session) -> None:
    """Whoever changes the text after being asked is asked again."""
    a_conference(currency="JPY")
    staff(client, Role.ORGANIZER)
    page = "/desk/c/cit-2027/tickets/new"
    asked = send(client, page, **a_ticket(**{"steps-0-amount": "2.000", "steps-0-amount-means": "1000"}))
    assert asked.status_code == 422
    assert "“2.000” can mean JP¥2,000 or JP¥2." in words(asked)
    assert prices(session) == []


@pytest.mark.parametrize(
    ("language", "typed", "minor"),
    [("fr", "1 490,00", 149_000), ("es", "1.490,00", 149_000), ("ar", "١٬٤٩٠٫٠٠", 149_000)],
)
def test_prices_are_typed_as_the_language_writes_them(
    client: FlaskClient, session: Session, language: str, typed: str, minor: int
) -> None:
    a_conference(currency="EUR")
    staff(client, Role.ORGANIZER)
    page = f"/desk/c/cit-2027/tickets/new?lang={language}"
    assert send(client, page, **a_ticket(**{"steps-0-amount": typed})).status_code == 303
    assert prices(session) == [minor]


def test_where_every_conference_is_free_no_price_is_set(
    app: Flask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator said so; else a buyer would learn it at the payment page."""
    settings = replace(app.config["SETTINGS"], allow=frozenset({"no-payments"}))
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    a_conference()
    staff(client, Role.ORGANIZER)
    page = "/desk/c/cit-2027/tickets/new"
    refused = send(client, page, **a_ticket())
    assert refused.status_code == 422
    assert "No payments are set up here, so nobody could pay this price." in words(refused)
    assert (prices(session), 'value="490.00"' in refused.text) == ([], True)
    assert send(client, page, **a_ticket(**{"steps-0-amount": "0"})).status_code == 303
    assert prices(session) == [0]
