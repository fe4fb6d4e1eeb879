"""What somebody typed and has not sent, kept for a closed tab: a day, without anything sensitive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import session as cookie
from sqlalchemy.dialects.postgresql import insert

from citevents.core import rate_limits
from citevents.core.db import current_organization_id, session
from citevents.core.tokens import digest, new_public_id
from citevents.registration import policy
from citevents.registration.models import Draft

#: In the browser's signed cookie: the token that opens the draft.
COOKIE = "draft"
#: Per quarter of an hour: forms of browsers that have none kept yet, and of all. Many people share the address of a hotel.
NEW_PER_CALLER, AGAIN_PER_CALLER = 60, 600


def keep(conference_id: int, typed: dict[str, Any], at: datetime) -> None:
    """Keep what was typed, in place of what this browser typed before. TooOften when one caller keeps very many."""
    if not typed:
        return
    known = cookie.get(COOKIE)
    rate_limits.limit("form draft", rate_limits.caller(), AGAIN_PER_CALLER if known else NEW_PER_CALLER)
    token = known or new_public_id()
    values = {"conference_id": conference_id, "typed": typed, "expires_at": at + policy.DRAFT}
    session().execute(
        insert(Draft)
        .values(organization_id=current_organization_id(), token_digest=digest(token), **values)
        .on_conflict_do_update(index_elements=["organization_id", "token_digest"], set_=values)
    )
    cookie[COOKIE] = token


def find(conference_id: int, at: datetime) -> dict[str, Any]:
    """What this browser typed for this conference and did not send; {} where nothing is kept."""
    token = cookie.get(COOKIE)
    if not token:
        return {}
    return (
        session().scalar(
            sa.select(Draft.typed).where(
                Draft.token_digest == digest(token),
                Draft.conference_id == conference_id,
                Draft.expires_at > at,
            )
        )
        or {}
    )


def drop() -> None:
    """It was sent, or is not wanted any more."""
    token = cookie.pop(COOKIE, None)
    if token:
        session().execute(
            sa.delete(Draft)
            .where(Draft.token_digest == digest(token))
            .execution_options(synchronize_session=False)
        )


def forget(at: datetime) -> None:
    """Drafts of every organization that nobody came back for."""
    session().execute(sa.text("DELETE FROM draft WHERE expires_at <= :at"), {"at": at})
