"""Many at once: an oracle that loses count under load would be none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import stripe

from standins.stripe import StripeStandIn
from tests.standins.conftest import Open


def test_ten_clicks_on_pay_take_the_money_once(standin: StripeStandIn, open_session: Open) -> None:
    session = open_session()
    with ThreadPoolExecutor(10) as crowd:
        paid = list(crowd.map(lambda _: standin.pay(session.id), range(10)))
    record = standin.record()
    assert {p["payment_intent"] for p in paid} == {record["payment_intents"][0]["id"]}
    assert [(c["amount"], c["paid"]) for c in record["charges"]] == [(12000, True)]


def test_refunds_at_once_from_both_sides_never_exceed_the_payment(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    intent = standin.pay(open_session().id)["payment_intent"]

    def refund(number: int) -> bool:
        try:
            if number % 2:
                standin.refund_from_dashboard(intent, 5000)
            else:
                client.v1.refunds.create({"payment_intent": intent, "amount": 5000})
        except Exception as refused:
            assert "greater than unrefunded" in str(refused)
            return False
        return True

    with ThreadPoolExecutor(10) as crowd:
        outcomes = list(crowd.map(refund, range(10)))
    assert sum(outcomes) == 2
    record = standin.record()
    assert [r["amount"] for r in record["refunds"]] == [5000, 5000]
    assert record["charges"][0]["amount_refunded"] == 10000


def test_a_session_is_paid_or_expired_never_both(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    def expire(id: str) -> None:
        try:
            client.v1.checkout.sessions.expire(id)
        except stripe.InvalidRequestError as refused:
            assert "Only Checkout Sessions" in str(refused)

    sessions = [open_session().id for _ in range(10)]
    with ThreadPoolExecutor(10) as crowd:
        for id in sessions:
            crowd.submit(expire, id)
            crowd.submit(standin.pay, id)
    record = standin.record()
    outcomes = {(s["status"], s["payment_status"]) for s in record["checkout_sessions"]}
    assert outcomes <= {("complete", "paid"), ("expired", "unpaid")}
    paid = [s for s in record["checkout_sessions"] if s["payment_status"] == "paid"]
    assert len(record["charges"]) == len(paid)
    about = [e["data"]["object"]["id"] for e in record["events"] if e["type"].startswith("checkout.")]
    assert sorted(about) == sorted(sessions)
