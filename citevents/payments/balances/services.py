"""Looking at all that the processor holds: page by page, each in a transaction of its own, then compared with the ledger.

The processor is passed in as a `PaymentGateway`; amounts are minor units. Called inside the edge's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import ALL_ORGANIZATIONS, current_organization_id, get, must, session
from citevents.core.events import emit
from citevents.payments import cases, notices
from citevents.payments.balances.comparing import compare
from citevents.payments.balances.models import Balance, Look, Part
from citevents.payments.balances.queries import differing
from citevents.payments.events import BalancePageDue, PaymentToSettle
from citevents.payments.models import CaseKind, Dispute, Payment, PaymentState, Refund
from citevents.payments.models import RefundState as RefundStands
from citevents.payments.processor import ChargeState, DisputeState, Page, PaymentGateway, RefundState

#: Cards can be disputed for up to 540 days after the payment, for what is delivered later, as a conference is.
PERIOD = timedelta(days=550)
#: The processor's clock may be behind ours.
ROOM = timedelta(days=1)
#: UTC: night in the Americas, early morning in Europe.
QUIET_HOUR = time(8)
#: A look that did not get on for this long has stopped.
STANDSTILL = timedelta(minutes=10)


def quiet_hour_before(at: datetime) -> datetime:
    """The last quiet hour that was reached by `at`."""
    today = at.replace(hour=QUIET_HOUR.hour, minute=0, second=0, microsecond=0)
    return today if today <= at else today - timedelta(days=1)


def due(at: datetime) -> list[int]:
    """Organizations, by id, that have payments and did not look at them since the last quiet hour."""
    since = quiet_hour_before(at)
    looked = sa.select(Look.organization_id).where(Look.asked_at >= since)
    rows = session().scalars(
        sa.select(Payment.organization_id)
        .where(
            Payment.checkout_id.is_not(None),
            Payment.opened_at < since,
            Payment.opened_at >= at - PERIOD,
            Payment.organization_id.not_in(looked),
        )
        .distinct()
        .execution_options(**ALL_ORGANIZATIONS)
    )
    return sorted(rows)


def begin(at: datetime) -> None:
    """Have the processor looked at from its first page on, unless a look is on its way."""
    unfinished = session().scalars(sa.select(Look).where(Look.finished_at.is_(None))).all()
    if any(look.moved_at > at - STANDSTILL for look in unfinished):
        return
    for look in unfinished:
        session().delete(look)
    look = Look(asked_at=at, moved_at=at, since=at - PERIOD)
    session().add(look)
    session().flush()
    emit(BalancePageDue(look_id=look.id, page=0))


@dataclass(frozen=True, kw_only=True)
class _Moved:
    """What one row of the processor adds to what it holds of a payment."""

    payment_id: int
    currency: str
    received: int = 0
    refunded: int = 0
    withdrawn: int = 0
    fee: int = 0
    fee_currency: str = ""


def turn(look_id: int, page: int, gateway: PaymentGateway) -> None:
    """Read the next page of a look; after the last, compare. Twice is once; a look that was begun anew is left alone."""
    look = get(Look, look_id, lock=True)
    if look is None or look.finished_at is not None or look.pages != page:
        return
    look.started_at = look.started_at or now()
    after = _READ[look.part](look, gateway)
    look.pages, look.moved_at = page + 1, now()
    if after is None:
        parts = list(Part)
        following = parts[parts.index(look.part) + 1 :]
        if not following:
            _finish(look, look.started_at)
            return
        look.part = following[0]
    look.after = after or ""
    emit(BalancePageDue(look_id=look.id, page=look.pages))


# ---------- a page ----------


def _charges(look: Look, gateway: PaymentGateway) -> str | None:
    page: Page[ChargeState] = gateway.charges_since(look.since - ROOM, look.after)
    paid = [each for each in page.rows if each.status == "succeeded"]
    ours = _ours([each.payment_intent_id for each in paid], [each.payment_public_id for each in paid])
    _add(
        look,
        [
            _Moved(payment_id=payment_id, currency=each.currency, received=each.received_minor)
            for each in paid
            if (payment_id := ours.get(each.payment_intent_id) or ours.get(each.payment_public_id))
        ],
    )
    _ask_about_strangers([each for each in paid if each.payment_public_id not in ours])
    return page.after


def _ask_about_strangers(paid: Sequence[ChargeState]) -> None:
    """Money with a name that we gave, and no payment of that name in any organization: it was taken after the backup that was
    restored, say. It is nobody's that is known, whoever looks."""
    kept = [each for each in paid if each.payment_public_id and each.refunded_minor < each.received_minor]
    names = session().scalars(
        sa.select(Payment.public_id)
        .where(Payment.public_id.in_([each.payment_public_id for each in kept]))
        .execution_options(**ALL_ORGANIZATIONS)
    )
    known = set(names)
    for each in kept:
        if each.payment_public_id not in known:
            notices.store_found(each)


def _refunds(look: Look, gateway: PaymentGateway) -> str | None:
    page: Page[RefundState] = gateway.refunds_since(look.since - ROOM, look.after)
    ours = _ours([each.payment_intent_id for each in page.rows])
    gone = [each for each in page.rows if each.status == "succeeded"]
    _add(
        look,
        [
            _Moved(payment_id=payment_id, currency=each.currency, refunded=each.amount_minor)
            for each in gone
            if (payment_id := ours.get(each.payment_intent_id))
        ],
    )
    _note(look, (ours.get(each.payment_intent_id) for each in _unheard_refunds(page.rows)))
    return page.after


def _unheard_refunds(told: Sequence[RefundState]) -> list[RefundState]:
    """Refunds on their way that nobody here knows of, and those that came to nothing without our knowing: no sum tells."""
    rows = session().execute(
        sa.select(Refund.processor_id, Refund.state).where(
            Refund.processor_id.in_([each.id for each in told])
        )
    )
    known = {row.processor_id: row.state for row in rows}
    hoped = (RefundStands.PENDING, RefundStands.SUCCEEDED)
    return [each for each in told if (known.get(each.id) in hoped if each.undone else each.id not in known)]


def _disputes(look: Look, gateway: PaymentGateway) -> str | None:
    page: Page[DisputeState] = gateway.disputes_since(look.since - ROOM, look.after)
    ours = _ours([each.payment_intent_id for each in page.rows])
    _add(
        look,
        [
            _Moved(
                payment_id=payment_id,
                currency=each.currency,
                withdrawn=each.withdrawn_minor,
                fee=each.fee_minor,
                fee_currency=each.fee_currency,
            )
            for each in page.rows
            if (payment_id := ours.get(each.payment_intent_id))
        ],
    )
    rows = session().execute(
        sa.select(Dispute.processor_id, Dispute.status).where(
            Dispute.processor_id.in_([each.id for each in page.rows])
        )
    )
    known = {row.processor_id: row.status for row in rows}
    # A bank that only asks takes nothing yet, and has a day until which it can be answered.
    _note(look, (ours.get(each.payment_intent_id) for each in page.rows if known.get(each.id) != each.status))
    return page.after


def _note(look: Look, payment_ids: Iterable[int | None]) -> None:
    look.unheard = sorted({*look.unheard, *(each for each in payment_ids if each)})


_READ: dict[Part, Callable[[Look, PaymentGateway], str | None]] = {
    Part.CHARGES: _charges,
    Part.REFUNDS: _refunds,
    Part.DISPUTES: _disputes,
}


def _ours(intents: Iterable[str | None], names: Iterable[str | None] = ()) -> dict[str | None, int]:
    """Payments of this organization that reached the processor, by its name of the intent and by our own."""
    rows = session().execute(
        sa.select(Payment.id, Payment.intent_id, Payment.public_id).where(
            Payment.checkout_id.is_not(None),
            sa.or_(
                Payment.intent_id.in_([each for each in intents if each]),
                Payment.public_id.in_([each for each in names if each]),
            ),
        )
    )
    found: dict[str | None, int] = {}
    for row in rows:
        found |= {row.intent_id: row.id, row.public_id: row.id}
    found.pop(None, None)
    return found


# A refund or dispute of a payment that is too old to be looked at finds no row.
_ADD = sa.text(
    """WITH told AS (
         SELECT t.* FROM unnest(CAST(:payment_id AS bigint[]), CAST(:currency AS text[]), CAST(:received AS bigint[]),
                                CAST(:refunded AS bigint[]), CAST(:withdrawn AS bigint[]), CAST(:fee AS bigint[]),
                                CAST(:fee_currency AS text[]))
                         t(payment_id, currency, received, refunded, withdrawn, fee, fee_currency)),
       made AS (
         INSERT INTO processor_balance (organization_id, look_id, payment_id, currency, received, refunded, withdrawn, fee,
                                        fee_currency)
         SELECT :organization, :look, payment_id, min(currency), sum(received), 0, 0, 0, '' FROM told
         WHERE received > 0 GROUP BY payment_id
         ON CONFLICT (organization_id, look_id, payment_id) DO UPDATE
           SET received = processor_balance.received + excluded.received)
       UPDATE processor_balance b
       SET refunded = b.refunded + s.refunded, withdrawn = b.withdrawn + s.withdrawn, fee = b.fee + s.fee,
           fee_currency = coalesce(nullif(s.fee_currency, ''), b.fee_currency)
       FROM (SELECT payment_id, sum(refunded) AS refunded, sum(withdrawn) AS withdrawn, sum(fee) AS fee,
                    max(fee_currency) AS fee_currency FROM told GROUP BY payment_id) s
       WHERE b.organization_id = :organization AND b.look_id = :look AND b.payment_id = s.payment_id
         AND (s.refunded <> 0 OR s.withdrawn <> 0 OR s.fee <> 0)"""
)


def _add(look: Look, moved: Sequence[_Moved]) -> None:
    if not moved:
        return
    columns = {name: [getattr(each, name) for each in moved] for name in _Moved.__dataclass_fields__}
    session().flush()
    session().execute(_ADD, {"organization": current_organization_id(), "look": look.id, **columns})


# ---------- afterwards ----------


def _finish(look: Look, started_at: datetime) -> None:
    """Compare all that was read, have what differs asked about, and forget earlier looks."""
    _add_missing(look, started_at)
    found = dict.fromkeys(look.unheard, False) | differing(look.id)
    for payment_id, missing in found.items():
        if missing:  # nobody there to ask: the processor does not know it
            payment = must(Payment, payment_id, lock=True)
            compare(payment, 0, payment.currency)
        else:
            emit(PaymentToSettle(payment_id=payment_id))
    for payment_id in cases.payments_with_open(CaseKind.DIFFERENCE):
        if payment_id not in found:
            emit(PaymentToSettle(payment_id=payment_id))
    look.finished_at = now()
    look.compared = _count(look)
    look.differed = len(found)
    older = sa.select(Look.id).where(Look.id != look.id)
    session().execute(sa.delete(Balance).where(Balance.look_id.in_(older)))


def _add_missing(look: Look, started_at: datetime) -> None:
    """What we have as paid and the processor did not name: it holds nothing of it."""
    told = sa.select(Balance.payment_id).where(Balance.look_id == look.id)
    missing = session().scalars(
        sa.select(Payment).where(
            Payment.state == PaymentState.SUCCEEDED,
            Payment.checkout_id.is_not(None),
            Payment.opened_at >= look.since,
            Payment.settled_at < started_at,
            Payment.id.not_in(told),
        )
    )
    session().add_all(
        Balance(look_id=look.id, payment_id=payment.id, currency=payment.currency) for payment in missing
    )
    session().flush()


def _count(look: Look) -> int:
    made = sa.select(sa.func.count()).select_from(Balance).where(Balance.look_id == look.id)
    return session().scalar(made) or 0
