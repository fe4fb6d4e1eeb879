"""The gateway against the Stripe stand-in: what it promises, in good weather and bad."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from citevents.core.errors import Later, Never
from citevents.payments.gateway import StripeGateway
from citevents.payments.processor import (
    NOTICE_TYPES,
    Checkout,
    GatewayRefused,
    GatewayUnavailable,
    NoticeForged,
    NoticeOfWrongMode,
    PaymentGateway,
)
from citevents.payments.stripe_units import from_stripe, to_stripe
from standins.stripe import StripeStandIn
from standins.stripe.cards import DECLINES, REFUND_FAILS, REFUND_PENDS

SECRET = "whsec_standin"
READER = StripeGateway("sk_test_x")
#: Far enough for the slowest run of the whole suite: a page lives 30 minutes at least, 24 hours at most.
EXPIRES = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=12)


@pytest.fixture
def standin() -> Iterator[StripeStandIn]:
    with StripeStandIn() as running:
        yield running


@pytest.fixture
def gateway(standin: StripeStandIn) -> PaymentGateway:
    return StripeGateway(standin.secret_key, api_base=standin.url, read_timeout=2.0)


def opened(gateway: PaymentGateway, **changes: Any) -> Checkout:
    asked: dict[str, Any] = {
        "payment_public_id": "pay_1",
        "amount_minor": 12000,
        "currency": "EUR",
        "description": "Two tickets",
        "email": "ana@example.org",
        "success_url": "https://example.org/thanks?c={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://example.org/back",
        "expires_at": EXPIRES,
        "locale": "es",
    }
    return gateway.open_checkout(**(asked | changes))


def paid(
    standin: StripeStandIn, gateway: PaymentGateway, card: str = "4242424242424242", **changes: Any
) -> str:
    return str(standin.pay(opened(gateway, **changes).id, card)["payment_intent"])


def refunded(gateway: PaymentGateway, intent: str, amount: int, key: str, currency: str = "EUR") -> Any:
    return gateway.refund(
        payment_intent_id=intent,
        amount_minor=amount,
        currency=currency,
        key=key,
        metadata={"reason": "cancelled"},
    )


class TestCheckout:
    def test_a_checkout_carries_the_payment_it_is_for(
        self, standin: StripeStandIn, gateway: PaymentGateway
    ) -> None:
        checkout = opened(gateway)
        assert checkout.url == f"{standin.url}/c/pay/{checkout.id}"
        state = gateway.retrieve_checkout(checkout.id)
        assert (state.status, state.paid, state.payment_public_id, state.payment_intent_id) == (
            "open",
            False,
            "pay_1",
            None,
        )
        assert (state.amount_minor, state.currency, state.expires_at) == (12000, "EUR", EXPIRES)
        (session,) = standin.record()["checkout_sessions"]
        assert (session["locale"], session["customer_email"]) == ("es", "ana@example.org")

    def test_asked_twice_it_is_one(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        assert opened(gateway) == opened(gateway)
        assert len(standin.record()["checkout_sessions"]) == 1

    def test_asked_otherwise_for_the_same_payment_it_is_refused(self, gateway: PaymentGateway) -> None:
        opened(gateway)
        with pytest.raises(GatewayRefused) as refused:
            opened(gateway, amount_minor=1)
        assert refused.value.code in ("key_reused", "amount_too_small")
        with pytest.raises(GatewayRefused) as refused:
            opened(gateway, amount_minor=13000)
        assert refused.value.code == "key_reused"

    def test_paid_it_names_the_payment_intent(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        checkout = opened(gateway)
        intent = standin.pay(checkout.id)["payment_intent"]
        state = gateway.retrieve_checkout(checkout.id)
        assert (state.status, state.paid, state.payment_intent_id, state.url) == (
            "complete",
            True,
            intent,
            None,
        )

    def test_expired_it_cannot_be_paid(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        checkout = opened(gateway)
        assert gateway.expire_checkout(checkout.id).status == "expired"
        assert gateway.expire_checkout(checkout.id).status == "expired"
        assert standin.pay(checkout.id)["payment_status"] == "unpaid"

    def test_expiring_what_was_paid_meanwhile_tells_so(
        self, standin: StripeStandIn, gateway: PaymentGateway
    ) -> None:
        checkout = opened(gateway)
        standin.pay(checkout.id)
        assert gateway.expire_checkout(checkout.id).paid

    def test_an_unknown_checkout_is_refused(self, gateway: PaymentGateway) -> None:
        for ask in (gateway.retrieve_checkout, gateway.expire_checkout):
            with pytest.raises(GatewayRefused) as refused:
                ask("cs_test_none")
            assert refused.value.code == "resource_missing"

    @pytest.mark.parametrize(
        ("ours", "theirs"), [("es", "es"), ("fr_CA", "fr-CA"), ("es-AR", "es"), ("ar", "auto"), ("", "auto")]
    )
    def test_the_page_speaks_the_payers_language_where_it_can(
        self, standin: StripeStandIn, gateway: PaymentGateway, ours: str, theirs: str
    ) -> None:
        opened(gateway, locale=ours)
        assert standin.record()["checkout_sessions"][0]["locale"] == theirs

    def test_without_an_email_the_page_asks(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        opened(gateway, email="")
        assert standin.record()["checkout_sessions"][0]["customer_email"] is None

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"amount_minor": 10}, "amount_too_small"),
            ({"currency": "XYZ"}, "invalid_request"),
            ({"currency": "JOD", "amount_minor": 12345}, "amount_not_chargeable"),
            ({"email": "ana"}, "email_invalid"),
            ({"expires_at": EXPIRES - timedelta(days=2)}, "invalid_request"),
        ],
    )
    def test_what_stripe_will_never_take_is_refused(
        self, gateway: PaymentGateway, changes: dict[str, Any], code: str
    ) -> None:
        with pytest.raises(GatewayRefused) as refused:
            opened(gateway, **changes)
        assert refused.value.code == code


class TestUnits:
    @pytest.mark.parametrize(
        ("minor", "currency", "theirs"),
        [
            (12000, "EUR", 12000),
            (5000, "JPY", 5000),
            (12340, "JOD", 12340),
            (500, "ISK", 50000),
            (7000, "UGX", 700000),
            (150000, "MGA", 1500),
        ],
    )
    def test_amounts_are_counted_as_stripe_counts(
        self, standin: StripeStandIn, gateway: PaymentGateway, minor: int, currency: str, theirs: int
    ) -> None:
        checkout = opened(gateway, amount_minor=minor, currency=currency)
        assert standin.record()["checkout_sessions"][0]["amount_total"] == theirs
        assert gateway.retrieve_checkout(checkout.id).amount_minor == minor

    @given(st.integers(0, 10**9), st.sampled_from(["EUR", "JPY", "JOD", "ISK", "UGX", "MGA"]))
    def test_there_and_back_is_the_same_or_refused(self, minor: int, currency: str) -> None:
        try:
            theirs = to_stripe(minor, currency)
        except GatewayRefused:
            assert minor % (100 if currency == "MGA" else 10) and currency in ("JOD", "MGA")
        else:
            assert from_stripe(theirs, currency.lower()) == minor


class TestRefunds:
    def test_a_payment_and_its_refunds_are_told(
        self, standin: StripeStandIn, gateway: PaymentGateway
    ) -> None:
        intent = paid(standin, gateway)
        mine = refunded(gateway, intent, 3000, "ref_1")
        standin.refund_from_dashboard(intent, 1000)
        state = gateway.payment_status(intent)
        assert (
            state.status,
            state.payment_public_id,
            state.amount_minor,
            state.received_minor,
            state.currency,
        ) == (
            "succeeded",
            "pay_1",
            12000,
            12000,
            "EUR",
        )
        assert [(r.amount_minor, r.key, r.status) for r in state.refunds] == [
            (3000, "ref_1", "succeeded"),
            (1000, None, "succeeded"),
        ]
        assert state.refunds[0] == mine
        assert mine.metadata == {"reason": "cancelled", "refund": "ref_1"}
        assert state.refunded_minor == 4000
        assert state.charge is not None
        assert (state.charge.status, state.charge.refunded_minor) == ("succeeded", 4000)

    def test_a_declined_payment_is_told(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        state = gateway.payment_status(paid(standin, gateway, DECLINES))
        assert (state.status, state.received_minor, state.refunds) == ("requires_payment_method", 0, ())
        assert state.charge is not None
        assert (state.charge.status, state.charge.failure_code) == ("failed", "card_declined")

    def test_a_refund_asked_again_is_the_same_even_after_days(
        self, standin: StripeStandIn, gateway: PaymentGateway
    ) -> None:
        intent = paid(standin, gateway)
        first = refunded(gateway, intent, 3000, "ref_1")
        assert refunded(gateway, intent, 3000, "ref_1") == first
        standin.age_keys(100)
        assert refunded(gateway, intent, 3000, "ref_1") == first
        assert len(standin.record()["refunds"]) == 1

    @pytest.mark.parametrize("kind", ["error_after", "drop_after"])
    def test_a_refund_whose_answer_was_lost_is_found_again(
        self, standin: StripeStandIn, gateway: PaymentGateway, kind: str
    ) -> None:
        intent = paid(standin, gateway)
        standin.fault("api", kind, on="refunds.create", times=1)
        patient = StripeGateway(standin.secret_key, api_base=standin.url, max_network_retries=0)
        with pytest.raises(GatewayUnavailable):
            refunded(patient, intent, 3000, "ref_1")
        assert refunded(gateway, intent, 3000, "ref_1").amount_minor == 3000
        assert len(standin.record()["refunds"]) == 1

    def test_more_than_is_left_is_refused(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        intent = paid(standin, gateway)
        standin.refund_from_dashboard(intent, 10000)
        with pytest.raises(GatewayRefused) as refused:
            refunded(gateway, intent, 3000, "ref_1")
        assert refused.value.code == "refund_too_large"
        refunded(gateway, intent, 2000, "ref_2")
        with pytest.raises(GatewayRefused) as refused:
            refunded(gateway, intent, 1, "ref_3")
        assert refused.value.code == "charge_already_refunded"

    def test_a_refund_may_be_pending_or_fail(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        pending = refunded(gateway, paid(standin, gateway, REFUND_PENDS), 3000, "ref_1")
        assert pending.status == "pending"
        intent = paid(standin, gateway, REFUND_FAILS, payment_public_id="pay_2")
        failing = refunded(gateway, intent, 3000, "ref_2")
        standin.settle_refund(failing.id, "failed")
        state = gateway.payment_status(intent)
        assert [(r.status, r.failure_reason) for r in state.refunds] == [
            ("failed", "expired_or_canceled_card")
        ]
        assert state.refunded_minor == 0

    def test_refunds_are_counted_in_our_units(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        intent = paid(standin, gateway, amount_minor=5000, currency="ISK")
        assert refunded(gateway, intent, 1200, "ref_1", "ISK").amount_minor == 1200
        assert standin.record()["refunds"][0]["amount"] == 120000


class TestBadWeather:
    @pytest.mark.parametrize("kind", ["error", "error_after", "drop", "drop_after"])
    def test_one_failure_is_overcome_and_makes_no_second_way_to_pay(
        self, standin: StripeStandIn, gateway: PaymentGateway, kind: str
    ) -> None:
        standin.fault("api", kind, on="checkout.sessions.create")
        checkout = opened(gateway)
        assert opened(gateway) == checkout
        # Only the session whose address was lost with its answer may exist beside it.
        assert len(standin.record()["checkout_sessions"]) == (2 if kind == "error_after" else 1)

    @pytest.mark.parametrize(
        ("kind", "settings", "code"),
        [
            ("error", {"status": 503}, "APIError503"),
            ("error", {"status": 429}, "RateLimitError429"),
            ("drop", {}, "APIConnectionError"),
            ("delay", {"seconds": 0.4}, "APIConnectionError"),
        ],
    )
    def test_stripe_away_is_to_be_asked_again(
        self, standin: StripeStandIn, kind: str, settings: dict[str, Any], code: str
    ) -> None:
        hasty = StripeGateway(
            standin.secret_key, api_base=standin.url, read_timeout=0.2, max_network_retries=0
        )
        standin.fault("api", kind, **settings)
        with pytest.raises(GatewayUnavailable) as away:
            hasty.retrieve_checkout("cs_test_1")
        assert (away.value.code, away.value.destination) == (code, "stripe")
        assert isinstance(away.value, Later)

    @pytest.mark.parametrize(
        ("status", "code"),
        [(400, "balance_insufficient"), (429, "lock_timeout"), (409, "idempotency_key_in_use")],
    )
    def test_what_waits_alone_does_not_mean_that_stripe_is_away(
        self, standin: StripeStandIn, status: int, code: str
    ) -> None:
        once = StripeGateway(standin.secret_key, api_base=standin.url, max_network_retries=0)
        intent = paid(standin, once)
        standin.fault("api", "error", on="refunds.create", status=status, code=code)
        with pytest.raises(GatewayUnavailable) as waits:
            refunded(once, intent, 3000, "ref_1")
        assert (waits.value.code, waits.value.destination) == (code, None)
        assert refunded(once, intent, 3000, "ref_1").amount_minor == 3000

    def test_a_refusal_is_for_good(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        intent = paid(standin, gateway)
        standin.fault("api", "error", on="refunds.create", status=400, code="charge_disputed")
        with pytest.raises(Never) as refused:
            refunded(gateway, intent, 3000, "ref_1")
        assert refused.value.code == "charge_disputed"

    def test_nobody_at_the_address_is_told_soon(self) -> None:
        nobody = StripeGateway("sk_test_x", api_base="http://127.0.0.1:9", max_network_retries=0)
        with pytest.raises(GatewayUnavailable):
            nobody.retrieve_checkout("cs_test_1")

    def test_a_key_that_does_not_fit_is_the_operators_to_mend(self, standin: StripeStandIn) -> None:
        with pytest.raises(GatewayUnavailable) as away:
            StripeGateway("sk_test_other", api_base=standin.url).retrieve_checkout("cs_test_1")
        assert away.value.code == "AuthenticationError401"

    def test_an_answer_of_the_wrong_mode_is_not_believed(
        self, standin: StripeStandIn, gateway: PaymentGateway
    ) -> None:
        intent = paid(standin, gateway)
        checkout = standin.record()["checkout_sessions"][0]["id"]
        for ask in (
            lambda: opened(gateway, payment_public_id="pay_2"),
            lambda: gateway.retrieve_checkout(checkout),
            lambda: gateway.payment_status(intent),
            lambda: list(gateway.events_since(EXPIRES - timedelta(days=1))),
        ):
            standin.fault("api", "wrong_mode")
            with pytest.raises(GatewayRefused) as refused:
                ask()
            assert refused.value.code == "wrong_mode"


class TestNotices:
    def test_events_since_a_moment_are_notices(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        start = datetime.now(UTC)
        intent = paid(standin, gateway)
        refunded(gateway, intent, 3000, "ref_1")
        checkout = standin.record()["checkout_sessions"][0]["id"]
        notices = list(gateway.events_since(start))
        assert [(n.type, n.checkout_id, n.payment_intent_id, n.payment_public_id) for n in notices] == [
            ("charge.refunded", None, intent, "pay_1"),
            ("refund.created", None, intent, None),
            ("checkout.session.completed", checkout, intent, "pay_1"),
            ("payment_intent.succeeded", None, intent, "pay_1"),
        ]
        assert all(n.created_at >= start.replace(microsecond=0) for n in notices)
        assert list(gateway.events_since(start + timedelta(days=1))) == []

    def test_many_events_are_read_page_by_page(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        intent = paid(standin, gateway, amount_minor=900000)
        for _ in range(110):
            standin.refund_from_dashboard(intent, 50)
        ids = [n.id for n in gateway.events_since(datetime.now(UTC) - timedelta(hours=1))]
        recorded = [e["id"] for e in standin.record()["events"] if e["type"] in NOTICE_TYPES]
        assert ids == recorded[::-1]
        assert len(gateway.payment_status(intent).refunds) == 110

    def signed(self, body: bytes, at: int | None = None) -> str:
        return stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, at)

    def event(self, standin: StripeStandIn, gateway: PaymentGateway, **changes: Any) -> bytes:
        paid(standin, gateway)
        return json.dumps(standin.record()["events"][-1] | changes).encode()

    def test_a_signed_notice_is_read(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        body = self.event(standin, gateway)
        notice = gateway.read_notice(body, self.signed(body), SECRET)
        assert notice == next(gateway.events_since(datetime.now(UTC) - timedelta(hours=1)))
        assert notice.type == "checkout.session.completed"

    def test_what_is_not_signed_so_is_forged(self, standin: StripeStandIn, gateway: PaymentGateway) -> None:
        body = self.event(standin, gateway)
        good = self.signed(body)
        for raw, header, secret in [
            (body, None, SECRET),
            (body, "", SECRET),
            (body, "t=now,v1=1", SECRET),
            (body, good, "whsec_other"),
            (body, good, ""),
            (body.replace(b"12000", b"99000"), good, SECRET),
            (body, self.signed(body, int(time.time()) - 301), SECRET),
            (b"\xff\xfe", good, SECRET),
            (b"no json", self.signed(b"no json"), SECRET),
            (b"{}", self.signed(b"{}"), SECRET),
            (b"[]", self.signed(b"[]"), SECRET),
            (b"null", self.signed(b"null"), SECRET),
            (b'{"object": "event"}', self.signed(b'{"object": "event"}'), SECRET),
        ]:
            with pytest.raises(NoticeForged):
                gateway.read_notice(raw, header, secret)

    @given(raw=st.binary(max_size=60), header=st.text(max_size=60))
    def test_no_garbage_breaks_the_reader(self, raw: bytes, header: str) -> None:
        with pytest.raises(NoticeForged):
            READER.read_notice(raw, header, SECRET)

    def test_a_notice_of_the_other_mode_is_told_apart(
        self, standin: StripeStandIn, gateway: PaymentGateway
    ) -> None:
        body = self.event(standin, gateway, livemode=True)
        with pytest.raises(NoticeOfWrongMode):
            gateway.read_notice(body, self.signed(body), SECRET)
        live = StripeGateway("sk_live_x")
        assert live.read_notice(body, self.signed(body), SECRET).type == "checkout.session.completed"


def test_a_house_that_takes_no_money_takes_no_notices(client: FlaskClient, app: Flask) -> None:
    """Anybody can send there: it is no error of ours."""
    assert "processor" not in app.extensions
    assert client.post("/webhooks/stripe", data=b"{}").status_code == 404
