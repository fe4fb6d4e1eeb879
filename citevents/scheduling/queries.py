"""What pages and other slices may know of agendas: frozen rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app

from citevents.core.db import current_organization_id, session
from citevents.registration import queries as registration
from citevents.scheduling.models import (
    AgendaVersion,
    Favourite,
    Session,
    SessionKind,
    SessionSpeaker,
    SessionState,
    Speaker,
)
from citevents.scheduling.policy import Content, Item
from citevents.scheduling.published import (
    Published,
    SessionView,
    SpeakerView,
    TrackView,
    content_of,
    current,
    last_known,
)

__all__ = [
    "Content",
    "Item",
    "Published",
    "SessionView",
    "SpeakerView",
    "TrackView",
    "VersionView",
    "agenda_of",
    "attending",
    "conferences_of",
    "content_of",
    "counts",
    "current",
    "favourite_ids",
    "featured",
    "last_known",
    "names_of",
    "told",
    "told_by",
    "versions",
    "wants",
]


@dataclass(frozen=True, kw_only=True)
class VersionView:
    """One published version, as the list shows it. `summary` counts its changes by kind, and the people told."""

    id: int
    number: int
    published_at: datetime
    by_person_id: int | None
    summary: Mapping[str, Any]


def versions(conference_id: int) -> list[VersionView]:
    """Every published version, newest first."""
    rows = session().execute(
        sa.select(
            AgendaVersion.id,
            AgendaVersion.number,
            AgendaVersion.published_at,
            AgendaVersion.by_person_id,
            AgendaVersion.summary,
        )
        .where(AgendaVersion.conference_id == conference_id)
        .order_by(AgendaVersion.number.desc())
    )
    return [VersionView(**row._mapping) for row in rows]


def counts(conference_id: int) -> dict[str, int]:
    """`sessions` planned (breaks not counted), `published` in the current version, its `version` number, `favourites`."""
    planned = session().scalar(
        sa.select(sa.func.count())
        .select_from(Session)
        .where(
            Session.conference_id == conference_id,
            Session.state == SessionState.PLANNED,
            Session.kind != SessionKind.BREAK,
        )
    )
    wished = session().scalar(
        sa.select(sa.func.count()).select_from(Favourite).where(Favourite.conference_id == conference_id)
    )
    published = current(conference_id)
    items = published.content.items if published else ()
    return {
        "sessions": planned or 0,
        "published": sum(not item.cancelled and item.kind is not SessionKind.BREAK for item in items),
        "version": published.number if published else 0,
        "favourites": wished or 0,
    }


def featured(conference_id: int, n: int = 4) -> list[SessionView]:
    """The sessions to tell a newcomer about: some for everyone, then what most people want to see; by time."""
    published = current(conference_id)
    if published is None:
        return []
    wanted = wants(conference_id)
    shown = [
        view for view in published.sessions() if not view.cancelled and view.kind is not SessionKind.BREAK
    ]
    shown.sort(key=lambda view: (-wanted.get(view.id, 0), view.starts_at, view.id))
    for_all = [view for view in shown if view.for_all][: n // 2]
    best = for_all + [view for view in shown if not view.for_all][: n - len(for_all)]
    return sorted(best, key=lambda view: (view.starts_at, view.column))


def favourite_ids(person_id: int, conference_id: int) -> frozenset[int]:
    """The ids of the sessions that a person wants to see there."""
    return frozenset(
        session().scalars(
            sa.select(Favourite.session_id).where(
                Favourite.person_id == person_id, Favourite.conference_id == conference_id
            )
        )
    )


def agenda_of(person_id: int, conference_id: int) -> list[SessionView]:
    """What a person wants to see, and where they speak or chair, by time; cancelled ones stay, marked."""
    published = current(conference_id)
    if published is None:
        return []
    wanted = favourite_ids(person_id, conference_id)
    return [
        view
        for view in published.sessions()
        if view.id in wanted or any(speaker.person_id == person_id for speaker in view.speakers)
    ]


def conferences_of(person_id: int) -> list[int]:
    """Conferences in which a person has favourites or speaks."""
    wished = sa.select(Favourite.conference_id).where(Favourite.person_id == person_id)
    speaks = sa.select(Speaker.conference_id).where(Speaker.person_id == person_id)
    return list(session().scalars(sa.union(wished, speaks)))


def wants(conference_id: int) -> dict[int, int]:
    """Session id -> how many people want to see it."""
    rows = session().execute(
        sa.select(Favourite.session_id, sa.func.count())
        .where(Favourite.conference_id == conference_id)
        .group_by(Favourite.session_id)
    )
    return {row.session_id: row[1] for row in rows}


def attending(conference_id: int, person_id: int | None = None) -> sa.Select[tuple[int, int]]:
    """(session id, person id) of everyone who means to be in a session: registered people's favourites, and its speakers.

    A statement, so that thousands need not pass through Python; of one person where one is given.
    """
    here = current_organization_id()
    wishing = sa.select(Favourite.session_id, Favourite.person_id).where(
        Favourite.organization_id == here,
        Favourite.conference_id == conference_id,
        Favourite.person_id.in_(registration.people_with_place(conference_id)),
    )
    speaking = (
        sa.select(SessionSpeaker.session_id, Speaker.person_id)
        .join(
            Speaker,
            sa.and_(
                Speaker.organization_id == SessionSpeaker.organization_id,
                Speaker.id == SessionSpeaker.speaker_id,
            ),
        )
        .where(
            Speaker.organization_id == here,
            Speaker.conference_id == conference_id,
            Speaker.person_id.is_not(None),
        )
    )
    if person_id is not None:
        wishing = wishing.where(Favourite.person_id == person_id)
        speaking = speaking.where(Speaker.person_id == person_id)
    both = sa.union(wishing, speaking).subquery()
    return sa.select(both.c.session_id, both.c.person_id)


#: (conference id, what would be the public agenda) -> how many people are told.
Count = Callable[[int, Content], int]


def told_by(app: Flask, count: Count) -> None:
    """A slice above says how many people it tells when the agenda changes: desks name the number first."""
    app.extensions["agenda_told"] = count


def told(conference_id: int, becomes: Content) -> int:
    """How many people are told when this becomes the public agenda."""
    count: Count = current_app.extensions["agenda_told"]
    return count(conference_id, becomes)


def names_of(speaker_ids: Iterable[int]) -> dict[int, str]:
    """Speakers' names by id."""
    rows = session().execute(sa.select(Speaker.id, Speaker.name).where(Speaker.id.in_(set(speaker_ids))))
    return {row.id: row.name for row in rows}
