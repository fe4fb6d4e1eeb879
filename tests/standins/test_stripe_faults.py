"""Every switch of the Stripe stand-in, seen from the outside."""

import time

import pytest
import stripe

from standins.stripe import StripeStandIn
from tests.standins.conftest import Open, Receiver, client_of

TYPES = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


def states(standin: StripeStandIn) -> list[tuple[str, str | None, list[int | None]]]:
    return [
        (d["state"], d["disguise"], [attempt["status"] for attempt in d["attempts"]])
        for d in standin.record()["deliveries"]
    ]


def test_a_slow_api_outlasts_a_client(standin: StripeStandIn) -> None:
    standin.fault("api", "delay", seconds=0.4)
    with pytest.raises(stripe.APIConnectionError, match="Read timed out"):
        client_of(standin.url, standin.secret_key, timeout=0.1).v1.events.list()


@pytest.mark.parametrize(
    ("status", "error"), [(500, stripe.APIError), (503, stripe.APIError), (429, stripe.RateLimitError)]
)
def test_an_error_before_executing_leaves_nothing(
    standin: StripeStandIn, open_session: Open, status: int, error: type[stripe.StripeError]
) -> None:
    standin.fault("api", "error", on="checkout.sessions.*", status=status)
    with pytest.raises(error) as failed:
        open_session(key="k")
    assert failed.value.http_status == status
    assert standin.record()["checkout_sessions"] == []
    open_session(key="k")
    assert len(standin.record()["checkout_sessions"]) == 1


def test_an_error_after_executing_is_remembered_by_the_key_as_stripe_does(
    standin: StripeStandIn, open_session: Open
) -> None:
    standin.fault("api", "error_after", on="checkout.sessions.create")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            open_session(key="k")
        assert failed.value.http_status == 500
    assert failed.value.headers["Idempotent-Replayed"] == "true"
    assert len(standin.record()["checkout_sessions"]) == 1


def test_an_error_after_executing_may_hide_a_result_that_a_retry_gets(
    standin: StripeStandIn, open_session: Open
) -> None:
    standin.fault("api", "error_after", remembered="result")
    with pytest.raises(stripe.APIError):
        open_session(key="k")
    (made,) = standin.record()["checkout_sessions"]
    assert open_session(key="k").id == made["id"]


@pytest.mark.parametrize(("kind", "made"), [("drop", 0), ("drop_after", 1)])
def test_a_connection_breaks_before_or_after_executing(
    standin: StripeStandIn, open_session: Open, kind: str, made: int
) -> None:
    standin.fault("api", kind, on="checkout.sessions.create")
    with pytest.raises(stripe.APIConnectionError):
        open_session(key="k")
    assert len(standin.record()["checkout_sessions"]) == made
    open_session(key="k")
    assert len(standin.record()["checkout_sessions"]) == 1


def test_an_answer_of_the_wrong_mode(standin: StripeStandIn, open_session: Open) -> None:
    standin.fault("api", "wrong_mode", skip=1)
    assert [open_session().livemode, open_session().livemode] == [False, True]


def test_webhooks_arrive_signed(standin: StripeStandIn, receiver: Receiver, open_session: Open) -> None:
    standin.pay(open_session().id)
    standin.wait_until_quiet()
    assert sorted(receiver.types()) == sorted(TYPES)
    assert {event.id for event in receiver.events()} == {event["id"] for event in standin.record()["events"]}
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.events(secret="whsec_other")
    assert states(standin) == [("delivered", None, [200])] * 4


def test_a_webhook_that_fails_is_retried_until_it_is_taken(
    standin: StripeStandIn, receiver: Receiver, open_session: Open
) -> None:
    standin.fault("webhook", "drop", on="*", times=3)
    receiver.statuses = [500, 302]
    standin.pay(open_session().id)
    standin.wait_until_quiet()
    assert receiver.types() == ["checkout.session.completed"] * 3
    assert states(standin) == [("dropped", None, [])] * 3 + [("delivered", None, [500, 302, 200])]


def test_a_webhook_is_given_up_in_the_end(receiver: Receiver) -> None:
    receiver.statuses = [500] * 100
    with StripeStandIn(webhook_url=receiver.url, retry_delays=(0.01, 0.02)) as standin:
        client_of(standin.url, standin.secret_key).v1.payment_intents.create(
            {"amount": 500, "currency": "usd"}
        )
        standin.wait_until_quiet()
        assert states(standin) == [("given_up", None, [500] * 3)]


def test_a_receiver_that_is_down_gets_it_when_it_is_up(
    standin: StripeStandIn, receiver: Receiver, open_session: Open
) -> None:
    standin.point_webhooks_at("http://127.0.0.1:9/hook")
    standin.fault("webhook", "drop", times=3)
    standin.pay(open_session().id)
    time.sleep(0.1)
    standin.point_webhooks_at(receiver.url)
    standin.wait_until_quiet()
    assert receiver.types() == ["checkout.session.completed"]
    first = standin.record()["deliveries"][-1]["attempts"][0]
    assert (first["status"], first["error"].split(":")[0]) == (None, "ConnectionRefusedError")


def test_a_webhook_is_duplicated(standin: StripeStandIn, receiver: Receiver, open_session: Open) -> None:
    standin.fault("webhook", "duplicate", on="checkout.session.completed", copies=9)
    standin.pay(open_session().id)
    standin.wait_until_quiet()
    completed = [event.id for event in receiver.events() if event.type == "checkout.session.completed"]
    assert (len(completed), len(set(completed))) == (10, 1)


def test_webhooks_are_reordered(standin: StripeStandIn, receiver: Receiver, open_session: Open) -> None:
    standin.fault("webhook", "reorder", times=4, gap=0.1)
    standin.pay(open_session().id)
    standin.wait_until_quiet()
    assert receiver.types() == TYPES[::-1]


def test_a_webhook_is_delayed(standin: StripeStandIn, receiver: Receiver, open_session: Open) -> None:
    standin.fault("webhook", "delay", on="payment_intent.created", seconds=0.3)
    standin.pay(open_session().id)
    standin.wait_until_quiet()
    assert receiver.types()[-1] == "payment_intent.created"


def test_a_lost_webhook_is_still_in_the_list_of_events(
    standin: StripeStandIn, receiver: Receiver, open_session: Open, client: stripe.StripeClient
) -> None:
    standin.fault("webhook", "drop", times=4)
    standin.pay(open_session().id)
    standin.wait_until_quiet()
    assert receiver.got == []
    assert [event.type for event in client.v1.events.list().data] == TYPES[::-1]


def test_a_webhook_comes_late_once_more(
    standin: StripeStandIn, receiver: Receiver, open_session: Open
) -> None:
    standin.fault("webhook", "late", on="checkout.*", seconds=0.3)
    standin.pay(open_session().id)
    standin.wait_until_quiet()
    assert receiver.types()[-1] == "checkout.session.completed"
    assert len(receiver.got) == 5


def test_old_events_are_sent_again_on_demand(
    standin: StripeStandIn, receiver: Receiver, open_session: Open
) -> None:
    standin.pay(open_session().id)
    standin.wait_until_quiet()
    receiver.got.clear()
    assert standin.replay("charge.*", copies=3) == 3
    standin.wait_until_quiet()
    assert receiver.types() == ["charge.succeeded"] * 3
    receiver.got.clear()
    standin.replay("charge.*", disguise="stale")
    standin.wait_until_quiet()
    with pytest.raises(stripe.SignatureVerificationError, match="outside the tolerance zone"):
        receiver.events()


def test_a_webhook_of_the_wrong_mode_comes_beside_the_right_one(
    standin: StripeStandIn, receiver: Receiver, open_session: Open
) -> None:
    standin.fault("webhook", "wrong_mode", on="checkout.*")
    standin.pay(open_session().id)
    standin.wait_until_quiet()
    completed = [event for event in receiver.events() if event.type == "checkout.session.completed"]
    assert sorted((e.livemode, e.data.object.livemode) for e in completed) == [(False, False), (True, True)]


@pytest.mark.parametrize("kind", ["forged", "stale"])
def test_a_webhook_that_does_not_verify_comes_beside_the_right_one(
    standin: StripeStandIn, receiver: Receiver, open_session: Open, kind: str
) -> None:
    standin.fault("webhook", kind, on="checkout.*")
    standin.pay(open_session().id)
    standin.wait_until_quiet()
    refused = 0
    for body, signed in receiver.got:
        try:
            stripe.Webhook.construct_event(body, signed, "whsec_standin")
        except stripe.SignatureVerificationError:
            refused += 1
    assert (len(receiver.got), refused) == (5, 1)


def test_two_events_of_the_same_fault_hit_only_what_is_named(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    standin.fault("api", "error", on="refunds.*", times=2)
    session = open_session()
    intent = standin.pay(session.id)["payment_intent"]
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.refunds.create({"payment_intent": intent})
    assert client.v1.refunds.create({"payment_intent": intent}).amount == 12000
