"""The way back: the last step of the draft undone, a cancelled session brought back to where it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from citevents.conferences import queries as conferences
from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import must, session
from citevents.core.errors import DomainError
from citevents.scheduling import agenda, placements
from citevents.scheduling.errors import CannotUndo, NothingToUndo, RoomGone
from citevents.scheduling.models import DraftStep, Session, SessionState
from citevents.scheduling.policy import Place, place_from_json


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What the way back did. `brought_back`: a cancelled session takes place again; `place` is where, None while it waits."""

    changed: bool
    brought_back: Session | None = None
    place: Place | None = None


def undo(conference_id: int) -> Undone:
    """Take back the newest step of the draft. What is published stays as it is. Raises NothingToUndo, CannotUndo."""
    placements.hold(conference_id)
    step = agenda.newest_step(conference_id, lock=True)
    if step is None:
        raise NothingToUndo()
    cancelled = next((change["session"] for change in step.changes if change.get("cancels")), None)
    if cancelled is not None:
        return _bring_back(must(Session, cancelled, lock=True), step)
    back = {change["session"]: place_from_json(change["was"]) for change in step.changes}
    rows = session().scalars(
        sa.select(Session).where(Session.id.in_(back), Session.state == SessionState.PLANNED)
    )
    places = {row.id: _as_long_as_now(row, back[row.id]) for row in rows}
    try:
        _check_rooms(conference_id, places.values())
        changed = placements.write(conference_id, places, act="undo")
    except DomainError as refused:
        raise CannotUndo(reason=refused.sentence) from refused
    _done(step, changed)
    return Undone(changed=changed is not None)


def restore(session_id: int) -> Undone:
    """Bring a cancelled session back into the draft, to where it was while that is free; else it waits for a place."""
    placements.hold(must(Session, session_id).conference_id)
    row = must(Session, session_id, lock=True)
    if row.state is not SessionState.CANCELLED:
        return Undone(changed=False)
    step = session().scalar(
        sa.select(DraftStep)
        .where(
            DraftStep.conference_id == row.conference_id,
            DraftStep.undone_at.is_(None),
            DraftStep.changes.contains(sa.literal([{"session": row.id, "cancels": True}], JSONB)),
        )
        .order_by(DraftStep.id.desc())
        .limit(1)
    )
    return _bring_back(row, step)


def _bring_back(row: Session, step: DraftStep | None) -> Undone:
    row.state = SessionState.PLANNED
    session().flush()
    place = _as_long_as_now(row, place_from_json(step.changes[0]["was"])) if step else None
    try:
        _check_rooms(row.conference_id, [place])
        changed = placements.write(row.conference_id, {row.id: place}, act="undo")
    except DomainError:
        changed = place = None
    if step:
        _done(step, changed)
    audit.record("restore", "session", row.id)
    return Undone(changed=True, brought_back=row, place=place)


def _done(step: DraftStep, taken_back: DraftStep | None) -> None:
    step.undone_at = now()
    if taken_back:
        taken_back.undone_at = step.undone_at  # taking back is no step to take back
    session().flush()


def _as_long_as_now(row: Session, place: Place | None) -> Place | None:
    return replace(place, end=place.start + timedelta(minutes=row.length)) if place else None


def _check_rooms(conference_id: int, places: Iterable[Place | None]) -> None:
    known = {None, *(room.id for room in conferences.rooms(conference_id))}
    if any(place and place.room_id not in known for place in places):
        raise RoomGone()
