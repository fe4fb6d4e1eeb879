"""P1: who avoids whom looks, everywhere and for everybody, like two programs that just do not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.matching import exchanges, policy, population, queries, rounds, services
from citevents.matching.errors import RunAgain
from citevents.matching.models import MatchState, MustNot
from citevents.matching.solver import solve
from standins.mail import Outbox
from tests.examples import examples
from tests.matching.world import (
    AMMAN,
    TAMPERE,
    a_leader,
    a_pair,
    a_round,
    a_world_of_its_own,
    asks,
    ran,
    says,
    two_leaders,
)
from tests.people.world import sign_in_as, staff, submit

Settle = Callable[[], int]


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox, organization: Organization) -> None:
    outbox.clear()


def avoids(leader: int, words: str) -> None:
    with transaction():
        services.avoid(leader, words)


def everything(app: Flask, settle: Settle, outbox: Outbox, hers: dict[str, Any], avoided: str) -> list[str]:
    """All that Aino and the coordinator ever see of a round with Rania: pages, letters, the answer."""
    # `hers`: what differs in Rania's description; with it, her weeks differ too. No page of the others shows either.
    outbox.clear()
    about = a_round()
    rania = a_leader("Rania Qasem", AMMAN | hers, mail="rania@amman.example", language="en")
    aino = a_leader("Aino Lehtonen", TAMPERE, mail="aino@tampere.example", language="en")
    weeks = policy.weeks_between(about.first_day, about.last_day)
    at = now()
    asks(rania, about, at=at, weeks=weeks[6:] if hers else weeks[:6])
    asks(aino, about, at=at, weeks=weeks[:6])
    if avoided:
        avoids(rania, avoided)
    run = ran(about, settle)
    with transaction():
        rounds.propose(run.id, now())
    settle()
    hers_, desk = sign_in_as(app.test_client(), aino), staff(app.test_client(), Role.EXCHANGE_COORDINATOR)
    pages = [
        hers_.get("/exchange").text,
        hers_.get("/exchange/request").text,
        hers_.get("/exchange/program").text,
        desk.get("/desk/exchange").text,
        desk.get(f"/desk/exchange/rounds/{about.public_id}/propose", follow_redirects=True).text,
    ]
    answer = {key: value for key, value in run.answer.items() if key != "seconds"}
    answer["openings"] = [*answer["openings"].values()]
    answer["unmatched"] = [each["reason"] for each in answer["unmatched"]]
    return [*map(bare, pages), str(answer), *(str(each["Subject"]) for each in outbox.messages())]


def bare(page: str) -> str:
    """A page without what differs from one showing to the next: tokens, ids, seconds."""
    page = re.sub(r'<form id="prefs".*?</form>', "", page, flags=re.S)
    page = re.sub(r'(nonce|value|href|action|hx-get|content|datetime)="[^"]*"', r"\1", page)
    return re.sub(r"[\d.]+ seconds?|\d\d:\d\d", "", page)


def test_an_avoided_program_looks_exactly_like_one_that_does_not_fit(
    app: Flask, settle: Settle, outbox: Outbox, session: Session
) -> None:
    seen = []
    for hers, avoided in (
        ({"languages": {"ar": "C2"}}, ""),
        ({}, "Tampere CIT"),
        ({}, "aino@tampere.example"),
    ):
        with a_world_of_its_own(session):
            seen.append(everything(app, settle, outbox, hers, avoided))
    assert "No other program of this round fits." in seen[0][3]
    for other in seen[1:]:
        for one, two in zip(seen[0], other, strict=True):
            assert two.splitlines() == one.splitlines()


def test_who_reconsiders_after_the_proposal_never_meets_and_nobody_can_tell(
    app: Flask, settle: Settle, outbox: Outbox, session: Session
) -> None:
    amman, tampere, match = a_pair(settle)
    avoids(amman, "aino@tampere.example")
    page = sign_in_as(app.test_client(), amman).get(f"/exchange/proposals/{match.public_id}").text
    assert "Your answer</h2>" in page, "the proposal does not tell who it is"
    outbox.clear()
    says(amman, match, True)
    assert says(tampere, match, True) is None
    settle()
    assert outbox.messages() == []
    for leader in (amman, tampere):
        seen = sign_in_as(app.test_client(), leader).get(f"/exchange/proposals/{match.public_id}").text
        assert "Your answer is saved: you accept." in seen
    board = staff(app.test_client(), Role.EXCHANGE_COORDINATOR).get("/desk/exchange").text
    assert "Waiting for answers" in board
    with transaction():
        exchanges.lapse_due(now() + timedelta(days=15))
    settle()
    assert [str(each["Subject"]) for each in outbox.messages()] == ["A proposal is over"] * 2
    session.refresh(match)
    assert match.state is MatchState.LAPSED
    assert queries.exchanges_of(amman) == []


def test_a_wish_between_run_and_proposal_counts(settle: Settle) -> None:
    about = a_round()
    amman, tampere = two_leaders()
    asks(amman, about)
    asks(tampere, about)
    run = ran(about, settle)
    assert run.answer["people"] == 2
    avoids(tampere, "Amman")
    with pytest.raises(RunAgain), transaction():
        rounds.propose(run.id, now())
    assert ran(about, settle).answer["matches"] == []


def test_words_count_for_programs_that_come_later_and_for_new_names(session: Session) -> None:
    amman = a_leader("Rania Qasem", AMMAN)
    avoids(amman, "Tampere")
    assert session.scalar(sa.select(sa.func.count()).select_from(MustNot)) == 0
    aino = a_leader("Aino Lehtonen", TAMPERE | {"name": "A new name (sample)", "city": "Oulu"})
    assert session.scalar(sa.select(sa.func.count()).select_from(MustNot)) == 0
    with transaction():
        services.describe(aino, services.Description(**TAMPERE))
        services.describe(aino, services.Description(**TAMPERE))
    assert session.scalar(sa.select(sa.func.count()).select_from(MustNot)) == 1
    with transaction():
        ((avoided, words),) = queries.avoided_by(queries.program_of(amman).id)  # type: ignore[union-attr]
        assert services.meet_again(amman, avoided) == words == "Tampere"
    assert session.scalar(sa.select(sa.func.count()).select_from(MustNot)) == 0


def test_the_page_answers_the_same_for_who_is_here_and_who_is_not(app: Flask) -> None:
    a_round()
    amman, _tampere = two_leaders()
    rania = sign_in_as(app.test_client(), amman)
    seen = []
    for words in ("Tampere CIT", "Nowhere Program"):
        answer = submit(rania, "/exchange/avoid", words=words)
        seen.append((answer.status_code, bare(rania.get("/exchange/request").text)))
    assert seen[0][0] == seen[1][0] == 303
    assert submit(rania, "/exchange/avoid", words="CIT program").status_code == 422
    listed = rania.get("/exchange/request").text
    assert listed.count("Take it back") == 2


NAMES = ["Tampere CIT", "Amman Crisis Team", "São Paulo", "仙台危機対応", "برنامج صفاقس"]


@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda pair: pair[0] != pair[1])))
@settings(
    max_examples=examples(8),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_excluded_pair_is_ever_matched(session: Session, organization: Organization, apart: Any) -> None:
    with a_world_of_its_own(session):
        about = a_round()
        leaders = []
        for place, name in enumerate(NAMES):
            leader = a_leader(
                f"Leader {place}",
                AMMAN | {"name": name, "city": "", "country": ("JO", "FI", "BR", "JP", "TN")[place]},
            )
            asks(leader, about, modes=("mutual", "virtual", "circle"))
            leaders.append(leader)
        ids = [queries.program_of(leader).id for leader in leaders]  # type: ignore[union-attr]
        for one, other in apart:
            avoids(leaders[one], NAMES[other])
        result = solve(population.population(about.id, now()))
        together = {
            frozenset((int(a), int(b)))
            for match in result.matches
            for a in match.programs
            for b in match.programs
            if a != b
        }
        forbidden = {frozenset((ids[one], ids[other])) for one, other in apart}
        assert together & forbidden == set()


@pytest.mark.parametrize(
    ("words", "name", "city", "mail", "meant"),
    [
        ("Tampere CIT", "Tampere CIT (sample)", "Tampere", "", True),
        ("tampere", "Pirkanmaa", "Tampere", "", True),
        ("Sao Paulo", "Programa São-Paulo", "", "", True),
        ("Aino@Tampere.example", "X", "", "aino@tampere.example", True),
        ("aino@tampere.example", "X", "", "", False),
        ("Tampere Oulu", "Tampere CIT", "Tampere", "", False),
        ("CIT Program", "Tampere CIT Program", "Tampere", "", False),
        ("برنامج صفاقس", "برنامج صفاقس (sample)", "", "", True),
    ],
)
def test_who_is_meant(words: str, name: str, city: str, mail: str, meant: bool) -> None:
    assert policy.answers_to(words, name, city, mail) is meant
