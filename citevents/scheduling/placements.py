"""Work on the draft: where and when sessions are. The database has the last word on clashes; here they get their words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import has_request_context
from psycopg import errors as postgres
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from citevents.conferences import queries as conferences
from citevents.core import access, audit
from citevents.core.db import current_organization_id, must, session
from citevents.core.errors import DomainError, NotYours
from citevents.core.times import format_day, format_span
from citevents.scheduling import agenda, policy, queries
from citevents.scheduling.errors import (
    ConferenceOff,
    DraftMoved,
    OutsideConference,
    RoomMissing,
    RoomTaken,
    SessionCancelled,
    SpeakerBusy,
)
from citevents.scheduling.models import DraftStep, Placement, Session, SessionKind, SessionState
from citevents.scheduling.policy import Place, place_to_json

HOLD = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
DEFER = sa.text("SET CONSTRAINTS placement_one_session_per_room, session_speaker_one_place DEFERRED")
ENFORCE = sa.text("SET CONSTRAINTS placement_one_session_per_room, session_speaker_one_place IMMEDIATE")


def hold(conference_id: int) -> None:
    """Work on one draft waits its turn, so that steps and versions have an order. Raises ConferenceOff."""
    session().execute(HOLD, {"name": f"agenda:{current_organization_id()}:{conference_id}"})
    check_going_on(conference_id)


def check_going_on(conference_id: int) -> None:
    """Nothing is promised any more at a conference that was cancelled. Raises ConferenceOff."""
    if conferences.by_id(conference_id).cancelled:
        raise ConferenceOff()


def actor() -> int | None:
    """Whose act this is: the signed-in person's, or (None) the house's."""
    identity = access.current() if has_request_context() else None
    return identity.person_id if identity else None


def place(session_id: int, room_id: int | None, start: datetime) -> DraftStep | None:
    """Put a session into a room at a time (UTC), or move it there. Refuses clashes, naming what stands in the way.

    None when it is there already.
    """
    row = must(Session, session_id)
    return apply(row.conference_id, {session_id: (room_id, start)}, act="place")


def unplace(session_id: int) -> DraftStep | None:
    """Take a session out of the draft's grid; it waits again. None when it waits already."""
    row = must(Session, session_id)
    return apply(row.conference_id, {session_id: None}, act="unplace")


def apply(
    conference_id: int, wanted: Mapping[int, tuple[int | None, datetime] | None], *, act: str = "apply"
) -> DraftStep | None:
    """Move many sessions in one step (a solver's draft, an import): session id -> (room id, start), or None to wait.

    Sessions may change places with each other. The whole step is refused when any two clash; None when nothing changes.
    """
    hold(conference_id)
    known = {
        row.id: row
        for row in session().scalars(
            sa.select(Session)
            .where(Session.conference_id == conference_id, Session.id.in_(wanted))
            .order_by(Session.id)
            .with_for_update()
        )
    }
    if known.keys() != wanted.keys():
        raise NotYours()
    places = {
        session_id: _checked(known[session_id], *there) if there else None
        for session_id, there in wanted.items()
    }
    return write(conference_id, places, act=act)


def write(
    conference_id: int,
    places: Mapping[int, Place | None],
    *,
    act: str,
    field: str | None = None,
    cancels: bool = False,
) -> DraftStep | None:
    """Make the draft say so and remember the step; one that `cancels` its sessions in any case. Call with the draft held."""
    placed = {
        row.session_id: row
        for row in session().scalars(sa.select(Placement).where(Placement.session_id.in_(places)))
    }
    steps = []
    with explained(conference_id, places, field=field):
        session().execute(DEFER)
        for session_id, becomes in places.items():
            there = placed.get(session_id)
            was = agenda.place_of(there.room_id, there.during) if there else None
            if was != becomes:
                _put(conference_id, session_id, there, becomes)
            if was != becomes or cancels:
                change = {"session": session_id, "was": place_to_json(was), "is": place_to_json(becomes)}
                steps.append(change | ({"cancels": True} if cancels else {}))
        session().flush()
        session().execute(ENFORCE)
    return _remember(conference_id, steps, act) if steps else None


@contextmanager
def explained(
    conference_id: int,
    places: Mapping[int, Place | None],
    *,
    speakers: Mapping[int, frozenset[int]] | None = None,
    field: str | None = None,
) -> Iterator[None]:
    """A savepoint in which the database may refuse: then what stands in the way of `places` is said in words."""
    try:
        with session().begin_nested():
            yield
    except IntegrityError as refused:
        if not isinstance(refused.orig, postgres.ExclusionViolation):
            raise
        raise _why(conference_id, places, speakers or {}, field) from refused


def _why(
    conference_id: int,
    places: Mapping[int, Place | None],
    speakers: Mapping[int, frozenset[int]],
    field: str | None,
) -> DomainError:
    conference = conferences.by_id(conference_id)
    known = {row.id: row for row in agenda.of(conference).sessions}
    rows = {
        id: (there, speakers.get(id) or frozenset(speaker.id for speaker in row.speakers))
        for id, row in known.items()
        if (there := places.get(id, row.place))
    }
    clash = policy.first_clash(rows, places)
    if clash is None:
        return DraftMoved()
    there, _who = rows[clash.other_id]
    when = format_span(there.start, there.end, conference.zone).venue
    other = known[clash.other_id].title
    if clash.speaker_id is not None:
        name = queries.names_of([clash.speaker_id])[clash.speaker_id]
        return SpeakerBusy(field=field, name=name, other=other, when=when)
    room = next(room.name for room in conferences.rooms(conference_id) if room.id == there.room_id)
    return RoomTaken(field=field, other=other, room=room, when=when)


def _checked(row: Session, room_id: int | None, start: datetime) -> Place:
    if row.state is SessionState.CANCELLED:
        raise SessionCancelled()
    if room_id is None and row.kind is not SessionKind.BREAK:
        raise RoomMissing()
    if room_id is not None and room_id not in {room.id for room in conferences.rooms(row.conference_id)}:
        raise NotYours()
    conference = conferences.by_id(row.conference_id)
    if not policy.within_days(start, conference.starts_on, conference.ends_on, conference.zone):
        raise OutsideConference(first=format_day(conference.starts_on), last=format_day(conference.ends_on))
    return Place(room_id=room_id, start=start, end=start + timedelta(minutes=row.length))


def _put(conference_id: int, session_id: int, placed: Placement | None, becomes: Place | None) -> None:
    if becomes is None:
        if placed:
            session().delete(placed)
        return
    during = Range(becomes.start, becomes.end, bounds="[)")
    if placed:
        placed.room_id, placed.during = becomes.room_id, during
    else:
        session().add(
            Placement(
                conference_id=conference_id, session_id=session_id, room_id=becomes.room_id, during=during
            )
        )


def _remember(conference_id: int, steps: list[dict[str, Any]], act: str) -> DraftStep:
    step = DraftStep(conference_id=conference_id, changes=steps, by_person_id=actor())
    session().add(step)
    session().flush()
    audit.record(
        act, "agenda", conference_id, step=step.id, sessions=[each["session"] for each in steps][:20]
    )
    return step
