"""What Stripe's objects say, in rows of `processor`. Without its library: an object is anything with Stripe's names on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from citevents.payments.processor import (
    ChargeState,
    CheckoutState,
    DisputeState,
    Notice,
    RefundState,
)
from citevents.payments.stripe_units import from_stripe

#: Our names in Stripe's metadata.
PAYMENT, REFUND = "payment", "refund"


def moment(timestamp: int) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)


def plain(value: Any) -> dict[str, Any]:
    return value.to_dict() if hasattr(value, "to_dict") else dict(value or {})


def id_of(value: Any) -> str | None:
    """The id of something that may have been expanded."""
    return value if value is None or isinstance(value, str) else str(value["id"])


def checkout_state(session: Any) -> CheckoutState:
    currency = session.currency or ""
    return CheckoutState(
        id=session.id,
        status=session.status or "",
        paid=session.payment_status == "paid",
        payment_public_id=session.client_reference_id,
        payment_intent_id=id_of(session.payment_intent),
        amount_minor=from_stripe(session.amount_total or 0, currency),
        currency=currency.upper(),
        expires_at=moment(session.expires_at),
        url=session.url,
    )


def charge_state(charge: Any) -> ChargeState:
    return ChargeState(
        id=charge.id,
        payment_intent_id=id_of(charge.payment_intent),
        payment_public_id=plain(charge.metadata).get(PAYMENT),
        currency=charge.currency.upper(),
        status=charge.status,
        amount_minor=from_stripe(charge.amount, charge.currency),
        received_minor=from_stripe(charge.amount_captured if charge.paid else 0, charge.currency),
        refunded_minor=from_stripe(charge.amount_refunded, charge.currency),
        failure_code=charge.failure_code,
        disputed=charge.disputed,
    )


def dispute_state(dispute: Any) -> DisputeState:
    moves = dispute.balance_transactions
    due_by = dispute.evidence_details.due_by
    return DisputeState(
        id=dispute.id,
        payment_intent_id=id_of(dispute.payment_intent),
        amount_minor=from_stripe(dispute.amount, dispute.currency),
        currency=dispute.currency.upper(),
        status=dispute.status,
        reason=dispute.reason,
        refundable=dispute.is_charge_refundable,
        due_at=moment(due_by) if due_by else None,
        withdrawn_minor=sum(_withdrawn(dispute, each) for each in moves),
        fee_minor=sum(from_stripe(each.fee, each.currency) for each in moves),
        fee_currency=(moves[0].currency if moves else dispute.currency).upper(),
        created_at=moment(dispute.created),
    )


def _withdrawn(dispute: Any, moved: Any) -> int:
    """What one movement took, in the currency of the dispute; the account may be kept in another."""
    same = moved.currency == dispute.currency
    amount = from_stripe(abs(moved.amount) if same else dispute.amount, dispute.currency)
    return amount if moved.amount < 0 else -amount


def refund_state(refund: Any) -> RefundState:
    metadata = {name: str(value) for name, value in plain(refund.metadata).items()}
    return RefundState(
        id=refund.id,
        payment_intent_id=id_of(refund.payment_intent),
        amount_minor=from_stripe(refund.amount, refund.currency),
        currency=refund.currency.upper(),
        status=refund.status or "pending",
        failure_reason=getattr(refund, "failure_reason", None),
        key=metadata.get(REFUND),
        metadata=metadata,
        created_at=moment(refund.created),
    )


def notice_of(event: Any) -> Notice:
    about = plain(event.data.object)
    kind, id, ours = about.get("object"), str(about.get("id", "")), plain(about.get("metadata"))
    charge = id_of(about.get("charge") or about.get("latest_charge"))
    return Notice(
        id=event.id,
        type=event.type,
        created_at=moment(event.created),
        object_id=id,
        checkout_id=id if kind == "checkout.session" else None,
        payment_intent_id=id if kind == "payment_intent" else id_of(about.get("payment_intent")),
        charge_id=id if kind == "charge" else charge,
        payment_public_id=about.get("client_reference_id") or ours.get(PAYMENT),
        refund_public_id=_name(ours.get(REFUND)) if kind == "refund" else None,
    )


def _name(key: object) -> str | None:
    """Our name of a refund, without the number of the attempt."""
    return key.partition(":")[0] if isinstance(key, str) else None
