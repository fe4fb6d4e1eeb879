"""A key remembers its first answer, as Stripe's do."""

import threading

import pytest
import stripe

from standins.stripe import StripeStandIn
from tests.standins.conftest import Open, client_of


def sessions_in(standin: StripeStandIn) -> int:
    return len(standin.record()["checkout_sessions"])


def test_same_key_same_body_same_answer(standin: StripeStandIn, open_session: Open) -> None:
    first, second = open_session(key="k"), open_session(key="k")
    assert first.to_dict() == second.to_dict()
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert second.last_response.headers["Original-Request"] == first.last_response.request_id
    assert sessions_in(standin) == 1


def test_the_answer_stays_the_first_even_when_the_object_moved_on(
    standin: StripeStandIn, open_session: Open
) -> None:
    first = open_session(key="k")
    standin.pay(first.id)
    assert open_session(key="k").status == "open"


def test_same_key_other_body_is_an_error(standin: StripeStandIn, open_session: Open) -> None:
    open_session(key="k")
    with pytest.raises(stripe.IdempotencyError, match="same parameters they were first used with") as refused:
        open_session(key="k", amount=13000)
    assert refused.value.http_status == 400
    assert sessions_in(standin) == 1


def test_same_key_at_another_endpoint_is_an_error(open_session: Open, client: stripe.StripeClient) -> None:
    session = open_session(key="k")
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.checkout.sessions.expire(session.id, {}, {"idempotency_key": "k"})


def test_refused_parameters_do_not_use_up_a_key(standin: StripeStandIn, open_session: Open) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        open_session(key="k", locale="ar")
    open_session(key="k")
    assert sessions_in(standin) == 1


def test_a_refusal_of_the_executed_call_is_remembered(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    intent = standin.pay(open_session().id)["payment_intent"]
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded") as refused:
            client.v1.refunds.create({"payment_intent": intent, "amount": 99999}, {"idempotency_key": "r"})
    assert refused.value.headers["Idempotent-Replayed"] == "true"


def test_a_key_is_at_most_255_long(open_session: Open) -> None:
    open_session(key="k" * 255)
    with pytest.raises(stripe.InvalidRequestError, match="255 characters"):
        open_session(key="k" * 256)


def test_a_key_is_forgotten_after_a_day(standin: StripeStandIn, open_session: Open) -> None:
    first = open_session(key="k")
    standin.age_keys(23)
    assert open_session(key="k").id == first.id
    standin.age_keys(2)
    assert open_session(key="k").id != first.id
    standin.advance(25 * 3600)
    open_session(key="k")
    assert sessions_in(standin) == 3


def test_two_at_once_with_one_key_make_one(standin: StripeStandIn, open_session: Open) -> None:
    standin.fault("api", "delay", on="checkout.sessions.create", seconds=0.3)
    outcomes: list[object] = []

    def attempt() -> None:
        try:
            outcomes.append(open_session(key="k").id)
        except stripe.APIError as refused:
            outcomes.append((refused.http_status, refused.code))

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sessions_in(standin) == 1
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["str", "tuple"]
    assert next(outcome for outcome in outcomes if isinstance(outcome, tuple))[0] == 409


def test_without_a_key_the_library_makes_its_own_and_retries_with_it(standin: StripeStandIn) -> None:
    client = client_of(standin.url, standin.secret_key)
    retrying = stripe.StripeClient(
        standin.secret_key, base_addresses={"api": standin.url}, max_network_retries=2
    )
    standin.fault("api", "drop_after", on="payment_intents.create")
    made = retrying.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    assert [intent.id for intent in client.v1.payment_intents.list().data] == [made.id]
