"""What leaders type: kept as it was, refused with a sentence at its field, made harmless."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.core.personal_data import everything_of
from citevents.matching import queries, rounds, services
from citevents.matching.errors import NoProgramYet, RoundClosed
from citevents.people import queries as people
from citevents.people.models import Purpose
from tests.matching.world import AMMAN, TAMPERE, a_leader, a_round, asks, request_fields, send
from tests.people.world import a_person, sign_in_as

Settle = Callable[[], int]
PROGRAM = {
    "name": "Crisis Response Amman (sample)",
    "country": "JO",
    "city": "Amman",
    "zone": "Asia/Amman",
    "tongues-0-tongue": "ar",
    "tongues-0-level": "C2",
    "tongues-1-tongue": "en",
    "tongues-1-level": "B2",
    "stage": "growing",
    "structure": "agency",
    "legal": "civil",
    "size": "metropolis",
    "roles": ["police", "family"],
    "strengths": ["curriculum"],
    "needs-0": "receiving_facility",
    "needs-1": "policies",
    "needs-2": "receiving_facility",
    "about": "We began in 2019.\n<script>alert(1)</script>",
}


@pytest.fixture(autouse=True)
def _here(organization: Organization) -> None:
    """Everything runs as the organization of the test."""


@pytest.fixture
def leader(client: FlaskClient) -> FlaskClient:
    return sign_in_as(client, a_person("Rania Qasem", mail="rania@amman.example"))


def test_from_nothing_to_a_request(leader: FlaskClient) -> None:
    """Each empty state names the first step; following them ends in a request, with consent."""
    assert "Describe your program first" in leader.get("/exchange").text
    assert "Describe your program first" in leader.get("/exchange/request").text
    assert send(leader, "/exchange/program", PROGRAM).headers["Location"] == "/exchange/request"
    assert "No round is open now" in leader.get("/exchange").text
    assert "No round is open now" in leader.get("/exchange/request").text
    a_round()
    assert "Exchange round 2027-B is open" in leader.get("/exchange").text
    me = people.by_mail("rania@amman.example")
    assert me is not None
    program = queries.program_of(me.id)
    assert program is not None
    assert (program.languages, program.needs, program.legal) == (
        {"ar": "C2", "en": "B2"},
        ["receiving_facility", "policies"],
        "civil",
    )
    assert "<script>alert" not in leader.get("/exchange/program").text
    assert send(leader, "/exchange/request", request_fields()).status_code == 303
    assert people.agreed(me.id, Purpose.EXCHANGE)
    asked = queries.latest_request(program.id)
    assert asked is not None
    assert (asked[1].modes, asked[1].weeks) == (
        ["mutual", "virtual"],
        ["2027-W36", "2027-W37", "2027-W38"],
    )
    assert "6–10 September 2027" in leader.get("/exchange/request").text
    send(leader, "/exchange/request/withdraw", {})
    assert queries.latest_request(program.id) is None
    assert everything_of(me.id)["exchange"]["program"]["name"] == "Crisis Response Amman (sample)"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Enter the name of the program."),
        ({"name": "  \u202e "}, "Enter the name of the program."),
        ({"name": "x" * 201}, "A name has at most 200 characters."),
        ({"country": ""}, "Choose the country."),
        ({"country": "ZZ"}, "Not a valid choice."),
        ({"zone": "Mars/Olympus"}, "Not a valid choice."),
        ({"tongues-0-tongue": "", "tongues-1-tongue": ""}, "Choose at least one language."),
        ({"tongues-1-tongue": "ar"}, "Name each language once."),
        ({"strengths": ["juggling"]}, "is not a valid choice"),
        ({"about": "x" * 3001}, "At most 3,000 characters."),
    ],
)
def test_a_description_that_cannot_be(leader: FlaskClient, changes: dict[str, Any], sentence: str) -> None:
    answer = send(leader, "/exchange/program", PROGRAM | changes)
    assert answer.status_code == 422
    assert sentence in answer.text and "<title>Error:" in answer.text
    assert "We began in 2019." in answer.text or "about" in changes, "what was typed stays"


def test_a_name_is_made_harmless(leader: FlaskClient) -> None:
    send(leader, "/exchange/program", PROGRAM | {"name": "Am\x00man \u202eMITCET\r\nBcc: x <b>"})
    page = leader.get("/exchange").text
    assert "Am man MITCET Bcc: x &lt;b&gt;" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"modes": []}, "Choose at least one kind."),
        ({"weeks": []}, "Choose at least one week."),
        ({"weeks": ["2031-W01"]}, "is not a valid choice"),
        ({"delegation": "2"}, "A delegation has 3 to 20 people."),
        ({"delegation": "many"}, "Not a valid integer value."),
        ({"three_parts": ""}, "A delegation needs all three."),
        ({"places": "-1"}, "Enter a number from 0 to 20."),
        ({"consent": ""}, "Without this we cannot look for a partner."),
    ],
)
def test_a_request_that_cannot_be(leader: FlaskClient, changes: dict[str, Any], sentence: str) -> None:
    send(leader, "/exchange/program", PROGRAM)
    a_round()
    fields = {key: value for key, value in request_fields(**changes).items() if value != ""}
    answer = send(leader, "/exchange/request", fields)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_who_only_meets_online_needs_no_delegation(leader: FlaskClient) -> None:
    send(leader, "/exchange/program", PROGRAM)
    a_round()
    fields = request_fields(modes=["virtual"])
    del fields["three_parts"]
    assert send(leader, "/exchange/request", fields).status_code == 303


def test_a_round_that_closed_while_the_form_was_open(leader: FlaskClient, session: Session) -> None:
    person = a_leader("Somebody", AMMAN)
    about = a_round(closes_at=now() + timedelta(minutes=1))
    with pytest.raises(RoundClosed):
        asks(person, about, at=now() + timedelta(minutes=2))
    with transaction():
        rounds.close_round(about.id)
    with pytest.raises(RoundClosed):
        asks(person, about)
    send(leader, "/exchange/program", PROGRAM)
    answer = send(leader, "/exchange/request", {"modes": ["mutual"]})
    assert "No round is open now" in answer.text
    with pytest.raises(NoProgramYet):
        services.avoid(a_person("Nobody"), "Tampere")


def test_strangers_are_sent_to_sign_in(app: Flask) -> None:
    for path in (
        "/exchange",
        "/exchange/program",
        "/exchange/request",
        "/exchange/proposals/x",
        "/desk/exchange",
    ):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/sign-in")


def test_a_round_takes_requests_to_the_end_of_the_day_that_was_typed(client: FlaskClient) -> None:
    """Typed "Requests until 20 December": nobody reads the 21st, but where it is the 21st already, that is said beside it."""
    a_round(closes_at=datetime(2026, 12, 21, tzinfo=UTC))
    leader = a_leader("Aino Lehtonen", TAMPERE, mail="aino@tampere.example")
    sign_in_as(client, leader)
    for path in ("/exchange", "/exchange/request"):
        page = client.get(path).text
        assert re.findall(r"<time[^>]*>([^<]*)</time> <small>([^<]*)</small>", page)[0] == (
            "Sun 20 December, 23:59",
            "UTC (UTC)",
        )
        assert "Mon 21 December, 01:59" in page and "Helsinki" in page
