"""Decisions about orders: is it open, what costs what now, what is needed of each quota, what goes back.

Pure: time, counts and everything else are arguments. Amounts are minor units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from citevents.core.errors import DomainError
from citevents.core.money import tax_on
from citevents.registration.errors import (
    AddOnFull,
    ChooseTicket,
    EventCancelled,
    NotOnSale,
    NotOpenYet,
    RegistrationClosed,
    SoldOut,
)
from citevents.registration.models import HOLD as HOLD
from citevents.registration.models import EndedBy, OrderState, RegistrationState

#: Version of the terms that whoever orders agrees to; kept with the order. A contract, and so no consent to take back.
TERMS = "2027-01"

#: How long what somebody typed and did not send is kept.
DRAFT = timedelta(hours=24)

ORDER_MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.HELD: frozenset(
        {OrderState.AWAITING_PAYMENT, OrderState.CONFIRMED, OrderState.EXPIRED, OrderState.CANCELLED}
    ),
    OrderState.AWAITING_PAYMENT: frozenset({OrderState.CONFIRMED, OrderState.EXPIRED, OrderState.CANCELLED}),
    # Money that came late finds a seat again if there is one. For what was given up it goes back.
    OrderState.EXPIRED: frozenset({OrderState.CONFIRMED}),
    OrderState.CONFIRMED: frozenset({OrderState.CANCELLED}),
    OrderState.CANCELLED: frozenset(),
}
REGISTRATION_MOVES: dict[RegistrationState, frozenset[RegistrationState]] = {
    RegistrationState.HELD: frozenset(
        {RegistrationState.CONFIRMED, RegistrationState.EXPIRED, RegistrationState.CANCELLED}
    ),
    RegistrationState.EXPIRED: frozenset({RegistrationState.CONFIRMED}),
    RegistrationState.CONFIRMED: frozenset({RegistrationState.CANCELLED}),
    RegistrationState.CANCELLED: frozenset(),
}

#: Orders whose places are kept for them.
KEEPING = (OrderState.HELD, OrderState.AWAITING_PAYMENT)
LIVE = (RegistrationState.HELD, RegistrationState.CONFIRMED)


def keeps(state: OrderState, expires_at: datetime | None, at: datetime) -> bool:
    """Whether an unpaid order keeps its seats now. One whose time is over does not, swept or not."""
    return state in KEEPING and expires_at is not None and at < expires_at


#: So many seats of a quota, and no fewer, may one caller keep unpaid or unproven, however small its share: an office, a family.
FEWEST = 5


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one caller may keep at once of seats that are neither paid nor proven: a share of each quota, and so many orders."""

    orders: int
    percent: int

    def of(self, capacity: int) -> int:
        """How many seats of a quota of this size."""
        return max(FEWEST, capacity * self.percent // 100)


def keeps_too_much(share: Share, orders: int, seats: Iterable[tuple[int, int]]) -> bool:
    """Whether a caller who keeps so many orders, and (seats, capacity) of each quota, keeps more than its share."""
    return orders > share.orders or any(kept > share.of(capacity) for kept, capacity in seats)


class Step(Protocol):
    """A price step (conferences.catalog.PriceView)."""

    @property
    def name(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def until_sold(self) -> int | None: ...


class Sale(Protocol):
    """A ticket type as far as prices and places go (conferences.catalog.TicketTypeView)."""

    @property
    def id(self) -> int: ...
    @property
    def public_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def add_on(self) -> bool: ...
    @property
    def hidden(self) -> bool: ...
    @property
    def tax_basis_points(self) -> int: ...
    @property
    def on_sale_from(self) -> datetime | None: ...
    @property
    def on_sale_until(self) -> datetime | None: ...
    @property
    def prices(self) -> Sequence[Step]: ...
    @property
    def quota_ids(self) -> Sequence[int]: ...
    @property
    def counted(self) -> bool: ...


class Opening(Protocol):
    """When a conference takes registrations (conferences.queries.ConferenceView)."""

    @property
    def state(self) -> str: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def registration_opens_at(self) -> datetime | None: ...
    @property
    def registration_closes_at(self) -> datetime | None: ...
    @property
    def refund_until(self) -> datetime | None: ...


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing bought. `total` = `net` + `tax`."""

    ticket_type_id: int
    name: str
    step: str
    net: int
    tax: int
    tax_basis_points: int
    quota_ids: tuple[int, ...]
    #: Whether a price of it ends by count.
    counted: bool = False

    @property
    def total(self) -> int:
        return self.net + self.tax


def why_closed(conference: Opening, at: datetime) -> DomainError | None:
    """Why nobody can register now, or None."""
    if conference.state == "cancelled":
        return EventCancelled()
    if conference.state != "public" or conference.ended_at:
        return RegistrationClosed()
    if conference.registration_opens_at is None or at < conference.registration_opens_at:
        return NotOpenYet()
    if conference.registration_closes_at and at >= conference.registration_closes_at:
        return RegistrationClosed()
    return None


def price_now(prices: Sequence[Step], at: datetime, sold: int = 0) -> Step | None:
    """The first step that still holds; None when no price holds any more, or none was set: then nothing is sold."""
    for step in prices:
        if (step.until is None or at < step.until) and (step.until_sold is None or sold < step.until_sold):
            return step
    return None


def is_on_sale(ticket: Sale, at: datetime, sold: int = 0) -> bool:
    """Whether it can be bought now as far as dates and prices go."""
    return (
        not ticket.hidden
        and (ticket.on_sale_from is None or at >= ticket.on_sale_from)
        and (ticket.on_sale_until is None or at < ticket.on_sale_until)
        and price_now(ticket.prices, at, sold) is not None
    )


def line(ticket: Sale, at: datetime, sold: int = 0, step_of_tax: int = 1) -> Line:
    """The ticket at today's price, its tax in whole steps of the currency. Raises NotOnSale."""
    step = price_now(ticket.prices, at, sold)
    if step is None or not is_on_sale(ticket, at, sold):
        raise NotOnSale(name=ticket.name, field="add_ons" if ticket.add_on else "ticket")
    return Line(
        ticket_type_id=ticket.id,
        name=ticket.name,
        step=step.name,
        net=step.amount,
        tax=tax_on(step.amount, ticket.tax_basis_points, step_of_tax),
        tax_basis_points=ticket.tax_basis_points,
        quota_ids=tuple(ticket.quota_ids),
        counted=ticket.counted,
    )


def choose(
    offered: Mapping[str, Sale],
    ticket: str,
    add_ons: Iterable[str],
    at: datetime,
    sold: Mapping[int, int],
    step_of_tax: int = 1,
) -> list[Line]:
    """The lines of an order: one ticket that lets in, then add-ons, each once.

    `offered` by public id; `sold` by ticket type id where a price counts. Raises ChooseTicket, NotOnSale.
    """
    chosen = offered.get(ticket)
    if chosen is None or chosen.add_on:
        raise ChooseTicket()
    lines = [line(chosen, at, sold.get(chosen.id, 0), step_of_tax)]
    for public_id in dict.fromkeys(add_ons):
        extra = offered.get(public_id)
        if extra is None or not extra.add_on:
            raise NotOnSale(name=extra.name if extra else "?", field="add_ons")
        lines.append(line(extra, at, sold.get(extra.id, 0), step_of_tax))
    return lines


def totals(lines: Iterable[Line]) -> tuple[int, int, int]:
    """Net, tax, total. Tax is rounded per line, so that the lines add up to the total."""
    amounts = [(each.net, each.tax) for each in lines]
    net, tax = sum(net for net, _tax in amounts), sum(tax for _net, tax in amounts)
    return net, tax, net + tax


def draws(quota_ids: Iterable[Iterable[int]]) -> Counter[int]:
    """How many places the lines draw from each quota."""
    return Counter(quota_id for ids in quota_ids for quota_id in ids)


def full(lines: Sequence[Line], quota_id: int) -> DomainError:
    """The refusal for a quota that has no place left: it names what the buyer chose, not the quota."""
    blamed = next((each for each in lines if quota_id in each.quota_ids), lines[0])
    return SoldOut(name=blamed.name) if blamed is lines[0] else AddOnFull(name=blamed.name)


def refund(total: int, conference: Opening, at: datetime, *, by_house: bool = False) -> int:
    """What a buyer gets back for a cancelled place: all of it until the day named, or whenever the house cancels."""
    in_time = conference.refund_until is not None and at < conference.refund_until
    return total if by_house or in_time or conference.state == "cancelled" else 0


def ended_by(*, off: bool, by_house: bool, refunded: bool) -> EndedBy:
    """Whose act ends a registration. `off`: the event is cancelled; `refunded`: the money went back before."""
    if off:
        return EndedBy.EVENT
    if by_house:
        return EndedBy.ORGANIZERS
    return EndedBy.REFUND if refunded else EndedBy.BUYER


def within(wanted: Mapping[int, int], left: int) -> dict[int, int]:
    """Amounts by key, cut so that together they are at most `left`; the first keys come first."""
    cut: dict[int, int] = {}
    for key, amount in sorted(wanted.items()):
        cut[key] = max(0, min(amount, left))
        left -= cut[key]
    return cut


#: Crockford's base 32: no I, L, O, U, so that a code can be read aloud.
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ticket_code(digest: bytes) -> str:
    """Eight letters (40 bits) that name a ticket at the desk, from a digest of its public id."""
    number = int.from_bytes(digest[:5], "big")
    return "".join(CODE_LETTERS[number >> shift & 31] for shift in range(35, -1, -5))


def read_code(text: str) -> str:
    """A code as typed or scanned, without blanks; letters that look alike are one. The last part of an address counts."""
    last = text.strip().rstrip("/").rpartition("/")[2].removesuffix(".pdf")
    return last if len(last) > 12 else _alike(last)


def _alike(text: str) -> str:
    kept = "".join(char for char in text.upper() if char.isalnum())
    return kept.translate(str.maketrans("OILU", "011V"))
