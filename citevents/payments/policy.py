"""Pure decisions about money: what a payment's processor state means, what may be refunded, how it is booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from citevents.payments.models import Account


class Outcome(StrEnum):
    """What the processor's word means for a payment of ours."""

    WAIT = "wait"
    SUCCEED = "succeed"
    FAIL = "fail"
    MISMATCH = "mismatch"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the processor says of a checkout: its status, whether paid, amount in minor units."""

    status: str  # open, complete, expired
    paid: bool
    amount: int
    currency: str


def outcome(told: Told, amount: int, currency: str) -> Outcome:
    """Money that is there counts, whatever else the processor says; it must be exactly ours."""
    if told.paid:
        same = told.amount == amount and told.currency.upper() == currency.upper()
        return Outcome.SUCCEED if same else Outcome.MISMATCH
    return Outcome.FAIL if told.status == "expired" else Outcome.WAIT


def refundable(paid: int, refunds: Sequence[int]) -> int:
    """Minor units that can still go back; `refunds` are the amounts asked, pending or done."""
    return max(0, paid - sum(refunds))


def split(amount: int, net: int, tax: int, before: int = 0) -> tuple[int, int]:
    """Share a part of a price into (net, tax) in the price's own proportion.

    `before` is what was given back earlier: the parts of all refunds together add up to the price exactly.

    >>> split(5_000, 10_000, 500)
    (4762, 238)
    """
    total = net + tax
    part = _tax_of(before + amount, tax, total) - _tax_of(before, tax, total)
    return amount - part, part


def _tax_of(amount: int, tax: int, total: int) -> int:
    return (amount * tax + total // 2) // total if total else 0


def received(amount: int) -> dict[Account, int]:
    """Lines of money that came: the processor holds it, and we owe its sender a place or the money."""
    return {Account.PROCESSOR: amount, Account.BUYERS: -amount}


def earned(net: int, tax: int) -> dict[Account, int]:
    """Lines of a confirmed order: the place is given, the net is earned, the tax is owed on."""
    return _without_zero({Account.BUYERS: net + tax, Account.SALES: -net, Account.TAX: -tax})


def given_back(amount: int, net: int, tax: int, before: int, *, confirmed: bool) -> dict[Account, int]:
    """Lines of a refund: out of sales and tax in proportion, or out of what was still owed to the buyer."""
    if not confirmed:
        return {Account.PROCESSOR: -amount, Account.BUYERS: amount}
    net_part, tax_part = split(amount, net, tax, before)
    return _without_zero({Account.PROCESSOR: -amount, Account.SALES: net_part, Account.TAX: tax_part})


def credited(amount: int, net: int, tax: int, before: int) -> dict[Account, int]:
    """Lines of a refund that went out before its sale was booked: from what was owed to the buyer to sales and tax."""
    net_part, tax_part = split(amount, net, tax, before)
    return _without_zero({Account.BUYERS: -amount, Account.SALES: net_part, Account.TAX: tax_part})


def _without_zero(lines: dict[Account, int]) -> dict[Account, int]:
    return {account: amount for account, amount in lines.items() if amount}
