"""Agreement is looked at where it is used, and can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.matching import exchanges, queries, rounds, services
from citevents.matching.errors import (
    AnsweredBefore,
    EverybodyAccepted,
    NoConsent,
    ProposalOver,
)
from citevents.matching.models import MatchState, Side, Why
from citevents.matching.policy import Stage
from citevents.matching.services import Wish
from citevents.operations.invariants import violations
from standins.mail import Outbox
from tests.attack.browser import Page as Read
from tests.matching.reading import (
    OULU,
    Settle,
    home_of,
    page_of,
    sends,
    stage,
    take_back_consent,
    the_round,
    three_asking,
    words_of,
)
from tests.matching.world import (
    AMMAN,
    a_leader,
    a_pair,
    a_round,
    agrees,
    asks,
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
