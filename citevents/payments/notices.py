"""The processor's notices: kept once, by whose payment they are about, acted on by asking what is true now, and read from its own
list when they were lost.

One account of the processor serves every organization here, and a notice comes to whichever host is written there. So the host
says nothing: a notice belongs to the organization of the first of its names that is known anywhere, or to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from citevents.core.clock import now
from citevents.core.db import as_organization, current_organization_id, session
from citevents.core.events import emit
from citevents.payments import services
from citevents.payments.events import NoticeStored, ReconcileDue
from citevents.payments.models import Dispute, Notice, Payment, Refund
from citevents.payments.processor import NOTICE_TYPES, ChargeState, PaymentGateway
from citevents.payments.processor import Notice as ToldNotice

#: Gives every notice that is nobody's to the organization of the first name that fits, in this order: ours, in the metadata of
#: the payment or the refund; the checkout's, the payment intent's, the charge's, the refund's, the dispute's.
_FIND_OWNERS = sa.text(
    """UPDATE notice SET organization_id = owner.organization_id
       FROM (SELECT n.id, first.organization_id FROM notice n CROSS JOIN LATERAL (
               SELECT 1 AS rank, organization_id FROM payment WHERE public_id = n.payment_public_id
               UNION ALL SELECT 1, organization_id FROM refund WHERE public_id = n.refund_public_id
               UNION ALL SELECT 2, organization_id FROM payment WHERE checkout_id = n.subject
               UNION ALL SELECT 3, organization_id FROM payment WHERE intent_id = n.intent_id
               UNION ALL SELECT 4, organization_id FROM payment WHERE charge_id = n.charge_id
               UNION ALL SELECT 5, organization_id FROM refund WHERE processor_id = n.subject
               UNION ALL SELECT 6, organization_id FROM dispute WHERE processor_id = n.subject
               ORDER BY rank LIMIT 1) first
             WHERE n.organization_id IS NULL AND n.handled_at IS NULL) owner
       WHERE notice.id = owner.id RETURNING notice.id, notice.organization_id"""
)


def store(told: ToldNotice) -> bool:
    """Keep a signed notice once, with the organization whose payment it is about, whatever host it came to; False when it was
    told before. One about no payment that is known is nobody's, and waits for a person; one of a kind that is never about a
    payment waits for nobody."""
    notice_id = session().scalar(
        insert(Notice)
        .values(
            processor_id=told.id,
            kind=told.type,
            subject=told.object_id,
            intent_id=told.payment_intent_id,
            charge_id=told.charge_id,
            payment_public_id=told.payment_public_id,
            refund_public_id=told.refund_public_id,
            said_at=told.created_at,
            stored_at=now(),
            decision="",
        )
        .on_conflict_do_nothing()
        .returning(Notice.id)
    )
    if notice_id is None:
        return False
    if not find_owners() and told.type not in NOTICE_TYPES:
        session().execute(sa.update(Notice).where(Notice.id == notice_id).values(handled_at=now()))
    return True


def find_owners() -> int:
    """Hand notices that are nobody's to whoever's payment they name, known by now; how many."""
    found = session().execute(_FIND_OWNERS).all()
    for notice_id, organization_id in found:
        with as_organization(organization_id):
            emit(NoticeStored(notice_id=notice_id))
    return len(found)


def payments_about(notice: Notice) -> list[int]:
    """Payments of this organization that a notice may be about."""
    refunds = sa.select(Refund.payment_id).where(
        sa.or_(Refund.public_id == (notice.refund_public_id or ""), Refund.processor_id == notice.subject)
    )
    disputes = sa.select(Dispute.payment_id).where(Dispute.processor_id == notice.subject)
    return list(
        session().scalars(
            sa.select(Payment.id).where(
                sa.or_(
                    Payment.public_id == (notice.payment_public_id or ""),
                    Payment.checkout_id == notice.subject,
                    Payment.intent_id == (notice.intent_id or ""),
                    Payment.charge_id == (notice.charge_id or ""),
                    Payment.id.in_(refunds),
                    Payment.id.in_(disputes),
                )
            )
        )
    )


def handle(notice_id: int, gateway: PaymentGateway) -> None:
    """Settle every payment that a notice may be about, against what the processor says now."""
    notice = session().get_one(Notice, notice_id, with_for_update=True, populate_existing=True)
    if notice.organization_id != current_organization_id():
        return  # an event of the time when the host decided whose it is
    for payment_id in payments_about(notice):
        services.settle(payment_id, gateway)
    notice.handled_at = notice.handled_at or now()
    find_owners()  # its payment may have got names that others wait for


# ---------- what is nobody's ----------


@dataclass(frozen=True, kw_only=True)
class Unowned:
    """Money at the processor that no payment here is known by, once however many notices tell of it. `about` is the payment
    intent, or the charge, or whatever else the first of them was about."""

    about: str
    kinds: list[str]
    since: datetime


_ABOUT = sa.func.coalesce(Notice.intent_id, Notice.charge_id, Notice.subject)
_UNOWNED = sa.and_(Notice.organization_id.is_(None), Notice.handled_at.is_(None))


def store_found(charge: ChargeState) -> None:
    """Money that nobody told of and no payment here is known by, seen in the processor's own list: it waits with what was told
    of the same money, and what was said about that is not asked again."""
    about = {"intent_id": charge.payment_intent_id, "charge_id": charge.id}
    same = [getattr(Notice, name) == id for name, id in about.items() if id]
    if session().scalar(sa.select(Notice.id).where(sa.or_(*same)).limit(1)) is not None:
        return
    told = {
        "processor_id": f"found:{charge.id}",
        "kind": "charge.found",
        "subject": charge.id,
        "decision": "",
    }
    session().execute(
        insert(Notice)
        .values(**told, **about, payment_public_id=charge.payment_public_id, said_at=now(), stored_at=now())
        .on_conflict_do_nothing()
    )


def unowned() -> list[Unowned]:
    """What waits for a person of the installation, the oldest first."""
    rows = session().execute(
        sa.select(
            _ABOUT.label("about"),
            sa.func.array_agg(Notice.kind.distinct()).label("kinds"),
            sa.func.min(Notice.said_at).label("since"),
        )
        .where(_UNOWNED)
        .group_by(_ABOUT)
        .order_by("since", "about")
    )
    return [Unowned(about=row.about, kinds=sorted(row.kinds), since=row.since) for row in rows]


def dismiss(about: str, words: str) -> int:
    """A person found out what it is, and says so; how many notices that settles."""
    done = session().execute(
        sa.update(Notice)
        .where(_UNOWNED, _ABOUT.in_([about]))
        .values(handled_at=now(), decision=words)
        .returning(Notice.id)
    )
    return len(done.all())


# ---------- what never reached us ----------


def ask_reconcile(since: datetime) -> None:
    """Have the processor's own list of notices read from this instant on."""
    emit(ReconcileDue(since=since.isoformat()))


def reconcile(since: datetime, gateway: PaymentGateway) -> int:
    """Store what the processor told since then and never reached us; how many notices that were."""
    return sum(store(notice) for notice in gateway.events_since(since))
