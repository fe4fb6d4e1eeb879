"""What other slices and pages may know of calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.calendars.facts import Facts
from citevents.calendars.models import Feed, Invitation, InvitationState, Kind
from citevents.core.db import current_organization_id, session
from citevents.core.tokens import digest, keyed
from citevents.people import queries as people
from citevents.registration import queries as registrations


@dataclass(frozen=True, kw_only=True)
class InvitationView:
    """An entry in a person's calendar, as last told or about to be."""

    id: int
    uid: str
    kind: Kind
    subject_id: int
    conference_id: int | None
    sequence: int
    live: bool
    facts: Facts
    changed_at: datetime
    sent_at: datetime | None


def uid_of(kind: Kind, subject_id: int, person_id: int) -> str:
    """The UID of a meeting in a person's calendar: the same for ever, telling nothing, no machine's name in it."""
    return keyed("uid", f"{current_organization_id()}:{kind}:{subject_id}:{person_id}")[:32] + "@citevents"


def invitations_of(person_id: int) -> list[InvitationView]:
    """A person's calendar entries, those taken out included, in the order in which they came."""
    rows = session().scalars(
        sa.select(Invitation).where(Invitation.person_id == person_id).order_by(Invitation.id)
    )
    return [
        InvitationView(
            id=row.id,
            uid=row.uid,
            kind=row.kind,
            subject_id=row.subject_id,
            conference_id=row.conference_id,
            sequence=row.sequence,
            live=row.state is InvitationState.LIVE,
            facts=Facts.from_json(row.facts),
            changed_at=row.changed_at,
            sent_at=row.sent_at,
        )
        for row in rows
    ]


def people_of(kind: Kind, subject_id: int) -> list[int]:
    """Everyone who has, or had, an entry of this meeting."""
    return list(
        session().scalars(
            sa.select(Invitation.person_id)
            .where(Invitation.kind == kind, Invitation.subject_id == subject_id)
            .order_by(Invitation.person_id)
        )
    )


#: What of a conference stands in the entries of its sessions too.
IN_SESSIONS = frozenset({"venue", "city", "zone", "slug"})


def people_told(conference_id: int, changed: frozenset[str]) -> int:
    """How many people have an entry that changes with these columns of a conference, and an address to tell them."""
    kinds = [Kind.REGISTRATION, *([Kind.SESSION] if changed & IN_SESSIONS else [])]
    return int(
        session().scalar(
            sa.select(sa.func.count(sa.distinct(Invitation.person_id))).where(
                Invitation.conference_id == conference_id,
                Invitation.kind.in_(kinds),
                Invitation.state == InvitationState.LIVE,
                Invitation.person_id.in_(people.reachable()),
            )
        )
        or 0
    )


def people_with(conference_id: int) -> int:
    """How many people have, or had, this conference or a session of it in their calendar."""
    count = sa.select(sa.func.count(sa.distinct(Invitation.person_id)))
    return session().scalar(count.where(Invitation.conference_id == conference_id)) or 0


def people_to_tell(conference_id: int) -> int:
    """How many people are told when this conference is cancelled: registered, buyers, and those with an entry; who can be reached."""
    here = Invitation.organization_id == current_organization_id()
    entered = sa.select(Invitation.person_id).where(
        here, Invitation.conference_id == conference_id, Invitation.state == InvitationState.LIVE
    )
    told = sa.union(entered, registrations.people_of_orders(conference_id)).subquery("told")
    count = sa.select(sa.func.count()).select_from(told).where(told.c.person_id.in_(people.reachable()))
    return session().scalar(count) or 0


def feed_token(person_id: int, issue: str) -> str:
    """The secret part (128 bits) of a feed's address."""
    return keyed("feed", f"{current_organization_id()}:{person_id}:{issue}")[:32]


def feed_of(person_id: int) -> str | None:
    """The secret part of this person's feed, where they have one."""
    row = session().scalar(sa.select(Feed).where(Feed.person_id == person_id))
    return feed_token(person_id, row.issue) if row else None


def whose_feed(token: str) -> int | None:
    """The person whose feed has this address."""
    return session().scalar(sa.select(Feed.person_id).where(Feed.digest == digest(token)))


def people_behind(invitation_ids: set[int]) -> dict[int, int]:
    """Whose calendar each of these entries is in."""
    if not invitation_ids:
        return {}
    rows = session().execute(
        sa.select(Invitation.id, Invitation.person_id).where(Invitation.id.in_(invitation_ids))
    )
    return {row.id: row.person_id for row in rows}
