"""Requests are taken until a day; sending proposals closes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, must, transaction
from citevents.matching import exchanges, queries, rounds, services
from citevents.matching.errors import (
    PlacedAlready,
    RoundClosed,
)
from citevents.matching.models import Round
from citevents.matching.policy import Stage
from standins.mail import Outbox
from tests.matching.reading import (
    Settle,
    board_of,
    home_of,
    page_of,
    sends,
    stage,
    the_round,
    three_asking,
    words_of,
)
from tests.matching.world import (
    AMMAN,
    a_leader,
    a_pair,
    a_round,
    asks,
    matches,
    program_of,
    proposed,
    ran,
    says,
    two_leaders,
)
from tests.people.world import sign_in_as, staff, submit, text_of


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox, organization: Organization) -> None:
    outbox.clear()


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    return staff(client, Role.EXCHANGE_COORDINATOR)


def after_closing(about: Round) -> None:
    with transaction():
        must(Round, about.id).closes_at = now() - timedelta(minutes=1)


def test_sending_closes_nothing(app: Flask, desk: FlaskClient, settle: Settle) -> None:
    about, amman, tampere, oulu = three_asking()
    confirm = words_of(
        ran(about, settle) and desk.get(f"/desk/exchange/rounds/{about.public_id}/propose").text
    )
    assert "The round goes on: who waits can change the request, and you can run and send again." in confirm
    (match,) = proposed(about, settle)
    placed = {program.leader_id for _, program in exchanges.sides_of(match.id)}
    (waiting,) = {amman, tampere, oulu} - placed
    page = home_of(app, waiting)
    assert "There is no partner for you in this round so far." in page
    assert "Change my request" in page and "Take it back" in page and "Round closes" in page
    newcomer = a_leader("Noor Saleh", AMMAN | {"name": "Irbid (sample)", "city": "Irbid"}, language="en")
    assert "Exchange round 2027-B is open" in home_of(app, newcomer)
    asks(newcomer, about)
    assert "We look for partners for everybody together" in home_of(app, newcomer)
    run = ran(about, settle)
    assert sends(run) == 1, "a second batch, for those who wait"
    assert len(matches(about)) == 2
    assert "Takes requests" in board_of(app, about)


def test_after_the_last_day_who_waits_can_change_and_nobody_else_can_ask(app: Flask, settle: Settle) -> None:
    about, amman, tampere, oulu = three_asking()
    (match,) = proposed(about, settle)
    placed = {program.leader_id for _, program in exchanges.sides_of(match.id)}
    (waiting,) = {amman, tampere, oulu} - placed
    after_closing(about)
    newcomer = a_leader("Noor Saleh", AMMAN | {"name": "Irbid (sample)", "city": "Irbid"})
    with pytest.raises(RoundClosed):
        asks(newcomer, about)
    assert "No round is open now" in home_of(app, newcomer)

    page = home_of(app, waiting)
    assert "Closed for new requests" in page and "Change my request" in page and "Take it back…" in page
    browser = sign_in_as(app.test_client(), waiting)
    form = browser.get(f"/exchange/request?round={about.public_id}").text
    assert "You can change your request as long as you wait for a partner." in words_of(form)
    fields: dict[str, Any] = {"round": about.public_id, "modes": ["virtual"], "weeks": ["2027-W40"]}
    sent = submit(browser, "/exchange/request", **fields, delegation="3", places="0", floor="A2", consent="y")
    assert sent.status_code == 303
    assert "It counts the next time the round is matched." in browser.get("/exchange").text
    kept = queries.request_of(program_of(waiting).id, about.id)
    assert kept and (kept.modes, kept.weeks, kept.floor) == (["virtual"], ["2027-W40"], "A2")

    leader = next(each for each in placed if each)
    with pytest.raises(PlacedAlready):
        asks(leader, about)
    refused = sign_in_as(app.test_client(), leader)
    assert (
        "so your request cannot change now" in refused.get(f"/exchange/request?round={about.public_id}").text
    )
    assert "Change my request" not in home_of(app, leader)


def test_who_declined_waits_again_and_can_widen_the_request(app: Flask, settle: Settle) -> None:
    amman, tampere, match = a_pair(settle)
    about = the_round(match)
    after_closing(about)
    says(amman, match, False)
    settle()
    for leader in (amman, tampere):
        page = home_of(app, leader)
        assert "You wait for another proposal." in page and "Change my request" in page
        assert "others needed them more" not in page
    asks(amman, about, modes=("virtual", "mutual"))
    with transaction():
        services.withdraw(tampere, about.id, now())
    with pytest.raises(RoundClosed):
        asks(tampere, about)


def test_not_any_more_ends_the_open_proposal_and_is_asked_once_with_the_number(
    app: Flask, settle: Settle, outbox: Outbox
) -> None:
    amman, tampere, match = a_pair(settle)
    about = the_round(match)
    says(amman, match, True)
    outbox.clear()
    rania = sign_in_as(app.test_client(), amman)
    assert "Take it back…" in rania.get("/exchange").text
    asked = words_of(rania.get(f"/exchange/request/withdraw?round={about.public_id}").text)
    assert "1 open proposal ends with it." in asked and "You can ask again while the round is open." in asked
    assert stage(amman, match) is Stage.ACCEPTED, "asking changes nothing"
    done = submit(rania, "/exchange/request/withdraw", round=about.public_id)
    assert done.status_code == 303
    settle()
    assert [(str(each["Subject"]), "aino@" in str(each["To"])) for each in outbox.messages()] == [
        ("A proposal is over", True)
    ]
    assert "not everybody accepted" in text_of(outbox.messages()[0])
    assert (stage(amman, match), stage(tampere, match)) == (Stage.LEFT, Stage.OVER)
    assert "You left this round" in page_of(app, amman, match)
    assert "Left the round" in board_of(app, about)
    assert queries.request_of(program_of(amman).id, about.id) is None
    assert submit(rania, "/exchange/request/withdraw", round=about.public_id).status_code == 404


def test_each_round_has_its_own_request(app: Flask, settle: Settle) -> None:
    """What is done to one request is done to that one: by the round it names, not by the first that is open."""
    amman, _tampere = two_leaders()
    first = a_round(closes_at=now() + timedelta(days=3))
    second = a_round("Exchange round 2028-A", closes_at=now() + timedelta(days=9))
    for about in (first, second):
        asks(amman, about)
    rania = sign_in_as(app.test_client(), amman)
    page = rania.get("/exchange").text
    for about in (first, second):
        assert f"/exchange/request?round={about.public_id}" in page and about.name in page
    program = program_of(amman).id
    submit(rania, "/exchange/request/withdraw", round=second.public_id)
    assert queries.request_of(program, first.id) and not queries.request_of(program, second.id)
    assert "Exchange round 2028-A is open" in rania.get("/exchange").text
    assert rania.get("/exchange/request?round=nowhere").status_code == 404
    form = rania.get(f"/exchange/request?round={second.public_id}").text
    assert f'name="round" value="{second.public_id}"' in form and "Ask for an exchange" in form
    refused = submit(rania, "/exchange/request", round=second.public_id)
    assert refused.status_code == 422 and second.name in refused.text


def test_a_closed_round_changes_nothing_but_answers(app: Flask, desk: FlaskClient, settle: Settle) -> None:
    amman, tampere, match = a_pair(settle)
    about = the_round(match)
    with transaction():
        rounds.close_round(about.id)
    path = f"/desk/exchange/rounds/{about.public_id}"
    assert submit(desk, f"{path}/run", mode="coverage").status_code == 303
    said = "This round is closed: it takes no runs and no proposals any more."
    assert said in desk.get(path).text
    sent = submit(desk, f"{path}/propose", run=str(match.run_id))
    assert sent.status_code == 409 and said in sent.text
    with pytest.raises(RoundClosed):
        asks(amman, about)
    with pytest.raises(RoundClosed), transaction():
        services.withdraw(amman, about.id, now())
    says(amman, match, True)
    says(tampere, match, False)
    assert "This round is closed." in page_of(app, amman, match)
