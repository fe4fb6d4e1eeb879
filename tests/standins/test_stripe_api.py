"""The Stripe stand-in answers the official library as Stripe does."""

import time
from typing import Any

import pytest
import stripe

from standins.stripe import StripeStandIn, account
from standins.stripe.cards import ASKS_THE_BANK, DECLINES, PAYS, REFUND_FAILS, REFUND_PENDS
from tests.standins.conftest import Open, client_of


def types_of(standin: StripeStandIn) -> list[str]:
    return [event["type"] for event in standin.record()["events"]]


def paid(standin: StripeStandIn, open_session: Open, card: str = PAYS, **changes: Any) -> str:
    """Pays a new session and gives its payment intent's id."""
    return str(standin.pay(open_session(**changes).id, card)["payment_intent"])


def test_the_stand_in_speaks_the_version_of_the_library() -> None:
    assert stripe.api_version == account.API_VERSION


def declared(model: type) -> tuple[set[str], set[str]]:
    """The fields the official library declares for an object: all, and those that are never null."""
    fields = {name: str(kind) for name, kind in model.__annotations__.items() if name.islower()}
    return set(fields), {
        name for name, kind in fields.items() if "Optional" not in kind and "NoneType" not in kind
    }


def test_every_object_has_the_fields_that_the_library_knows_and_no_others(
    standin: StripeStandIn, open_session: Open
) -> None:
    standin.refund_from_dashboard(paid(standin, open_session), 100)
    standin.dispute(paid(standin, open_session))
    record = standin.record()
    for name, model in {
        "checkout_sessions": stripe.checkout.Session,
        "payment_intents": stripe.PaymentIntent,
        "charges": stripe.Charge,
        "refunds": stripe.Refund,
        "disputes": stripe.Dispute,
        "events": stripe.Event,
    }.items():
        known, needed = declared(model)
        for body in record[name]:
            assert (name, set(body) - known, needed - set(body)) == (name, set(), set())


def test_a_session_is_made_as_asked(open_session: Open, client: stripe.StripeClient) -> None:
    expires_at = int(time.time()) + 3600
    made = open_session(expires_at=expires_at, locale="es")
    session = client.v1.checkout.sessions.retrieve(made.id)
    assert session.to_dict() == made.to_dict()
    wanted = {
        "object": "checkout.session",
        "status": "open",
        "payment_status": "unpaid",
        "amount_total": 12000,
        "currency": "eur",
        "client_reference_id": "pay_1",
        "customer_email": "ana@example.org",
        "expires_at": expires_at,
        "livemode": False,
        "locale": "es",
        "metadata": {"payment": "pay_1"},
        "payment_intent": None,
    }
    assert {name: session.to_dict()[name] for name in wanted} == wanted
    assert session.url.endswith(f"/c/pay/{session.id}")
    (line,) = client.v1.checkout.sessions.line_items.list(session.id).data
    assert (line.description, line.amount_total, line.quantity) == ("One ticket", 12000, 1)


def test_a_paid_session_leads_to_its_charge(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    session = open_session()
    standin.pay(session.id)
    got = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.refunds", "line_items"]}
    )
    intent = got.payment_intent
    assert (got.status, got.payment_status, got.url) == ("complete", "paid", None)
    assert (intent.status, intent.amount_received, intent.metadata.to_dict()) == (
        "succeeded",
        12000,
        {"payment": "pay_1"},
    )
    charge = intent.latest_charge
    assert (charge.status, charge.paid, charge.amount_refunded, charge.refunds.data) == (
        "succeeded",
        True,
        0,
        [],
    )
    assert got.line_items.data[0].amount_total == 12000
    assert types_of(standin) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_a_declined_card_leaves_the_session_open_for_another(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    session = open_session()
    declined = standin.pay(session.id, DECLINES)
    intent = client.v1.payment_intents.retrieve(declined["payment_intent"])
    assert (declined["status"], intent.status) == ("open", "requires_payment_method")
    assert (intent.last_payment_error.code, intent.last_payment_error.decline_code) == (
        "card_declined",
        "generic_decline",
    )
    again = standin.pay(session.id)
    assert (again["status"], again["payment_intent"]) == ("complete", intent.id)
    charges = client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]
    assert types_of(standin)[:3] == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


@pytest.mark.parametrize(
    ("approved", "session_status", "intent_status"),
    [(True, "complete", "succeeded"), (False, "open", "requires_payment_method")],
)
def test_the_bank_asks(
    standin: StripeStandIn,
    open_session: Open,
    client: stripe.StripeClient,
    approved: bool,
    session_status: str,
    intent_status: str,
) -> None:
    session = open_session()
    asked = standin.pay(session.id, ASKS_THE_BANK)
    assert client.v1.payment_intents.retrieve(asked["payment_intent"]).status == "requires_action"
    answered = standin.answer_bank(session.id, approved)
    assert answered["status"] == session_status
    intent = client.v1.payment_intents.retrieve(asked["payment_intent"])
    assert intent.status == intent_status
    if not approved:
        assert intent.last_payment_error.code == "payment_intent_authentication_failure"


def test_nobody_pays_twice(standin: StripeStandIn, open_session: Open) -> None:
    session = open_session()
    standin.pay(session.id)
    standin.pay(session.id)
    assert len(standin.record()["charges"]) == 1


def test_a_session_expires_on_demand_and_by_time(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    first, second = open_session(), open_session(expires_at=int(time.time()) + 3600)
    standin.pay(first.id, DECLINES)
    expired = client.v1.checkout.sessions.expire(first.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert client.v1.payment_intents.retrieve(expired.payment_intent).status == "canceled"
    with pytest.raises(
        stripe.InvalidRequestError, match=r'Only Checkout Sessions with a status in \["open"\]'
    ):
        client.v1.checkout.sessions.expire(first.id)
    standin.advance(3601)
    assert client.v1.checkout.sessions.retrieve(second.id).status == "expired"
    assert standin.pay(second.id)["payment_status"] == "unpaid"
    third = open_session()
    assert standin.lapse(third.id)["status"] == "expired"
    assert types_of(standin).count("checkout.session.expired") == 3


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"amount": 10}, "amount_too_small", None),
        ({"amount": 100_000_000}, "amount_too_large", None),
        (
            {"currency": "jod", "amount": 12345},
            "parameter_invalid_integer",
            "line_items[0][price_data][unit_amount]",
        ),
        ({"currency": "xyz"}, None, "line_items[0][price_data][currency]"),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"success_url": "thanks"}, "url_invalid", "success_url"),
        ({"line_items": None}, "parameter_missing", "line_items"),
        ({"customer_email": "ana"}, "email_invalid", "customer_email"),
        ({"customer_email": ""}, "parameter_invalid_empty", "customer_email"),
        ({"expires_at": 5}, None, "expires_at"),
        ({"expires_at": 4_000_000_000}, None, "expires_at"),
        ({"mode": "subscription"}, None, "mode"),
        ({"locale": "ar"}, None, "locale"),
        ({"client_reference_id": "x" * 201}, "parameter_invalid_string_too_long", "client_reference_id"),
        ({"metadata": {"key": "x" * 501}}, None, "metadata"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        (
            {"payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        ({"payment_intent_data": {"colour": "red"}}, "parameter_unknown", "payment_intent_data[colour]"),
        ({"expand": ["customer"]}, None, "expand[0]"),
    ],
)
def test_parameters_that_stripe_refuses(
    open_session: Open, changes: dict[str, Any], code: str | None, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        open_session(**changes)
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (400, code, param)


def test_what_does_not_exist(client: stripe.StripeClient) -> None:
    for ask in (
        lambda: client.v1.checkout.sessions.retrieve("cs_test_none"),
        lambda: client.v1.payment_intents.retrieve("pi_none"),
        lambda: client.v1.refunds.create({"payment_intent": "pi_none"}),
        lambda: client.v1.events.retrieve("evt_none"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask()
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.v1.customers.list()


def test_a_wrong_key_is_not_let_in(standin: StripeStandIn) -> None:
    for key in ("sk_test_wrong_key_1234", "sk_live_standin"):
        with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided: sk_"):
            client_of(standin.url, key).v1.events.list()


def test_intents_outside_checkout_are_cancelled_those_of_a_session_not(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    bare = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    cancelled = client.v1.payment_intents.cancel(bare.id, {"cancellation_reason": "abandoned"})
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "abandoned")
    session = standin.pay(open_session().id, DECLINES)
    for id in (bare.id, session["payment_intent"], paid(standin, open_session)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.payment_intents.cancel(id)
        assert refused.value.code == "payment_intent_unexpected_state"


def test_a_payment_is_refunded_in_parts_and_never_beyond(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    intent = paid(standin, open_session)
    part = client.v1.refunds.create(
        {"payment_intent": intent, "amount": 5000, "metadata": {"why": "one day"}}
    )
    assert (part.status, part.amount, part.metadata.to_dict()) == ("succeeded", 5000, {"why": "one day"})
    with pytest.raises(stripe.InvalidRequestError) as over:
        client.v1.refunds.create({"payment_intent": intent, "amount": 7001})
    assert (over.value.param, over.value.user_message) == (
        "amount",
        "Refund amount (€70.01) is greater than unrefunded amount on charge (€70.00)",
    )
    rest = client.v1.refunds.create({"charge": part.charge, "reason": "requested_by_customer"})
    assert rest.amount == 7000
    with pytest.raises(stripe.InvalidRequestError) as again:
        client.v1.refunds.create({"payment_intent": intent})
    assert again.value.code == "charge_already_refunded"
    charge = client.v1.charges.retrieve(part.charge)
    assert (charge.amount_refunded, charge.refunded) == (12000, True)
    listed = client.v1.refunds.list({"payment_intent": intent}).data
    assert [refund.id for refund in listed] == [rest.id, part.id]
    assert types_of(standin)[4:] == ["refund.created", "charge.refunded"] * 2


def test_an_unpaid_intent_and_a_silly_amount_are_not_refunded(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    declined = standin.pay(open_session().id, DECLINES)["payment_intent"]
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge to refund"):
        client.v1.refunds.create({"payment_intent": declined})
    intent = paid(standin, open_session)
    for amount in (0, -5):
        with pytest.raises(stripe.InvalidRequestError, match="Invalid positive integer"):
            client.v1.refunds.create({"payment_intent": intent, "amount": amount})
    with pytest.raises(stripe.InvalidRequestError, match="One of the following params"):
        client.v1.refunds.create({})


def test_a_refund_is_pending_before_it_arrives(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(standin, open_session, REFUND_PENDS)})
    assert refund.status == "pending"
    standin.advance(5)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert types_of(standin)[-2:] == ["refund.updated", "charge.refund.updated"]


def test_a_refund_that_fails_gives_the_money_back_to_the_charge(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    refund = client.v1.refunds.create({"payment_intent": paid(standin, open_session, REFUND_FAILS)})
    assert (refund.status, client.v1.charges.retrieve(refund.charge).refunded) == ("succeeded", True)
    standin.settle_refund(refund.id, "failed")
    standin.settle_refund(refund.id, "failed")
    failed = client.v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    charge = client.v1.charges.retrieve(refund.charge)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert types_of(standin)[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]


def test_a_refund_from_the_dashboard_is_nobodys_request(standin: StripeStandIn, open_session: Open) -> None:
    intent = paid(standin, open_session)
    standin.refund_from_dashboard(intent, 1000)
    record = standin.record()
    assert [(r["amount"], r["payment_intent"]) for r in record["refunds"]] == [(1000, intent)]
    assert record["events"][-1]["request"] == {"id": None, "idempotency_key": None}


def test_events_are_listed_in_pages(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    paid(standin, open_session)
    then = standin.advance(100)
    intent = paid(standin, open_session)
    client.v1.refunds.create({"payment_intent": intent}, {"idempotency_key": "r1"})
    all_types = types_of(standin)
    page = client.v1.events.list({"limit": 4})
    assert [len(page.data), page.has_more] == [4, True]
    paged = client.v1.events.list({"limit": 3}).auto_paging_iter()
    assert [event.type for event in paged] == all_types[::-1]
    recent = client.v1.events.list({"created": {"gte": then}, "limit": 2}).auto_paging_iter()
    assert [event.type for event in recent] == all_types[4:][::-1]
    refunds = client.v1.events.list({"types": ["charge.refunded", "refund.created"]}).data
    assert [event.type for event in refunds] == ["charge.refunded", "refund.created"]
    assert refunds[0].request.idempotency_key == "r1"
    assert refunds[0].data.previous_attributes.to_dict() == {"amount_refunded": 0}
    newer = client.v1.events.list({"ending_before": page.data[-1].id}).data
    assert [event.id for event in newer] == [event.id for event in page.data[:-1]]
    standin.advance(31 * 24 * 3600)
    assert client.v1.events.list().data == []


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": 101}, {"starting_after": "evt_none"}, {"shape": "round"}]
)
def test_lists_refuse_what_makes_no_sense(client: stripe.StripeClient, wrong: dict[str, Any]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.events.list(wrong)  # type: ignore[arg-type]


def test_every_event_parses_and_snapshots_its_object(
    standin: StripeStandIn, open_session: Open, client: stripe.StripeClient
) -> None:
    session = open_session()
    standin.pay(session.id)
    completed = client.v1.events.list({"type": "checkout.session.completed"}).data[0]
    assert isinstance(completed.data.object, stripe.checkout.Session)
    assert completed.data.object.payment_status == "paid"
    assert completed.api_version == stripe.api_version
