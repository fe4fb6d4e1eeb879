"""What this slice keeps of a person: for the export, and for the page before erasing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from citevents.core.db import session
from citevents.core.personal_data import keeps
from citevents.locale.languages import lazy_gettext as _l
from citevents.scheduling.models import Favourite, Session, SessionSpeaker, Speaker


@keeps("favourites", _l("Sessions that you marked as favourites"), erased=_l("Gone."))
def favourites(person_id: int) -> list[dict[str, Any]]:
    rows = session().execute(
        sa.select(Session.title, Favourite.created_at)
        .join(
            Session,
            sa.and_(Session.organization_id == Favourite.organization_id, Session.id == Favourite.session_id),
        )
        .where(Favourite.person_id == person_id)
        .order_by(Favourite.id)
    )
    return [dict(row) for row in rows.mappings()]


@keeps(
    "speaking",
    _l("Sessions in which you speak or chair, and what is said about you there"),
    erased=_l("Your name leaves every agenda, published ones too. The sessions stay."),
)
def speaking(person_id: int) -> list[dict[str, Any]]:
    rows = session().execute(
        sa.select(Speaker.name, Speaker.about, Session.title, SessionSpeaker.part)
        .join(
            SessionSpeaker,
            sa.and_(
                SessionSpeaker.organization_id == Speaker.organization_id,
                SessionSpeaker.speaker_id == Speaker.id,
            ),
        )
        .join(
            Session,
            sa.and_(
                Session.organization_id == SessionSpeaker.organization_id,
                Session.id == SessionSpeaker.session_id,
            ),
        )
        .where(Speaker.person_id == person_id)
        .order_by(SessionSpeaker.id)
    )
    return [dict(row) for row in rows.mappings()]
