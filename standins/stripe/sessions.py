"""Checkout Sessions: a page on which one person pays one amount before a moment passes."""

from standins.stripe import intents
from standins.stripe.account import Account
from standins.stripe.cards import Card
from standins.stripe.errors import refused
from standins.stripe.lists import page_of, whole
from standins.stripe.opening import payer
from standins.stripe.parameters import Parameters
from standins.stripe.record import Body, shown


def retrieve(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.done()
    return shown(account.find("checkout.session", id, "session"))


def index(account: Account, parameters: Parameters) -> Body:
    wanted = {name: parameters.text(name) for name in ("payment_intent", "status")}
    return page_of(account, "checkout.session", "/v1/checkout/sessions", parameters, wanted)


def line_items(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.integer("limit")
    parameters.done()
    session = account.find("checkout.session", id, "session")
    return whole(f"/v1/checkout/sessions/{id}/line_items", session["_line_items"])


def expire(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.done()
    session = account.find("checkout.session", id, "session")
    if session["status"] != "open":
        raise refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
            f"status of `{session['status']}`.",
        )
    return shown(_lapse(account, session))


def lapse_due(account: Account) -> None:
    """Sessions whose moment has passed expire."""
    with account.record.changing():
        rows = account.record.run(
            "SELECT id FROM objects WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open' "
            "AND json_extract(body, '$.expires_at') <= ?",
            (account.now(),),
        )
        for row in rows:
            _lapse(account, account.find("checkout.session", row["id"]))


def _lapse(account: Account, session: Body) -> Body:
    session |= {"status": "expired", "url": None}
    account.record.save(session)
    intent = session["payment_intent"] and account.find("payment_intent", session["payment_intent"])
    if intent and intent["status"] not in ("succeeded", "canceled"):
        intents.close(account, intent, "automatic")
    account.emit("checkout.session.expired", session)
    return session


def pay(account: Account, id: str, card: Card, email: str | None = None) -> Body:
    """The person on the pay page tries a card. A session that is no longer open stays as it is."""
    with account.record.changing():
        session = account.find("checkout.session", id, "session")
        if session["status"] != "open":
            return session
        session["_email"] = email = session["customer_email"] or email
        if session["payment_intent"]:
            intent = account.find("payment_intent", session["payment_intent"])
        else:
            intent = intents.make(
                account, session["amount_total"], session["currency"], session=id, **session["_intent_data"]
            )
            session["payment_intent"] = intent["id"]
        return _after(account, session, intents.attempt(account, intent, card, email), email)


def answer_bank(account: Account, id: str, approved: bool) -> Body:
    """The person answers the bank's question (3-D Secure)."""
    with account.record.changing():
        session = account.find("checkout.session", id, "session")
        if session["status"] != "open" or not session["payment_intent"]:
            return session
        intent = account.find("payment_intent", session["payment_intent"])
        email = session["_email"]
        return _after(account, session, intents.answer_bank(account, intent, approved, email), email)


def _after(account: Account, session: Body, intent: Body, email: str | None) -> Body:
    if intent["status"] == "succeeded":
        session |= {
            "status": "complete",
            "payment_status": "paid",
            "url": None,
            "customer_details": payer(email),
        }
    account.record.save(session)
    if intent["status"] == "succeeded":
        account.emit("checkout.session.completed", session)
    return session
