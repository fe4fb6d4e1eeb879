"""Pure decisions about money: what a payment's processor state means, what may be refunded, how it is booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
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


def promised(amount: int, net: int, tax: int, before: int) -> dict[Account, int]:
    """Lines of a promise to give a part of a sale back: out of sales and tax in proportion, owed to the buyer from now on.

    `before` is what was promised of the same sale earlier.
    """
    net_part, tax_part = split(amount, net, tax, before)
    return _without_zero({Account.BUYERS: -amount, Account.SALES: net_part, Account.TAX: tax_part})


def moved(amount: int) -> dict[Account, int]:
    """Lines of a refund that the processor carried out: what was owed is returned."""
    return {Account.BUYERS: amount, Account.PROCESSOR: -amount}


def came_back(amount: int) -> dict[Account, int]:
    """Lines of a refund that did not arrive after all: the processor has the money again, and it is owed again."""
    return {Account.PROCESSOR: amount, Account.BUYERS: -amount}


def no_longer_owed(amount: int, instead: Account) -> dict[Account, int]:
    """Lines of a decision: returned by another way (ELSEWHERE), or nobody to return it to (WRITTEN_OFF)."""
    return {Account.BUYERS: amount, instead: -amount}


def withdrawn(amount: int) -> dict[Account, int]:
    """Lines of what a bank took until it has decided; negative: what it gave back."""
    return {Account.PROCESSOR: -amount, Account.DISPUTED: amount}


def fee(amount: int) -> dict[Account, int]:
    """Lines of what a dispute cost."""
    return {Account.PROCESSOR: -amount, Account.FEES: amount}


def lost(amount: int, owed: int) -> dict[Account, int]:
    """Lines of what a bank keeps: `owed` of it was owed to the buyer anyway, who has it now."""
    return _without_zero({Account.DISPUTED: -amount, Account.BUYERS: owed, Account.LOST: amount - owed})


def unexplained(amount: int) -> dict[Account, int]:
    """Lines of a decision: the processor holds `amount` more than all that is known explains; negative: less."""
    return {Account.PROCESSOR: amount, Account.DIFFERENCES: -amount}


#: Between the tries of a refund that has to wait; the last for ever, as long as it is owed.
PAUSES = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
)


def pause(tries: int) -> timedelta:
    """How long a refund waits after the processor said "not now" for the `tries`-th time (from 1)."""
    return PAUSES[min(tries, len(PAUSES)) - 1]


def within(waiting: Sequence[tuple[int, int]], amount: int) -> dict[int, int]:
    """Share `amount` out to (id, wanted), the first first: id -> minor units, none of them nothing."""
    found: dict[int, int] = {}
    for id, wanted in waiting:
        share = max(0, min(wanted, amount))
        amount -= share
        if share:
            found[id] = share
    return found


def covered_by(
    foreign: int, left: int, waiting: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]
) -> dict[int, int]:
    """Which promises a refund that nobody here asked for carries out: id -> minor units.

    `waiting` are (id, amount) of refunds that could not be made, oldest first: whoever refunds at the processor's own page
    most likely means those. `others` were promised and are on their way: of those only what is more than `left`, which is
    what of the payment is promised to nobody.
    """
    found = within(waiting, foreign)
    return found | within(others, foreign - sum(found.values()) - left)


def _without_zero(lines: dict[Account, int]) -> dict[Account, int]:
    return {account: amount for account, amount in lines.items() if amount}
