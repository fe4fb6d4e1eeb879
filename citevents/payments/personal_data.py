"""What this slice keeps of a person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from citevents.core.db import session
from citevents.core.personal_data import keeps
from citevents.locale.languages import lazy_gettext as _l
from citevents.payments.models import Invoice, Payment, Refund
from citevents.registration import queries as registrations


@keeps(
    "payments",
    _l("Your payments, refunds and invoices"),
    erased=_l("They stay as long as the law asks, without your name. We never had your card."),
)
def payments(person_id: int) -> list[dict[str, Any]]:
    """Amounts in minor units, as booked."""
    current = session()
    order_ids = registrations.order_ids_of(person_id)
    rows = current.scalars(
        sa.select(Payment).where(Payment.order_id.in_(order_ids)).order_by(Payment.id)
    ).all()
    ids = [row.id for row in rows]
    refunds = current.scalars(sa.select(Refund).where(Refund.payment_id.in_(ids)).order_by(Refund.id)).all()
    invoices = current.scalars(
        sa.select(Invoice).where(Invoice.payment_id.in_(ids)).order_by(Invoice.id)
    ).all()
    return [
        {
            "order": row.order_id,
            "state": row.state,
            "amount": row.amount,
            "currency": row.currency,
            "opened_at": row.opened_at,
            "settled_at": row.settled_at,
            "refunds": [
                {"amount": each.amount, "state": each.state, "asked_at": each.asked_at}
                for each in refunds
                if each.payment_id == row.id
            ],
            "invoices": [
                {
                    "number": f"{each.series}-{each.number:06d}",
                    "total": each.total,
                    "name": each.buyer_name,
                    "agency": each.buyer_agency,
                    "country": each.buyer_country,
                }
                for each in invoices
                if each.payment_id == row.id
            ],
        }
        for row in rows
    ]
