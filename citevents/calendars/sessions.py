"""Sessions in the calendars of those who mean to be there: they follow agenda and favourites, everyone's in a few statements."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from citevents.calendars import queries
from citevents.calendars.meetings import Agenda, agenda_facts, content_facts
from citevents.calendars.models import Invitation, InvitationState, Kind, Why
from citevents.calendars.services import announce, hold, rows
from citevents.core.clock import now
from citevents.core.db import current_organization_id, session
from citevents.people import queries as people
from citevents.scheduling import queries as scheduling
from citevents.scheduling.queries import Content

#: (id, SEQUENCE, person id) of an entry that no longer said what is true, or is new.
Changed = tuple[int, int, int]


def follow_agenda(
    conference_id: int,
    person_id: int | None = None,
    *,
    left: Why = Why.UNNAMED,
    told_elsewhere: Collection[int] = (),
    together: bool = False,
) -> int:
    """Make the session entries of a conference (of one person, where given) say what agenda and favourites say now.

    Everyone's in a handful of statements. Returns how many entries are new or changed: each is one InvitationChanged, but
    for people who are `told_elsewhere` (a letter about their place brings theirs), and where they go `together`: one for
    each person, whose letter brings all. `left`: why somebody is not in a session that takes place.
    """
    hold("agenda", conference_id, alone=person_id is None)
    if person_id is not None:
        hold("person", person_id)
    instant = now()
    agenda = agenda_facts(conference_id)
    changed = _update(conference_id, person_id, agenda, instant, left)
    changed += _insert(conference_id, person_id, agenda, instant)
    elsewhere = set(told_elsewhere)
    news = sorted(each for each in changed if each[2] not in elsewhere)
    if together:
        news = list({whose: (id, sequence, whose) for id, sequence, whose in reversed(news)}.values())
    announce([(id, sequence) for id, sequence, _whose in news])
    return len(changed)


def people_told(conference_id: int, becomes: Content) -> int:
    """How many people get a letter when this becomes the public agenda: who can be reached and has something to hear."""
    agenda, instant = content_facts(conference_id, becomes), now()
    due = _due(conference_id, None, agenda, instant)
    heard = Invitation.told != sa.literal({}, JSONB)
    news = sa.case((due.c.live, Invitation.told != due.c.facts), else_=heard)
    changed = sa.select(Invitation.person_id).where(Invitation.id == due.c.id, _changes(due), news)
    new = _missing(conference_id, None, agenda, instant).subquery("new")
    told = sa.union(changed, sa.select(new.c.person_id)).subquery("told")
    count = sa.select(sa.func.count()).select_from(told).where(told.c.person_id.in_(people.reachable()))
    return session().scalar(count) or 0


def _due(conference_id: int, person_id: int | None, agenda: Agenda, instant: datetime) -> sa.CTE:
    """(id, facts, live, why) of every entry that is not over, neither as told nor as it is now."""
    item = _items(agenda)
    attending = scheduling.attending(conference_id, person_id).subquery("attending")
    there = sa.alias(Invitation.__table__, "there")
    live = sa.and_(attending.c.person_id.is_not(None), item.c.facts.is_not(None))
    ends = sa.func.greatest(*(_end(each) for each in (item.c.facts, there.c.facts, there.c.told)))
    return (
        sa.select(there.c.id, item.c.facts, item.c.why, live.label("live"))
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


def _end(facts: sa.ColumnElement[Any]) -> sa.ColumnElement[datetime]:
    return sa.cast(facts["end"].astext, sa.TIMESTAMP(timezone=True))


def _changes(due: sa.CTE) -> sa.ColumnElement[bool]:
    """Of an entry that is due: it says something else than what is true."""
    return sa.case(
        (
            due.c.live,
            sa.or_(Invitation.state != InvitationState.LIVE, Invitation.facts != due.c.facts),
        ),
        else_=Invitation.state == InvitationState.LIVE,
    )


def _update(
    conference_id: int, person_id: int | None, agenda: Agenda, instant: datetime, left: Why
) -> list[Changed]:
    """Put right every entry that no longer said what is true. What is over is left in peace."""
    due = _due(conference_id, person_id, agenda, instant)
    gone = sa.case(
        (due.c.facts.is_(None), sa.func.coalesce(due.c.why, Why.REMOVED.value)), else_=sa.literal(left.value)
    )
    changed = session().execute(
        sa.update(Invitation)
        .where(Invitation.id == due.c.id, _changes(due))
        .values(
            sequence=Invitation.sequence + 1,
            changed_at=instant,
            state=sa.case((due.c.live, InvitationState.LIVE.value), else_=InvitationState.CANCELLED.value),
            facts=sa.case((due.c.live, due.c.facts), else_=Invitation.facts),
            # Why it was taken out is remembered until its return is told.
            why=sa.case((due.c.live, Invitation.why), else_=gone),
        )
        .returning(Invitation.id, Invitation.sequence, Invitation.person_id)
        .execution_options(synchronize_session=False)
    )
    return [(id, sequence, whose) for id, sequence, whose in changed]


def _missing(
    conference_id: int, person_id: int | None, agenda: Agenda, instant: datetime
) -> sa.Select[int, int]:
    """(session id, person id) of those who mean to be in a session that is not over, and know nothing of it."""
    attending = scheduling.attending(conference_id, person_id).subquery("attending")
    known = sa.select(Invitation.id).where(
        Invitation.organization_id == current_organization_id(),
        Invitation.kind == Kind.SESSION,
        Invitation.subject_id == attending.c.session_id,
        Invitation.person_id == attending.c.person_id,
    )
    coming = [id for id, facts in agenda.facts.items() if facts.ends_at > instant]
    return sa.select(attending.c.session_id, attending.c.person_id).where(
        attending.c.session_id.in_(coming), ~known.exists()
    )


def _insert(conference_id: int, person_id: int | None, agenda: Agenda, instant: datetime) -> list[Changed]:
    """Make the entries that are missing."""
    missing = session().execute(_missing(conference_id, person_id, agenda, instant))
    new = [(queries.uid_of(Kind.SESSION, id, person), id, person) for id, person in missing]
    if not new:
        return []
    row = rows(new, ("uid", sa.Text), ("session_id", sa.BigInteger), ("person_id", sa.BigInteger))
    item = _items(agenda)
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


def _items(agenda: Agenda) -> sa.TableValuedAlias:
    """What calendars say of each session as a table (session_id, facts, why): `facts` is NULL where it does not take place."""
    stored: list[dict[str, Any]] = [
        {"session_id": id, "facts": facts.to_json()} for id, facts in agenda.facts.items()
    ]
    stored += [{"session_id": id, "why": why.value} for id, why in agenda.gone.items()]
    return (
        sa.func.jsonb_to_recordset(sa.literal(stored, JSONB))
        .table_valued(
            sa.column("session_id", sa.BigInteger),
            sa.column("facts", JSONB),
            sa.column("why", sa.Text),
            name="item",
        )
        .render_derived(with_types=True)
    )
