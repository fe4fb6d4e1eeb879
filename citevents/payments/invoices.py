"""Invoices and credit notes: numbered without gaps per series, and never changed, but for the name of a buyer who is erased."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from citevents.core.clock import now
from citevents.core.db import Organization, current_organization_id, session
from citevents.payments import policy
from citevents.payments.models import Invoice, InvoiceSeries, Payment, Refund
from citevents.registration import queries as registrations


def series_of(at: datetime) -> str:
    """One series a year."""
    return f"{at.year}"


def next_number(series: str) -> int:
    """The next number, under the series' row lock: given back if the transaction fails, so that no gap can open."""
    current = session()
    current.execute(
        insert(InvoiceSeries)
        .values(organization_id=current_organization_id(), name=series, last=0)
        .on_conflict_do_nothing()
    )
    return int(
        current.execute(
            sa.update(InvoiceSeries)
            .where(InvoiceSeries.name == series)
            .values(last=InvoiceSeries.last + 1)
            .returning(InvoiceSeries.last)
            .execution_options(synchronize_session=False)
        ).scalar_one()
    )


def of_payment(payment_id: int) -> Invoice | None:
    """The invoice of a payment, if it was issued."""
    return session().scalar(
        sa.select(Invoice).where(Invoice.payment_id == payment_id, Invoice.credits.is_(None))
    )


def issue(payment: Payment) -> Invoice:
    """The invoice of a paid and confirmed order; the same one however often it is asked for."""
    current = session()
    found = of_payment(payment.id)
    if found is not None:
        return found
    bill = registrations.bill(payment.order_id)
    seller = current.get_one(Organization, current_organization_id())
    at = now()
    invoice = Invoice(
        series=series_of(at),
        number=next_number(series_of(at)),
        order_id=payment.order_id,
        payment_id=payment.id,
        issued_at=at,
        seller_name=seller.name,
        seller_mail=seller.mail,
        buyer_name=bill.buyer,
        buyer_agency=bill.agency,
        buyer_country=bill.country,
        subject=bill.conference,
        currency=payment.currency,
        net=bill.net,
        tax=bill.tax,
        total=bill.total,
        lines=[
            {
                "name": line.name,
                "net": line.net,
                "tax": line.tax,
                "total": line.total,
                "tax_basis_points": line.tax_basis_points,
            }
            for line in bill.lines
        ],
    )
    current.add(invoice)
    current.flush()
    return invoice


def is_credited(refund_id: int) -> bool:
    """Whether a refund has its credit note."""
    return session().scalar(sa.select(Invoice.id).where(Invoice.refund_id == refund_id)) is not None


def credited(invoice: Invoice) -> int:
    """What credit notes took back of an invoice so far, minor units."""
    total = session().scalar(sa.select(sa.func.sum(Invoice.total)).where(Invoice.credits == invoice.id))
    return -int(total or 0)


def credit(refund: Refund, invoice: Invoice, amount: int, before: int) -> None:
    """The credit note of a promise to give `amount` back, after `before` was taken back earlier."""
    at = now()
    net, tax = policy.split(amount, invoice.net, invoice.tax, before)
    note = Invoice(
        series=series_of(at),
        number=next_number(series_of(at)),
        order_id=invoice.order_id,
        payment_id=invoice.payment_id,
        credits=invoice.id,
        refund_id=refund.id,
        issued_at=at,
        seller_name=invoice.seller_name,
        seller_mail=invoice.seller_mail,
        buyer_name=invoice.buyer_name,
        buyer_agency=invoice.buyer_agency,
        buyer_country=invoice.buyer_country,
        erased_at=invoice.erased_at,
        subject=invoice.subject,
        currency=refund.currency,
        net=-net,
        tax=-tax,
        total=-amount,
    )
    session().add(note)
    session().flush()


def forget_buyer(person_id: int) -> None:
    """Take the name and agency of an erased person off what they bought; numbers, amounts and lines stay. Twice is once."""
    current = session()
    theirs = registrations.order_ids_of(person_id)
    # An invoice that is being issued right now holds its payment: wait for it.
    current.execute(
        sa.select(Payment.id).where(Payment.order_id.in_(theirs)).order_by(Payment.id).with_for_update()
    )
    current.execute(
        sa.update(Invoice)
        .where(Invoice.order_id.in_(theirs), Invoice.erased_at.is_(None))
        .values(buyer_name="", buyer_agency="", erased_at=now())
        .execution_options(synchronize_session=False)
    )
