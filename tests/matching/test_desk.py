"""The coordinator's desk: open, run, watch, stop, propose, write back; rounds in which nothing is possible say why."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, must, transaction
from citevents.matching import queries, rounds
from citevents.matching.errors import NothingToPropose, RunAlready
from citevents.matching.models import Run, RunState
from standins.mail import Outbox
from tests.matching.world import (
    AMMAN,
    TAMPERE,
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
from tests.people.world import letter_to, staff, submit, text_of

Settle = Callable[[], int]


@pytest.fixture
def desk(client: FlaskClient, outbox: Outbox) -> FlaskClient:
    outbox.clear()
    return staff(client, Role.EXCHANGE_COORDINATOR)


@pytest.fixture(autouse=True)
def _here(organization: Organization) -> None:
    """Everything runs as the organization of the test."""


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_round_from_opening_to_proposals(desk: FlaskClient, settle: Settle, outbox: Outbox) -> None:
    assert "No round yet" in desk.get("/desk/exchange").text
    opened = submit(
        desk,
        "/desk/exchange/rounds/new",
        name="Exchange round 2027-B",
        first_day="2027-09-06",
        last_day="2027-11-26",
        closes=(now() + timedelta(days=20)).date().isoformat(),
        answer_days="14",
    )
    assert opened.status_code == 303
    (about,) = queries.rounds()
    assert "No requests yet" in desk.get("/desk/exchange").text
    amman, tampere = two_leaders()
    asks(amman, about, at=now() - timedelta(days=3))  # type: ignore[arg-type]
    asks(tampere, about)  # type: ignore[arg-type]
    board = words_of(desk.get("/desk/exchange").text)
    assert "2 programs asked (2 countries). 2 wait for a proposal." in board
    assert board.count("No answer sent") == 1, "Amman has waited more than 48 hours for a first word"

    path = f"/desk/exchange/rounds/{about.public_id}"
    assert submit(desk, f"{path}/run", mode="coverage").status_code == 303
    page = desk.get("/desk/exchange").text
    assert "Waiting for a free worker" in page and f'hx-get="{path}/run"' in page
    again = submit(desk, f"{path}/run", mode="coverage")
    assert again.status_code == 303
    assert "is being matched at the moment" in desk.get("/desk/exchange").text
    assert "Waiting for a free worker" in desk.get(f"{path}/run", headers={"HX-Request": "true"}).text
    settle()
    over = desk.get(f"{path}/run", headers={"HX-Request": "true"})
    assert (over.text, over.headers["HX-Refresh"]) == ("", "true")
    board = words_of(desk.get("/desk/exchange").text)
    assert "Send 1 proposal…" in board
    assert re.search(r"Most programs with a partner programs 2 of 2 Proven", board)
    assert outbox.messages() == [], "a run tells nobody"

    confirm = desk.get(f"{path}/propose").text
    assert "2 program leaders get an email. All emails are in 1 language." in words_of(confirm)
    run_id = re.search(r'name="run" value="(\d+)"', confirm)
    assert run_id
    stale = submit(desk, f"{path}/propose", run=str(int(run_id[1]) + 1))
    assert stale.status_code == 409
    assert submit(desk, f"{path}/propose", run=run_id[1]).status_code == 303
    settle()
    assert len(outbox.messages()) == 2
    board = words_of(desk.get("/desk/exchange").text)
    assert "Waiting for answers" in board and "Nobody waits." in board
    assert submit(desk, f"{path}/propose", run=run_id[1]).status_code == 303
    assert len(matches(about)) == 1, "nothing is proposed twice"  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["coverage", "stable"])
def test_a_round_of_nobody_and_a_round_of_one(desk: FlaskClient, settle: Settle, mode: str) -> None:
    about = a_round()
    assert ran(about, settle, mode).answer["matches"] == []
    asks(a_leader("Rania Qasem", AMMAN), about)
    ran(about, settle, mode)
    board = words_of(desk.get("/desk/exchange").text)
    assert board.count("It is the only program in this round.") == 2, (
        "in the list of who waits, and as a whole"
    )
    assert "No match was possible." in board


@pytest.mark.parametrize(
    ("other", "wish", "reason"),
    [
        ({"country": "JO"}, {}, "they are in the same country, and exchanges are international"),
        ({"languages": {"fi": "C2"}}, {}, "they share no language at the level asked for"),
        ({}, {"weeks": ()}, "None of its weeks lies ahead in this round."),
        ({}, {"modes": ("virtual",)}, "they do not accept the same kind of exchange"),
        ({}, {"visas_closed": ("JO",)}, "a delegation cannot enter the country"),
        ({"languages": {"fi": "C2"}, "country": "JO"}, {}, "No other program of this round fits."),
    ],
)
def test_nobody_fits_and_the_reason_is_said(
    desk: FlaskClient,
    settle: Settle,
    other: dict[str, object],
    wish: dict[str, object],
    reason: str,
) -> None:
    about = a_round()
    asks(a_leader("Rania Qasem", AMMAN), about)
    asks(a_leader("Aino Lehtonen", TAMPERE | other), about, **wish)
    assert proposed(about, settle) == []
    board = words_of(desk.get("/desk/exchange").text)
    assert "No two programs of this round fit each other." in board
    assert reason in board


def test_what_would_open_a_match_is_said(desk: FlaskClient, settle: Settle) -> None:
    about = a_round()
    asks(a_leader("Rania Qasem", AMMAN), about, weeks=("2027-W40",))
    request_id = asks(a_leader("Aino Lehtonen", TAMPERE), about, weeks=("2027-W41",))
    ran(about, settle)
    page = words_of(desk.get(f"/desk/exchange/rounds/{about.public_id}/requests/{request_id}").text)
    assert "they share no week" in page
    assert "Tampere CIT (sample) frees the week from Mon 4 October 2027." in page


def test_a_run_shows_itself_stops_and_is_given_up(
    desk: FlaskClient, settle: Settle, session: Session
) -> None:
    about = a_round()
    two = two_leaders()
    for leader in two:
        asks(leader, about)
    with transaction():
        run_id = rounds.ask_run(about.id, "coverage", None)
    with pytest.raises(RunAlready), transaction():
        rounds.ask_run(about.id, "coverage", None)
    path = f"/desk/exchange/rounds/{about.public_id}"
    assert submit(desk, f"{path}/stop").status_code == 303
    settle()
    assert must(Run, run_id).state is RunState.DROPPED, "one that had not begun is dropped"
    with pytest.raises(NothingToPropose), transaction():
        rounds.propose(run_id, now())

    with transaction():
        lost = must(Run, rounds.ask_run(about.id, "coverage", None))
        lost.state = RunState.RUNNING
        lost.progress = {"stage": "score", "done": 0.6, "at": now().isoformat()}
    page = desk.get("/desk/exchange").text
    assert "Looking for the best fit" in page and 'value="60"' in page
    submit(desk, f"{path}/stop")
    assert "Stopping; the best plan so far is kept." in desk.get("/desk/exchange").text
    with transaction():
        assert rounds.give_up(now() + timedelta(minutes=29)) == 0
        assert rounds.give_up(now() + timedelta(minutes=31)) == 1
    assert "The last run was lost." in desk.get("/desk/exchange").text
    assert ran(about, settle).answer["people"] == 2


def test_writing_back_is_one_letter(desk: FlaskClient, settle: Settle, outbox: Outbox) -> None:
    about = a_round()
    amman, _tampere = two_leaders()
    request_id = asks(amman, about, at=now() - timedelta(days=3))
    path = f"/desk/exchange/rounds/{about.public_id}/requests/{request_id}"
    assert submit(desk, path, words=" ").status_code == 422
    for _ in range(2):
        assert (
            submit(desk, path, words="Welcome.\nThe round runs in June. <b>{{ 7*7 }}</b>").status_code == 303
        )
    settle()
    (letter,) = outbox.messages()
    assert "The round runs in June. <b>{{ 7*7 }}</b>" in text_of(letter)
    html = letter_to(outbox, "rania@amman.example").get_body(("html",))
    assert html is not None and "&lt;b&gt;{{ 7*7 }}&lt;/b&gt;" in html.get_content()
    assert "No answer sent" not in desk.get("/desk/exchange").text
    assert desk.get(path.replace(str(request_id), "999999")).status_code == 404


def test_a_new_run_keeps_what_stands_and_gives_new_partners_to_the_free(settle: Settle) -> None:
    amman, tampere, match = a_pair(settle)
    about = queries.rounds()[0]
    says(amman, match, True)
    says(tampere, match, True)
    run = ran(about, settle)  # type: ignore[arg-type]
    assert [found["kept"] for found in run.answer["matches"]] == ["accepted"]
    with transaction():
        assert rounds.propose(run.id, now()) == 0
