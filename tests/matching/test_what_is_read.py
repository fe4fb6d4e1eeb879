"""What somebody reads of a proposal follows from their own answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, must, transaction
from citevents.matching import exchanges, queries
from citevents.matching.errors import (
    AnsweredBefore,
    ProposalOver,
    TooLate,
)
from citevents.matching.models import Match
from citevents.matching.policy import Stage
from standins.mail import Outbox
from tests.matching.reading import (
    ENDINGS,
    PROFILE,
    Settle,
    home_of,
    page_of,
    stage,
    words_of,
)
from tests.matching.world import (
    a_pair,
    says,
)
from tests.people.world import sign_in_as, staff, submit, text_of


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox, organization: Organization) -> None:
    outbox.clear()


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    return staff(client, Role.EXCHANGE_COORDINATOR)


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
