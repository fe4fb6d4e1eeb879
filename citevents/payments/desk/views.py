"""The finance desk: what was paid and given back, refunds, cases, and reconciling."""

from __future__ import annotations

from datetime import timedelta

from flask import (
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from citevents.conferences import queries as conferences
from citevents.core import audit
from citevents.core.access import Role, allowed, who
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.errors import NotYours
from citevents.core.money import Money, format_money
from citevents.documents.csv_export import download
from citevents.locale.languages import gettext as _
from citevents.locale.languages import ngettext
from citevents.payments import cases, notices, queries, refunds
from citevents.payments.balances import comparing
from citevents.payments.balances import queries as looks
from citevents.payments.balances import services as balances
from citevents.payments.blueprint import payments
from citevents.payments.desk import queries as desk
from citevents.payments.desk import waiting
from citevents.payments.errors import (
    CaseNeedsOutcome,
    DifferenceMoved,
    PaymentDisputed,
    RefundNotPossible,
    RefundTooMuch,
)
from citevents.payments.forms import DecisionForm, RefundDecisionForm, RefundForm
from citevents.payments.models import CaseKind, RefundReason
from citevents.web.answers import refuse


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
        listing=desk.payments_of(about.id, page=page),
        cases=queries.open_cases(about.id),
        waiting=waiting.waiting(about.id),
        look=looks.newest(),
        page=page,
    )


@payments.get("/desk/c/<slug:conference>/money/payments.csv")
@allowed(Role.FINANCE, Role.ORGANIZER)
def money_csv(conference: str) -> ResponseReturnValue:
    """Every payment and refund of the conference as a table for a spreadsheet; no person, and no formula."""
    about = conferences.by_slug(conference)
    return download(
        f"{about.slug}-payments",
        [
            *("order", "payment", "state", "amount", "refunded", "currency", "opened", "settled"),
            *("number", "dispute"),
        ],
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
                row.order_number,
                row.dispute.status if row.dispute else "",
            ]
            for row in desk.payments_of(about.id, page=None).rows
        ),
    )


@payments.route("/desk/c/<slug:conference>/money/<payment>", methods=["GET", "POST"])
@allowed(Role.FINANCE)
def payment(conference: str, payment: str) -> ResponseReturnValue:
    """One payment: its refunds, its bookings, and a form to give money back."""
    about = conferences.by_slug(conference)
    found = desk.payment_detail(about.id, payment)
    if found is None:
        abort(404)
    form = RefundForm(currency=found.currency)
    if request.method == "GET":
        form.amount.show(Money(found.left, found.currency))
    elif form.validate_on_submit():
        try:
            with transaction():
                refunds.ask(found.id, form.minor(), RefundReason.DESK, seen_left=form.seen_left.data)
            flash(
                _(
                    "%(amount)s is on its way back. The processor confirms it in a moment.",
                    amount=format_money(Money(form.minor(), found.currency)),
                ),
                "success",
            )
            return redirect(url_for("payments.payment", conference=conference, payment=payment), 303)
        except (RefundTooMuch, RefundNotPossible, PaymentDisputed) as refusal:
            refuse(form, refusal)
            found = desk.payment_detail(about.id, payment) or found
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
    if found.refund_public_id:
        return redirect(url_for("payments.refund", conference=conference, refund=found.refund_public_id), 303)
    form = DecisionForm()
    if form.validate_on_submit():
        decide = comparing.book_difference if found.kind is CaseKind.DIFFERENCE else cases.close_case
        try:
            with transaction():
                decide(case, form.decision.data or "", who().person_id)
            flash(_("The case is closed and your decision is saved."), "success")
            return redirect(url_for("payments.money", conference=conference), 303)
        except CaseNeedsOutcome as refusal:
            refuse(form, refusal)
        except DifferenceMoved as refusal:
            refuse(form, refusal)
            with transaction():
                comparing.look_again(case)
    paid = desk.payment_detail(about.id, found.payment_public_id) if found.payment_public_id else None
    page = render_template("payments/case.html", conference=about, case=found, payment=paid, form=form)
    return page, 422 if form.errors else 200


@payments.post("/desk/c/<slug:conference>/money/refunds")
@allowed(Role.FINANCE)
def ask_again(conference: str) -> ResponseReturnValue:
    """Ask the processor for every refund that waits, now."""
    about = conferences.by_slug(conference)
    with transaction():
        found = waiting.waiting_ids(about.id)
        refunds.ask_now(found)
        audit.record("retry", "refund", about.id, refunds=len(found))
    flash(
        ngettext(
            "%(num)s refund is asked for again. What the payment service says appears here in a moment.",
            "%(num)s refunds are asked for again. What the payment service says appears here in a moment.",
            len(found),
        ),
        "success",
    )
    return redirect(url_for("payments.money", conference=conference), 303)


@payments.route("/desk/c/<slug:conference>/money/refunds/<refund>", methods=["GET", "POST"])
@allowed(Role.FINANCE)
def refund(conference: str, refund: str) -> ResponseReturnValue:
    """A refund that could not be made: what becomes of the money, and why."""
    about = conferences.by_slug(conference)
    found = waiting.refund_at(about.id, refund)
    if found is None:
        raise NotYours()
    form = RefundDecisionForm()
    if form.validate_on_submit():
        with transaction():
            refunds.decide(
                found.id, refunds.Outcome(form.outcome.data), form.decision.data or "", who().person_id
            )
        flash(_("Your decision is saved and booked."), "success")
        return redirect(url_for("payments.money", conference=conference), 303)
    page = render_template("payments/refund.html", conference=about, refund=found, form=form)
    return page, 422 if form.errors else 200


@payments.post("/desk/c/<slug:conference>/money/reconcile")
@allowed(Role.FINANCE)
def reconcile(conference: str) -> ResponseReturnValue:
    """Ask the processor for everything it told in the last three days, now."""
    about = conferences.by_slug(conference)
    with transaction():
        audit.record("compare", "conference", about.id)
        notices.ask_reconcile(now() - timedelta(days=3))
        balances.begin(now())
    flash(
        _("The processor's own list is being read. Anything that was missed appears here in a moment."),
        "success",
    )
    return redirect(url_for("payments.money", conference=conference), 303)
