"""Charges: each attempt to take money, successful or not."""

from standins.stripe.account import Account
from standins.stripe.cards import Card
from standins.stripe.lists import page_of
from standins.stripe.parameters import Parameters
from standins.stripe.record import Body, shown


def make(account: Account, intent: Body, card: Card, email: str | None, decline: Card | None) -> Body:
    """Tries `card`; `decline` is the card whose refusal is to be recorded. Emits what happened."""
    outcome: Body = {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": decline.decline if decline else None,
        "risk_level": "normal",
        "seller_message": decline.message if decline else "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }
    charge = account.record.add(
        "charge",
        {
            "id": account.ids.new("ch_"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": 0 if decline else intent["amount"],
            "amount_refunded": 0,
            "application": None,
            "application_fee": None,
            "application_fee_amount": None,
            "balance_transaction": None if decline else account.ids.new("txn_"),
            "billing_details": {
                "address": None,
                "email": email,
                "name": None,
                "phone": None,
                "tax_id": None,
            },
            "calculated_statement_descriptor": "STANDIN",
            "captured": not decline,
            "created": account.now(),
            "currency": intent["currency"],
            "customer": None,
            "description": intent["description"],
            "disputed": False,
            "failure_balance_transaction": None,
            "failure_code": decline.code if decline else None,
            "failure_message": decline.message if decline else None,
            "fraud_details": {},
            "livemode": False,
            "metadata": intent["metadata"],
            "on_behalf_of": None,
            "outcome": outcome,
            "paid": not decline,
            "payment_intent": intent["id"],
            "payment_method": intent["payment_method"],
            "payment_method_details": card.details(),
            "receipt_email": intent["receipt_email"],
            "receipt_number": None,
            "receipt_url": None,
            "refunded": False,
            "review": None,
            "shipping": None,
            "source_transfer": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
            "status": "failed" if decline else "succeeded",
            "transfer_data": None,
            "transfer_group": None,
            "_card": card.number,
            "_dispute": None if decline else card.dispute,
        },
    )
    account.emit("charge.failed" if decline else "charge.succeeded", charge)
    return charge


def retrieve(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.done()
    return shown(account.find("charge", id, "charge"))


def index(account: Account, parameters: Parameters) -> Body:
    intent = parameters.text("payment_intent")
    return page_of(account, "charge", "/v1/charges", parameters, {"payment_intent": intent})
