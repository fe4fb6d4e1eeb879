"""Pages of money: to the processor and back, its notices, receipts, and the finance desk."""

from __future__ import annotations

import logging
from datetime import timedelta

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from citevents.conferences import queries as conferences
from citevents.config import Settings
from citevents.core.access import Role, allowed, by_link, machine, who
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.documents import render
from citevents.core.errors import NotYours
from citevents.core.languages import current_language
from citevents.core.languages import gettext as _
from citevents.core.links import link_to
from citevents.core.money import Money, format_money, typed
from citevents.core.sheets import download
from citevents.core.web import refuse
from citevents.payments import queries, services
from citevents.payments.connection import processor
from citevents.payments.errors import NothingToPay, PaymentPageAway, RefundNotPossible, RefundTooMuch
from citevents.payments.forms import DecisionForm, RefundForm
from citevents.payments.models import RefundReason
from citevents.payments.processor import GatewayRefused, GatewayUnavailable, NoticeForged
from citevents.registration import queries as registrations

log = logging.getLogger("citevents.payments")
payments = Blueprint("payments", __name__)

#: The processor keeps a checkout open for at least half an hour; ours is closed when the hold ends.
CHECKOUT_MINUTES = 31


@payments.route("/pay/<order>", methods=["GET", "POST"])
@by_link
def checkout(order: str) -> ResponseReturnValue:
    """Send the buyer of a held order to the processor's page; two tabs lead to the same one."""
    try:
        with transaction():
            opening = services.open_payment(order)
    except NothingToPay:
        return redirect(_order_page(registrations.conference_of_order(order), order), 303)
    if opening.url is None:
        try:
            opened = processor().open_checkout(
                payment_public_id=opening.public_id,
                amount_minor=opening.order.amount,
                currency=opening.order.currency,
                description=opening.order.description,
                email=opening.order.mail,
                success_url=link_to("payments.done", payment=opening.public_id),
                cancel_url=link_to("registration.order", conference=opening.order.conference, order=order),
                expires_at=opening.opened_at + timedelta(minutes=CHECKOUT_MINUTES),
                locale=opening.order.language,
            )
        except (GatewayUnavailable, GatewayRefused) as problem:
            log.warning("checkout not opened", extra={"payment": opening.payment_id, "code": problem.code})
            raise PaymentPageAway() from None
        with transaction():
            services.remember_checkout(opening.payment_id, opened)
        return redirect(opened.url, 303)
    return redirect(opening.url, 303)


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
        stored = services.store_notice(told)
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


@payments.get("/desk/c/<slug:conference>/money")
@allowed(Role.FINANCE, Role.ORGANIZER)
def money(conference: str) -> ResponseReturnValue:
    """Payments, refunds and what is open, with the totals of the ledger."""
    about = conferences.by_slug(conference)
    page = max(1, request.args.get("page", 1, type=int))
    return render_template(
        "payments/money.html",
        conference=about,
        overview=queries.overview(about.id),
        listing=queries.payments_of(about.id, page=page),
        cases=queries.open_cases(about.id),
        page=page,
    )


@payments.get("/desk/c/<slug:conference>/money/payments.csv")
@allowed(Role.FINANCE, Role.ORGANIZER)
def money_csv(conference: str) -> ResponseReturnValue:
    """Every payment and refund of the conference as a table for a spreadsheet; no person, and no formula."""
    about = conferences.by_slug(conference)
    return download(
        f"{about.slug}-payments",
        ["order", "payment", "state", "amount", "refunded", "currency", "opened", "settled"],
        (
            [
                row.order_public_id,
                row.public_id,
                row.state.value,
                Money(row.amount, row.currency).amount,
                Money(row.refunded, row.currency).amount,
                row.currency,
                row.opened_at.isoformat(),
                row.settled_at.isoformat() if row.settled_at else None,
            ]
            for row in queries.payments_of(about.id, page=None).rows
        ),
    )


@payments.route("/desk/c/<slug:conference>/money/<payment>", methods=["GET", "POST"])
@allowed(Role.FINANCE)
def payment(conference: str, payment: str) -> ResponseReturnValue:
    """One payment: its refunds, its bookings, and a form to give money back."""
    about = conferences.by_slug(conference)
    found = queries.payment_detail(about.id, payment)
    if found is None:
        abort(404)
    form = RefundForm(currency=found.currency)
    if request.method == "GET":
        form.amount.data = typed(Money(found.left, found.currency))
    elif form.validate_on_submit():
        try:
            with transaction():
                services.ask_refund(found.id, form.minor(), RefundReason.DESK, seen_left=form.seen_left.data)
            flash(
                _(
                    "%(amount)s is on its way back. The processor confirms it in a moment.",
                    amount=format_money(Money(form.minor(), found.currency)),
                ),
                "success",
            )
            return redirect(url_for("payments.payment", conference=conference, payment=payment), 303)
        except (RefundTooMuch, RefundNotPossible) as refusal:
            refuse(form, refusal)
            found = queries.payment_detail(about.id, payment) or found
    form.seen_left.data, form.seen_left.raw_data = found.left, None
    status = 422 if form.errors else 200
    return render_template("payments/payment.html", conference=about, payment=found, form=form), status


@payments.route("/desk/c/<slug:conference>/money/cases/<int:case>", methods=["GET", "POST"])
@allowed(Role.FINANCE)
def case(conference: str, case: int) -> ResponseReturnValue:
    """Something about money that a person must decide."""
    about = conferences.by_slug(conference)
    found = next((each for each in queries.open_cases(about.id) if each.id == case), None)
    if found is None:
        raise NotYours()
    form = DecisionForm()
    if form.validate_on_submit():
        with transaction():
            services.close_case(case, form.decision.data or "", who().person_id)
        flash(_("The case is closed and your decision is kept."), "success")
        return redirect(url_for("payments.money", conference=conference), 303)
    return render_template("payments/case.html", conference=about, case=found, form=form), (
        422 if form.errors else 200
    )


@payments.post("/desk/c/<slug:conference>/money/reconcile")
@allowed(Role.FINANCE)
def reconcile(conference: str) -> ResponseReturnValue:
    """Ask the processor for everything it told in the last three days, now."""
    conferences.by_slug(conference)
    with transaction():
        services.ask_reconcile(now() - timedelta(days=3))
    flash(
        _("The processor's own list is being read. Anything that was missed appears here in a moment."),
        "success",
    )
    return redirect(url_for("payments.money", conference=conference), 303)


def _order_page(conference_id: int | None, order: str) -> str:
    if conference_id is None:
        raise NotYours()
    return url_for("registration.order", conference=conferences.by_id(conference_id).slug, order=order)
