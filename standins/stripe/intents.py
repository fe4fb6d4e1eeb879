"""Payment intents: the way of one payment through attempts, the bank's question, success or cancellation."""

from standins.stripe import charges
from standins.stripe.account import Account
from standins.stripe.cards import CARDS, Card
from standins.stripe.currencies import check_currency, check_fits, check_total
from standins.stripe.errors import refused
from standins.stripe.lists import page_of
from standins.stripe.parameters import Parameters
from standins.stripe.record import Body, shown

NOT_AUTHENTICATED = Card(
    number="",
    label="",
    decline="authentication_not_handled",
    message="We are unable to authenticate your payment method. Please choose a different payment method and "
    "try again.",
)


def make(
    account: Account, amount: int, currency: str, *, session: str | None = None, **given: object
) -> Body:
    """A new intent that waits for a way to pay; Checkout makes one at the first attempt."""
    id = account.ids.new("pi_")
    intent = {
        "id": id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": account.ids.new(f"{id}_secret_", 25),
        "confirmation_method": "automatic",
        "created": account.now(),
        "currency": currency,
        "customer": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        **given,
        "_session": session,
        "_card": None,
    }
    account.record.add("payment_intent", intent)
    account.emit("payment_intent.created", intent)
    return intent


def attempt(account: Account, intent: Body, card: Card, email: str | None) -> Body:
    """Tries to pay with `card`: succeeded, requires_action (the bank asks) or requires_payment_method."""
    intent |= {"payment_method": account.ids.new("pm_"), "_card": card.number, "next_action": None}
    if card.decline:
        return _fail(account, intent, card, email, card)
    if card.challenge:
        intent |= {
            "status": "requires_action",
            "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}},
            "last_payment_error": None,
        }
        account.record.save(intent)
        account.emit("payment_intent.requires_action", intent)
        return intent
    return _succeed(account, intent, card, email)


def answer_bank(account: Account, intent: Body, approved: bool, email: str | None) -> Body:
    """The bank's question is answered; nothing happens if it was not asked."""
    if intent["status"] != "requires_action":
        return intent
    card = CARDS[intent["_card"]]
    intent["next_action"] = None
    if approved:
        return _succeed(account, intent, card, email)
    return _fail(account, intent, card, email, NOT_AUTHENTICATED, charged=False)


def _succeed(account: Account, intent: Body, card: Card, email: str | None) -> Body:
    charge = charges.make(account, intent, card, email, None)
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
    }
    account.record.save(intent)
    account.emit("payment_intent.succeeded", intent)
    return intent


def _fail(
    account: Account, intent: Body, card: Card, email: str | None, why: Card, *, charged: bool = True
) -> Body:
    if charged:
        intent["latest_charge"] = charges.make(account, intent, card, email, why)["id"]
    code = why.code if charged else "payment_intent_authentication_failure"
    intent |= {
        "status": "requires_payment_method",
        "last_payment_error": {
            "type": "card_error" if charged else "invalid_request_error",
            "code": code,
            "decline_code": why.decline if charged else None,
            "message": why.message,
            "charge": intent["latest_charge"] if charged else None,
            "payment_method": {"id": intent["payment_method"], "object": "payment_method", "type": "card"},
        },
        "payment_method": None,
    }
    account.record.save(intent)
    account.emit("payment_intent.payment_failed", intent)
    return intent


def close(account: Account, intent: Body, reason: str | None) -> Body:
    """Cancels for good."""
    intent |= {
        "status": "canceled",
        "canceled_at": account.now(),
        "cancellation_reason": reason,
        "next_action": None,
    }
    account.record.save(intent)
    account.emit("payment_intent.canceled", intent)
    return intent


def create(account: Account, parameters: Parameters) -> Body:
    """A bare intent, outside Checkout: it can be retrieved and cancelled, not paid here."""
    amount = parameters.positive("amount")
    if amount is None:
        raise parameters.missing("amount")
    currency = check_currency(parameters.needed("currency"), "currency")
    check_fits(amount, currency, "amount")
    description, metadata = parameters.text("description"), parameters.metadata()
    parameters.done()
    if problem := check_total(amount, currency):
        raise problem
    return shown(make(account, amount, currency, description=description, metadata=metadata))


def retrieve(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.text("client_secret")
    parameters.done()
    return shown(account.find("payment_intent", id, "intent"))


def index(account: Account, parameters: Parameters) -> Body:
    return page_of(account, "payment_intent", "/v1/payment_intents", parameters)


def cancel(account: Account, parameters: Parameters, id: str) -> Body:
    reasons = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
    reason = parameters.text("cancellation_reason", one_of=reasons)
    parameters.done()
    intent = account.find("payment_intent", id, "intent")
    if intent["status"] in ("succeeded", "canceled"):
        raise refused(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be canceled: requires_payment_method, "
            "requires_capture, requires_confirmation, requires_action, processing.",
            code="payment_intent_unexpected_state",
        )
    if intent["_session"]:
        raise refused(
            "You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire the "
            "Checkout Session instead.",
            code="payment_intent_unexpected_state",
        )
    return shown(close(account, intent, reason))
