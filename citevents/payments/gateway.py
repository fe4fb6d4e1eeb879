"""The gateway: the house's only contact with Stripe, and the only file that imports its library.

Nothing of Stripe's leaves it: callers get the rows and errors of `processor`.
Source: Stripe's API in the version that the locked `stripe` library pins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import stripe

from citevents.core import circuits
from citevents.payments.processor import (
    NOTICE_TYPES,
    STRIPE,
    ChargeState,
    Checkout,
    CheckoutState,
    DisputeState,
    GatewayRefused,
    GatewayUnavailable,
    Notice,
    NoticeForged,
    NoticeOfWrongMode,
    Page,
    PaymentState,
    RefundState,
)
from citevents.payments.readings import (
    PAYMENT,
    REFUND,
    charge_state,
    checkout_state,
    dispute_state,
    notice_of,
    plain,
    refund_state,
)
from citevents.payments.stripe_units import from_stripe, to_stripe

_LOCALES = """
bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk
sl sv th tr vi zh zh-HK zh-TW
"""
LOCALES = frozenset(_LOCALES.split())
_ATTEMPTS = 3
#: Refusals that pass with time: no money to give back from yet; something else is at work on the same object or key.
WAITING_CODES = frozenset({"balance_insufficient", "lock_timeout", "idempotency_key_in_use"})


T = TypeVar("T")
Told = TypeVar("Told", ChargeState, RefundState, DisputeState)


class StripeGateway:
    """Stripe by its official library. `api_base` points elsewhere, e.g. at the stand-in; timeouts in seconds; `page_size` at most 100."""

    def __init__(
        self,
        secret_key: str,
        *,
        api_base: str = "",
        connect_timeout: float = 3.0,
        read_timeout: float = 10.0,
        max_network_retries: int = 1,
        page_size: int = 100,
    ) -> None:
        self._page_size = page_size
        self._live = "_live_" in secret_key
        self._client = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base} if api_base else {},
            max_network_retries=max_network_retries,
            http_client=stripe.RequestsClient(timeout=(connect_timeout, read_timeout)),
        )

    def open_checkout(
        self,
        *,
        payment_public_id: str,
        amount_minor: int,
        currency: str,
        description: str,
        email: str,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        locale: str,
    ) -> Checkout:
        parameters: stripe.params.checkout.SessionCreateParams = {
            "mode": "payment",
            "allowed_payment_method_types": ["card"],  # money that arrives at once, or not at all
            "adaptive_pricing": {"enabled": False},  # what is charged is what we asked, in our currency
            "line_items": [
                {
                    "price_data": {
                        "currency": currency.lower(),
                        "unit_amount": to_stripe(amount_minor, currency),
                        "product_data": {"name": description[:250]},
                    },
                    "quantity": 1,
                }
            ],
            "client_reference_id": payment_public_id,
            "metadata": {PAYMENT: payment_public_id},
            "payment_intent_data": {
                "metadata": {PAYMENT: payment_public_id},
                "description": description[:250],
            },
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": int(expires_at.timestamp()),
            "locale": _locale(locale),
        }
        if email:
            parameters["customer_email"] = email
        with _mapped_errors():
            # Whatever a failed call made, nobody was ever given its address: a second checkout cannot be paid twice.
            session = _past_failures(
                lambda key: self._client.v1.checkout.sessions.create(parameters, {"idempotency_key": key}),
                payment_public_id,
            )
        self._check_mode(session.livemode)
        if session.url is None:
            raise GatewayRefused("checkout_closed", f"{session.id} has no page")
        return Checkout(id=session.id, url=session.url)

    def retrieve_checkout(self, checkout_id: str) -> CheckoutState:
        with _mapped_errors():
            session = self._client.v1.checkout.sessions.retrieve(checkout_id)
        self._check_mode(session.livemode)
        return checkout_state(session)

    def expire_checkout(self, checkout_id: str) -> CheckoutState:
        try:
            with _mapped_errors():
                session = _past_failures(
                    lambda key: self._client.v1.checkout.sessions.expire(
                        checkout_id, {}, {"idempotency_key": key}
                    ),
                    f"expire:{checkout_id}",
                )
        except GatewayRefused as refusal:
            if refusal.code == "resource_missing":
                raise
            return self.retrieve_checkout(checkout_id)  # no longer open: paid or expired meanwhile
        self._check_mode(session.livemode)
        return checkout_state(session)

    def refund(
        self,
        *,
        payment_intent_id: str,
        amount_minor: int,
        currency: str,
        key: str,
        metadata: Mapping[str, str],
    ) -> RefundState:
        # Stripe forgets a key after a day, and remembers a failure under it for as long: so look first.
        for earlier in self._refunds_of(payment_intent_id):
            if earlier.key == key or (earlier.name == key.partition(":")[0] and not earlier.undone):
                return earlier
        with _mapped_errors():
            made = self._client.v1.refunds.create(
                {
                    "payment_intent": payment_intent_id,
                    "amount": to_stripe(amount_minor, currency),
                    "metadata": {**metadata, REFUND: key},
                },
                {"idempotency_key": key},
            )
        return refund_state(made)

    def payment_status(self, payment_intent_id: str) -> PaymentState:
        with _mapped_errors():
            intent = self._client.v1.payment_intents.retrieve(
                payment_intent_id, {"expand": ["latest_charge"]}
            )
        self._check_mode(intent.livemode)
        charge = intent.latest_charge
        return PaymentState(
            payment_intent_id=intent.id,
            status=intent.status,
            payment_public_id=plain(intent.metadata).get(PAYMENT),
            amount_minor=from_stripe(intent.amount, intent.currency),
            received_minor=from_stripe(intent.amount_received, intent.currency),
            currency=intent.currency.upper(),
            charge=charge_state(charge) if isinstance(charge, stripe.Charge) else None,
            refunds=tuple(self._refunds_of(payment_intent_id))[::-1],
            disputes=self._disputes_of(payment_intent_id, charge),
        )

    def _disputes_of(self, payment_intent_id: str, charge: Any) -> tuple[DisputeState, ...]:
        """Oldest first; asked for only where the charge says that there was one."""
        if not isinstance(charge, stripe.Charge) or not charge.disputed:
            return ()
        with _mapped_errors():
            pages = self._client.v1.disputes.list({"payment_intent": payment_intent_id, "limit": 100})
            return tuple(map(dispute_state, pages.auto_paging_iter()))[::-1]

    def _refunds_of(self, payment_intent_id: str) -> Iterator[RefundState]:
        """Newest first."""
        with _mapped_errors():
            pages = self._client.v1.refunds.list({"payment_intent": payment_intent_id, "limit": 100})
            yield from map(refund_state, pages.auto_paging_iter())

    def charges_since(self, since: datetime, after: str = "") -> Page[ChargeState]:
        return self._page(self._client.v1.charges.list, charge_state, since, after)

    def refunds_since(self, since: datetime, after: str = "") -> Page[RefundState]:
        return self._page(self._client.v1.refunds.list, refund_state, since, after)

    def disputes_since(self, since: datetime, after: str = "") -> Page[DisputeState]:
        return self._page(self._client.v1.disputes.list, dispute_state, since, after)

    def _page(
        self, ask: Callable[[Any], Any], read: Callable[[Any], Told], since: datetime, after: str
    ) -> Page[Told]:
        parameters: dict[str, Any] = {
            "created": {"gte": int(since.timestamp())},
            "limit": self._page_size,
        }
        if after:
            parameters["starting_after"] = after
        with _mapped_errors():
            page = ask(parameters)
        for each in page.data:
            if hasattr(each, "livemode"):  # a refund does not say
                self._check_mode(each.livemode)
        rows = tuple(map(read, page.data))
        return Page(rows=rows, after=rows[-1].id if page.has_more and rows else None)

    def events_since(self, since: datetime, types: Sequence[str] = NOTICE_TYPES) -> Iterator[Notice]:
        with _mapped_errors():
            pages = self._client.v1.events.list(
                {"created": {"gte": int(since.timestamp())}, "types": list(types), "limit": 100}
            )
            for event in pages.auto_paging_iter():
                self._check_mode(event.livemode)
                yield notice_of(event)

    def read_notice(self, raw_body: bytes, signature_header: str | None, secret: str) -> Notice:
        try:
            event = self._client.construct_event(raw_body, signature_header, secret)
        except (stripe.SignatureVerificationError, ValueError, AttributeError) as problem:
            raise NoticeForged("notice_forged", str(problem)) from problem
        try:
            notice, livemode = notice_of(event), event.livemode
        except (AttributeError, TypeError) as problem:
            raise NoticeForged("notice_unreadable", "signed, but not an event") from problem
        if livemode is not self._live:
            raise NoticeOfWrongMode("wrong_mode", f"{notice.id}: livemode is {livemode}")
        return notice

    def _check_mode(self, livemode: bool) -> None:
        if livemode is not self._live:
            raise GatewayRefused("wrong_mode", f"Stripe answered with livemode {livemode}")


def _past_failures(call: Callable[[str], T], key: str) -> T:
    """The answer of a call under `key`. A key that remembers a failure of Stripe's (it does, for a day) is left behind."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return call(key if attempt == 1 else f"{key}:{attempt}")
        except stripe.APIError as failure:
            replayed = (failure.headers or {}).get("Idempotent-Replayed") == "true"
            if attempt == _ATTEMPTS or not replayed:
                raise
    raise AssertionError("the last attempt returns or raises")


@contextmanager
def _mapped_errors() -> Iterator[None]:
    """Around each call of Stripe: its failures in our classes, and none made while Stripe is known to be away."""
    with circuits.calling(STRIPE), _in_our_classes():
        yield


@contextmanager
def _in_our_classes() -> Iterator[None]:
    try:
        yield
    except stripe.IdempotencyError as error:
        if error.code in WAITING_CODES:  # the other tab's call is still on its way
            raise GatewayUnavailable(error.code, error.user_message or "", destination=None) from error
        raise GatewayRefused("key_reused", error.user_message or "") from error
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        code = _code(error)
        if code in WAITING_CODES:
            raise GatewayUnavailable(
                code, error.user_message or "", param=error.param, destination=None
            ) from error
        raise GatewayRefused(code, error.user_message or "", param=error.param) from error
    except stripe.StripeError as error:
        # A key that is not ours to use (401, 403) is for the operator to mend: nobody's order is at fault.
        told = error.error.code if error.error else None  # the library hands it on for refusals only
        alone = told in WAITING_CODES or (error.headers or {}).get("Idempotent-Replayed") == "true"
        code = told if alone and told else f"{type(error).__name__}{error.http_status or ''}"
        raise GatewayUnavailable(
            code, error.user_message or "", destination=None if alone else STRIPE
        ) from error


def _code(error: stripe.CardError | stripe.InvalidRequestError) -> str:
    if error.param == "amount" and "greater than" in (error.user_message or ""):
        return "refund_too_large"  # Stripe gives this refusal no code of its own
    if "insufficient funds in your stripe" in (error.user_message or "").lower():
        return "balance_insufficient"  # nor this one
    return error.code or "invalid_request"


def _locale(wanted: str) -> str:
    """Stripe's name of the language; one it does not speak (Arabic) is left to the browser."""
    tag = wanted.replace("_", "-")
    return next((name for name in (tag, tag.partition("-")[0]) if name in LOCALES), "auto")
