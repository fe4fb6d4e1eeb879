"""What pages and other slices may know of money: frozen rows, amounts in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from citevents.core.db import Organization, current_organization_id, get, session
from citevents.core.money import Money, format_money
from citevents.core.times import format_day
from citevents.locale.countries import country_name
from citevents.locale.languages import gettext as _
from citevents.payments.models import (
    Account,
    Case,
    CaseKind,
    Entry,
    Invoice,
    Payment,
    PaymentState,
    Posting,
    Refund,
)
from citevents.registration import queries as registrations


@dataclass(frozen=True, kw_only=True)
class PaymentBrief:
    """Enough for the page that waits for the processor's word."""

    public_id: str
    order_id: int
    settled: bool


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    id: int
    kind: CaseKind
    payment_public_id: str | None
    details: dict[str, Any]
    opened_at: datetime
    #: The refund that is to be decided about, where it is one.
    refund_public_id: str | None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Totals of a conference per currency: taken in, given back by whatever way, earned, tax, still owed to buyers, kept of
    what was owed with a reason, held by the processor more (or less) than anything explains, held by banks until they decide, and gone for good by disputes with their fees."""

    currency: str
    taken: int
    returned: int
    earned: int
    tax: int
    owed: int
    written_off: int
    differences: int
    disputed: int
    lost: int


@dataclass(frozen=True, kw_only=True)
class InvoiceLink:
    """Where an invoice, or a credit note (`note`), is to be had."""

    label: str
    public_id: str
    note: bool


@dataclass(frozen=True, kw_only=True)
class InvoiceDocument:
    """An invoice with everything its page shows."""

    label: str
    invoice: Invoice
    credits_label: str | None
    #: Whether all of this is a sample, nothing is sold.
    sample: bool

    def data(self) -> dict[str, Any]:
        """What the document's template prints, written in the current language."""
        note = self.credits_label is not None

        def money(minor: int) -> str:
            return format_money(Money(minor, self.invoice.currency))

        lines = [(line["name"], line["net"]) for line in self.invoice.lines]
        if note:
            lines = [(_("Refunded of invoice %(number)s", number=self.credits_label), self.invoice.net)]
        return {
            "title": _("Credit note %(number)s", number=self.label)
            if note
            else _("Invoice %(number)s", number=self.label),
            "organization": self.invoice.seller_name,
            "sample": self.sample,
            "seller": {"name": self.invoice.seller_name, "lines": [self.invoice.seller_mail]},
            "buyer": self._buyer(),
            "facts": [
                [_("Date"), format_day(self.invoice.issued_at.date())],
                [_("Order"), registrations.number_of(self.invoice.order_id)],
                [_("For"), self.invoice.subject],
                [_("Currency"), self.invoice.currency],
            ],
            "lines": [
                {"what": what, "count": 1, "each": money(net), "amount": money(net)} for what, net in lines
            ],
            "taxes": [
                [_("Without tax"), money(self.invoice.net)],
                [_("Tax"), money(self.invoice.tax)],
            ],
            "total": money(self.invoice.total),
            "notes": [_("The amount goes back to the buyer.") if note else _("Paid by card. Thank you.")],
        }

    def _buyer(self) -> dict[str, Any]:
        country = self.invoice.buyer_country
        name = (
            _("The name was erased as the buyer asked") if self.invoice.erased_at else self.invoice.buyer_name
        )
        address = [self.invoice.buyer_agency, country_name(country) if country else ""]
        return {"name": name, "lines": [line for line in address if line]}


def payment_by_public_id(public_id: str) -> PaymentBrief | None:
    """The payment that a buyer came back from."""
    payment = session().scalar(sa.select(Payment).where(Payment.public_id == public_id))
    if payment is None:
        return None
    return PaymentBrief(
        public_id=payment.public_id,
        order_id=payment.order_id,
        settled=payment.state is not PaymentState.OPEN,
    )


def label(invoice: Invoice) -> str:
    """How an invoice is called: series and number."""
    return f"{invoice.series}-{invoice.number:06d}"


def invoices_of_order(order_id: int) -> list[InvoiceLink]:
    """The invoice and credit notes of an order, oldest first."""
    rows = session().scalars(
        sa.select(Invoice).where(Invoice.order_id == order_id).order_by(Invoice.issued_at, Invoice.id)
    )
    return [
        InvoiceLink(label=label(row), public_id=row.public_id, note=row.credits is not None) for row in rows
    ]


def papers(order_id: int) -> list[InvoiceDocument]:
    """What was issued for an order, with what a page shows of each, oldest first."""
    links = invoices_of_order(order_id)
    return [document for each in links if (document := invoice_document(each.public_id))]


def invoice_document(public_id: str) -> InvoiceDocument | None:
    """An invoice or credit note by its link."""
    return _document(Invoice.public_id == public_id)


def credit_note(refund_id: int) -> InvoiceDocument | None:
    """The credit note of a refund; None where nothing was invoiced."""
    return _document(Invoice.refund_id == refund_id)


def _document(which: sa.ColumnElement[bool]) -> InvoiceDocument | None:
    invoice = session().scalar(sa.select(Invoice).where(which))
    if invoice is None:
        return None
    credited = get(Invoice, invoice.credits)
    return InvoiceDocument(
        label=label(invoice),
        invoice=invoice,
        credits_label=label(credited) if credited else None,
        sample=session().get_one(Organization, current_organization_id()).sample,
    )


def open_cases(conference_id: int) -> list[CaseLine]:
    """Cases that wait for a person; those that belong to no payment show on every conference's desk."""
    rows = session().execute(
        sa.select(Case, Payment.public_id, Refund.public_id)
        .select_from(Case)
        .outerjoin(
            Payment,
            sa.and_(Payment.organization_id == Case.organization_id, Payment.id == Case.payment_id),
        )
        .outerjoin(
            Refund,
            sa.and_(
                Refund.organization_id == Case.organization_id,
                Refund.id == Case.details["refund"].as_integer(),
            ),
        )
        .where(
            Case.closed_at.is_(None),
            sa.or_(Case.payment_id.is_(None), Payment.order_id.in_(registrations.order_ids(conference_id))),
        )
        .order_by(Case.opened_at)
    )
    return [
        CaseLine(
            id=case.id,
            kind=case.kind,
            payment_public_id=public_id,
            details=case.details,
            opened_at=case.opened_at,
            refund_public_id=refund,
        )
        for case, public_id, refund in rows
    ]


def overview(conference_id: int) -> list[Overview]:
    """The ledger's totals for one conference, a row per currency."""
    account = Entry.account
    amount = Entry.amount
    paid_in = sa.func.coalesce(
        sa.func.sum(amount).filter(account == Account.PROCESSOR, Posting.cause.startswith("payment:")), 0
    )
    paid_out = sa.func.coalesce(
        sa.func.sum(-amount).filter(
            account.in_((Account.PROCESSOR, Account.ELSEWHERE)), Posting.refund_id.is_not(None)
        ),
        0,
    )

    def credit(*of: Account) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(-amount).filter(account.in_(of)), 0)

    rows = session().execute(
        sa.select(
            Entry.currency,
            paid_in.label("taken"),
            paid_out.label("returned"),
            credit(Account.SALES).label("earned"),
            credit(Account.TAX).label("tax"),
            credit(Account.BUYERS).label("owed"),
            credit(Account.WRITTEN_OFF).label("written_off"),
            credit(Account.DIFFERENCES).label("differences"),
            (-credit(Account.DISPUTED)).label("disputed"),
            (-credit(Account.LOST, Account.FEES)).label("lost"),
        )
        .join(
            Posting, sa.and_(Posting.organization_id == Entry.organization_id, Posting.id == Entry.posting_id)
        )
        .join(
            Payment,
            sa.and_(Payment.organization_id == Posting.organization_id, Payment.id == Posting.payment_id),
        )
        .where(Payment.order_id.in_(registrations.order_ids(conference_id)))
        .group_by(Entry.currency)
        .order_by(Entry.currency)
    )
    return [
        Overview(currency=row.currency, **{name: int(row[at]) for at, name in enumerate(row._fields) if at})
        for row in rows
    ]


def orders_behind(payment_ids: set[int], refund_ids: set[int]) -> dict[tuple[str, int], int]:
    """The order of each: `{("payment_id", 7): order id, ("refund_id", 3): order id}`."""
    found: dict[tuple[str, int], int] = {}
    if payment_ids:
        paid = session().execute(sa.select(Payment.id, Payment.order_id).where(Payment.id.in_(payment_ids)))
        found |= {("payment_id", row.id): row.order_id for row in paid}
    if refund_ids:
        of = sa.and_(Payment.organization_id == Refund.organization_id, Payment.id == Refund.payment_id)
        back = session().execute(
            sa.select(Refund.id, Payment.order_id).join(Payment, of).where(Refund.id.in_(refund_ids))
        )
        found |= {("refund_id", row.id): row.order_id for row in back}
    return found
