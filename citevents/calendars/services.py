"""What is done with calendar entries: they follow what is true now, and a letter tells each change once. Sessions: `sessions`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from citevents.calendars import queries
from citevents.calendars.events import InvitationChanged
from citevents.calendars.facts import Facts
from citevents.calendars.models import Feed, Invitation, InvitationState, Kind, Why
from citevents.core.clock import now
from citevents.core.db import current_organization_id, session
from citevents.core.events import EventRow, emit, name_of
from citevents.core.tokens import digest, new_public_id

#: Who follows one person's wishes shares a conference with others; who follows a whole agenda has it alone.
SHARED = sa.text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def follow(
    kind: Kind,
    subject_id: int,
    facts: Facts | None,
    people: Collection[int],
    *,
    conference_id: int | None = None,
    why: Why = Why.CANCELLED,
    told_elsewhere: bool = False,
) -> None:
    """Make the entries of one meeting stand in these people's calendars and in nobody else's.

    `facts` None: it does not take place, and `why`. `told_elsewhere`: other letters bring the first entry and, where it does not take
    place any more, take it out; what changes between them is told by ours.
    """
    hold(kind.value, subject_id)
    instant = now()
    rows = session().scalars(
        sa.select(Invitation)
        .where(Invitation.kind == kind, Invitation.subject_id == subject_id)
        .order_by(Invitation.id)
        .with_for_update()
    )
    known = {row.person_id: row for row in rows}
    for row in known.values():
        _bring_up_to_date(
            row,
            facts if row.person_id in people else None,
            instant,
            why if facts is None else Why.UNNAMED,
            silently=told_elsewhere and facts is None,
        )
    for person_id in people:
        if facts is None or person_id in known:
            continue
        _begin(
            Invitation(
                uid=queries.uid_of(kind, subject_id, person_id),
                person_id=person_id,
                kind=kind,
                subject_id=subject_id,
                conference_id=conference_id,
                facts=facts.to_json(),
                changed_at=instant,
                sent_sequence=0 if told_elsewhere else -1,
                sent_at=instant if told_elsewhere else None,
                told=facts.to_json() if told_elsewhere else {},
            )
        )


def _begin(row: Invitation) -> None:
    """A new entry, told by our own email where no other brought it."""
    session().add(row)
    session().flush()
    if row.sent_at is None:
        emit(InvitationChanged(invitation_id=row.id, sequence=0))


def open_feed(person_id: int) -> str:
    """The secret part of a person's feed address, made when there is none yet."""
    hold("feed", person_id)
    return queries.feed_of(person_id) or _issue(person_id)


def renew_feed(person_id: int) -> str:
    """A new address for a person's feed; the old one ends at once."""
    hold("feed", person_id)
    session().execute(sa.delete(Feed).where(Feed.person_id == person_id))
    return _issue(person_id)


def erase_person(person_id: int) -> None:
    """End the feed. Entries stay as numbers without a person's data: nothing is sent to somebody without an address."""
    session().execute(sa.delete(Feed).where(Feed.person_id == person_id))


def _issue(person_id: int) -> str:
    issue = new_public_id()
    token = queries.feed_token(person_id, issue)
    session().add(Feed(person_id=person_id, issue=issue, digest=digest(token)))
    session().flush()
    return token


def hold(what: str, id: int, *, alone: bool = True) -> None:
    """Until commit, nobody else holds this (not `alone`: nobody holds it alone)."""
    name = f"calendars.{what}:{current_organization_id()}:{id}"
    session().execute(ALONE if alone else SHARED, {"name": name})


def _bring_up_to_date(
    row: Invitation, facts: Facts | None, instant: datetime, why: Why, *, silently: bool
) -> None:
    state = InvitationState.LIVE if facts else InvitationState.CANCELLED
    # An entry taken out keeps its facts: the letter says what is cancelled.
    stored = facts.to_json() if facts else row.facts
    if row.state is state and row.facts == stored:
        return
    row.state, row.facts, row.sequence, row.changed_at = state, stored, row.sequence + 1, instant
    if facts is None:
        row.why = why
    session().flush()
    if not silently:
        emit(InvitationChanged(invitation_id=row.id, sequence=row.sequence))


def announce(changed: list[tuple[int, int]]) -> None:
    """One InvitationChanged for each (id, SEQUENCE), in one statement."""
    if not changed:
        return
    row = rows(changed, ("id", sa.BigInteger), ("sequence", sa.Integer))
    payload = sa.func.jsonb_build_object("invitation_id", row.c.id, "sequence", row.c.sequence)
    session().execute(
        sa.insert(EventRow).from_select(
            ["organization_id", "name", "payload"],
            sa.select(
                sa.literal(current_organization_id()), sa.literal(name_of(InvitationChanged)), payload
            ).order_by(row.c.id),
        )
    )


def rows(values: list[tuple[Any, ...]], *columns: tuple[str, type[Any]]) -> sa.TableValuedAlias:
    """Many rows as a table: one array for each column, however many rows there are."""
    arrays = [
        sa.literal([value[at] for value in values], sa.ARRAY(kind))
        for at, (_name, kind) in enumerate(columns)
    ]
    return (
        sa.func.unnest(*arrays)
        .table_valued(*(sa.column(name, kind) for name, kind in columns), name="new")
        .render_derived()
    )
