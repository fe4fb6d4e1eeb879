"""Letters about money. Called by reactions; each is sent once per cause."""

from __future__ import annotations

from citevents.conferences import queries as conferences
from citevents.core.db import must
from citevents.core.documents import render
from citevents.core.languages import in_language
from citevents.core.links import link_to
from citevents.core.mail import Attachment, post
from citevents.core.money import Money
from citevents.payments import queries
from citevents.payments.models import Payment, Refund, RefundReason
from citevents.people import queries as people
from citevents.registration import queries as registrations


def refunded(refund_id: int) -> None:
    """Money went back: how much and why, with the credit note where an invoice was issued."""
    refund = must(Refund, refund_id)
    order = registrations.order(must(Payment, refund.payment_id).order_id)
    buyer = people.person(order.person_id)
    if buyer.erased:
        return
    conference = conferences.by_id(order.conference_id)
    note = _credit_note(refund.id, order.language)
    post(
        f"payment.refunded:{refund.id}",
        "payments/refunded",
        to=buyer.mail,
        name=buyer.call_name,
        language=order.language,
        person_id=buyer.id,
        attachments=note,
        conference=conference,
        order=order,
        amount=Money(refund.amount, refund.currency),
        late=refund.reason is RefundReason.LATE,
        note=bool(note),
        url=link_to("registration.order", conference=conference.slug, order=order.public_id),
    )


def _credit_note(refund_id: int, language: str) -> list[Attachment]:
    document = queries.credit_note(refund_id)
    if document is None:
        return []
    with in_language(language):
        pdf = render("receipt", document.data(), language)
    return [Attachment(name=f"{document.label}.pdf", content=pdf, mimetype="application/pdf")]
