"""Two leaders in two countries describe, ask, are matched, accept, and have an exchange with dates in their calendars."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.matching import exchanges, queries
from citevents.matching.errors import AnsweredBefore
from citevents.matching.models import ExchangeState, MatchState
from citevents.people import services as people
from standins.mail import Outbox
from tests.calendars.world import entries
from tests.matching.world import (
    AMMAN,
    a_leader,
    a_pair,
    a_round,
    asks,
    matches,
    proposed,
    ran,
    says,
    two_leaders,
)
from tests.people.world import letter_to, sign_in_as, submit, text_of

Settle = Callable[[], int]
SECRETS = ("Tampere", "Aino", "Lehtonen", "aino@tampere.example")


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox, organization: Organization) -> None:
    outbox.clear()


def shown(page: str) -> list[str]:
    """Which of Tampere's secrets a page or letter tells. (Zones in the footer's list are not about anybody.)"""
    return [
        secret for secret in SECRETS if secret in re.sub(r'<form id="prefs".*?</form>', "", page, flags=re.S)
    ]


def test_names_come_with_the_second_acceptance_and_dates_in_both_calendars(
    app: Flask, client: FlaskClient, settle: Settle, outbox: Outbox
) -> None:
    amman, tampere, match = a_pair(settle)
    asked = letter_to(outbox, "rania@amman.example")
    assert asked["Subject"] == "We found a partner for your program"
    assert shown(text_of(asked)) == []

    rania = sign_in_as(client, amman)
    page = rania.get(f"/exchange/proposals/{match.public_id}").text
    assert shown(page) == []
    assert "Finland" in page and "Receiving facility" in page
    sure = submit(rania, f"/exchange/proposals/{match.public_id}", answer="yes", why="")
    assert (sure.status_code, shown(sure.text)) == (200, []), "asked once more"
    assert queries.proposal(match.public_id, amman).my_answer is None  # type: ignore[union-attr]
    submit(rania, f"/exchange/proposals/{match.public_id}", answer="yes", why="", sure="1")
    settle()
    assert shown(rania.get(f"/exchange/proposals/{match.public_id}").text) == []
    assert shown(rania.get("/exchange").text) == []
    assert len(outbox.messages()) == 2, "an acceptance is told to nobody before all have accepted"

    aino = sign_in_as(app.test_client(), tampere)
    agreed = submit(aino, f"/exchange/proposals/{match.public_id}", answer="yes", why="", sure="1")
    settle()
    (exchange,) = queries.exchanges_of(amman)
    assert agreed.headers["Location"] == f"/exchange/exchanges/{exchange.public_id}"
    assert shown(rania.get(f"/exchange/exchanges/{exchange.public_id}").text) == list(SECRETS)
    assert "Crisis Response Amman (sample)" in aino.get(agreed.headers["Location"]).text
    told = [message for message in outbox.messages() if "rania@" in str(message["To"])]
    names = next(text_of(each) for each in told if "meet each other" in str(each["Subject"]))
    assert shown(names) == list(SECRETS)
    for mail in ("rania@amman.example", "aino@tampere.example"):
        (entry,) = entries(outbox, mail)
        assert (entry["method"], entry["sequence"], str(entry["start"])[:10]) == ("REQUEST", 0, "2027-09-06")


def test_a_stranger_finds_neither_proposal_nor_exchange(client: FlaskClient, settle: Settle) -> None:
    amman, tampere, match = a_pair(settle)
    says(amman, match, True)
    says(tampere, match, True)
    (exchange,) = queries.exchanges_of(amman)
    stranger = sign_in_as(client, a_leader("Somebody Else", {**AMMAN, "name": "Elsewhere"}))
    for path in (
        f"/exchange/proposals/{match.public_id}",
        f"/exchange/exchanges/{exchange.public_id}",
        f"/exchange/exchanges/{exchange.public_id}/cancel",
    ):
        assert stranger.get(path).status_code == 404
        assert submit(stranger, path, answer="no", sure="1").status_code == 404
    assert stranger.get("/desk/exchange").status_code == 404


def test_an_answer_counts_once(client: FlaskClient, settle: Settle) -> None:
    amman, tampere, match = a_pair(settle)
    assert says(amman, match, True) is None
    assert says(amman, match, True) is None, "a double click"
    with pytest.raises(AnsweredBefore):
        says(amman, match, False)
    page = submit(
        sign_in_as(client, amman), f"/exchange/proposals/{match.public_id}", answer="no", sure="1", why=""
    )
    assert page.status_code == 409 and "was answered already" in page.text
    exchange = says(tampere, match, True)
    assert exchange is not None
    assert says(tampere, match, True) is None
    assert len(queries.exchanges_of(amman)) == 1


def test_who_declines_is_not_asked_again_in_this_round(settle: Settle, outbox: Outbox) -> None:
    amman, tampere, match = a_pair(settle)
    says(tampere, match, True)
    outbox.clear()
    says(amman, match, False)
    settle()
    (told,) = outbox.messages()
    assert (told["Subject"], "aino@" in str(told["To"])) == ("A proposal is over", True)
    assert "Amman" not in text_of(told)
    with pytest.raises(AnsweredBefore):
        says(tampere, match, False)
    about = queries.rounds()[0]
    run = ran(about, settle)  # type: ignore[arg-type]
    assert run.answer["matches"] == []


def test_silence_is_reminded_once_and_lapses(settle: Settle, outbox: Outbox, session: Session) -> None:
    amman, tampere, match = a_pair(settle)
    says(amman, match, True)
    outbox.clear()
    for _ in range(2):
        with transaction():
            exchanges.remind_due(now() + timedelta(days=8))
        settle()
    (reminder,) = outbox.messages()
    assert (reminder["Subject"], "aino@" in str(reminder["To"])) == (
        "A proposal waits for your answer",
        True,
    )
    outbox.clear()
    with transaction():
        assert exchanges.lapse_due(now() + timedelta(days=13)) == 0
        assert exchanges.lapse_due(now() + timedelta(days=15)) == 1
        assert exchanges.lapse_due(now() + timedelta(days=15)) == 0
    settle()
    assert sorted(str(message["Subject"]) for message in outbox.messages()) == ["A proposal is over"] * 2
    with pytest.raises(AnsweredBefore):
        says(tampere, match, True)


def test_dates_move_in_both_calendars_but_not_into_a_gap(
    client: FlaskClient, settle: Settle, outbox: Outbox
) -> None:
    amman, tampere, match = a_pair(settle)
    says(amman, match, True)
    says(tampere, match, True)
    settle()
    (exchange,) = queries.exchanges_of(amman)
    assert exchange.zone == "Europe/Helsinki"
    path = f"/exchange/exchanges/{exchange.public_id}"
    rania = sign_in_as(client, amman)
    gap = submit(
        rania, path, starts_at="2027-03-28T03:30", ends_at="2027-03-28T12:00", occurrence="", place=""
    )
    assert gap.status_code == 422 and "jump over 03:30" in gap.text
    assert 'value="2027-03-28T03:30"' in gap.text, "what was typed stays"
    back = submit(
        rania, path, starts_at="2027-10-04T12:00", ends_at="2027-10-04T09:00", occurrence="", place=""
    )
    assert back.status_code == 422 and "The end must be after the beginning." in back.text
    kept = submit(
        rania, path, starts_at="2027-10-04T10:00", ends_at="2027-10-04T16:00", occurrence="", place="Sori 1"
    )
    assert kept.status_code == 303
    settle()
    last = entries(outbox, "aino@tampere.example")[-1]
    assert (last["sequence"], last["start"], last["location"]) == (1, "2027-10-04T07:00:00+00:00", "Sori 1")

    sure = rania.get(f"{path}/cancel")
    assert "2 people will be told" in sure.text
    submit(rania, f"{path}/cancel")
    settle()
    assert [
        entries(outbox, mail)[-1]["method"] for mail in ("rania@amman.example", "aino@tampere.example")
    ] == ["CANCEL"] * 2
    assert queries.exchanges_of(tampere)[0].state is ExchangeState.CANCELLED


def test_who_is_forgotten_leaves_no_open_ends(settle: Settle, outbox: Outbox) -> None:
    amman, tampere, match = a_pair(settle)
    says(tampere, match, True)
    with transaction():
        people.erase(amman)
    outbox.clear()
    settle()
    assert [str(message["Subject"]) for message in outbox.messages()] == ["A proposal is over"]
    assert queries.program_of(amman) is None
    (seen,) = queries.proposals_of(tampere)
    assert seen.state is MatchState.DECLINED
    about = queries.rounds()[0]
    assert ran(about, settle).answer["unmatched"] == [  # type: ignore[arg-type]
        {"program": queries.program_of(tampere).id, "reason": ["nobody_possible", {}]}  # type: ignore[union-attr]
    ]


def test_a_consent_taken_back_leaves_the_round(settle: Settle) -> None:
    from citevents.people.models import Purpose
    from citevents.people.policy import WORDINGS

    amman, tampere = two_leaders()
    about = a_round()
    for leader in (amman, tampere):
        asks(leader, about)
        with transaction():
            people.give_consent(leader, Purpose.EXCHANGE, WORDINGS[Purpose.EXCHANGE].version, "exchange")
    with transaction():
        people.withdraw_consent(amman, Purpose.EXCHANGE)
    settle()
    assert proposed(about, settle) == []
    assert matches(about) == []
