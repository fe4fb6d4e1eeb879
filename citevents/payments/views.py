"""Pages of money: to the processor and back, its notices, receipts. The finance desk is in desk/."""

from __future__ import annotations

import logging

from flask import (
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from citevents.conferences import queries as conferences
from citevents.config import Settings
from citevents.core.access import by_link, machine
from citevents.core.db import transaction
from citevents.core.errors import NotYours
from citevents.documents.pdf import render
from citevents.locale.languages import current_language
from citevents.payments import checkouts, notices, queries, services
from citevents.payments.blueprint import payments
from citevents.payments.connection import configured, processor
from citevents.payments.desk import views as desk_views
from citevents.payments.errors import NothingToPay, PaymentPageAway, PaymentRefused
from citevents.payments.processor import GatewayRefused, GatewayUnavailable, NoticeForged
from citevents.registration import queries as registrations

log = logging.getLogger("citevents.payments")
__all__ = ["desk_views", "payments"]


@payments.route("/pay/<order>", methods=["GET", "POST"])
@by_link
def checkout(order: str) -> ResponseReturnValue:
    """Send the buyer of a held order to the processor's page; two tabs lead to the same one."""
    try:
        with transaction():
            opening = checkouts.open_payment(order)
        return redirect(opening.url or _opened(opening), 303)
    except NothingToPay:
        return redirect(_order_page(registrations.conference_of_order(order), order), 303)
    except PaymentRefused:
        return redirect(url_for("payments.refused", order=order), 303)


def _opened(opening: checkouts.Opening) -> str:
    """The address of a page that is opened now. PaymentPageAway where that is to be tried again, PaymentRefused where it is
    not, NothingToPay where the order ended meanwhile."""
    try:
        opened = processor().open_checkout(**opening.asked)
    except GatewayUnavailable as away:
        log.warning("checkout not opened", extra={"payment": opening.payment_id, "code": away.code})
        raise PaymentPageAway() from None
    except GatewayRefused as refusal:
        log.warning("checkout refused", extra={"payment": opening.payment_id, "code": refusal.code})
        anew = checkouts.may_begin_anew(refusal)
        with transaction():
            if anew:
                checkouts.give_up(opening.payment_id)
            else:
                checkouts.refuse(opening.payment_id, refusal)
        raise (PaymentPageAway if anew else PaymentRefused)() from None
    with transaction():
        wanted = checkouts.remember(opening.payment_id, opened)
    if not wanted:
        raise NothingToPay()
    return opened.url


@payments.get("/pay/<order>/refused")
@by_link
def refused(order: str) -> ResponseReturnValue:
    """That the processor takes no payment for this order: what that means, and whom to ask. No way to try again from here."""
    order_id = registrations.id_of_order(order)
    if order_id is None:
        raise NotYours()
    found = registrations.order(order_id)
    if not (found.expires_at and checkouts.is_refused(order_id)):
        return redirect(_order_page(found.conference_id, order), 303)
    return render_template(
        "payments/refused.html", order=found, conference=conferences.by_id(found.conference_id)
    )


@payments.get("/paid/<payment>")
@by_link
def done(payment: str) -> ResponseReturnValue:
    """The buyer is back. Wait for the processor's word, a few seconds at most, then show the order."""
    found = queries.payment_by_public_id(payment)
    if found is None:
        abort(404)
    order = registrations.order(found.order_id)
    order_page = _order_page(order.conference_id, order.public_id)
    if found.settled:
        return redirect(order_page, 303)
    with transaction():
        services.buyer_returned(payment)
    answer = make_response(render_template("payments/waiting.html", payment=found, order_page=order_page))
    # Without a script the page asks again by itself.
    answer.headers["Refresh"] = "2"
    return answer


@payments.post("/webhooks/stripe")
@machine("Stripe's signature over the raw body")
def notice() -> ResponseReturnValue:
    """Store a signed notice once and answer; what it means is found out by a worker."""
    if not configured():
        abort(404)
    settings: Settings = current_app.config["SETTINGS"]
    try:
        told = processor().read_notice(
            request.get_data(cache=False),
            request.headers.get("Stripe-Signature"),
            settings.stripe_webhook_secret,
        )
    except NoticeForged:
        return {"stored": False}, 400
    with transaction():
        stored = notices.store(told)
    return {"stored": stored}, 200


@payments.get("/receipts/<invoice>.pdf")
@by_link
def receipt(invoice: str) -> ResponseReturnValue:
    """An invoice or credit note as PDF, for whoever holds its link."""
    found = queries.invoice_document(invoice)
    if found is None:
        abort(404)
    pdf = render("receipt", found.data(), current_language())
    return Response(
        pdf,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{found.label}.pdf"', "Cache-Control": "private"},
    )


@payments.get("/orders/<order>/receipts")
@by_link
def receipts(order: str) -> ResponseReturnValue:
    """The invoice and credit notes of an order, for whoever holds its link."""
    order_id = registrations.id_of_order(order)
    if order_id is None:
        raise NotYours()
    found = registrations.order(order_id)
    return render_template(
        "payments/receipts.html",
        order=found,
        conference=conferences.by_id(found.conference_id),
        papers=queries.papers(order_id),
    )


def _order_page(conference_id: int | None, order: str) -> str:
    if conference_id is None:
        raise NotYours()
    return url_for("registration.order", conference=conferences.by_id(conference_id).slug, order=order)
