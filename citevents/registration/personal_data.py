"""What this slice keeps of a person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from citevents.core.db import session
from citevents.core.personal_data import keeps
from citevents.locale.languages import lazy_gettext as _l
from citevents.registration.models import CheckIn, Order, OrderLine, Registration, SensitiveAnswer


@keeps(
    "registrations",
    _l("Your registrations, answers and check-ins"),
    erased=_l("Your name and your answers go. A registration without a name stays, so that sums stay right."),
)
def registrations(person_id: int) -> list[dict[str, Any]]:
    """Each place with what was answered and when the person was there."""
    current = session()
    rows = current.scalars(
        sa.select(Registration)
        .where(sa.or_(Registration.person_id == person_id, Registration.contact_id == person_id))
        .order_by(Registration.id)
    ).all()
    ids = [row.id for row in rows]
    sensitive = current.scalars(
        sa.select(SensitiveAnswer).where(SensitiveAnswer.registration_id.in_(ids))
    ).all()
    arrivals = current.scalars(sa.select(CheckIn).where(CheckIn.registration_id.in_(ids))).all()
    return [
        {
            "conference": row.conference_id,
            "order": row.order_id,
            "state": row.state,
            "name": row.name,
            "call_name": row.call_name,
            "agency": row.agency,
            "country": row.country,
            "mail": row.mail,
            "answers": row.answers,
            "sensitive_answers": {
                each.question_id: each.answer for each in sensitive if each.registration_id == row.id
            },
            "checked_in": [each.at for each in arrivals if each.registration_id == row.id],
            "confirmed_at": row.confirmed_at,
            "ended_at": row.ended_at,
            "ended_by": row.ended_by,
            "end_note": row.end_note,
        }
        for row in rows
    ]


@keeps(
    "orders",
    _l("Your orders"),
    erased=_l("Amounts and dates stay as long as the law asks, without your name."),
)
def orders(person_id: int) -> list[dict[str, Any]]:
    """What was bought, for how much; amounts in minor units."""
    current = session()
    rows = current.scalars(sa.select(Order).where(Order.person_id == person_id).order_by(Order.id)).all()
    lines = current.scalars(
        sa.select(OrderLine).where(OrderLine.order_id.in_([row.id for row in rows])).order_by(OrderLine.id)
    ).all()
    return [
        {
            "order": row.id,
            "state": row.state,
            "currency": row.currency,
            "net": row.net,
            "tax": row.tax,
            "total": row.total,
            "terms": row.terms,
            "placed_at": row.placed_at,
            "lines": [{"name": line.name, "total": line.total} for line in lines if line.order_id == row.id],
        }
        for row in rows
    ]
