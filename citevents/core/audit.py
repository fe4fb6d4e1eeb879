"""Who changed what: an append-only trail whose entries are chained with a keyed hash.

Writing an entry is one insert in the transaction of the act. The clock seals entries into the chain a moment later, so that
busy desks do not queue behind one another for the chain's end.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context, request
from flask_sqlalchemy.session import Session as FlaskSession

from citevents.core import access
from citevents.core.db import (
    ALL_ORGANIZATIONS,
    WRITING,
    Mapped,
    Row,
    as_organization,
    attach,
    mapped_column,
    session,
)
from citevents.core.tokens import keyed

log = logging.getLogger("citevents.audit")


class AuditEntry(Row):
    """One act by a person (or by the house, when `person_id` is NULL). `details` holds ids and states, no personal data."""

    __tablename__ = "audit_entry"

    at: Mapped[datetime] = mapped_column(server_default=sa.text("clock_timestamp()"), init=False)
    person_id: Mapped[int | None] = mapped_column(default=None)
    act: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int]
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    #: Place in the organization's chain, from 1; NULL until sealed.
    place: Mapped[int | None] = mapped_column(init=False, default=None)
    mac: Mapped[str | None] = mapped_column(init=False, default=None)

    __table_args__ = (
        sa.UniqueConstraint("organization_id", "place"),
        sa.Index("audit_subject", "organization_id", "subject", "subject_id"),
        sa.Index("audit_unsealed", "organization_id", "id", postgresql_where=sa.text("place IS NULL")),
    )


# What was sealed can neither change nor go.
attach(
    "audit_entry",
    """CREATE OR REPLACE FUNCTION audit_immutable() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit trail does not change'; END $$;
       CREATE TRIGGER audit_immutable BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW
       WHEN (OLD.place IS NOT NULL) EXECUTE FUNCTION audit_immutable()""",
    "DROP TRIGGER IF EXISTS audit_immutable ON audit_entry; DROP FUNCTION IF EXISTS audit_immutable() CASCADE",
)


def record(act: str, subject: str, subject_id: int, **details: Any) -> None:
    """Add an entry for the signed-in person (or the house) in the current transaction: `record("publish", "agenda", 7)`."""
    identity = access.current() if has_request_context() else None
    if has_request_context():
        g.audited = True
    session().add(
        AuditEntry(
            person_id=identity.person_id if identity else None,
            act=act,
            subject=subject,
            subject_id=subject_id,
            details=details,
        )
    )


@sa.event.listens_for(FlaskSession, "before_commit")
def _every_act_of_a_desk(current: FlaskSession) -> None:
    """An act at a desk for which nobody wrote an entry gets one all the same, in its own transaction, named by its route."""
    if not current.info.get(WRITING) or current.in_nested_transaction() or not has_request_context():
        return
    declared = access.access_of(request.endpoint or "")
    if (
        request.method != "POST"
        or declared is None
        or declared.door is not access.Door.ROLE
        or "audited" in g
    ):
        return
    path = dict(request.view_args or {})
    about = access.conference_id(path["conference"]) if "conference" in path else None
    record("act", "desk", about or 0, route=request.endpoint, path=path)


def _mac(previous: str, entry: AuditEntry) -> str:
    body = [
        previous,
        entry.organization_id,
        entry.place,
        entry.id,
        entry.at.isoformat(),
        entry.person_id,
        entry.act,
        entry.subject,
        entry.subject_id,
        entry.details,
    ]
    return keyed("audit", json.dumps(body, sort_keys=True, separators=(",", ":")))


def seal(limit: int = 1000) -> int:
    """Chain the unsealed entries of every organization; how many were sealed. Call in a transaction; safe in parallel."""
    current = session()
    current.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('audit.seal'))"))
    waiting = list(
        current.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.place.is_(None))
            .order_by(AuditEntry.organization_id, AuditEntry.id)
            .limit(limit)
            .execution_options(**ALL_ORGANIZATIONS)
        )
    )
    ends: dict[int, tuple[int, str]] = {}
    for entry in waiting:
        if entry.organization_id not in ends:
            ends[entry.organization_id] = _end_of_chain(entry.organization_id)
        place, previous = ends[entry.organization_id]
        entry.place = place + 1
        entry.mac = _mac(previous, entry)
        ends[entry.organization_id] = (entry.place, entry.mac)
    current.flush()
    for organization_id, (place, mac) in ends.items():
        # The chain's end, kept outside the database: who cuts entries off there is found by the log.
        log.info("audit sealed", extra={"organization": organization_id, "place": place, "mac": mac})
    return len(waiting)


def _end_of_chain(organization_id: int) -> tuple[int, str]:
    with as_organization(organization_id):
        last = session().execute(
            sa.select(AuditEntry.place, AuditEntry.mac)
            .where(AuditEntry.place.is_not(None))
            .order_by(AuditEntry.place.desc())
            .limit(1)
        )
        row = last.first()
    return (row.place or 0, row.mac or "") if row else (0, "")


def trail(
    *,
    person_id: int | None = None,
    act: str = "",
    subject: str = "",
    subject_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[AuditEntry]:
    """The organization's entries, newest first, that match what is given; `before` is the id to go on from."""
    query = sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    for column, wanted in (
        (AuditEntry.person_id, person_id),
        (AuditEntry.act, act),
        (AuditEntry.subject, subject),
        (AuditEntry.subject_id, subject_id),
    ):
        if wanted not in (None, ""):
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(session().scalars(query))


def length() -> tuple[int, int]:
    """How many entries of the organization are sealed, and how many wait for it."""
    sealed, waiting = (
        session()
        .execute(
            sa.select(
                sa.func.count(AuditEntry.place), sa.func.count().filter(AuditEntry.place.is_(None))
            ).select_from(AuditEntry)
        )
        .one()
    )
    return sealed, waiting


def broken_links(*, everywhere: bool = True) -> list[tuple[int, int]]:
    """(organization id, place) of each sealed entry that does not follow from the one before it (P5).

    Of all organizations, or of the current one. Reads the whole chain.
    """
    broken: list[tuple[int, int]] = []
    ends: dict[int, tuple[int, str]] = {}
    entries = session().scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.place.is_not(None))
        .order_by(AuditEntry.organization_id, AuditEntry.place)
        .execution_options(yield_per=1000, all_organizations=everywhere)
    )
    for entry in entries:
        place, previous = ends.get(entry.organization_id, (0, ""))
        if entry.place != place + 1 or entry.mac != _mac(previous, entry):
            broken.append((entry.organization_id, entry.place or 0))
        ends[entry.organization_id] = (entry.place or 0, entry.mac or "")
    return broken
