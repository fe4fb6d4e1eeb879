"""One answer for every address: what a page says of somebody else's is what it says of one that nobody has."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from difflib import unified_diff
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from citevents.conferences.models import Conference, TicketType
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.registration import queries, services
from citevents.registration.models import Order, Places
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.people.world import a_person, csrf, letter_to, sign_in_as, text_of
from tests.registration.buyers import REGISTER, fill, hidden, words
from tests.registration.world import a_paid_order, an_order, undone

pytestmark = pytest.mark.usefixtures("organization")
Settle = Callable[[], int]
KNOWN, UNKNOWN = "Layla.Haddad@Amman.example", "Layla.Hadadd@Amman.example"
STORED = "layla.haddad@amman.example"


class Sale:
    """A conference with a free and a paid ticket, and a full add-on."""

    def __init__(self) -> None:
        self.conference: Conference = a_conference()
        pool = a_quota(self.conference, capacity=50)
        self.free: TicketType = a_ticket_type(self.conference, pool, amount=0, name="Volunteer")
        self.paid: TicketType = a_ticket_type(self.conference, pool, amount=49_000)
        lunch = a_quota(self.conference, "Lunch", 0, main=False)
        self.lunch = a_ticket_type(self.conference, lunch, amount=4_000, name="Lunch", add_on=True)


def nothing(sale: Sale) -> None:
    a_person("Layla", mail=STORED)


def has_a_free_seat(sale: Sale) -> None:
    an_order(sale.conference, sale.free, mail=STORED, name="Layla Haddad")


def has_a_paid_seat(sale: Sale) -> None:
    a_paid_order(sale.conference, sale.paid, mail=STORED, name="Layla Haddad")


def holds_one(sale: Sale) -> None:
    an_order(sale.conference, sale.paid, mail=STORED, name="Layla Haddad")


def is_paying(sale: Sale) -> None:
    placed = an_order(sale.conference, sale.paid, mail=STORED, name="Layla Haddad")
    with transaction():
        services.go_to_pay(placed.order_id, now())


def cancelled(sale: Sale) -> None:
    placed = an_order(sale.conference, sale.free, mail=STORED, name="Layla Haddad")
    with transaction():
        services.cancel(placed.order_id, now())


def let_it_expire(sale: Sale) -> None:
    an_order(sale.conference, sale.paid, mail=STORED, at=now() - timedelta(hours=2))
    with transaction():
        services.expire_holds(now())


STANDINGS = [nothing, has_a_free_seat, has_a_paid_seat, holds_one, is_paying, cancelled, let_it_expire]


def as_it_is(_sale: Sale, _session: Session, _client: FlaskClient) -> dict[str, Any]:
    return {}


def all_full(_sale: Sale, session: Session, _client: FlaskClient) -> dict[str, Any]:
    session.execute(sa.update(Places).values(capacity=Places.taken))
    return {}


def add_on_full(sale: Sale, _session: Session, _client: FlaskClient) -> dict[str, Any]:
    return {"add_ons": sale.lunch.public_id}


def closed(sale: Sale, session: Session, _client: FlaskClient) -> dict[str, Any]:
    sale.conference.registration_closes_at = now()
    session.commit()
    return {}


def price_changed(_sale: Sale, _session: Session, _client: FlaskClient) -> dict[str, Any]:
    return {"shown_total": "1"}


def limit_met(_sale: Sale, _session: Session, client: FlaskClient) -> dict[str, Any]:
    client.application.config["SETTINGS"] = replace(
        client.application.config["SETTINGS"], unpaid_per_caller=1
    )
    return {}


MOMENTS = [as_it_is, all_full, add_on_full, closed, price_changed, limit_met]
#: What differs from one visit to the next, whoever asks.
OWN = re.compile(
    r'name="csrf_token" value="[^"]+"|<svg class="qr".*?</svg>|[A-Za-z0-9_-]{22,}|[0-9A-Z]{4} [0-9A-Z]{4}|\b\d{6}\b|\d\d:\d\d(:\d\d(\.\d+)?)?',
    re.S,
)


def masked(answer: TestResponse, mail: str) -> tuple[int, list[str], str]:
    body = answer.text.replace(mail, "(address)")
    return answer.status_code, sorted(answer.headers.keys()), OWN.sub("…", body)


def asked(client: FlaskClient, form: dict[str, str], ticket: TicketType, mail: str) -> list[Any]:
    """What a stranger's new browser is told by a form it opened before, on every page to which that leads."""
    about = {"ticket": ticket.public_id, "name": "Mallory", "mail": mail, "country": "FI", "terms": "y"}
    sent = client.post(REGISTER, data=about | form)
    told: list[Any] = [masked(sent, mail)]
    if sent.status_code == 303:
        page = client.get(sent.location)
        told.append(masked(page, mail))
        order = sent.location.rpartition("/")[2]
        for path in (f"/c/cit-2027/register?order={order}", f"/c/cit-2027/orders/{order}/cancel"):
            told.append(masked(client.get(path), mail))
        for link in re.findall(r'href="(/c/cit-2027/tickets/[^".]+)"', page.text)[:1]:
            told.append(masked(client.get(link), mail))
    return told


@pytest.fixture(autouse=True)
def _settings_as_they_were(app: Flask) -> Any:
    before = app.config["SETTINGS"]
    yield
    app.config["SETTINGS"] = before


@pytest.mark.parametrize("kind", ["free", "paid"])
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("standing", STANDINGS, ids=lambda each: each.__name__)
def test_a_known_address_is_answered_as_an_unknown_one(
    app: Flask, client: FlaskClient, session: Session, standing: Any, moment: Any, kind: str
) -> None:
    told = []
    for mail in (KNOWN, UNKNOWN):
        with undone(session):
            sale = Sale()
            standing(sale)
            stranger = app.test_client()
            form = hidden(stranger.get(REGISTER)) | {"shown_total": ""}
            form |= moment(sale, session, client)
            session.commit()
            told.append(asked(stranger, form, getattr(sale, kind), mail))
    known, unknown = told
    for here, there in zip(known, unknown, strict=True):
        assert here[:2] == there[:2]
        told_apart = list(unified_diff(here[2].splitlines(), there[2].splitlines(), n=0, lineterm=""))
        assert not told_apart, "\n".join(told_apart)
    everything = " ".join(body for _status, _headers, body in known)
    assert STORED not in everything
    assert "Layla Haddad" not in everything


def test_what_was_typed_is_shown_and_goes_to_the_payment_page(client: FlaskClient, session: Session) -> None:
    sale = Sale()
    a_person("Layla", mail=STORED)
    sent = fill(client, sale.paid, mail=KNOWN, shown_total="")
    assert KNOWN in words(client.get(sent.location))
    to_pay = queries.order_to_pay(sent.location.rpartition("/")[2])
    assert to_pay is not None
    assert to_pay.mail == KNOWN


def test_the_truth_goes_by_email_to_the_address_once_a_day(
    app: Flask, client: FlaskClient, session: Session, settle: Settle, outbox: Any
) -> None:
    sale = Sale()
    hers = an_order(sale.conference, sale.free, mail="truth@amman.example", name="Layla Haddad")
    settle()
    for number in range(3):
        stranger = app.test_client()
        sent = fill(
            stranger,
            (sale.paid, sale.free)[number % 2],
            mail="TRUTH@amman.example",
            shown_total="",
            name="Win www.evil",
        )
        assert sent.status_code == 422, "no web address is a name"
        sent = fill(
            stranger,
            (sale.paid, sale.free)[number % 2],
            mail="TRUTH@amman.example",
            shown_total="",
            name="Mallory",
        )
        assert sent.status_code == 303
    settle()
    mails = [each for each in outbox.messages() if "truth@amman.example" in str(each["To"])]
    assert [str(each["Subject"]).split(":")[0] for each in mails] == [
        "You are registered",
        "You are registered already",
    ]
    text = text_of(letter_to(outbox, "truth@amman.example"))
    assert f"order {hers.order_id:06d}" in text
    assert "Mallory" not in text
    assert "Was it you? You need not pay again" in text
    link = next(line for line in text.splitlines() if "/sign-in/" in line).removeprefix("http://localhost")
    entered = client.post(link, data={"csrf_token": csrf(client)}, follow_redirects=True)
    assert "You are registered, Layla Haddad" in words(entered)


def test_whoever_is_signed_in_is_led_to_their_seat(client: FlaskClient, session: Session) -> None:
    sale = Sale()
    placed = an_order(sale.conference, sale.free, mail=STORED, name="Layla Haddad")
    person_id = session.scalar(sa.select(Order.person_id))
    assert person_id
    sign_in_as(client, person_id)
    sent = fill(client, sale.paid, mail=KNOWN, shown_total="")
    assert (sent.status_code, sent.location) == (303, f"/c/cit-2027/orders/{placed.public_id}")
    assert "You are registered already: this is your order." in client.get(sent.location).text
    assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 1


def test_a_browser_that_registered_somebody_is_led_to_that_order(
    client: FlaskClient, session: Session
) -> None:
    sale = Sale()
    first, second = (fill(client, sale.free, mail=STORED) for _ in range(2))
    assert first.location == second.location
    assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 1


def test_whoever_books_for_a_colleague_learns_nothing_of_them(
    app: Flask, client: FlaskClient, session: Session, settle: Settle, outbox: Any
) -> None:
    sale = Sale()
    an_order(sale.conference, sale.free, mail=STORED, name="Layla Haddad")
    told = []
    for mail in (KNOWN, UNKNOWN):
        browser = sign_in_as(app.test_client(), a_person("Omar", mail=f"omar-{len(told)}@amman.example"))
        told.append(masked(browser.get(fill(browser, sale.free, mail=mail, name="Colleague").location), mail))
    assert told[0] == told[1]
    settle()
    letter = letter_to(outbox, STORED)
    assert "You are registered already" in str(letter["Subject"])
    for number in range(2):
        assert "You are registered" in str(letter_to(outbox, f"omar-{number}@amman.example")["Subject"])
