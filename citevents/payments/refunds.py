"""Refunds as the processor carries them out: asked until they moved, booked by its last answer, decided by people where it cannot.

Called inside the edge's transaction, under the payment's row lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import ALL_ORGANIZATIONS, as_organization, must, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.payments import cases, disputes, ledger, policy, promises
from citevents.payments.events import PaymentToSettle, RefundAsked, Refunded, RefundFailed
from citevents.payments.models import OWED, Account, CaseKind, Payment, Refund, RefundState
from citevents.payments.processor import GatewayRefused, GatewayUnavailable, PaymentGateway
from citevents.payments.processor import RefundState as ToldRefund
from citevents.payments.promises import ask

__all__ = [
    "Outcome",
    "ask",
    "ask_again",
    "ask_now",
    "carry_out",
    "decide",
    "settle",
    "settle_all",
]

#: The money went back already, or a bank took it: what the processor says of the payment tells how.
_MOVED_ELSEWHERE = frozenset({"charge_already_refunded", "refund_too_large", "charge_disputed"})
#: Why a refund waits while a bank decides.
DISPUTED = "disputed"


def key_of(refund: Refund) -> str:
    """How the processor knows this attempt."""
    return refund.public_id if refund.attempt == 1 else f"{refund.public_id}:{refund.attempt}"


# ---------- asking ----------


def carry_out(refund_id: int, gateway: PaymentGateway) -> None:
    """Ask the processor for a refund that is owed; safe to repeat. What it cannot do now waits with the reason.

    Raises GatewayUnavailable where the processor does not answer at all.
    """
    refund = must(Refund, refund_id)
    payment = must(Payment, refund.payment_id, lock=True)
    session().refresh(refund)
    if refund.state is not RefundState.ASKED or payment.intent_id is None:
        return
    if disputes.blocks(payment.id):
        _wait(refund, DISPUTED)
        return
    try:
        told = gateway.refund(
            payment_intent_id=payment.intent_id,
            amount_minor=refund.amount - refund.covered,
            currency=payment.currency,
            key=key_of(refund),
            metadata={"refund": refund.public_id},
        )
    except GatewayUnavailable as away:
        if away.destination:
            raise
        _wait(refund, away.code)
    except GatewayRefused as refusal:
        _wait(refund, DISPUTED if refusal.code == "charge_disputed" else refusal.code)
        if refusal.code in _MOVED_ELSEWHERE:
            emit(PaymentToSettle(payment_id=payment.id))
    else:
        settle(payment, told, refund)


def _wait(refund: Refund, code: str) -> None:
    """Owed, and not now: the next try has a key of its own, since the processor remembers its refusal for this one."""
    refund.tries += 1
    refund.attempt += 1
    refund.problem = code
    refund.next_try_at = now() + policy.pause(refund.tries)


def ask_now(refund_ids: Iterable[int]) -> None:
    """Have refunds that wait asked for now, instead of at their next try."""
    for refund_id in refund_ids:
        emit(RefundAsked(refund_id=refund_id))


def ask_again(at: datetime) -> int:
    """Ask the processor for every refund of every organization whose next try has come; how many."""
    due = session().execute(
        sa.select(Refund.organization_id, Refund.id)
        .where(Refund.next_try_at <= at, Refund.state == RefundState.ASKED)
        .order_by(Refund.next_try_at)
        .limit(500)
        .with_for_update(skip_locked=True)
        .execution_options(**ALL_ORGANIZATIONS)
    )
    found = due.all()
    for organization_id, refund_id in found:
        with as_organization(organization_id):
            must(Refund, refund_id).next_try_at = at + promises.SAFETY
            emit(RefundAsked(refund_id=refund_id))
    return len(found)


# ---------- what the processor says ----------


def settle_all(payment: Payment, told: Iterable[ToldRefund]) -> None:
    """Book what the processor says now of every refund of a payment, whoever started it."""
    latest: dict[int | str, tuple[Refund | None, ToldRefund]] = {}
    for each in told:
        refund = _known(payment, each)
        key = refund.id if refund else each.id
        # Of several attempts at one refund the one counts that went through; else the last.
        if key not in latest or latest[key][1].undone:
            latest[key] = (refund, each)
    for refund, each in latest.values():
        settle(payment, each, refund)


def _known(payment: Payment, told: ToldRefund) -> Refund | None:
    """The refund that the processor speaks of; None for one that was not asked here."""
    return session().scalar(
        sa.select(Refund).where(
            Refund.payment_id == payment.id,
            sa.or_(
                Refund.processor_id == told.id,
                sa.and_(Refund.public_id == told.name, Refund.state.in_((*OWED, RefundState.SUCCEEDED))),
            ),
        )
    )


def settle(payment: Payment, told: ToldRefund, refund: Refund | None) -> None:
    """Bring one refund in line with what the processor says of it now; the last answer counts, whatever came before."""
    if refund is None:
        if told.undone:
            return  # begun elsewhere, and nothing came of it
        refund = promises.adopt(payment, told.amount_minor, told.id)
        cases.close_returned(payment.id)
    elif told.undone and told.id != refund.processor_id and told.key != key_of(refund):
        return  # an earlier attempt; the one that counts comes next
    refund.processor_id = told.id
    if told.status == "succeeded":
        _arrived(payment, refund)
    elif told.undone:
        _failed(payment, refund)
    elif refund.state in (RefundState.ASKED, RefundState.FAILED):
        refund.state, refund.next_try_at, refund.problem = RefundState.PENDING, None, ""
        cases.close_of(refund, "pending")


def _arrived(payment: Payment, refund: Refund) -> None:
    if refund.state is RefundState.SUCCEEDED:
        return
    promises.owe(payment, refund)
    _post(payment, refund, "refund", policy.moved(refund.amount - refund.covered))
    refund.state, refund.done_at = RefundState.SUCCEEDED, now()
    refund.next_try_at, refund.problem = None, ""
    cases.close_of(refund, "returned")
    emit(Refunded(refund_id=refund.id, payment_id=payment.id, order_id=payment.order_id))


def _failed(payment: Payment, refund: Refund) -> None:
    if refund.state is RefundState.FAILED or refund.state not in (*OWED, RefundState.SUCCEEDED):
        return
    if refund.state is RefundState.SUCCEEDED:
        _post(payment, refund, "reversal", policy.came_back(refund.amount - refund.covered))
    promises.owe(payment, refund)
    refund.state, refund.done_at, refund.next_try_at = RefundState.FAILED, now(), None
    cases.open_case(CaseKind.REFUND_FAILED, payment.id, refund=refund.id, attempt=refund.attempt)
    emit(RefundFailed(refund_id=refund.id, payment_id=payment.id, order_id=payment.order_id))


def _post(payment: Payment, refund: Refund, what: str, lines: dict[Account, int]) -> None:
    """One more posting of this kind for a refund: it may move, come back, and move again."""
    cause = ledger.next_cause(f"{what}:{refund.public_id}")
    ledger.post(cause, lines, payment.currency, payment_id=payment.id, refund_id=refund.id)


# ---------- what people decide ----------


class Outcome(StrEnum):
    """How a refund that cannot be made goes on."""

    AGAIN = "again"
    ELSEWHERE = "elsewhere"
    WRITTEN_OFF = "written_off"


def decide(refund_id: int, outcome: Outcome, words: str, person_id: int) -> None:
    """A person decides about a refund that waits or failed; each outcome books. NotYours where there is nothing to decide."""
    found = must(Refund, refund_id)
    payment = must(Payment, found.payment_id, lock=True)
    session().refresh(found)
    waits = found.state is RefundState.ASKED and found.tries > 0
    if not waits and found.state is not RefundState.FAILED:
        raise NotYours()
    if outcome is Outcome.AGAIN:
        found.state, found.done_at, found.processor_id = RefundState.ASKED, None, None
        found.attempt, found.tries, found.problem = found.attempt + 1, 0, ""
        found.next_try_at = now() + promises.SAFETY
        emit(RefundAsked(refund_id=found.id))
    else:
        _settled_by_hand(payment, found, outcome)
    cases.close_of(found, words, person_id)
    audit.record("settle", "refund", found.id, outcome=outcome.value)


def _settled_by_hand(payment: Payment, refund: Refund, outcome: Outcome) -> None:
    promises.owe(payment, refund)
    rest = refund.amount - refund.covered
    instead = Account.ELSEWHERE if outcome is Outcome.ELSEWHERE else Account.WRITTEN_OFF
    _post(payment, refund, outcome.value, policy.no_longer_owed(rest, instead))
    refund.state = RefundState.RETURNED if outcome is Outcome.ELSEWHERE else RefundState.WRITTEN_OFF
    refund.done_at, refund.next_try_at, refund.problem = now(), None, ""
    if outcome is Outcome.ELSEWHERE:
        emit(Refunded(refund_id=refund.id, payment_id=payment.id, order_id=payment.order_id))
