"""What goes back when places are cancelled: the one place that computes it. Pages, emails, desks and books say what it says.

Amounts are minor units of the order's currency. The money itself is kept a floor above, which hands in its `Books`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from citevents.conferences import queries as conferences
from citevents.core.db import current_organization_id, must, session
from citevents.core.money import Money
from citevents.registration import policy
from citevents.registration.models import Order, OrderLine, OrderState, Registration, RegistrationState
from citevents.registration.orders import OrderView
from citevents.registration.policy import Opening


@dataclass(frozen=True, kw_only=True)
class OrderMoney:
    """How the money of a payment stands: `left` can still be promised back, `owed` was promised and has not moved yet (of
    which `stuck` needs a person), `returned` did. Of a payment that is `blocked` by a dispute nothing is left: `held` would be,
    once the buyer's bank has decided."""

    paid: int = 0
    left: int = 0
    held: int = 0
    blocked: bool = False
    owed: int = 0
    stuck: int = 0
    returned: int = 0

    def __add__(self, other: OrderMoney) -> OrderMoney:
        both = {name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__}
        return OrderMoney(**both | {"blocked": self.blocked or other.blocked})


class Books(Protocol):
    """What the floor that keeps the money does for orders."""

    def standing(self, payment_ids: Iterable[int] | sa.Select[int | None]) -> Mapping[int, OrderMoney]:
        """How payments stand, by id; those without money are left out."""

    def of_order(self, order_id: int) -> OrderMoney:
        """Everything that was ever paid for an order, late money too."""

    def promise(self, payment_id: int, registration_id: int, amount: int) -> None:
        """Owe `amount` to the buyer for a place that was given back, from this transaction on until it moved."""


_books: list[Books] = []


def kept_in(books: Books) -> None:
    """Name who keeps the money; said once, at start."""
    _books[:] = [books]


def standing(payment_id: int | None) -> OrderMoney:
    """How the payment of an order stands; nothing at all for an order that is free or unpaid."""
    if payment_id is None:
        return OrderMoney()
    return _books[0].standing([payment_id]).get(payment_id, OrderMoney())


def paid_for(order_id: int) -> OrderMoney:
    """How everything stands that was ever paid for an order, money that came too late included."""
    return _books[0].of_order(order_id)


@dataclass(frozen=True, kw_only=True)
class Due:
    """What goes back for places, by registration; `held` is what would, had the buyer's bank not to decide about it first."""

    amounts: Mapping[int, int]
    held: Mapping[int, int]

    @property
    def total(self) -> int:
        """What goes back in all."""
        return sum(self.amounts.values())


def due(
    payment_id: int | None,
    costs: Mapping[int, int],
    conference: Opening,
    at: datetime,
    *,
    by_house: bool = False,
) -> Due:
    """What goes back if places are cancelled now. `costs` is what each of them cost, by registration."""
    wanted = {each: policy.refund(cost, conference, at, by_house=by_house) for each, cost in costs.items()}
    stands = standing(payment_id) if any(wanted.values()) else OrderMoney()
    return Due(amounts=policy.within(wanted, stands.left), held=policy.within(wanted, stands.held))


def of_order(order: OrderView, conference: Opening, at: datetime, *, by_house: bool = False) -> Money:
    """What goes back if the order's live places are all cancelled now."""
    return Money(
        due(order.payment_id, order.costs, conference, at, by_house=by_house).total, order.total.currency
    )


def release(order_id: int, *, won: bool) -> None:
    """The buyer's bank has decided: what was held back is promised now, or went to the buyer by the bank."""
    order = must(Order, order_id, lock=True)
    places = session().scalars(
        sa.select(Registration)
        .where(Registration.order_id == order_id, Registration.refund_held > 0)
        .order_by(Registration.id)
    )
    held = {place.id: place for place in places}
    wanted = {id: place.refund_held for id, place in held.items()}
    amounts = policy.within(wanted, standing(order.payment_id).left) if won else {}
    for id, place in held.items():
        place.refund_held, place.refund_due = 0, amounts.get(id, 0)
    promise(order.payment_id, amounts)


def promise(payment_id: int | None, amounts: Mapping[int, int]) -> None:
    """Owe what was said to go back, by registration, in the transaction in which it is said."""
    for registration_id, amount in amounts.items():
        if payment_id is not None and amount:
            _books[0].promise(payment_id, registration_id, amount)


def decide(order_id: int) -> None:
    """Decisions about the money of one order take turns: whoever calls this waits for the one before, until it is committed."""
    must(Order, order_id, lock=True)


@dataclass(frozen=True, kw_only=True)
class Cancelling:
    """What cancelling a whole event does: how many people lose a place, how many unpaid orders end, what goes back now, and
    what banks have to decide about first."""

    people: int
    unpaid: int
    money: tuple[Money, ...]
    held: tuple[Money, ...] = ()


def cancelling(conference_id: int, at: datetime) -> Cancelling:
    """What cancelling this event now would do; the sums are exactly those that are then promised, one per currency."""
    conference = conferences.by_id(conference_id)
    books = _books[0].standing(_payments_of(conference_id))
    people, sums, held = 0, Counter[str](), Counter[str]()
    for payment_id, costs, currency in _confirmed(conference_id):
        people += len(costs)
        wanted = {each: policy.refund(cost, conference, at, by_house=True) for each, cost in costs.items()}
        stands = books.get(payment_id or 0, OrderMoney())
        sums[currency] += sum(policy.within(wanted, stands.left).values())
        held[currency] += sum(policy.within(wanted, stands.held).values())
    return Cancelling(
        people=people,
        unpaid=_unpaid(conference_id),
        money=tuple(Money(minor, currency) for currency, minor in sorted(sums.items()) if minor),
        held=tuple(Money(minor, currency) for currency, minor in sorted(held.items()) if minor),
    )


def _payments_of(conference_id: int) -> sa.Select[int | None]:
    return sa.select(Order.payment_id).where(
        Order.organization_id == current_organization_id(),
        Order.conference_id == conference_id,
        Order.state == OrderState.CONFIRMED,
        Order.payment_id.is_not(None),
    )


def _confirmed(conference_id: int) -> Iterable[tuple[int | None, dict[int, int], str]]:
    """(payment, what each live place cost, currency) of every confirmed order."""
    rows = session().execute(
        sa.select(Order.id, Order.payment_id, Order.currency, Registration.id, sa.func.sum(OrderLine.total))
        .join(Registration, _same(Order, Registration, Registration.order_id == Order.id))
        .join(OrderLine, _same(Registration, OrderLine, OrderLine.registration_id == Registration.id))
        .where(Registration.conference_id == conference_id, Registration.state == RegistrationState.CONFIRMED)
        .group_by(Order.organization_id, Order.id, Registration.id)
    )
    found: dict[int, tuple[int | None, dict[int, int], str]] = {}
    for order_id, payment_id, currency, registration_id, cost in rows:
        _payment, costs, _currency = found.setdefault(order_id, (payment_id, {}, currency))
        costs[registration_id] = int(cost)
    return found.values()


def _same(
    one: type[Order] | type[Registration],
    other: type[Registration] | type[OrderLine],
    on: sa.ColumnElement[bool],
) -> sa.ColumnElement[bool]:
    return sa.and_(other.organization_id == one.organization_id, on)


def _unpaid(conference_id: int) -> int:
    return (
        session().scalar(
            sa.select(sa.func.count())
            .select_from(Order)
            .where(Order.conference_id == conference_id, Order.state.in_(policy.KEEPING))
        )
        or 0
    )
