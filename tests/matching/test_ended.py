"""What ended is not offered again, whatever ended it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citevents.core.access import Role
from citevents.core.db import Organization, must
from citevents.matching.errors import (
    RunAgain,
)
from citevents.matching.models import Match, Run
from citevents.operations.invariants import violations
from standins.mail import Outbox
from tests.matching.reading import (
    ENDINGS,
    Settle,
    board_of,
    sends,
    the_round,
)
from tests.matching.world import (
    a_pair,
    a_round,
    asks,
    matches,
    proposed,
    ran,
    says,
)
from tests.people.world import staff


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox, organization: Organization) -> None:
    outbox.clear()


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    return staff(client, Role.EXCHANGE_COORDINATOR)


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
