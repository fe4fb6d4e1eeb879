"""The invariants of all slices: what `flask check` runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from citevents.calendars import invariants as calendars
from citevents.core import audit
from citevents.core import invariants as core
from citevents.core.db import session
from citevents.core.invariants import Invariant
from citevents.matching import invariants as matching
from citevents.payments import invariants as payments
from citevents.registration import invariants as registration
from citevents.scheduling import invariants as scheduling
from citevents.surveys import invariants as surveys

#: Of what is kept in many slices.
_ACROSS = (
    Invariant(
        code="P4",
        promise="An erased person leaves no identity in the tables.",
        sql="""SELECT p.organization_id, p.id, 'person' AS place FROM person p
               WHERE p.erased_at IS NOT NULL AND (p.mail IS NOT NULL OR p.mail_key IS NOT NULL OR p.name <> '')
               UNION ALL
               SELECT r.organization_id, r.person_id, 'registration' FROM registration r
               JOIN person p ON p.organization_id = r.organization_id AND p.id = coalesce(r.person_id, r.contact_id)
               WHERE p.erased_at IS NOT NULL AND (r.name <> '' OR r.agency <> '' OR r.mail <> '')
               UNION ALL
               SELECT i.organization_id, o.person_id, 'invoice' FROM invoice i
               JOIN "order" o ON o.organization_id = i.organization_id AND o.id = i.order_id
               JOIN person p ON p.organization_id = o.organization_id AND p.id = o.person_id
               WHERE p.erased_at IS NOT NULL AND (i.buyer_name <> '' OR i.buyer_agency <> '')
               UNION ALL
               SELECT i.organization_id, i.person_id, 'survey_invitation' FROM survey_invitation i
               JOIN person p ON p.organization_id = i.organization_id AND p.id = i.person_id
               WHERE p.erased_at IS NOT NULL
               UNION ALL
               SELECT s.organization_id, r.person_id, 'sensitive_answer' FROM sensitive_answer s
               JOIN registration r ON r.organization_id = s.organization_id AND r.id = s.registration_id
               JOIN person p ON p.organization_id = r.organization_id AND p.id = r.person_id
               WHERE p.erased_at IS NOT NULL
               UNION ALL
               SELECT g.organization_id, g.leader_id, 'program' FROM program g
               JOIN person p ON p.organization_id = g.organization_id AND p.id = g.leader_id
               WHERE p.erased_at IS NOT NULL""",
    ),
)

INVARIANTS = (
    *registration.INVARIANTS,
    *payments.INVARIANTS,
    *calendars.INVARIANTS,
    *core.INVARIANTS,
    *matching.INVARIANTS,
    *surveys.INVARIANTS,
    *scheduling.INVARIANTS,
    *_ACROSS,
)


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One row that should not be."""

    code: str
    promise: str
    row: dict[str, Any]


def violations(limit: int = 20) -> list[Violation]:
    """Every violation found, at most `limit` of each invariant; the keyed audit chain (P5) included."""
    found: list[Violation] = []
    for invariant in INVARIANTS:
        rows = session().execute(
            sa.text(f"SELECT * FROM ({invariant.sql}) violation LIMIT :most"),  # noqa: S608 - our own SQL
            {**invariant.values(), "most": limit},
        )
        found += [
            Violation(code=invariant.code, promise=invariant.promise, row=dict(row._mapping)) for row in rows
        ]
    found += [
        Violation(
            code="P5",
            promise="The audit chain is unbroken.",
            row={"organization_id": organization_id, "place": place},
        )
        for organization_id, place in audit.broken_links()[:limit]
    ]
    return found
