"""Refunds: by the API or from the dashboard, whole or in parts, never more than was paid."""

from standins.stripe import disputes
from standins.stripe.account import Account
from standins.stripe.cards import CARDS
from standins.stripe.currencies import check_fits, written
from standins.stripe.errors import invalid, refused
from standins.stripe.lists import page_of
from standins.stripe.parameters import Parameters
from standins.stripe.record import Body, shown

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
SETTLES_AFTER = 2  # seconds until a pending refund, or one that is going to fail, shows its end


def create(account: Account, parameters: Parameters) -> Body:
    intent, charge = parameters.text("payment_intent"), parameters.text("charge")
    amount = parameters.positive("amount")
    reason = parameters.text("reason", one_of=REASONS)
    metadata = parameters.metadata()
    parameters.done()
    if bool(intent) == bool(charge):
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    paid = _charge_of(account, intent) if intent else account.find("charge", charge or "", "charge")
    return shown(give_back(account, paid, amount, reason, metadata))


def _charge_of(account: Account, intent_id: str) -> Body:
    intent = account.find("payment_intent", intent_id, "payment_intent")
    if intent["status"] != "succeeded":
        raise refused(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return account.find("charge", intent["latest_charge"])


def give_back(
    account: Account, charge: Body, amount: int | None, reason: str | None, metadata: dict[str, str]
) -> Body:
    """Refunds `amount`, or all that is left, of a charge; refuses as Stripe does."""
    left = charge["amount"] - charge["amount_refunded"]
    if not charge["paid"]:
        raise refused(f"Charge {charge['id']} has failed and cannot be refunded.", param="charge")
    disputes.refuse_refund(account, charge)
    if left == 0:
        raise refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if amount is None else amount
    check_fits(amount, charge["currency"], "amount")
    if amount > left:
        raise refused(
            f"Refund amount ({written(amount, charge['currency'])}) is greater than unrefunded amount on charge "
            f"({written(left, charge['currency'])})",
            param="amount",
        )
    if account.record.note("short") and amount > account.record.note("available"):
        raise refused("Insufficient funds in your Stripe balance to refund this amount.")
    course = CARDS[charge["_card"]].refund
    refund = account.record.add(
        "refund",
        {
            "id": account.ids.new("re_"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": account.ids.new("txn_"),
            "charge": charge["id"],
            "created": account.now(),
            "currency": charge["currency"],
            "destination_details": {"card": {"type": "refund"}, "type": "card"},
            "metadata": metadata,
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": course[0],
            "transfer_reversal": None,
            "_then": course[1] if len(course) > 1 else None,
            "_settles_at": account.now() + SETTLES_AFTER,
        },
    )
    if account.record.note("short"):
        account.record.write_note("available", account.record.note("available") - amount)
    _book(account, charge, amount)
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge, {"amount_refunded": charge["amount_refunded"] - amount})
    return refund


def _book(account: Account, charge: Body, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.record.save(charge)


def settle(account: Account, refund_id: str, outcome: str) -> Body:
    """The end of a refund: `succeeded`, or `failed`, which gives the money back to the charge."""
    with account.record.changing():
        refund = account.find("refund", refund_id, "refund")
        if refund["status"] in (outcome, "failed"):
            return refund
        previous = {"status": refund["status"]}
        refund |= {"status": outcome, "_then": None}
        if outcome == "failed":
            refund |= {
                "failure_reason": "expired_or_canceled_card",
                "failure_balance_transaction": account.ids.new("txn_"),
            }
            _book(account, account.find("charge", refund["charge"]), -refund["amount"])
        account.record.save(refund)
        account.emit("refund.updated", refund, previous)
        account.emit("charge.refund.updated", refund, previous)
        if outcome == "failed":
            account.emit("refund.failed", refund, previous)
    return refund


def settle_due(account: Account) -> None:
    """Refunds on their way arrive, or fail."""
    rows = account.record.run(
        "SELECT id, json_extract(body, '$._then') AS outcome FROM objects WHERE kind = 'refund' "
        "AND json_extract(body, '$._then') IS NOT NULL AND json_extract(body, '$._settles_at') <= ?",
        (account.now(),),
    )
    for row in rows:
        settle(account, row["id"], row["outcome"])


def retrieve(account: Account, parameters: Parameters, id: str) -> Body:
    parameters.done()
    return shown(account.find("refund", id, "refund"))


def index(account: Account, parameters: Parameters) -> Body:
    wanted = {name: parameters.text(name) for name in ("payment_intent", "charge")}
    return page_of(account, "refund", "/v1/refunds", parameters, wanted)
