"""What leaders and the coordinator read, and acts that tests of proposals share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import must, transaction
from citevents.matching import exchanges, queries, rounds, services
from citevents.matching.models import Match, Round, Run
from citevents.matching.policy import Stage
from citevents.people import services as people
from citevents.people.models import Purpose
from tests.matching.world import (
    TAMPERE,
    a_leader,
    a_round,
    asks,
    says,
    two_leaders,
)
from tests.people.world import sign_in_as, staff

Settle = Callable[[], int]
#: What only a profile of Tampere says.
PROFILE = ("Receiving facility", "Policies and procedures", "Finnish")
OULU: dict[str, Any] = TAMPERE | {
    "name": "Oulu CIT (sample)",
    "city": "Oulu",
}


def words_of(page: str) -> str:
    page = re.sub(r'<form id="prefs".*?</form>|<head>.*?</head>', "", page, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def page_of(app: Flask, leader: int, match: Match) -> str:
    """The proposal as this leader reads it."""
    return words_of(sign_in_as(app.test_client(), leader).get(f"/exchange/proposals/{match.public_id}").text)


def home_of(app: Flask, leader: int) -> str:
    return words_of(sign_in_as(app.test_client(), leader).get("/exchange").text)


def board_of(app: Flask, about: Round) -> str:
    desk = staff(app.test_client(), Role.EXCHANGE_COORDINATOR)
    return words_of(desk.get(f"/desk/exchange/rounds/{about.public_id}").text)


def stage(leader: int, match: Match, at: datetime | None = None) -> Stage:
    view = queries.proposal(match.public_id, leader, at)
    assert view
    return view.stage


def take_back_consent(leader: int) -> None:
    with transaction():
        assert people.withdraw_consent(leader, Purpose.EXCHANGE)


def the_round(match: Match) -> Round:
    return must(Round, match.round_id)


def sends(run: Run) -> int:
    with transaction():
        return rounds.propose(run.id, now())


def three_asking() -> tuple[Round, int, int, int]:
    """A round in which Amman fits Tampere and Oulu, which lie in one country: one of them waits."""
    about = a_round()
    amman, tampere = two_leaders()
    oulu = a_leader("Kai Aalto", OULU, mail="kai@oulu.example", language="en")
    for leader in (amman, tampere, oulu):
        asks(leader, about)
    return about, amman, tampere, oulu


def end_by_declining(one: int, other: int, match: Match) -> None:
    says(one, match, False)


def end_by_silence(one: int, other: int, match: Match) -> None:
    with transaction():
        exchanges.lapse_due(match.answer_by)


def end_by_calling_off(one: int, other: int, match: Match) -> None:
    says(one, match, True)
    says(other, match, True)
    (exchange,) = queries.exchanges_of(one)
    with transaction():
        exchanges.cancel(one, exchange.public_id)


def end_by_leaving(one: int, other: int, match: Match) -> None:
    with transaction():
        assert services.withdraw(one, match.round_id, now()) == 1
    asks(one, the_round(match))


ENDINGS = [end_by_declining, end_by_silence, end_by_calling_off, end_by_leaving]
