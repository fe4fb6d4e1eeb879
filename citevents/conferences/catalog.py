"""What a conference sells and asks, in the reader's language: frozen, and remembered by the conference's revision."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import sqlalchemy as sa
from flask import current_app

from citevents.conferences.models import Price, Question, QuestionKind, Quota, QuotaUse, TicketType
from citevents.conferences.queries import REMEMBER, ConferenceView
from citevents.core.db import current_organization_id, session
from citevents.locale.languages import current_language


@dataclass(frozen=True, kw_only=True)
class PriceView:
    """A step: `amount` in minor units until an instant, or until so many are sold; without both it holds for good."""

    id: int
    name: str
    amount: int
    until: datetime | None
    until_sold: int | None


@dataclass(frozen=True, kw_only=True)
class TicketTypeView:
    """What can be bought. `prices` in their order; `quota_ids` ascending: the order in which places are taken."""

    id: int
    public_id: str
    name: str
    description: str
    add_on: bool
    tax_basis_points: int
    on_sale_from: datetime | None
    on_sale_until: datetime | None
    hidden: bool
    prices: tuple[PriceView, ...]
    quota_ids: tuple[int, ...]

    @cached_property
    def counted(self) -> bool:
        """Whether a price of it ends by count."""
        return any(price.until_sold is not None for price in self.prices)


@dataclass(frozen=True, kw_only=True)
class QuotaView:
    """A pool; `capacity` in places."""

    id: int
    name: str
    capacity: int
    main: bool


@dataclass(frozen=True, kw_only=True)
class QuestionView:
    """A question. `options` are (value as stored, words in the reader's language)."""

    id: int
    label: str
    kind: QuestionKind
    options: tuple[tuple[str, str], ...]
    required: bool
    sensitive: bool
    reason: str
    erase_after_days: int | None

    @property
    def field(self) -> str:
        """Name of its form field."""
        return f"q{self.id}"


@dataclass(frozen=True)
class Catalog:
    """Everything a conference sells and asks."""

    conference: ConferenceView
    tickets: tuple[TicketTypeView, ...]
    quotas: tuple[QuotaView, ...]
    questions: tuple[QuestionView, ...]

    @cached_property
    def by_public_id(self) -> dict[str, TicketTypeView]:
        return {ticket.public_id: ticket for ticket in self.tickets}

    @property
    def admissions(self) -> list[TicketTypeView]:
        """Tickets that let somebody in, as everybody sees them."""
        return [ticket for ticket in self.tickets if not ticket.add_on and not ticket.hidden]

    @property
    def add_ons(self) -> list[TicketTypeView]:
        return [ticket for ticket in self.tickets if ticket.add_on and not ticket.hidden]

    @property
    def main_quota(self) -> QuotaView | None:
        """The pool that stands for the seats of the conference."""
        return next((quota for quota in self.quotas if quota.main), self.quotas[0] if self.quotas else None)


def catalog(conference: ConferenceView) -> Catalog:
    """What `conference` sells and asks, as of its revision."""
    key = (current_organization_id(), conference.id, conference.revision, current_language())
    memory: dict[tuple[int, int, int, str], Catalog] = current_app.extensions.setdefault("catalogs", {})
    known = memory.get(key)
    if known is None:
        if len(memory) >= REMEMBER:
            memory.clear()
        known = memory[key] = _read(conference)
    return known


def _read(conference: ConferenceView) -> Catalog:
    language = current_language()
    types = session().scalars(
        sa.select(TicketType)
        .where(TicketType.conference_id == conference.id)
        .order_by(TicketType.position, TicketType.id)
    )
    prices, uses = _prices(conference.id), _uses(conference.id)
    quotas = session().scalars(
        sa.select(Quota).where(Quota.conference_id == conference.id).order_by(Quota.main.desc(), Quota.id)
    )
    questions = session().scalars(
        sa.select(Question)
        .where(Question.conference_id == conference.id)
        .order_by(Question.position, Question.id)
    )
    return Catalog(
        conference=conference,
        tickets=tuple(_ticket(row, language, prices[row.id], uses[row.id]) for row in types),
        quotas=tuple(
            QuotaView(id=row.id, name=row.name, capacity=row.capacity, main=row.main) for row in quotas
        ),
        questions=tuple(_question(row, language) for row in questions),
    )


def _prices(conference_id: int) -> defaultdict[int, list[PriceView]]:
    found: defaultdict[int, list[PriceView]] = defaultdict(list)
    rows = session().scalars(
        sa.select(Price)
        .join(TicketType)
        .where(TicketType.conference_id == conference_id)
        .order_by(Price.position, Price.id)
    )
    for row in rows:
        found[row.ticket_type_id].append(
            PriceView(id=row.id, name=row.name, amount=row.amount, until=row.until, until_sold=row.until_sold)
        )
    return found


def _uses(conference_id: int) -> defaultdict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    rows = session().execute(
        sa.select(QuotaUse.ticket_type_id, QuotaUse.quota_id)
        .join(TicketType)
        .where(TicketType.conference_id == conference_id)
    )
    for ticket_type_id, quota_id in rows:
        found[ticket_type_id].append(quota_id)
    return found


def _ticket(row: TicketType, language: str, prices: list[PriceView], quota_ids: list[int]) -> TicketTypeView:
    words = row.wording.get(language, {})
    return TicketTypeView(
        id=row.id,
        public_id=row.public_id,
        name=words.get("name") or row.name,
        description=words.get("description") or row.description,
        add_on=row.add_on,
        tax_basis_points=row.tax_basis_points,
        on_sale_from=row.on_sale_from,
        on_sale_until=row.on_sale_until,
        hidden=row.hidden,
        prices=tuple(prices),
        quota_ids=tuple(sorted(quota_ids)),
    )


def _question(row: Question, language: str) -> QuestionView:
    words = row.wording.get(language, {})
    labels = words.get("options") or row.options
    if len(labels) != len(row.options):
        labels = row.options
    return QuestionView(
        id=row.id,
        label=words.get("label") or row.label,
        kind=row.kind,
        options=tuple(zip(row.options, labels, strict=True)),
        required=row.required,
        sensitive=row.sensitive,
        reason=words.get("reason") or row.reason,
        erase_after_days=row.erase_after_days,
    )
