"""What can be done with an agenda: sessions, tracks, versions, favourites. Rooms and times: `placements`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from citevents.conferences import queries as conferences
from citevents.conferences.services import touch
from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import current_organization_id, must, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.scheduling import agenda, placements, policy, queries
from citevents.scheduling.errors import (
    DraftMoved,
    NothingToPublish,
    SessionCancelled,
    TooManyFavourites,
    TrackInUse,
    TrackTaken,
)
from citevents.scheduling.events import AgendaPublished, SessionFavourited, SessionUnfavourited
from citevents.scheduling.models import (
    AgendaVersion,
    Favourite,
    Placement,
    Session,
    SessionState,
    Track,
)
from citevents.scheduling.placements import apply, place, unplace
from citevents.scheduling.policy import Content, Place
from citevents.scheduling.speakers import SpeakerInput, set_speakers
from citevents.scheduling.speakers import erase as erase_speaker
from citevents.scheduling.undoing import restore, undo

__all__ = [
    "SpeakerInput",
    "add_session",
    "add_track",
    "apply",
    "cancel",
    "edit_session",
    "erase_person",
    "favourite",
    "place",
    "publish",
    "remove_track",
    "restore",
    "undo",
    "unfavourite",
    "unplace",
]

#: More than anyone can attend; a bound on what one person can make the house mail.
MOST_FAVOURITES = 200


def add_track(
    conference_id: int, name: str, *, short: str = "", wording: Mapping[str, Any] | None = None
) -> Track:
    """A new track, after the others. Refuses a name that is there already."""
    track = Track(
        conference_id=conference_id,
        name=name.strip(),
        short=short.strip(),
        wording=dict(wording or {}),
        position=len(agenda.tracks(conference_id)),
    )
    try:
        with session().begin_nested():
            session().add(track)
    except IntegrityError as refused:
        raise TrackTaken() from refused
    audit.record("add", "track", track.id)
    return track


def remove_track(track_id: int) -> None:
    """Drop a track that no session is in."""
    track = must(Track, track_id, lock=True)
    used = session().scalar(
        sa.select(sa.func.count()).select_from(Session).where(Session.track_id == track_id)
    )
    if used:
        raise TrackInUse(count=used)
    session().delete(track)
    audit.record("remove", "track", track_id)


def add_session(
    conference_id: int, *, title: str, speakers: Sequence[SpeakerInput] = (), **words: Any
) -> Session:
    """A new session, not placed yet. `words` are columns of Session: abstract, kind, track_id, level, length, ..."""
    placements.hold(conference_id)  # two who name the same new speaker
    row = Session(conference_id=conference_id, title=title.strip(), **words)
    _check_track(row)
    session().add(row)
    session().flush()
    set_speakers(row, speakers, _place(row.id))
    audit.record("add", "session", row.id)
    return row


def edit_session(session_id: int, *, speakers: Sequence[SpeakerInput] | None = None, **words: Any) -> Session:
    """Change a session. A placed one keeps its start: a new length or speaker that clashes is refused."""
    placements.hold(must(Session, session_id).conference_id)
    row = must(Session, session_id, lock=True)
    for name, value in words.items():
        setattr(row, name, value)
    _check_track(row)
    session().flush()
    if speakers is not None:
        set_speakers(row, speakers, _place(row.id))
    was = _place(row.id)
    if was and was.end - was.start != timedelta(minutes=row.length):
        longer = Place(room_id=was.room_id, start=was.start, end=was.start + timedelta(minutes=row.length))
        placements.write(row.conference_id, {row.id: longer}, act="stretch", field="length")
    audit.record("edit", "session", row.id)
    return row


def publish(conference_id: int, *, seen_version: int, seen_step: int) -> AgendaVersion:
    """Make the draft public as the next version.

    `seen_version` (number, 0 for none) and `seen_step` (id of the newest step, 0 for none) say what the summary was about
    that somebody agreed to: when either moved on, DraftMoved.
    """
    placements.hold(conference_id)
    published = queries.current(conference_id)
    step = agenda.newest_step(conference_id)
    if seen_version != (published.number if published else 0) or seen_step != (step.id if step else 0):
        raise DraftMoved()
    becomes = agenda.becomes(conference_id, published.content if published else None)
    if not policy.changes(published.content if published else None, becomes):
        raise NothingToPublish()
    return _publish(conference_id, published, becomes, step_id=step.id if step else None)


def cancel(session_id: int) -> AgendaVersion | None:
    """Cancel a session. Where it is public, a new version says so at once, and says nothing else that is new."""
    placements.hold(must(Session, session_id).conference_id)
    row = must(Session, session_id, lock=True)
    if row.state is SessionState.CANCELLED:
        return None
    placements.write(row.conference_id, {row.id: None}, act="unplace", cancels=True)
    row.state = SessionState.CANCELLED
    session().flush()
    audit.record("cancel", "session", row.id)
    published = queries.current(row.conference_id)
    item = published.content.by_session().get(row.id) if published else None
    if published is None or item is None or item.cancelled:
        return None
    return _publish(row.conference_id, published, policy.without(published.content, row.id), step_id=None)


def favourite(session_id: int, person_id: int) -> bool:
    """Note that a person wants to see a session; False when it was noted before."""
    row = must(Session, session_id)
    placements.check_going_on(row.conference_id)
    if row.state is SessionState.CANCELLED:
        raise SessionCancelled()
    if len(queries.favourite_ids(person_id, row.conference_id)) >= MOST_FAVOURITES:
        raise TooManyFavourites(most=MOST_FAVOURITES)
    made = session().scalar(
        insert(Favourite)
        .values(
            organization_id=current_organization_id(),
            session_id=session_id,
            person_id=person_id,
            conference_id=row.conference_id,
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["organization_id", "session_id", "person_id"])
        .returning(Favourite.id)
    )
    if made is None:
        return False
    emit(SessionFavourited(session_id=session_id, conference_id=row.conference_id, person_id=person_id))
    return True


def unfavourite(session_id: int, person_id: int) -> bool:
    """Forget that a person wants to see a session; False when it was not noted."""
    row = must(Session, session_id)
    gone = session().scalar(
        sa.delete(Favourite)
        .where(Favourite.session_id == session_id, Favourite.person_id == person_id)
        .returning(Favourite.id)
    )
    if gone is None:
        return False
    emit(SessionUnfavourited(session_id=session_id, conference_id=row.conference_id, person_id=person_id))
    return True


def erase_person(person_id: int) -> None:
    """Keep nothing that names this person: favourites go, a speaker stays without a name."""
    session().execute(sa.delete(Favourite).where(Favourite.person_id == person_id))
    erase_speaker(person_id)


def _publish(
    conference_id: int, published: queries.Published | None, becomes: Content, *, step_id: int | None
) -> AgendaVersion:
    changed = policy.changes(published.content if published else None, becomes)
    version = AgendaVersion(
        conference_id=conference_id,
        number=(published.number if published else 0) + 1,
        content=becomes.to_json(),
        summary=policy.counted(changed) | {"told": _told(conference_id, becomes)},
        step_id=step_id,
        by_person_id=placements.actor(),
    )
    session().add(version)
    session().flush()
    touch(conference_id)
    emit(AgendaPublished(conference_id=conference_id, version_id=version.id, number=version.number))
    audit.record("publish", "agenda", conference_id, version=version.number)
    return version


def _told(conference_id: int, becomes: Content) -> int:
    return 0 if conferences.by_id(conference_id).state == "draft" else queries.told(conference_id, becomes)


def _check_track(row: Session) -> None:
    if row.track_id is not None and must(Track, row.track_id).conference_id != row.conference_id:
        raise NotYours()


def _place(session_id: int) -> Place | None:
    placed = session().scalar(sa.select(Placement).where(Placement.session_id == session_id))
    return agenda.place_of(placed.room_id, placed.during) if placed else None
