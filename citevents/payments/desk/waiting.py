"""Refunds that the desk must know of: those that wait to be made, and those that did not arrive; amounts in minor units."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.core.db import session
from citevents.core.money import Money
from citevents.payments.models import Payment, Refund, RefundState
from citevents.registration import queries as registrations

#: As many are listed; the sums are of all.
SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class WaitingRefund:
    """A refund that is owed and could not be made; `problem` is a code, the processor's or ours."""

    id: int
    public_id: str
    payment_public_id: str
    order_number: str
    order_public_id: str
    money: Money
    state: RefundState
    problem: str
    tries: int
    asked_at: datetime
    next_try_at: datetime | None

    @property
    def failed(self) -> bool:
        """Whether nothing happens by itself any more."""
        return self.state is RefundState.FAILED


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The refunds of a conference that wait, oldest first; at most `SHOWN` rows."""

    rows: list[WaitingRefund]
    count: int
    sums: list[Money]


_WAITS = sa.or_(
    Refund.state == RefundState.FAILED, sa.and_(Refund.state == RefundState.ASKED, Refund.tries > 0)
)


def _of(conference_id: int) -> sa.Select[Refund, Payment]:
    return (
        sa.select(Refund, Payment)
        .select_from(Refund)
        .join(Payment)
        .where(_WAITS, Payment.order_id.in_(registrations.order_ids(conference_id)))
        .order_by(Refund.asked_at, Refund.id)
    )


def waiting(conference_id: int) -> Waiting:
    """What waits to be asked for again."""
    found = [
        (refund, payment)
        for refund, payment in session().execute(_of(conference_id))
        if refund.state is RefundState.ASKED
    ]
    sums: Counter[str] = Counter()
    for refund, _payment in found:
        sums[refund.currency] += refund.amount - refund.covered
    return Waiting(
        rows=_lines(found[:SHOWN]),
        count=len(found),
        sums=[Money(minor, currency) for currency, minor in sorted(sums.items())],
    )


def waiting_ids(conference_id: int) -> list[int]:
    """Ids of all that wait to be asked for again."""
    found = session().execute(_of(conference_id))
    return [refund.id for refund, _payment in found if refund.state is RefundState.ASKED]


def refund_at(conference_id: int, public_id: str) -> WaitingRefund | None:
    """One refund that somebody has to decide about; None where there is nothing to decide."""
    found = session().execute(_of(conference_id).where(Refund.public_id == public_id)).first()
    return _lines([(found[0], found[1])])[0] if found else None


def _lines(found: list[tuple[Refund, Payment]]) -> list[WaitingRefund]:
    names = registrations.order_names(payment.order_id for _, payment in found)
    return [
        WaitingRefund(
            id=refund.id,
            public_id=refund.public_id,
            payment_public_id=payment.public_id,
            order_number=registrations.number_of(payment.order_id),
            order_public_id=names[payment.order_id],
            money=Money(refund.amount - refund.covered, refund.currency),
            state=refund.state,
            problem=refund.problem,
            tries=refund.tries,
            asked_at=refund.asked_at,
            next_try_at=refund.next_try_at,
        )
        for refund, payment in found
    ]
