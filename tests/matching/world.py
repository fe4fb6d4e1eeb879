"""Programs, rounds and requests for tests of every slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.clock import now
from citevents.core.db import must, session, transaction
from citevents.matching import exchanges, policy, queries, rounds, services
from citevents.matching.models import Match, Program, Round, Run, RunState
from citevents.matching.services import Description, Wish
from citevents.people import services as people
from citevents.people.models import Purpose
from citevents.people.policy import WORDINGS
from tests.people.world import a_person, csrf

Settle = Callable[[], int]

#: Names that no page may show too early: made up, in many scripts.
AMMAN: dict[str, Any] = {
    "name": "Crisis Response Amman (sample)",
    "country": "JO",
    "city": "Amman",
    "zone": "Asia/Amman",
    "languages": {"ar": "C2", "en": "B2"},
    "strengths": ("curriculum", "community_ownership"),
    "needs": ("receiving_facility", "policies"),
}
TAMPERE: dict[str, Any] = {
    "name": "Tampere CIT (sample)",
    "country": "FI",
    "city": "Tampere",
    "zone": "Europe/Helsinki",
    "languages": {"fi": "C2", "en": "C1"},
    "strengths": ("receiving_facility", "policies"),
    "needs": ("curriculum",),
}


def a_leader(name: str, description: dict[str, Any], **more: str) -> int:
    """The id of somebody who leads a program described so."""
    person_id = a_person(name, **more)
    with transaction():
        services.describe(person_id, Description(**description))
    return person_id


def a_round(name: str = "Exchange round 2027-B", **changes: Any) -> Round:
    """A round for the autumn of 2027 that takes requests for a month from now."""
    values: dict[str, Any] = {
        "first_day": date(2027, 9, 6),
        "last_day": date(2027, 11, 26),
        "closes_at": now() + timedelta(days=30),
    } | changes
    with transaction():
        return must(Round, rounds.open_round(name, **values))


def asks(leader: int, about: Round, at: datetime | None = None, **wish: Any) -> int:
    """The leader asks for a two-way visit in any week of the round; the request's id."""
    values: dict[str, Any] = {
        "modes": ("mutual",),
        "weeks": policy.weeks_between(about.first_day, about.last_day),
    } | wish
    with transaction():
        agrees(leader)
        return services.ask(leader, about.id, Wish(**values), at or now())


def agrees(leader: int) -> None:
    """The leader agrees to be matched, as the form of a request asks."""
    wording = WORDINGS[Purpose.EXCHANGE]
    people.give_consent(leader, wording.purpose, wording.version, "exchange")


def ran(about: Round, settle: Settle, mode: str = "coverage") -> Run:
    """The round's run, with its answer."""
    with transaction():
        run_id = rounds.ask_run(about.id, mode, None)
    settle()
    run = must(Run, run_id)
    assert run.state is RunState.DONE
    return run


def proposed(about: Round, settle: Settle, at: datetime | None = None) -> list[Match]:
    """The round run and proposed; its matches."""
    run = ran(about, settle)
    with transaction():
        rounds.propose(run.id, at or now())
    settle()
    return matches(about)


def matches(about: Round) -> list[Match]:
    return list(session().scalars(sa.select(Match).where(Match.round_id == about.id).order_by(Match.id)))


def says(leader: int, match: Match, accepted: bool, at: datetime | None = None) -> int | None:
    """The leader's answer."""
    with transaction():
        return exchanges.answer(leader, match.public_id, accepted, at or now())


def two_leaders() -> tuple[int, int]:
    """Leaders in Amman and Tampere whose programs fit each other."""
    return (
        a_leader("Rania Qasem", AMMAN, mail="rania@amman.example", language="en"),
        a_leader("Aino Lehtonen", TAMPERE, mail="aino@tampere.example", language="en"),
    )


def program_of(leader: int) -> Program:
    found = session().scalar(sa.select(Program).where(Program.leader_id == leader))
    assert found
    return found


def a_pair(settle: Settle, names: Sequence[int] | None = None) -> tuple[int, int, Match]:
    """Two leaders and the proposal that was sent to them."""
    amman, tampere = names or two_leaders()
    about = a_round()
    asks(amman, about)
    asks(tampere, about)
    (match,) = proposed(about, settle)
    return amman, tampere, match


@contextmanager
def a_world_of_its_own(session: Session) -> Iterator[None]:
    """What is made inside is gone afterwards, commits and all."""
    connection = session.get_bind()
    assert isinstance(connection, sa.Connection)
    session.commit()
    world = connection.begin_nested()
    try:
        yield
    finally:
        session.rollback()
        world.rollback()
        session.expire_all()


def send(client: FlaskClient, path: str, fields: dict[str, Any]) -> Any:
    return client.post(path, data={"csrf_token": csrf(client), **fields})


def request_fields(**changes: Any) -> dict[str, Any]:
    """What a leader types into the form for a request in the only round."""
    about = queries.rounds()[0]
    return {
        "modes": ["mutual", "virtual"],
        "weeks": policy.weeks_between(about.first_day, about.last_day)[:3],
        "delegation": "3",
        "three_parts": "y",
        "places": "1",
        "floor": "B1",
        "consent": "y",
    } | changes
