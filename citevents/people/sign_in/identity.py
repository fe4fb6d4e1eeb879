"""Who is signed in: the cookie's name for a sign-in, and the one query that turns it into an identity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import session as cookie

from citevents.core.access import Grant, Identity, Role
from citevents.core.clock import now
from citevents.core.db import current_organization_id, session
from citevents.people.models import Proof
from citevents.people.policy import is_fresh
from citevents.people.sign_in.services import Entered

KEY = "sign_in"

IDENTITY = sa.text(
    """SELECT p.id, p.name, p.call_name, p.mail, p.language, p.zone, s.proof, s.started_at,
              (SELECT array_agg(ARRAY[g.role, g.conference_id::text]) FROM role_grant g
               WHERE g.organization_id = s.organization_id AND g.person_id = s.person_id) AS grants
       FROM sign_in s JOIN person p ON p.organization_id = s.organization_id AND p.id = s.person_id
       WHERE s.organization_id = :organization_id AND s.public_id = :public_id AND s.expires_at > :now"""
)


def identify() -> Identity | None:
    """The person of this request's cookie: no query without a cookie, one with."""
    public_id = cookie.get(KEY)
    if not isinstance(public_id, str):
        return None
    at = now()
    row = (
        session()
        .execute(IDENTITY, {"organization_id": current_organization_id(), "public_id": public_id, "now": at})
        .first()
    )
    return _identity(row, at) if row else None


def _identity(row: Any, at: datetime) -> Identity:
    grants = frozenset(
        Grant(Role(role), int(conference_id) if conference_id else None)
        for role, conference_id in row.grants or ()
    )
    fresh = is_fresh(Proof(row.proof), row.started_at, at)
    return Identity(
        person_id=row.id,
        name=row.name,
        call_name=row.call_name or row.name,
        mail=row.mail or "",
        language=row.language,
        zone=row.zone,
        fresh=fresh,
        grants=grants if fresh else frozenset(),
        asleep=frozenset() if fresh else grants,
    )


def carry(entered: Entered) -> None:
    """Let the browser's cookie carry a sign-in. Everything it carried before is dropped, the CSRF secret too."""
    cookie.clear()
    cookie.permanent = True
    cookie[KEY] = entered.public_id


def carried() -> str | None:
    """The public id of the browser's sign-in, if any."""
    found = cookie.get(KEY)
    return found if isinstance(found, str) else None


def drop() -> None:
    """Forget the browser."""
    cookie.clear()
