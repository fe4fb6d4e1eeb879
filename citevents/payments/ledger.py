"""The double-entry ledger: postings named by their cause, so that each is made once."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from citevents.core.db import session
from citevents.payments.models import Account, Entry, Posting


def post(
    cause: str, lines: dict[Account, int], currency: str, *, payment_id: int, refund_id: int | None = None
) -> bool:
    """Write a posting in the current transaction; False when this cause is booked already. The lines must add up to nought."""
    if sum(lines.values()):
        raise ValueError(f"posting {cause} does not balance: {lines}")
    current = session()
    if current.scalar(sa.select(Posting.id).where(Posting.cause == cause)) is not None:
        return False
    posting = Posting(cause=cause, payment_id=payment_id, refund_id=refund_id)
    current.add(posting)
    current.flush()
    current.add_all(
        Entry(posting_id=posting.id, account=account, amount=amount, currency=currency)
        for account, amount in lines.items()
    )
    return True


def next_cause(cause: str) -> str:
    """The name of one more posting of the same cause: `refund:x`, then `refund:x:2`; under the payment's row lock."""
    made = session().scalar(
        sa.select(sa.func.count())
        .select_from(Posting)
        .where(sa.or_(Posting.cause == cause, Posting.cause.startswith(f"{cause}:", autoescape=True)))
    )
    return f"{cause}:{made + 1}" if made else cause


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What an account holds, in minor units; plus is debit."""

    account: Account
    currency: str
    amount: int


def balances() -> list[Balance]:
    """Every account of the organization per currency."""
    rows = session().execute(
        sa.select(Entry.account, Entry.currency, sa.func.sum(Entry.amount).label("amount"))
        .group_by(Entry.account, Entry.currency)
        .order_by(Entry.currency, Entry.account)
    )
    return [Balance(account=row.account, currency=row.currency, amount=int(row.amount)) for row in rows]


def held(payment_id: int, currency: str) -> int:
    """What the processor holds of a payment by the ledger, in minor units; what disputes cost is apart."""
    total = session().scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Entry.amount), 0))
        .join(Posting)
        .where(
            Posting.payment_id == payment_id,
            Entry.account == Account.PROCESSOR,
            Entry.currency == currency,
            ~Posting.cause.startswith("dispute_fee:", autoescape=True),
        )
    )
    return int(total or 0)


def owed_to_buyer(payment_id: int) -> int:
    """What of a payment is neither earned nor returned, in minor units."""
    total = session().scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Entry.amount), 0))
        .join(Posting)
        .where(Posting.payment_id == payment_id, Entry.account == Account.BUYERS)
    )
    return -int(total or 0)
