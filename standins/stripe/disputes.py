"""Disputes: the payer's bank takes the money back until it has decided, and may give it back or keep it."""

from standins.stripe.account import Account
from standins.stripe.cards import CARDS
from standins.stripe.errors import refused
from standins.stripe.lists import page_of
from standins.stripe.parameters import Parameters
from standins.stripe.record import Body, shown

FEE = 1500
DAYS_TO_ANSWER = 9
DISPUTED_AFTER = 2  # seconds from the payment with a card that is going to dispute it
OPEN = ("warning_needs_response", "warning_under_review", "needs_response", "under_review")
OUTCOMES = ("won", "lost", "warning_closed")
_EVIDENCE = """
access_activity_log appeal billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal
customer_communication customer_email_address customer_name customer_purchase_ip customer_signature
duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy
refund_policy_disclosure refund_refusal_explanation service_date service_documentation shipping_address shipping_carrier
shipping_date shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text
"""


def start(account: Account, charge: Body, amount: int | None, reason: str, inquiry: bool) -> Body:
    """A dispute of a paid charge, or an inquiry, which takes no money yet."""
    if not charge["paid"]:
        raise refused(f"Charge {charge['id']} has failed and cannot be disputed.", param="charge")
    amount = amount or charge["amount"]
    dispute: Body = {
        "id": account.ids.new("dp_"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_EVIDENCE.split()), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": account.now() + DAYS_TO_ANSWER * 24 * 3600,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": "10.4" if reason == "fraudulent" else None,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": CARDS[charge["_card"]].brand,
                "case_type": "inquiry" if inquiry else "chargeback",
                "network_reason_code": None,
            },
            "type": "card",
        },
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    account.record.add("dispute", dispute)
    account.record.save(charge | {"disputed": True, "_dispute": None})
    account.emit("charge.dispute.created", dispute)
    if not inquiry:
        _move(account, dispute, -amount, FEE, "Chargeback withdrawal")
        account.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move(account: Account, dispute: Body, amount: int, fee: int, what: str) -> None:
    account.record.write_note("available", account.record.note("available") + amount - fee)
    dispute["balance_transactions"].append(
        {
            "id": account.ids.new("txn_"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": account.now(),
            "balance_type": "payments",
            "created": account.now(),
            "currency": dispute["currency"],
            "description": f"{what} for {dispute['charge']}",
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [
                {
                    "amount": fee,
                    "application": None,
                    "currency": dispute["currency"],
                    "description": "Dispute fee",
                    "type": "stripe_fee",
                }
            ]
            if fee
            else [],
            "net": amount - fee,
            "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
            "source": dispute["id"],
            "status": "available",
            "type": "adjustment",
        }
    )
    account.record.save(dispute)


def answer(account: Account, id: str) -> Body:
    """Evidence is submitted in the dashboard: the bank looks at it now."""
    with account.record.changing():
        dispute = account.find("dispute", id, "dispute")
        if dispute["status"] not in ("needs_response", "warning_needs_response"):
            return dispute
        previous = {"status": dispute["status"]}
        dispute["status"] = dispute["status"].replace("needs_response", "under_review")
        dispute["evidence_details"] |= {
            "has_evidence": True,
            "submission_count": 1,
            "submission_method": "manual",
        }
        account.record.save(dispute)
        account.emit("charge.dispute.updated", dispute, previous)
    return dispute


def close(account: Account, id: str, outcome: str) -> Body:
    """The bank has decided: `won` gives the money back (the fee stays), `lost` keeps it; an inquiry is `warning_closed`."""
    with account.record.changing():
        dispute = account.find("dispute", id, "dispute")
        if dispute["status"] not in OPEN:
            return dispute
        previous = {"status": dispute["status"]}
        dispute |= {"status": outcome, "is_charge_refundable": outcome != "lost"}
        account.record.save(dispute)
        if outcome == "won":
            _move(account, dispute, dispute["amount"], 0, "Chargeback reversal")
            account.emit("charge.dispute.funds_reinstated", dispute)
        account.emit("charge.dispute.closed", dispute, previous)
    return dispute


def start_due(account: Account) -> None:
    """Payments with a card that disputes are disputed."""
    rows = account.record.run(
        "SELECT id FROM objects WHERE kind = 'charge' AND json_extract(body, '$._dispute') IS NOT NULL "
        "AND created <= ?",
        (account.now() - DISPUTED_AFTER,),
    )
    for row in rows:
        with account.record.changing():
            charge = account.find("charge", row["id"])
            if charge["_dispute"]:
                reason, _, kind = charge["_dispute"].partition(":")
                start(account, charge, None, reason, kind == "inquiry")


def refuse_refund(account: Account, charge: Body) -> None:
    """What a bank took back, or holds, is not given back a second time."""
    for dispute in account.record.all("dispute", charge=charge["id"]):
        if not dispute["is_charge_refundable"]:
            raise refused(
                f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
            )


def retrieve(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.done()
    return shown(account.find("dispute", id, "dispute"))


def index(account: Account, parameters: Parameters) -> Body:
    wanted = {name: parameters.text(name) for name in ("payment_intent", "charge")}
    return page_of(account, "dispute", "/v1/disputes", parameters, wanted)
