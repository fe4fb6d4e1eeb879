"""What is done with calendar entries: they follow what is true now, and a letter tells each change once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from citevents.calendars import queries
from citevents.calendars.events import InvitationChanged
from citevents.calendars.facts import Facts
from citevents.calendars.meetings import agenda_facts
from citevents.calendars.models import Feed, Invitation, InvitationState, Kind
from citevents.core.clock import now
from citevents.core.db import current_organization_id, session
from citevents.core.events import EventRow, emit, name_of
from citevents.core.tokens import digest, new_public_id
from citevents.scheduling import queries as scheduling

#: Who follows one person's wishes shares a conference with others; who follows a whole agenda has it alone.
SHARED = sa.text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def follow_agenda(
    conference_id: int, person_id: int | None = None, *, told_elsewhere: Collection[int] = ()
) -> int:
    """Make the session entries of a conference (of one person, where given) say what agenda and wishes say now.

    Everyone's in a handful of statements. Returns how many entries are new or changed: each is one InvitationChanged, but
    for people who are `told_elsewhere`: a letter about the whole conference brings theirs.
    """
    hold("agenda", conference_id, alone=person_id is None)
    if person_id is not None:
        hold("person", person_id)
    instant = now()
    facts = agenda_facts(conference_id)
    changed = _update(conference_id, person_id, facts, instant) + _insert(
        conference_id, person_id, facts, instant
    )
    elsewhere = set(told_elsewhere)
    announce([(id, sequence) for id, sequence, whose in changed if whose not in elsewhere])
    return len(changed)


def follow(
    kind: Kind,
    subject_id: int,
    facts: Facts | None,
    people: Collection[int],
    *,
    conference_id: int | None = None,
    told_elsewhere: bool = False,
) -> None:
    """Make the entries of one meeting stand in these people's calendars and in nobody else's.

    `facts` None: it does not take place. `told_elsewhere`: other letters bring the first entry and, where it does not take
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
            silently=told_elsewhere and facts is None,
        )
    for person_id in people:
        if facts is None or person_id in known:
            continue
        row = Invitation(
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
        session().add(row)
        session().flush()
        if not told_elsewhere:
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


def _bring_up_to_date(row: Invitation, facts: Facts | None, instant: datetime, *, silently: bool) -> None:
    state = InvitationState.LIVE if facts else InvitationState.CANCELLED
    # An entry taken out keeps its facts: the letter says what is cancelled.
    stored = facts.to_json() if facts else row.facts
    if row.state is state and row.facts == stored:
        return
    row.state, row.facts, row.sequence, row.changed_at = state, stored, row.sequence + 1, instant
    session().flush()
    if not silently:
        emit(InvitationChanged(invitation_id=row.id, sequence=row.sequence))


def _update(
    conference_id: int, person_id: int | None, facts: Mapping[int, Facts], instant: datetime
) -> list[tuple[int, int, int]]:
    """(id, SEQUENCE, person id) of every entry that no longer said what is true and now does. What is over is left in peace."""
    item = _items(facts)
    attending = scheduling.attending(conference_id, person_id).subquery("attending")
    there = sa.alias(Invitation.__table__, "there")
    live = sa.and_(attending.c.person_id.is_not(None), item.c.facts.is_not(None))
    ends = sa.cast(sa.func.coalesce(item.c.facts, there.c.facts)["end"].astext, sa.TIMESTAMP(timezone=True))
    due = (
        sa.select(there.c.id, item.c.facts, live.label("live"))
        .select_from(
            there.outerjoin(item, item.c.session_id == there.c.subject_id).outerjoin(
                attending,
                sa.and_(
                    attending.c.session_id == there.c.subject_id, attending.c.person_id == there.c.person_id
                ),
            )
        )
        .where(
            there.c.organization_id == current_organization_id(),
            there.c.conference_id == conference_id,
            there.c.kind == Kind.SESSION,
            ends > instant,
            *([there.c.person_id == person_id] if person_id is not None else []),
        )
        .cte("due")
    )
    changed = session().execute(
        sa.update(Invitation)
        .where(
            Invitation.id == due.c.id,
            sa.case(
                (
                    due.c.live,
                    sa.or_(Invitation.state != InvitationState.LIVE, Invitation.facts != due.c.facts),
                ),
                else_=Invitation.state == InvitationState.LIVE,
            ),
        )
        .values(
            sequence=Invitation.sequence + 1,
            changed_at=instant,
            state=sa.case((due.c.live, InvitationState.LIVE.value), else_=InvitationState.CANCELLED.value),
            facts=sa.case((due.c.live, due.c.facts), else_=Invitation.facts),
        )
        .returning(Invitation.id, Invitation.sequence, Invitation.person_id)
        .execution_options(synchronize_session=False)
    )
    return [(id, sequence, whose) for id, sequence, whose in changed]


def _insert(
    conference_id: int, person_id: int | None, facts: Mapping[int, Facts], instant: datetime
) -> list[tuple[int, int, int]]:
    """(id, 0, person id) of every new entry: for those who mean to be in a session that is not over and know nothing of it."""
    coming = [key for key, value in facts.items() if _end(value) > instant]
    attending = scheduling.attending(conference_id, person_id).subquery("attending")
    known = sa.select(Invitation.id).where(
        Invitation.organization_id == current_organization_id(),
        Invitation.kind == Kind.SESSION,
        Invitation.subject_id == attending.c.session_id,
        Invitation.person_id == attending.c.person_id,
    )
    missing = session().execute(
        sa.select(attending.c.session_id, attending.c.person_id).where(
            attending.c.session_id.in_(coming), ~known.exists()
        )
    )
    new = [(queries.uid_of(Kind.SESSION, id, person), id, person) for id, person in missing]
    if not new:
        return []
    row = _rows(new, ("uid", sa.Text), ("session_id", sa.BigInteger), ("person_id", sa.BigInteger))
    item = _items(facts)
    values: dict[str, Any] = {
        "organization_id": sa.literal(current_organization_id()),
        "uid": row.c.uid,
        "person_id": row.c.person_id,
        "kind": sa.literal(Kind.SESSION.value),
        "subject_id": row.c.session_id,
        "conference_id": sa.literal(conference_id),
        "sequence": sa.literal(0),
        "state": sa.literal(InvitationState.LIVE.value),
        "facts": item.c.facts,
        "changed_at": sa.literal(instant),
        "sent_sequence": sa.literal(-1),
        "told": sa.literal({}, JSONB),
    }
    chosen = sa.select(*values.values()).join_from(row, item, item.c.session_id == row.c.session_id)
    made = session().execute(
        sa.insert(Invitation).from_select(list(values), chosen).returning(Invitation.id, Invitation.person_id)
    )
    return [(id, 0, whose) for id, whose in made]


def _end(facts: Facts) -> datetime:
    if isinstance(facts.end, datetime):
        return facts.end
    return datetime.combine(facts.end, time.max, UTC)


def announce(changed: list[tuple[int, int]]) -> None:
    """One InvitationChanged for each (id, SEQUENCE), in one statement."""
    if not changed:
        return
    row = _rows(changed, ("id", sa.BigInteger), ("sequence", sa.Integer))
    payload = sa.func.jsonb_build_object("invitation_id", row.c.id, "sequence", row.c.sequence)
    session().execute(
        sa.insert(EventRow).from_select(
            ["organization_id", "name", "payload"],
            sa.select(
                sa.literal(current_organization_id()), sa.literal(name_of(InvitationChanged)), payload
            ).order_by(row.c.id),
        )
    )


def _items(facts: Mapping[int, Facts]) -> sa.TableValuedAlias:
    """What calendars say of each session, as a table (session_id, facts)."""
    stored = [{"session_id": key, "facts": value.to_json()} for key, value in facts.items()]
    return (
        sa.func.jsonb_to_recordset(sa.literal(stored, JSONB))
        .table_valued(sa.column("session_id", sa.BigInteger), sa.column("facts", JSONB), name="item")
        .render_derived(with_types=True)
    )


def _rows(values: list[tuple[Any, ...]], *columns: tuple[str, type[Any]]) -> sa.TableValuedAlias:
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
