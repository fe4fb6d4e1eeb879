"""The processor's notices: kept once, acted on by asking what is true now, and read from its own list when they were lost."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from citevents.core.clock import now
from citevents.core.db import ALL_ORGANIZATIONS, as_organization, current_organization_id, must, session
from citevents.core.events import emit
from citevents.payments import services
from citevents.payments.events import NoticeStored, ReconcileDue
from citevents.payments.models import Notice, Payment
from citevents.payments.processor import Notice as ToldNotice
from citevents.payments.processor import PaymentGateway


def store(told: ToldNotice) -> bool:
    """Keep a signed notice once, with the organization whose payment it names; False when it was told before."""
    owner = _owner(told.payment_public_id) or current_organization_id()
    with as_organization(owner):
        stored = session().execute(
            insert(Notice)
            .values(
                organization_id=owner,
                processor_id=told.id,
                kind=told.type,
                subject=told.object_id,
                intent_id=told.payment_intent_id,
                payment_public_id=told.payment_public_id,
                said_at=told.created_at,
                stored_at=now(),
            )
            .on_conflict_do_nothing()
            .returning(Notice.id)
        )
        notice_id = stored.scalar()
        if notice_id is None:
            return False
        emit(NoticeStored(notice_id=notice_id))
    return True


def _owner(payment_public_id: str | None) -> int | None:
    return session().scalar(
        sa.select(Payment.organization_id)
        .where(Payment.public_id == (payment_public_id or ""))
        .execution_options(**ALL_ORGANIZATIONS)
    )


def payments_about(notice: Notice) -> list[int]:
    """Payments of this organization that a notice may be about."""
    return list(
        session().scalars(
            sa.select(Payment.id).where(
                sa.or_(
                    Payment.public_id == (notice.payment_public_id or ""),
                    Payment.checkout_id == notice.subject,
                    Payment.intent_id == notice.subject,
                    Payment.intent_id == (notice.intent_id or ""),
                )
            )
        )
    )


def handle(notice_id: int, gateway: PaymentGateway) -> None:
    """Settle every payment that a notice may be about, against what the processor says now."""
    notice = must(Notice, notice_id, lock=True)
    for payment_id in payments_about(notice):
        services.settle(payment_id, gateway)
    notice.handled_at = notice.handled_at or now()


def ask_reconcile(since: datetime) -> None:
    """Have the processor's own list of notices read from this instant on."""
    emit(ReconcileDue(since=since.isoformat()))


def reconcile(since: datetime, gateway: PaymentGateway) -> int:
    """Store what the processor told since then and never reached us; how many notices that were."""
    return sum(store(notice) for notice in gateway.events_since(since))
