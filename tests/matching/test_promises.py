"""What was promised about a proposal holds where it is used: on pages, in letters, on the board, in old plans."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, must, transaction
from citevents.matching import exchanges, queries, rounds, services
from citevents.matching.errors import (
    AnsweredBefore,
    EverybodyAccepted,
    NewerRun,
    NoConsent,
    PlacedAlready,
    ProposalOver,
    RoundClosed,
    RunAgain,
    TooLate,
)
from citevents.matching.models import Match, MatchState, Round, Run, Side, Why
from citevents.matching.policy import Stage
from citevents.matching.services import Wish
from citevents.operations.invariants import violations
from citevents.people import services as people
from citevents.people.models import Purpose
from standins.mail import Outbox
from tests.attack.browser import Page as Read
from tests.matching.world import (
    AMMAN,
    TAMPERE,
    a_leader,
    a_pair,
    a_round,
    agrees,
    asks,
    matches,
    program_of,
    proposed,
    ran,
    says,
    two_leaders,
)
from tests.people.world import sign_in_as, staff, submit, text_of

Settle = Callable[[], int]
#: What only a profile of Tampere says.
PROFILE = ("Receiving facility", "Policies and procedures", "Finnish")
OULU: dict[str, Any] = TAMPERE | {
    "name": "Oulu CIT (sample)",
    "city": "Oulu",
}


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox, organization: Organization) -> None:
    outbox.clear()


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    return staff(client, Role.EXCHANGE_COORDINATOR)


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


# ---------- what ended is not offered again ----------


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


@pytest.mark.parametrize("end", ENDINGS)
def test_what_ended_is_never_offered_again_in_the_round(
    app: Flask, settle: Settle, outbox: Outbox, end: Callable[[int, int, Match], None]
) -> None:
    amman, tampere, match = a_pair(settle)
    about, run = the_round(match), must(Run, match.run_id)
    end(amman, tampere, match)
    settle()
    outbox.clear()
    board = board_of(app, about)
    assert "Send 1 proposal" not in board
    assert "1 pair or group of this run fell away: run again." in board
    with pytest.raises(RunAgain):
        sends(run)
    again = ran(about, settle)
    assert again.answer["matches"] == []
    assert sends(again) == 0
    settle()
    assert (len(matches(about)), outbox.messages()) == (1, [])
    assert "fell away" not in board_of(app, about)
    settle()
    assert violations() == []


def test_in_another_round_they_may_meet_unless_they_have_met(settle: Settle) -> None:
    amman, tampere, match = a_pair(settle)
    says(amman, match, False)
    later = a_round("Exchange round 2028-A")
    for leader in (amman, tampere):
        asks(leader, later)
    (second,) = proposed(later, settle)
    says(amman, second, True)
    says(tampere, second, True)
    third = a_round("Exchange round 2028-B")
    for leader in (amman, tampere):
        asks(leader, third)
    assert ran(third, settle).answer["matches"] == []
    settle()
    assert violations() == []


# ---------- an old plan ----------


def three_asking() -> tuple[Round, int, int, int]:
    """A round in which Amman fits Tampere and Oulu, which lie in one country: one of them waits."""
    about = a_round()
    amman, tampere = two_leaders()
    oulu = a_leader("Kai Aalto", OULU, mail="kai@oulu.example", language="en")
    for leader in (amman, tampere, oulu):
        asks(leader, about)
    return about, amman, tampere, oulu


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


# ---------- requests and what was sent are two clocks ----------


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


# ---------- texts follow from my answer ----------


def test_who_was_silent_never_reads_that_they_accepted(app: Flask, settle: Settle, outbox: Outbox) -> None:
    """The time is over and the clock has not come by: the page, the refusal and later the letter say the same."""
    amman, tampere, match = a_pair(settle)
    says(tampere, match, True)
    with transaction():
        must(Match, match.id).answer_by = now() - timedelta(seconds=1)
    outbox.clear()
    page = page_of(app, amman, match)
    assert "The time to answer is over" in page and "You did not answer in time." in page
    assert "you accept" not in page and "Your answer</h2>" not in page
    with pytest.raises(TooLate):
        says(amman, match, True)
    rania = sign_in_as(app.test_client(), amman)
    for answered in ("yes", "no"):
        late = submit(rania, f"/exchange/proposals/{match.public_id}", answer=answered, sure="1", why="")
        assert late.status_code == 409
        assert "The time to answer this proposal is over." in late.text
        assert "You did not answer in time." in late.text and "you accept" not in late.text
    assert "proposal waits for your answer" not in home_of(app, amman)
    assert "waits for your answer" not in words_of(rania.get("/me").text)
    accepted = page_of(app, tampere, match)
    assert "; not everybody did." in accepted and "You did not answer" not in accepted

    with transaction():
        assert exchanges.lapse_due(now()) == 1
    settle()
    told = {"rania" if "rania@" in str(each["To"]) else "aino": text_of(each) for each in outbox.messages()}
    assert "there was no answer from you" in told["rania"]
    assert "not everybody accepted" in told["aino"] and "no answer from you" not in told["aino"]
    assert page_of(app, amman, match) == page, "the clock changes nothing of what was true before it"


def test_who_declined_reads_that_they_declined_and_when(app: Flask, settle: Settle) -> None:
    amman, tampere, match = a_pair(settle)
    says(amman, match, False, at=match.proposed_at + timedelta(seconds=1))
    settle()
    day = queries.proposal(match.public_id, amman).answered_at  # type: ignore[union-attr]
    assert day
    page = page_of(app, amman, match)
    assert "You declined this proposal" in page and "You declined on " in page and str(day.year) in page
    assert "Not everybody accepted" not in page
    assert "You declined" in home_of(app, amman)
    other = page_of(app, tampere, match)
    assert "Not everybody accepted." in other and "declined" not in other
    with pytest.raises(ProposalOver):
        says(tampere, match, True)
    with pytest.raises(AnsweredBefore):
        says(amman, match, True)


@pytest.mark.parametrize("end", ENDINGS)
def test_once_it_is_over_nothing_of_the_other_is_left(
    app: Flask, settle: Settle, end: Callable[[int, int, Match], None]
) -> None:
    amman, tampere, match = a_pair(settle)
    before = page_of(app, amman, match)
    assert all(word in before for word in PROFILE)
    end(amman, tampere, match)
    settle()
    for leader in (amman, tampere):
        page = sign_in_as(app.test_client(), leader).get(f"/exchange/proposals/{match.public_id}").text
        assert [word for word in PROFILE if word in words_of(page)] == []
        view = queries.proposal(match.public_id, leader)
        assert view and [(other.peer, other.named, other.gets) for other in view.others] == [(None, None, ())]
    assert "Finland" in page_of(app, amman, match)


def test_a_proposal_follows_its_exchange(app: Flask, settle: Settle, outbox: Outbox) -> None:
    amman, tampere, match = a_pair(settle)
    says(amman, match, True)
    says(tampere, match, True)
    assert "You have a partner" in page_of(app, tampere, match)
    (exchange,) = queries.exchanges_of(amman)
    with transaction():
        exchanges.cancel(amman, exchange.public_id)
    outbox.clear()
    settle()
    assert [
        str(each["Subject"]) for each in outbox.messages() if "You have a partner" in str(each["Subject"])
    ] == [], "no names for what is called off before the letter went out"
    for leader in (amman, tampere):
        page = page_of(app, leader, match)
        assert "This exchange was cancelled" in page and "You are free again." in page
        assert "You have a partner" not in page and "Everybody accepted: you know" not in page
        home = home_of(app, leader)
        assert "Agreed" not in home and "You wait for another proposal." in home
        mine = words_of(sign_in_as(app.test_client(), leader).get("/me").text)
        assert "Cancelled" in mine
    assert stage(tampere, match) is Stage.CALLED_OFF
    with pytest.raises(ProposalOver):
        says(tampere, match, True)


# ---------- agreement is looked at where it is used ----------


def test_nobody_asks_without_agreeing(session: Session) -> None:
    amman, _tampere = two_leaders()
    about = a_round()
    with pytest.raises(NoConsent), transaction():
        services.ask(amman, about.id, Wish(modes=("mutual",), weeks=("2027-W40",)), now())
    with transaction():
        agrees(amman)
        services.ask(amman, about.id, Wish(modes=("mutual",), weeks=("2027-W40",)), now())


@pytest.mark.parametrize("carried_out", [True, False])
def test_no_exchange_after_an_agreement_was_taken_back(
    app: Flask, settle: Settle, outbox: Outbox, carried_out: bool
) -> None:
    """Accept, take the agreement back, the other accepts: no exchange, no names; before and after the reaction."""
    amman, tampere, match = a_pair(settle)
    about = the_round(match)
    says(amman, match, True)
    outbox.clear()
    take_back_consent(amman)
    if carried_out:
        settle()
    with pytest.raises(ProposalOver):
        says(tampere, match, True)
    aino = sign_in_as(app.test_client(), tampere)
    late = submit(aino, f"/exchange/proposals/{match.public_id}", answer="yes", sure="1", why="")
    assert late.status_code == 409 and "This proposal is over." in late.text
    for page in (page_of(app, tampere, match), words_of(late.text), home_of(app, tampere)):
        assert [
            word for word in ("Amman", "Rania", "rania@", "declined", "agreement", "consent") if word in page
        ] == []
        assert "Your answer is asked for" not in page
    assert "Not everybody accepted." in page_of(app, tampere, match)
    assert (stage(amman, match), stage(tampere, match)) == (Stage.LEFT, Stage.OVER)
    settle()
    assert queries.exchanges_of(tampere) == []
    assert [(str(each["Subject"]), "aino@" in str(each["To"])) for each in outbox.messages()] == [
        ("A proposal is over", True)
    ]
    assert "Amman" not in text_of(outbox.messages()[0])
    assert set(rounds.facts_of(about.id).asking) == {program_of(tampere).id}
    settle()
    assert violations() == []


def test_a_proposal_whose_letter_is_on_its_way_is_not_told_after_the_agreement_went(
    settle: Settle, outbox: Outbox
) -> None:
    about = a_round()
    amman, tampere = two_leaders()
    for leader in (amman, tampere):
        asks(leader, about)
    run = ran(about, settle)
    assert sends(run) == 1
    take_back_consent(amman)
    settle()
    assert "We found a partner for your program" not in [str(each["Subject"]) for each in outbox.messages()]


def test_before_it_is_taken_back_the_number_of_open_proposals_is_said(app: Flask, settle: Settle) -> None:
    amman, tampere, match = a_pair(settle)
    rania = sign_in_as(app.test_client(), amman)
    data = words_of(rania.get("/me/data").text)
    assert (
        "If you take it back: 1 open proposal ends with it. Your program leaves every matching round" in data
    )
    path = "/me/data/consents/exchange/withdraw"
    asked = words_of(rania.get(path).text)
    assert "Take your agreement back?" in asked and "1 open proposal ends with it." in asked
    assert stage(amman, match) is Stage.ASKED
    assert submit(rania, path).status_code == 303
    assert rania.get(path).status_code == 302, "nothing stands that could be taken back"
    settle()
    assert stage(tampere, match) is Stage.OVER
    # Nothing open: nothing is counted, and one press is enough.
    later = a_leader("Noor Saleh", AMMAN | {"name": "Irbid (sample)", "city": "Irbid"})
    asks(later, the_round(match))
    noor = sign_in_as(app.test_client(), later)
    assert "open proposal" not in words_of(noor.get("/me/data").text)
    assert "Take it back…" not in noor.get("/me/data").text


def test_what_is_agreed_stays_and_the_names_with_it_until_it_is_called_off(
    app: Flask, settle: Settle
) -> None:
    amman, tampere, match = a_pair(settle)
    says(amman, match, True)
    says(tampere, match, True)
    settle()
    take_back_consent(amman)
    settle()
    (exchange,) = queries.exchanges_of(tampere)
    path = f"/exchange/exchanges/{exchange.public_id}"
    aino = sign_in_as(app.test_client(), tampere)
    assert "rania@amman.example" in aino.get(path).text
    with transaction():
        exchanges.cancel(tampere, exchange.public_id)
    page = aino.get(path).text
    assert "rania@amman.example" not in page and "Rania" not in page
    assert "Nobody leads this program" not in page
    settle()
    assert violations() == []


def test_who_agrees_anew_takes_part_anew_and_what_was_open_stays_over(settle: Settle) -> None:
    """Even where both happen before anybody carries the first out."""
    amman, tampere, match = a_pair(settle)
    about = the_round(match)
    take_back_consent(amman)
    asks(amman, about)
    assert (stage(amman, match), stage(tampere, match)) == (Stage.LEFT, Stage.OVER)
    with pytest.raises(ProposalOver):
        says(amman, match, True)
    settle()
    assert (stage(amman, match), stage(tampere, match)) == (Stage.LEFT, Stage.OVER)
    assert set(rounds.facts_of(about.id).asking) == {program_of(amman).id, program_of(tampere).id}, (
        "the new request stays"
    )
    assert ran(about, settle).answer["matches"] == []
    settle()
    assert violations() == []


def test_an_acceptance_can_be_taken_back_until_the_last_has_accepted(
    app: Flask, settle: Settle, outbox: Outbox
) -> None:
    amman, tampere, match = a_pair(settle)
    outbox.clear()
    rania = sign_in_as(app.test_client(), amman)
    path = f"/exchange/proposals/{match.public_id}"
    says(amman, match, True)
    read = Read(path, 200, rania.get(path).text)
    assert [form.action for form in read.forms if "/exchange/" in form.action] == [f"{path}/take-back"]
    before = page_of(app, tampere, match)
    for _ in range(2):  # twice is once
        assert submit(rania, f"{path}/take-back").status_code == 303
    assert "Your acceptance is taken back." in rania.get(path).text
    assert stage(amman, match) is Stage.ASKED
    assert page_of(app, tampere, match) == before, "nobody else can tell"
    assert says(tampere, match, True) is None
    assert queries.exchanges_of(amman) == []
    exchange = says(amman, match, True)
    assert exchange
    for leader in (amman, tampere):
        with pytest.raises(EverybodyAccepted), transaction():
            exchanges.take_back(leader, match.public_id, now())
    submit(rania, f"{path}/take-back")
    assert "Everybody has accepted, so an exchange exists." in rania.get(path).text
    stranger = sign_in_as(app.test_client(), a_leader("Somebody Else", {**AMMAN, "name": "Elsewhere"}))
    assert submit(stranger, f"{path}/take-back").status_code == 404
    settle()
    assert len([each for each in outbox.messages() if "meet each other" in str(each["Subject"])]) == 2


def test_after_taking_back_one_can_decline(settle: Settle, session: Session) -> None:
    amman, tampere, match = a_pair(settle)
    says(amman, match, True)
    with transaction():
        exchanges.take_back(amman, match.public_id, now())
    says(amman, match, False)
    assert (stage(amman, match), stage(tampere, match)) == (Stage.DECLINED, Stage.OVER)
    session.refresh(match)
    assert match.state is MatchState.DECLINED
    with pytest.raises(AnsweredBefore), transaction():
        exchanges.take_back(amman, match.public_id, now())


def test_who_reminded_once_is_not_reminded_of_what_they_took_back(settle: Settle, outbox: Outbox) -> None:
    amman, _tampere, match = a_pair(settle)
    says(amman, match, True)
    outbox.clear()
    with transaction():
        exchanges.remind_due(now() + timedelta(days=8))
    settle()
    assert ["aino@" in str(each["To"]) for each in outbox.messages()] == [True]


def test_a_ring_ends_for_all_when_one_leaves(settle: Settle, outbox: Outbox, session: Session) -> None:
    about, amman, tampere, oulu = three_asking()
    ids = [program_of(each).id for each in (amman, tampere, oulu)]
    with transaction():
        services.describe(oulu, services.Description(**(OULU | {"country": "SE"})))
    for leader in (amman, tampere, oulu):
        asks(leader, about, modes=("circle",))
    (match,) = proposed(about, settle)
    assert match.shape == "circle"
    says(amman, match, True)
    says(oulu, match, True)
    outbox.clear()
    take_back_consent(tampere)
    settle()
    assert sorted(str(each["To"]).split("<")[-1].strip(">") for each in outbox.messages()) == [
        "kai@oulu.example",
        "rania@amman.example",
    ]
    assert [stage(each, match) for each in (amman, tampere, oulu)] == [Stage.OVER, Stage.LEFT, Stage.OVER]
    whys = session.execute(sa.select(Side.program_id, Side.why).where(Side.match_id == match.id)).all()
    assert dict(map(tuple, whys)) == {ids[0]: None, ids[1]: Why.LEFT, ids[2]: None}
    run = ran(about, settle)
    assert run.answer["matches"] == [], "no pair of the three is offered again in this round"
    settle()
    assert violations() == []
