"""Letters about money. Called by reactions; each is sent once per cause."""

from __future__ import annotations

from collections.abc import Sequence

from citevents.conferences import queries as conferences
from citevents.core.access import Role
from citevents.core.db import Organization, current_organization_id, must, session
from citevents.core.links import link_to
from citevents.core.mail import Attachment, post
from citevents.core.money import Money
from citevents.documents.pdf import render
from citevents.locale.languages import DEFAULT, in_language
from citevents.payments import queries
from citevents.payments.models import Dispute, Payment, Refund, RefundReason, RefundState
from citevents.people import queries as people
from citevents.registration import queries as registrations
from citevents.registration.queries import OrderView


def refunded(refund_id: int) -> None:
    """Money went back: how much and why, with the credit note where an invoice was issued. Nothing if it came back meanwhile."""
    refund = must(Refund, refund_id)
    if refund.state not in (RefundState.SUCCEEDED, RefundState.RETURNED):
        return
    order = registrations.order(must(Payment, refund.payment_id).order_id)
    note = _credit_note(refund.id, order.language)
    _post(
        "refunded",
        refund,
        order,
        attachments=note,
        late=refund.reason is RefundReason.LATE,
        by_card=refund.state is RefundState.SUCCEEDED,
        note=bool(note),
    )


def refund_failed(refund_id: int) -> None:
    """Money did not arrive: it is owed, and somebody looks for another way. Nothing if it is on its way again."""
    refund = must(Refund, refund_id)
    if refund.state is RefundState.FAILED:
        _post("refund_failed", refund, registrations.order(must(Payment, refund.payment_id).order_id))


def disputed(dispute_id: int) -> None:
    """A buyer's bank took money back, or asks about it: the organizer may answer until a day. Nothing once it is decided."""
    dispute = must(Dispute, dispute_id)
    seller = session().get_one(Organization, current_organization_id())
    if dispute.closed_at is not None or not seller.mail:
        return
    payment = must(Payment, dispute.payment_id)
    order = registrations.order(payment.order_id)
    conference = conferences.by_id(order.conference_id)
    post(
        f"payment.disputed:{dispute.id}",
        "payments/disputed",
        to=seller.mail,
        name=seller.name,
        language=_language_of(seller),
        conference=conference,
        order=order,
        amount=Money(dispute.amount, dispute.currency),
        taken=dispute.withdrawn > 0,
        due=dispute.due_at,
        url=link_to("payments.payment", conference=conference.slug, payment=payment.public_id),
    )


def _language_of(seller: Organization) -> str:
    """In which language an organization's own address is written to: that of whoever has it, else of its first owner."""
    reader = people.by_mail(seller.mail)
    readers = [reader] if reader else people.with_role(Role.OWNER)
    return next((each.language for each in readers), DEFAULT)


def _post(
    what: str, refund: Refund, order: OrderView, attachments: Sequence[Attachment] = (), **values: object
) -> None:
    buyer = people.person(order.person_id)
    if buyer.erased:
        return
    conference = conferences.by_id(order.conference_id)
    post(
        f"payment.{what}:{refund.id}:{refund.attempt}:{refund.state.value}",
        f"payments/{what}",
        to=buyer.mail,
        name=buyer.greeting,
        language=order.language,
        person_id=buyer.id,
        attachments=attachments,
        conference=conference,
        order=order,
        amount=Money(refund.amount - refund.covered, refund.currency),
        url=link_to("registration.order", conference=conference.slug, order=order.public_id),
        **values,
    )


def _credit_note(refund_id: int, language: str) -> list[Attachment]:
    document = queries.credit_note(refund_id)
    if document is None:
        return []
    with in_language(language):
        pdf = render("receipt", document.data(), language)
    return [Attachment(name=f"{document.label}.pdf", content=pdf, mimetype="application/pdf")]
