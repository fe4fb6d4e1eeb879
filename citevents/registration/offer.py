"""What a reader is offered right now: tickets with today's price and what is left, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from citevents.conferences.catalog import Catalog, PriceView, TicketTypeView
from citevents.core.money import Money, format_money
from citevents.core.times import format_day, format_deadline
from citevents.locale.languages import gettext as _
from citevents.locale.languages import ngettext
from citevents.registration import policy
from citevents.registration.queries import QuotaPlaces

#: What is left is said from here down: then it matters, and before it would only press.
FEW = 100
#: A page is not kept longer than this, whatever it shows.
LONGEST = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One thing to choose. `step` is None when nothing of it can be bought now, and `note` says why."""

    ticket: TicketTypeView
    step: PriceView | None
    left: int | None
    note: str

    @property
    def open(self) -> bool:
        """Whether it can be chosen."""
        return self.step is not None and (self.left is None or self.left > 0)


@dataclass(frozen=True)
class Offer:
    """Everything to choose from at one moment."""

    catalog: Catalog
    at: datetime
    places: Mapping[int, QuotaPlaces]
    sold: Mapping[int, int]

    @property
    def closed(self) -> str | None:
        """Why nobody can register now, in words."""
        refusal = policy.why_closed(self.catalog.conference, self.at)
        return refusal.sentence if refusal else None

    @property
    def tickets(self) -> list[Choice]:
        return [self.choice(ticket) for ticket in self.catalog.admissions]

    @property
    def add_ons(self) -> list[Choice]:
        return [self.choice(ticket) for ticket in self.catalog.add_ons]

    @property
    def full(self) -> bool:
        """Whether every ticket that is on sale is full."""
        on_sale = [choice for choice in self.tickets if choice.step]
        return bool(on_sale) and not any(choice.open for choice in on_sale)

    def choice(self, ticket: TicketTypeView) -> Choice:
        """The ticket with its price now, what is left of it, and what to know."""
        sold = self.sold.get(ticket.id, 0)
        step = policy.price_now(ticket.prices, self.at, sold) if self._on_sale(ticket, sold) else None
        free = [self.places[quota_id].free for quota_id in ticket.quota_ids if quota_id in self.places]
        left = min(free) if free else None
        return Choice(
            ticket=ticket,
            step=step if isinstance(step, PriceView) else None,
            left=left,
            note=self._note(ticket, left),
        )

    def money(self, minor: int) -> Money:
        return Money(minor, self.catalog.conference.currency)

    def price_words(self, minor: int) -> str:
        """An amount as a price tag: nothing to pay is a word."""
        return format_money(self.money(minor)) if minor else str(_("Free"))

    def shown(self) -> tuple[tuple[int, int | None, int | None], ...]:
        """What the form shows of places and prices that sales change: the same from sale to sale while there are many."""
        return tuple(
            (
                choice.ticket.id,
                choice.step.id if choice.step else None,
                None if choice.left is None else min(choice.left, FEW + 1),
            )
            for choice in (*self.tickets, *self.add_ons)
        )

    def until(self) -> datetime:
        """When something of this changes by the clock alone; what shows it is old from then on."""
        conference = self.catalog.conference
        moments: Iterable[datetime | None] = (
            conference.registration_opens_at,
            conference.registration_closes_at,
            *(ticket.on_sale_from for ticket in self.catalog.tickets),
            *(ticket.on_sale_until for ticket in self.catalog.tickets),
            *(price.until for ticket in self.catalog.tickets for price in ticket.prices),
        )
        later = [moment for moment in moments if moment and moment > self.at]
        return min([self.at + LONGEST, *later])

    def _on_sale(self, ticket: TicketTypeView, sold: int) -> bool:
        return policy.is_on_sale(ticket, self.at, sold)

    def _note(self, ticket: TicketTypeView, left: int | None) -> str:
        zone = self.catalog.conference.zone
        if ticket.on_sale_from and self.at < ticket.on_sale_from:
            return str(_("On sale from %(day)s", day=format_day(ticket.on_sale_from, zone)))
        ends = [price.until for price in ticket.prices]
        last = ticket.on_sale_until or (max(end for end in ends if end) if ends and all(ends) else None)
        if last and self.at >= last:
            return str(_("Ended %(day)s", day=format_deadline(last, zone)))
        if not policy.is_on_sale(ticket, self.at, self.sold.get(ticket.id, 0)):
            return str(_("Not on sale"))
        if left is not None and left <= 0:
            return str(_("Full."))
        if left is not None and left <= FEW:
            return str(ngettext("%(num)s seat left.", "%(num)s seats left.", left))
        return ""


def price_steps(offer: Offer) -> list[dict[str, object]]:
    """The price steps of the first ticket that has several, for `p.prices`; empty where no price changes."""
    ticket = next((each for each in offer.catalog.admissions if len(each.prices) > 1), None)
    if ticket is None:
        return []
    now = policy.price_now(ticket.prices, offer.at, offer.sold.get(ticket.id, 0))
    place = ticket.prices.index(now) if isinstance(now, PriceView) else len(ticket.prices)
    return [
        {
            "price": format_money(offer.money(step.amount)),
            "name": step.name,
            "note": _step_note(offer, step, past=index < place),
            "state": "past" if index < place else "now" if index == place else "later",
            "share": _share(offer, ticket, index),
        }
        for index, step in enumerate(ticket.prices)
    ]


def _step_note(offer: Offer, step: PriceView, *, past: bool) -> str:
    zone = offer.catalog.conference.zone
    if past and step.until and step.until <= offer.at:
        return str(_("ended %(day)s", day=format_deadline(step.until, zone)))
    if past:
        return str(_("sold out"))
    if step.until:
        return str(_("until %(day)s", day=format_deadline(step.until, zone)))
    if step.until_sold:
        return str(ngettext("for the first one", "for the first %(num)s", step.until_sold))
    return ""


def _share(offer: Offer, ticket: TicketTypeView, index: int) -> int:
    """How much of a step's time is over, in percent."""
    step = ticket.prices[index]
    before = ticket.prices[index - 1].until if index else offer.catalog.conference.registration_opens_at
    if not step.until or not before or step.until <= before:
        return 50
    return round(100 * min(max((offer.at - before) / (step.until - before), 0.0), 1.0))
