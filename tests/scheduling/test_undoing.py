"""The way back: undo restores what was, whatever was done; a cancelled session comes back to where it was."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session as DbSession

from citevents.conferences import services as conferences
from citevents.conferences.models import Room
from citevents.core.db import Organization, transaction
from citevents.core.errors import DomainError
from citevents.scheduling import agenda, services
from citevents.scheduling.errors import CannotUndo, NothingToUndo, SessionCancelled
from citevents.scheduling.models import DraftStep, Session, SessionState
from tests.conferences.world import a_conference, a_room
from tests.scheduling.world import a_session, at, placed

_numbers = count(1)
State = dict[int, tuple[Any, ...]]


def state(conference_id: int) -> State:
    """Session id -> (cancelled, room, start) of the whole draft."""
    from citevents.conferences.queries import by_id

    return {
        row.id: (row.cancelled, row.place and row.place.room_id, row.place and row.place.start)
        for row in agenda.of(by_id(conference_id)).sessions
    }


acts = st.one_of(
    st.tuples(st.just("place"), st.integers(0, 2), st.integers(0, 1), st.sampled_from(["09:45", "10:15", "14:00"])),
    st.tuples(st.sampled_from(["unplace", "cancel"]), st.integers(0, 2)),
)  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(acts, max_size=12))
def test_undo_restores_the_state_before(
    session: DbSession, organization: Organization, history: list[tuple[Any, ...]]
) -> None:
    conference = a_conference(f"undo-{next(_numbers)}")
    rooms = [a_room(conference, name) for name in ("Cedar", "Fir")]
    talks = [a_session(conference, f"Talk {letter}") for letter in "ABC"]
    verbs: dict[str, Callable[..., object]] = {
        "place": lambda talk, room, clock: services.place(talks[talk].id, rooms[room].id, at(clock)),
        "unplace": lambda talk: services.unplace(talks[talk].id),
        "cancel": lambda talk: services.cancel(talks[talk].id),
    }
    before: list[State] = []
    for act, *what in history:
        was = state(conference.id)
        try:
            with transaction():
                verbs[act](*what)
        except DomainError:
            continue
        if state(conference.id) != was:
            before.append(was)
    for was in reversed(before):
        with transaction():
            assert services.undo(conference.id).changed
        assert state(conference.id) == was
    with pytest.raises(NothingToUndo), transaction():
        services.undo(conference.id)


@pytest.fixture
def talk(session: DbSession, organization: Organization) -> Session:
    return a_session(a_conference(), "Talk")


@pytest.fixture
def cedar(talk: Session) -> Room:
    from citevents.conferences.models import Conference
    from citevents.core.db import must

    return a_room(must(Conference, talk.conference_id), "Cedar")


def test_a_cancelled_session_is_not_placed_before_it_is_brought_back(talk: Session, cedar: Room) -> None:
    placed(talk, cedar, "09:45")
    with transaction():
        services.cancel(talk.id)
    with pytest.raises(SessionCancelled), transaction():
        services.place(talk.id, cedar.id, at("14:00"))
    with transaction():
        back = services.restore(talk.id)
    assert back.place is not None
    assert state(talk.conference_id) == {talk.id: (False, cedar.id, at("09:45"))}
    placed(talk, cedar, "14:00")
    assert state(talk.conference_id)[talk.id][2] == at("14:00")


def test_bringing_back_is_the_undoing_of_cancelling(talk: Session, cedar: Room) -> None:
    placed(talk, cedar, "09:45")
    with transaction():
        services.cancel(talk.id)
        services.restore(talk.id)
        assert not services.restore(talk.id).changed, "twice is once"
    with transaction():
        services.undo(talk.conference_id)
    assert state(talk.conference_id) == {talk.id: (False, None, None)}, "the placing was undone, next in line"


def test_what_comes_back_is_as_long_as_it_is_now(talk: Session, cedar: Room) -> None:
    placed(talk, cedar, "09:45")
    with transaction():
        services.cancel(talk.id)
        services.edit_session(talk.id, length=90)
        services.undo(talk.conference_id)
    item = agenda.content(talk.conference_id).by_session()[talk.id]
    assert (item.place.start, item.place.end) == (at("09:45"), at("11:15"))


def test_a_session_that_never_had_a_place_comes_back_waiting(talk: Session) -> None:
    with transaction():
        services.cancel(talk.id)
    with transaction():
        back = services.undo(talk.conference_id)
    assert (back.brought_back, back.place) == (talk, None)
    assert state(talk.conference_id) == {talk.id: (False, None, None)}


def test_a_room_that_is_gone_stands_in_nobodys_way(talk: Session, cedar: Room) -> None:
    placed(talk, cedar, "09:45")
    with transaction():
        services.cancel(talk.id)
        conferences.remove(Room, talk.conference_id, cedar.id)
    with transaction():
        assert services.restore(talk.id).place is None
    assert state(talk.conference_id) == {talk.id: (False, None, None)}


def test_a_step_into_a_room_that_is_gone_says_so(talk: Session, cedar: Room) -> None:
    placed(talk, cedar, "09:45")
    with transaction():
        services.unplace(talk.id)
        conferences.remove(Room, talk.conference_id, cedar.id)
    with pytest.raises(CannotUndo) as refused, transaction():
        services.undo(talk.conference_id)
    assert "Its room is not there any more." in refused.value.sentence


def test_a_session_cancelled_before_steps_knew_of_it_leaves_a_step_with_nothing_left(
    session: DbSession, talk: Session, cedar: Room
) -> None:
    placed(talk, cedar, "09:45")
    with transaction():
        services.unplace(talk.id)
    session.execute(sa.update(Session).values(state=SessionState.CANCELLED))
    session.commit()
    with transaction():
        assert not services.undo(talk.conference_id).changed
        assert services.restore(talk.id).place is None
    assert session.scalars(sa.select(DraftStep.undone_at.is_(None)).order_by(DraftStep.id)).all() == [
        True,
        False,
    ]
