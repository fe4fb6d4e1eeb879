"""What other slices and pages may know of conferences: frozen rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Flask, current_app

from citevents.conferences.models import Conference, ConferenceKind, ConferenceState, Room, TicketType
from citevents.core.db import current_organization_id, session
from citevents.core.errors import NotYours
from citevents.locale.languages import current_language


@dataclass(frozen=True, kw_only=True)
class ConferenceView:
    """A conference in the reader's language. Dates are the venue's; instants are UTC."""

    id: int
    slug: str
    name: str
    kind: ConferenceKind
    state: ConferenceState
    summary: str
    description: str
    venue: str
    address: str
    city: str
    country: str
    longitude: float | None
    latitude: float | None
    access_note: str
    zone: str
    starts_on: date
    ends_on: date
    currency: str
    registration_opens_at: datetime | None
    registration_closes_at: datetime | None
    refund_until: datetime | None
    transfer_until: datetime | None
    sample: bool
    ended_at: datetime | None
    cancelled_at: datetime | None
    cancel_note: str
    revision: int

    @property
    def cancelled(self) -> bool:
        """Whether it will not take place: pages say so and offer nothing."""
        return self.state is ConferenceState.CANCELLED

    @property
    def at(self) -> tuple[float, float] | None:
        """Longitude and latitude of the venue in degrees, where known."""
        if self.longitude is None or self.latitude is None:
            return None
        return self.longitude, self.latitude

    @property
    def venue_zone(self) -> ZoneInfo:
        """The venue's clock."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, kw_only=True)
class RoomView:
    """A room; `capacity` in seats."""

    id: int
    name: str
    capacity: int
    features: tuple[str, ...]


#: How many views an application remembers by (organization, conference, revision, language). Old revisions are never
#: asked for again.
REMEMBER = 200

_FIND = sa.text("SELECT id, revision FROM conference WHERE organization_id = :organization AND slug = :slug")


def _view(row: Conference) -> ConferenceView:
    words = row.wording.get(current_language(), {})
    plain = {
        name: getattr(row, name)
        for name in ConferenceView.__dataclass_fields__
        if name not in ("name", "summary", "description")
    }
    return ConferenceView(
        name=words.get("name") or row.name,
        summary=words.get("summary") or row.summary,
        description=words.get("description") or row.description,
        **plain,
    )


def by_slug(slug: str) -> ConferenceView:
    """The conference at this address. Raises NotYours (404) where there is none. Drafts are found: their doors are guarded."""
    organization_id = current_organization_id()
    found = session().execute(_FIND, {"organization": organization_id, "slug": slug}).first()
    if found is None:
        raise NotYours()
    key = (organization_id, found.id, found.revision, current_language())
    memory: dict[tuple[int, int, int, str], ConferenceView] = current_app.extensions.setdefault(
        "conferences", {}
    )
    known = memory.get(key)
    if known is None:
        known = by_id(found.id)
        if len(memory) >= REMEMBER:
            memory.clear()
        if known.revision == found.revision:
            memory[key] = known
    return known


def public_by_slug(slug: str) -> ConferenceView:
    """Like `by_slug`, for pages that everyone may read: a draft answers 404."""
    found = by_slug(slug)
    if found.state is ConferenceState.DRAFT:
        raise NotYours()
    return found


def by_id(conference_id: int) -> ConferenceView:
    """The conference with this id; LookupError where there is none."""
    row = session().get(Conference, (current_organization_id(), conference_id))
    if row is None:
        raise LookupError(f"conference {conference_id} is not in organization {current_organization_id()}")
    return _view(row)


def id_of(slug: str) -> int | None:
    """Which conference a URL means."""
    return session().scalar(sa.select(Conference.id).where(Conference.slug == slug))


def listed() -> list[ConferenceView]:
    """Public conferences, soonest first."""
    rows = session().scalars(
        sa.select(Conference)
        .where(Conference.state != ConferenceState.DRAFT)
        .order_by(Conference.starts_on, Conference.id)
    )
    return [_view(row) for row in rows]


def every() -> list[ConferenceView]:
    """All conferences, drafts included, newest first: for desks."""
    rows = session().scalars(sa.select(Conference).order_by(Conference.starts_on.desc(), Conference.id))
    return [_view(row) for row in rows]


def rooms(conference_id: int) -> list[RoomView]:
    """The rooms of a conference in their order."""
    rows = session().scalars(
        sa.select(Room).where(Room.conference_id == conference_id).order_by(Room.position, Room.id)
    )
    return [
        RoomView(id=row.id, name=row.name, capacity=row.capacity, features=tuple(row.features))
        for row in rows
    ]


def ticket_names(ticket_type_ids: Iterable[int]) -> dict[int, str]:
    """Id -> public id of ticket types."""
    rows = session().execute(
        sa.select(TicketType.id, TicketType.public_id).where(TicketType.id.in_(set(ticket_type_ids)))
    )
    return {row.id: row.public_id for row in rows}


# ---------- who hears of a change ----------

#: (conference id, names of what changes) -> how many people are told.
Count = Callable[[int, frozenset[str]], int]


def told_by(app: Flask, count: Count) -> None:
    """A slice above says how many people it tells when a conference changes: desks name the number first."""
    app.extensions["conference_told"] = count


def people_told(conference_id: int, changed: frozenset[str]) -> int:
    """How many people are told when these of a conference's columns change."""
    count: Count = current_app.extensions["conference_told"]
    return count(conference_id, changed)
