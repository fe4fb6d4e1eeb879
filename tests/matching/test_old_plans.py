"""A plan is sent as it holds now, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, must, transaction
from citevents.matching import exchanges, rounds, services
from citevents.matching.errors import (
    NewerRun,
    RunAgain,
)
from citevents.matching.models import Round, Run
from citevents.operations.invariants import violations
from citevents.people import services as people
from standins.mail import Outbox
from tests.matching.reading import (
    OULU,
    Settle,
    sends,
    take_back_consent,
    three_asking,
    words_of,
)
from tests.matching.world import (
    AMMAN,
    a_leader,
    a_round,
    asks,
    matches,
    program_of,
    proposed,
    ran,
    says,
    two_leaders,
)
from tests.people.world import staff, submit


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox, organization: Organization) -> None:
    outbox.clear()


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    return staff(client, Role.EXCHANGE_COORDINATOR)


def changes_weeks(leader: int, about: Round) -> None:
    asks(leader, about, weeks=("2027-W46",))


def changes_language(leader: int, about: Round) -> None:
    with transaction():
        services.describe(leader, services.Description(**(AMMAN | {"languages": {"ar": "C2"}})))


def takes_request_back(leader: int, about: Round) -> None:
    with transaction():
        services.withdraw(leader, about.id, now())


def takes_agreement_back(leader: int, about: Round) -> None:
    take_back_consent(leader)


def is_forgotten(leader: int, about: Round) -> None:
    with transaction():
        people.erase(leader)


def avoids_everybody(leader: int, about: Round) -> None:
    with transaction():
        services.avoid(leader, "Tampere")
        services.avoid(leader, "Oulu")


@pytest.mark.parametrize(
    "change",
    [
        changes_weeks,
        changes_language,
        takes_request_back,
        takes_agreement_back,
        is_forgotten,
        avoids_everybody,
    ],
)
def test_a_plan_of_which_a_pair_fell_away_is_not_sent(
    app: Flask, settle: Settle, outbox: Outbox, change: Callable[[int, Round], None]
) -> None:
    """Before and after the reactions: what counts is what is true when it is sent."""
    about, amman, _tampere, _oulu = three_asking()
    run = ran(about, settle)
    assert run.answer["people"] >= 2
    desk = staff(app.test_client(), Role.EXCHANGE_COORDINATOR)
    path = f"/desk/exchange/rounds/{about.public_id}"
    assert "Send 1 proposal?" in words_of(desk.get(f"{path}/propose").text)
    change(amman, about)
    sent = submit(desk, f"{path}/propose", run=str(run.id))
    assert sent.status_code == 409
    assert "Nothing was sent: part of this plan fell away since the run" in sent.text
    assert "Run again" in sent.text, "the next step stands on the same page"
    settle()
    board = words_of(desk.get(path).text)
    assert "1 pair or group of this run fell away: run again." in board and "Send 1" not in board
    opened = desk.get(f"{path}/propose", follow_redirects=True)
    assert "Nothing was sent" in opened.text
    assert (matches(about), outbox.messages()) == ([], [])
    fresh = ran(about, settle)
    assert sends(fresh) == len(fresh.answer["matches"])
    settle()
    assert violations() == []


def test_a_description_whose_words_alone_changed_does_not_spoil_a_plan(settle: Settle) -> None:
    about, amman, _tampere, _oulu = three_asking()
    run = ran(about, settle)
    with transaction():
        services.describe(amman, services.Description(**(AMMAN | {"about": "We began in 2019."})))
    asks(a_leader("Noor Saleh", AMMAN | {"name": "Irbid (sample)", "city": "Irbid"}), about)
    assert sends(run) == 1, "nor does somebody who asks now"


def test_a_page_about_an_older_run_leads_back_to_the_board(
    app: Flask, desk: FlaskClient, settle: Settle
) -> None:
    about, *_leaders = three_asking()
    old, new = ran(about, settle), ran(about, settle)
    path = f"/desk/exchange/rounds/{about.public_id}"
    for run in (str(old.id), "", "x", "9" * 30, str(new.id + 1)):
        sent = submit(desk, f"{path}/propose", run=run)
        assert sent.status_code == 409, run
        assert "a newer run is there" in sent.text and "Send 1 proposal…" in sent.text
    assert matches(about) == []
    with pytest.raises(NewerRun):
        sends(old)
    assert submit(desk, f"{path}/propose", run=str(new.id)).status_code == 303
    assert len(matches(about)) == 1


def test_a_run_of_another_round_is_not_sent_from_here(desk: FlaskClient, settle: Settle) -> None:
    about, *_leaders = three_asking()
    run = ran(about, settle)
    elsewhere = a_round("Another round")
    sent = submit(desk, f"/desk/exchange/rounds/{elsewhere.public_id}/propose", run=str(run.id))
    assert (sent.status_code, matches(about)) == (409, [])


def test_a_run_that_was_solved_while_proposals_went_out_gives_nobody_two(settle: Settle) -> None:
    """Sent while a newer run works on what it read before: its other partner for Amman fell away."""
    about, amman, tampere, oulu = three_asking()
    old = ran(about, settle)
    new = ran(about, settle)
    with transaction():
        other = {program_of(tampere).id, program_of(oulu).id} - set(old.answer["matches"][0]["programs"])
        swapped = dict(new.answer["matches"][0]) | {"programs": [program_of(amman).id, *other]}
        new.answer = {**new.answer, "matches": [swapped]}
        old.finished_at = now()
        new.state = type(new.state).RUNNING
    assert sends(old) == 1
    with transaction():
        must(Run, new.id).state = type(new.state).DONE
    with pytest.raises(RunAgain):
        sends(must(Run, new.id))
    settle()
    assert violations() == []


def test_what_stands_stays_through_changed_requests_and_gets_no_second_partner(settle: Settle) -> None:
    """A request that changed while its proposal is out neither ends the proposal nor frees anybody."""
    about, amman, _tampere, _oulu = three_asking()
    (match,) = proposed(about, settle)
    together = {side.program_id for side, _ in exchanges.sides_of(match.id)}
    asks(amman, about, weeks=("2027-W46",), modes=("virtual",), places=0)
    with transaction():
        services.describe(amman, services.Description(**(AMMAN | {"languages": {"ar": "C2"}})))
    run = ran(about, settle)
    assert [(set(each["programs"]), each["kept"]) for each in run.answer["matches"]] == [
        (together, "accepted")
    ]
    assert run.answer["problems"] == []
    assert sends(run) == 0


def test_who_left_after_agreeing_gets_no_further_guests(settle: Settle) -> None:
    about = a_round()
    guest, host = two_leaders()
    second = a_leader("Kai Aalto", OULU | {"country": "SE"}, mail="kai@oulu.example", language="en")
    asks(guest, about, modes=("guest",))
    asks(host, about, modes=("host",), places=3)
    (match,) = proposed(about, settle)
    says(guest, match, True)
    says(host, match, True)
    asks(second, about, modes=("guest",))
    assert len(ran(about, settle).answer["matches"]) == 2, "while the host asks, there is room"
    take_back_consent(host)
    settle()
    run = ran(about, settle)
    assert [each["kept"] for each in run.answer["matches"]] == ["accepted"]
    assert sends(run) == 0


def test_a_host_and_a_guest_who_are_together_are_not_matched_a_second_time(settle: Settle) -> None:
    about = a_round()
    for leader in two_leaders():
        asks(leader, about, modes=("guest", "host"), places=2)
    assert len(proposed(about, settle)) >= 1
    run = ran(about, settle)
    assert {each["kept"] for each in run.answer["matches"]} == {"accepted"}
    assert sends(run) == 0


def test_weeks_that_are_over_are_not_proposed(settle: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    about = a_round()
    for leader in two_leaders():
        asks(leader, about, weeks=("2027-W36", "2027-W37"))
    run = ran(about, settle)
    with transaction():
        assert (
            rounds.plan_of(run, rounds.facts_of(about.id), datetime(2027, 9, 20, tzinfo=now().tzinfo)).fallen
            == 1
        )
        rounds.propose(run.id, datetime(2027, 9, 14, 12, tzinfo=now().tzinfo))
    (match,) = matches(about)
    assert match.weeks == ["2027-W37"]
