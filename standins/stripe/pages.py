"""The pages a person sees: the hosted pay page, the bank's question, the dashboard."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from standins.stripe import disputes, refunds, sessions
from standins.stripe.account import Account
from standins.stripe.cards import CARDS
from standins.stripe.clockwork import let_time_pass
from standins.stripe.currencies import decimals, written
from standins.stripe.errors import StripeError
from standins.stripe.record import Body


def build_pages(account: Account) -> Blueprint:
    pages = Blueprint("pages", __name__, template_folder="templates")
    pages.add_app_template_global(written, "written")

    @pages.get("/c/pay/<id>")
    def pay_page(id: str) -> ResponseReturnValue:
        return _pay_page(account, _session(account, id))

    @pages.post("/c/pay/<id>")
    def pay(id: str) -> ResponseReturnValue:
        session = _session(account, id)
        card = CARDS.get(request.form.get("card", "")) or abort(400)
        email = request.form.get("email", "").strip() or session["customer_email"]
        if not email:
            return _pay_page(account, session, problem="Give an email address: Stripe asks for one too.")
        return _shown_after(account, sessions.pay(account, id, card, email))

    @pages.post("/c/pay/<id>/bank")
    def bank(id: str) -> ResponseReturnValue:
        _session(account, id)
        approved = request.form.get("answer") == "approve"
        return _shown_after(account, sessions.answer_bank(account, id, approved))

    @pages.get("/")
    @pages.get("/dashboard")
    def dashboard() -> ResponseReturnValue:
        return _dashboard(account)

    @pages.post("/dashboard/refund")
    def refund() -> ResponseReturnValue:
        wanted = request.form.get("amount", "").strip()
        try:
            with account.record.changing():
                charge = account.record.get("charge", request.form.get("charge", "")) or abort(404)
                amount = _minor_units(wanted, charge["currency"]) if wanted else None
                refunds.give_back(account, charge, amount, "requested_by_customer", {})
        except (StripeError, ValueError) as problem:
            return _dashboard(account, str(problem))
        account.webhooks.wake()
        return redirect(url_for("pages.dashboard"), 303)

    @pages.post("/dashboard/dispute")
    def dispute() -> ResponseReturnValue:
        try:
            with account.record.changing():
                charge = account.record.get("charge", request.form.get("charge", "")) or abort(404)
                disputes.start(account, charge, None, "fraudulent", False)
        except StripeError as problem:
            return _dashboard(account, str(problem))
        account.webhooks.wake()
        return redirect(url_for("pages.dashboard"), 303)

    @pages.post("/dashboard/decide")
    def decide() -> ResponseReturnValue:
        about, outcome = request.form.get("dispute", ""), request.form.get("outcome", "")
        if account.record.get("dispute", about) is None or outcome not in ("answer", *disputes.OUTCOMES):
            abort(404)
        if outcome == "answer":
            disputes.answer(account, about)
        else:
            disputes.close(account, about, outcome)
        account.webhooks.wake()
        return redirect(url_for("pages.dashboard"), 303)

    return pages


def _session(account: Account, id: str) -> Body:
    let_time_pass(account)
    return account.record.get("checkout.session", id) or abort(404)


def _pay_page(account: Account, session: Body, problem: str | None = None) -> ResponseReturnValue:
    intent = session["payment_intent"] and account.find("payment_intent", session["payment_intent"])
    _allow_forms_to_lead_to(session["success_url"], session["cancel_url"])
    if session["status"] == "open" and intent and intent["status"] == "requires_action":
        return render_template("bank.html", session=session)
    failure = intent and intent["last_payment_error"]
    return render_template(
        "pay.html" if session["status"] == "open" else "closed.html",
        session=session,
        lines=session["_line_items"],
        cards=CARDS.values(),
        problem=problem or (failure and failure["message"]),
        success_url=success_url(session),
    )


def _shown_after(account: Account, session: Body) -> ResponseReturnValue:
    account.webhooks.wake()
    if session["status"] == "complete":
        return redirect(success_url(session), 303)
    return redirect(url_for("pages.pay_page", id=session["id"]), 303)


def success_url(session: Body) -> str:
    """Where a payer goes, with the session's id where the address asks for it."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _allow_forms_to_lead_to(*urls: str | None) -> None:
    """A browser follows a form's redirect only to the origins that the policy names."""
    origins: Iterable[str] = (f"{u.scheme}://{u.netloc}" for u in map(urlsplit, filter(None, urls)))
    g.policy = {"form-action": " ".join(["'self'", *dict.fromkeys(origins)])}


def _dashboard(account: Account, problem: str | None = None) -> ResponseReturnValue:
    let_time_pass(account)
    payments = [
        {
            "charge": charge,
            "refunds": account.record.all("refund", charge=charge["id"]),
            "disputes": account.record.all("dispute", charge=charge["id"]),
            "left": charge["amount"] - charge["amount_refunded"],
        }
        for charge in account.record.latest("charge", 100)
        if charge["paid"]
    ]
    events = account.record.latest("event", 30)
    page = render_template(
        "dashboard.html", payments=payments, events=events, problem=problem, open_disputes=disputes.OPEN
    )
    return page, 400 if problem else 200


def _minor_units(text: str, currency: str) -> int:
    places = decimals(currency)
    whole, _, part = text.replace(",", ".").partition(".")
    if not whole.isdecimal() or len(part) > places or (part and not part.isdecimal()):
        raise ValueError(f"“{text}” is not an amount in {currency.upper()}. Write it like 12.50.")
    amount = int(whole + part.ljust(places, "0"))
    if amount == 0:
        raise ValueError("A refund is more than nothing.")
    return amount
