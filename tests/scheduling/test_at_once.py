"""Editors at once, each with a thread and a connection of its own: one wins, the other reads why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import DBAPIError

from citevents import create_app
from citevents.config import Settings
from citevents.core.db import Model, Organization, as_organization, db, session, transaction
from citevents.core.errors import DomainError
from citevents.engines.postgres import Postgres
from citevents.scheduling import services
from citevents.scheduling.models import Placement, SessionSpeaker
from citevents.scheduling.speakers import SpeakerInput
from tests.conferences.world import a_conference, a_room
from tests.patience import PATIENCE_SECONDS
from tests.scheduling.world import a_session, at

EDITORS = 8


@pytest.fixture(scope="module")
def house(postgres: Postgres) -> Iterator[Flask]:
    """The application on a database of its own: here commits are real."""
    app = create_app(
        Settings(
            database_url=postgres.create_database("editors"), secret="test-secret", pool_size=EDITORS + 1
        )
    )
    app.testing = True
    with app.app_context():
        Model.metadata.create_all(db.engine)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    postgres.drop_database("editors")


class Desk:
    """A conference whose agenda many people edit at once."""

    def __init__(self, house: Flask) -> None:
        self.house = house
        with house.app_context():
            organization = Organization(name="Sample", sample=True)
            session().add(organization)
            session().commit()
            self.organization_id = organization.id
            with as_organization(self.organization_id):
                conference = a_conference()
                self.conference_id = conference.id
                self.rooms = [a_room(conference, f"Room {number}").id for number in range(EDITORS)]
                self.sessions = [
                    a_session(conference, f"Talk {number}", "Aino Lehtonen").id for number in range(EDITORS)
                ]

    def all_at_once(self, work: Callable[[int], object]) -> Counter[str]:
        """What became of `work(number)`, each in a transaction of its own, started together."""
        barrier = Barrier(EDITORS)

        def one(number: int) -> str:
            with self.house.app_context(), as_organization(self.organization_id):
                barrier.wait(timeout=PATIENCE_SECONDS)
                try:
                    with transaction():
                        work(number)
                except DomainError as refused:
                    return refused.code
                except DBAPIError as refused:
                    return type(refused.orig).__name__
                return "done"

        with ThreadPoolExecutor(EDITORS) as pool:
            return Counter(pool.map(one, range(EDITORS)))

    def scalar(self, statement: sa.Select[tuple[int]]) -> int | None:
        with self.house.app_context(), as_organization(self.organization_id):
            return session().scalar(statement)


def test_a_room_at_one_time_goes_to_one_of_many(house: Flask) -> None:
    desk = Desk(house)
    ends = desk.all_at_once(lambda number: services.place(desk.sessions[number], desk.rooms[0], at("09:45")))
    assert ends == {"done": 1, "room_taken": EDITORS - 1}


def test_one_speaker_is_placed_once_in_many_rooms(house: Flask) -> None:
    desk = Desk(house)
    ends = desk.all_at_once(
        lambda number: services.place(desk.sessions[number], desk.rooms[number], at("09:45"))
    )
    assert ends == {"done": 1, "speaker_busy": EDITORS - 1}


def test_without_the_services_the_constraint_alone_holds(house: Flask) -> None:
    desk = Desk(house)

    def insert(number: int) -> None:
        session().add(
            Placement(
                conference_id=desk.conference_id,
                session_id=desk.sessions[number],
                room_id=desk.rooms[0],
                during=Range(at("09:45"), at("10:45") + timedelta(minutes=number), bounds="[)"),
            )
        )
        session().flush()

    ends = desk.all_at_once(insert)
    assert ends["done"] == 1
    assert set(ends) <= {"done", "ExclusionViolation", "DeadlockDetected"}
    assert desk.scalar(sa.select(sa.func.count()).select_from(Placement)) == 1


def test_placing_and_adding_a_speaker_at_once_never_miss_each_other(house: Flask) -> None:
    for _round in range(5):
        desk = Desk(house)

        def work(number: int, desk: Desk = desk) -> None:
            if number % 2:
                services.place(desk.sessions[0], desk.rooms[0], at("09:45"))
            else:
                services.edit_session(desk.sessions[0], speakers=[SpeakerInput(name=f"Bo {number}")])

        assert desk.all_at_once(work) == {"done": EDITORS}
        unaware = (
            sa.select(sa.func.count())
            .select_from(SessionSpeaker)
            .join(Placement, Placement.session_id == SessionSpeaker.session_id)
            .where(SessionSpeaker.during.is_distinct_from(Placement.during))
        )
        assert desk.scalar(unaware) == 0


def test_versions_are_numbered_without_gap_or_double(house: Flask) -> None:
    desk = Desk(house)
    with house.app_context(), as_organization(desk.organization_id), transaction():
        services.place(desk.sessions[0], desk.rooms[0], at("09:45"))
        from citevents.scheduling import agenda

        step = agenda.newest_step(desk.conference_id)
        assert step is not None
        step_id = step.id
    ends = desk.all_at_once(
        lambda number: services.publish(desk.conference_id, seen_version=0, seen_step=step_id)
    )
    assert ends == {"done": 1, "draft_moved": EDITORS - 1}
