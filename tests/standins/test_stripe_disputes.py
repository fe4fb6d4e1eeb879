"""The stand-in's disputes: what the bank takes, what it decides, and what cannot be refunded meanwhile."""

from __future__ import annotations

import pytest
import stripe

from standins.stripe import StripeStandIn
from standins.stripe.cards import DISPUTES, INQUIRES, PAYS
from standins.stripe.currencies import LEAST
from tests.standins.conftest import Open


def paid(standin: StripeStandIn, open_session: Open, card: str = PAYS) -> str:
    return str(standin.pay(open_session().id, card)["payment_intent"])


def told(standin: StripeStandIn) -> list[str]:
    return [each["type"] for each in standin.record()["events"] if "dispute" in each["type"]]


def moved(dispute: stripe.Dispute) -> list[tuple[int, int]]:
    return [(each.amount, each.fee) for each in dispute.balance_transactions]


@pytest.mark.parametrize(
    ("outcome", "rest", "events", "refundable"),
    [
        ("won", [(-12_000, 1_500), (12_000, 0)], ["funds_reinstated", "closed"], True),
        ("lost", [(-12_000, 1_500)], ["closed"], False),
    ],
)
def test_the_bank_takes_the_money_and_decides(
    standin: StripeStandIn,
    open_session: Open,
    client: stripe.StripeClient,
    outcome: str,
    rest: list[tuple[int, int]],
    events: list[str],
    refundable: bool,
) -> None:
    intent = paid(standin, open_session)
    made = standin.dispute(intent)
    dispute = client.v1.disputes.retrieve(made["id"])
    assert (dispute.status, dispute.amount, dispute.is_charge_refundable) == ("needs_response", 12_000, False)
    assert dispute.evidence_details.due_by == dispute.created + 9 * 24 * 3600
    assert moved(dispute) == [(-12_000, 1_500)]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_disputed"
    assert standin.answer_dispute(dispute.id)["status"] == "under_review"
    standin.close_dispute(dispute.id, outcome)
    (decided,) = client.v1.disputes.list({"payment_intent": intent}).data
    assert (decided.status, moved(decided), decided.is_charge_refundable) == (outcome, rest, refundable)
    assert [name.removeprefix("charge.dispute.") for name in told(standin)] == [
        "created",
        "funds_withdrawn",
        "updated",
        *events,
    ]
    charge = client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]}).latest_charge
    assert charge.disputed is True


def test_an_inquiry_takes_nothing_and_can_be_refunded(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    intent = paid(standin, open_session)
    dispute = client.v1.disputes.retrieve(standin.dispute(intent, inquiry=True)["id"])
    assert (dispute.status, moved(dispute)) == ("warning_needs_response", [])
    assert client.v1.refunds.create({"payment_intent": intent}).status == "succeeded"
    assert standin.close_dispute(dispute.id, "warning_closed")["status"] == "warning_closed"
    with pytest.raises(ValueError, match="a dispute ends as"):
        standin.close_dispute(dispute.id, "drawn")


@pytest.mark.parametrize(
    ("card", "status"), [(DISPUTES, "needs_response"), (INQUIRES, "warning_needs_response")]
)
def test_a_sample_card_disputes_by_itself(
    standin: StripeStandIn, open_session: Open, card: str, status: str
) -> None:
    paid(standin, open_session, card)
    assert standin.record()["disputes"] == []
    standin.advance(3)
    assert [each["status"] for each in standin.record()["disputes"]] == [status]
    standin.advance(3)
    assert len(standin.record()["disputes"]) == 1


def test_a_low_balance_refuses_and_the_key_remembers_it(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    intent = paid(standin, open_session)
    standin.balance(5_000)
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.refunds.create({"payment_intent": intent}, {"idempotency_key": "k"})
        assert "Insufficient funds in your Stripe balance" in (refused.value.user_message or "")
        standin.balance(None)
    assert standin.record()["refunds"] == []
    standin.balance(5_000)
    assert client.v1.refunds.create({"payment_intent": intent, "amount": 5_000}).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent, "amount": 1})


@pytest.mark.parametrize(("currency", "least"), sorted(LEAST.items()))
def test_every_currency_has_its_least_charge(
    open_session: Open, client: stripe.StripeClient, currency: str, least: int
) -> None:
    made = client.v1.payment_intents.create({"amount": least, "currency": currency})
    assert made.amount == least
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({"amount": least - 1, "currency": currency})
    assert refused.value.code == "amount_too_small"
