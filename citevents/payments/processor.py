"""The processor: what payments need of whoever moves the money, in plain rows and errors of ours.

Amounts are ISO 4217 minor units, currencies in capitals, moments in UTC. `gateway` keeps these promises by Stripe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from citevents.core.errors import Later, Never

T = TypeVar("T")
SHORTEST_CHECKOUT = timedelta(minutes=30)
LONGEST_CHECKOUT = timedelta(hours=24)
"""Stripe's bounds of a checkout's life, counted from the moment it is opened."""

NOTICE_TYPES = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.refunded",
    "charge.refund.updated",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
"""The notices that can change what we know of a payment; Stripe takes at most 20 in a question."""


STRIPE = "stripe"
"""Stripe, as a destination of `Later`."""


class GatewayError(Exception):
    """`code` is a short word for the log and the desk; `str()` is Stripe's sentence, for organizers only."""

    def __init__(self, code: str, sentence: str = "", *, param: str | None = None) -> None:
        super().__init__(sentence or code)
        self.code = code
        self.param = param


class GatewayUnavailable(GatewayError, Later):
    """No usable answer. It may have happened or not: ask again later, with the same key.

    `destination` is None where Stripe does answer and only this call has to wait: a key that is in use or remembers a
    failure of Stripe's own, a balance too low for this refund (code `balance_insufficient`).
    """

    patience = timedelta(days=10)
    pauses = (5, 30, 120, 600, 1800, 3600)

    def __init__(
        self, code: str, sentence: str = "", *, param: str | None = None, destination: str | None = STRIPE
    ) -> None:
        super().__init__(code, sentence, param=param)
        self.destination = destination


class GatewayRefused(GatewayError, Never):
    """Stripe said no, and will say no again.

    Codes: Stripe's own, and `refund_too_large`, `amount_not_chargeable`, `key_reused`, `wrong_mode`.
    """


class NoticeForged(GatewayError):
    """A notice that Stripe did not sign for us, or signed too long ago."""


class NoticeOfWrongMode(NoticeForged):
    """Rightly signed, but of the test mode for a live key or the other way round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A page on which to pay."""

    id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutState:
    """A checkout as Stripe sees it now. `status`: open, complete or expired."""

    id: str
    status: str
    paid: bool
    payment_public_id: str | None
    payment_intent_id: str | None
    amount_minor: int
    currency: str
    expires_at: datetime
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeState:
    """One attempt to take the money. `status`: succeeded, pending or failed; `received_minor`: what came by it."""

    id: str
    payment_intent_id: str | None
    payment_public_id: str | None
    currency: str
    status: str
    amount_minor: int
    received_minor: int
    refunded_minor: int
    failure_code: str | None
    disputed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundState:
    """`status`: pending, requires_action, succeeded, failed or canceled; `key` is ours, None from the dashboard."""

    id: str
    payment_intent_id: str | None
    amount_minor: int
    currency: str
    status: str
    failure_reason: str | None
    key: str | None
    metadata: Mapping[str, str]
    created_at: datetime

    @property
    def name(self) -> str:
        """Our name of the refund, without the number of the attempt; "" from the dashboard."""
        return (self.key or "").partition(":")[0]

    @property
    def undone(self) -> bool:
        """Nothing went back, or it came back."""
        return self.status in ("failed", "canceled")


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeState:
    """A dispute as Stripe sees it now. `withdrawn_minor` is what the bank holds of `currency`, `fee_minor` what it cost so far,
    in the currency of the account. `refundable`: an inquiry, or won: what the buyer paid can be given back all the same."""

    id: str
    payment_intent_id: str | None
    amount_minor: int
    currency: str
    status: str
    reason: str
    refundable: bool
    due_at: datetime | None
    withdrawn_minor: int
    fee_minor: int
    fee_currency: str
    created_at: datetime

    @property
    def open(self) -> bool:
        """Whether the bank has yet to decide."""
        return self.status not in ("won", "lost", "warning_closed", "prevented")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentState:
    """A payment as Stripe sees it now, refunds and disputes oldest first. `status` is the payment intent's."""

    payment_intent_id: str
    status: str
    payment_public_id: str | None
    amount_minor: int
    received_minor: int
    currency: str
    charge: ChargeState | None
    refunds: tuple[RefundState, ...]
    disputes: tuple[DisputeState, ...] = ()

    @property
    def net_minor(self) -> int:
        """What Stripe holds of it: what came, less what went back for good and what banks took; fees are apart."""
        gone = sum(refund.amount_minor for refund in self.refunds if refund.status == "succeeded")
        return self.received_minor - gone - sum(each.withdrawn_minor for each in self.disputes)

    @property
    def refunded_minor(self) -> int:
        """What went back or is on its way."""
        return sum(r.amount_minor for r in self.refunds if not r.undone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list, newest first; `after` asks for the next part, None where this was the last."""

    rows: tuple[T, ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """That something happened, never what is true now: ask for the state. Ids only."""

    id: str
    type: str
    created_at: datetime
    object_id: str
    checkout_id: str | None
    payment_intent_id: str | None
    charge_id: str | None
    #: Our names of the payment and of the refund, from the metadata; those of a refund are told by itself alone.
    payment_public_id: str | None
    refund_public_id: str | None


class PaymentGateway(Protocol):
    """What payments need of a processor. Every call may raise GatewayUnavailable or GatewayRefused."""

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
        """Opens a checkout, once per payment: the same arguments give the same one.

        Other arguments for the same payment are refused (`key_reused`), so keep `expires_at` with the payment.
        `{CHECKOUT_SESSION_ID}` in `success_url` becomes the checkout's id. An empty `email` lets the page ask.
        """

    def retrieve_checkout(self, checkout_id: str) -> CheckoutState: ...

    def expire_checkout(self, checkout_id: str) -> CheckoutState:
        """Closes an open checkout, once, so that it can no longer be paid; gives the state whatever it was."""

    def refund(
        self,
        *,
        payment_intent_id: str,
        amount_minor: int,
        currency: str,
        key: str,
        metadata: Mapping[str, str],
    ) -> RefundState:
        """Gives money back, once per `key`, however late it is asked again.

        `key` is `NAME`, or `NAME:2` and so on for further attempts: none is made while an earlier one stands.
        """

    def payment_status(self, payment_intent_id: str) -> PaymentState: ...

    def charges_since(self, since: datetime, after: str = "") -> Page[ChargeState]:
        """Every attempt to take money that was made at `since` or later, whoever's payment it is."""

    def refunds_since(self, since: datetime, after: str = "") -> Page[RefundState]: ...

    def disputes_since(self, since: datetime, after: str = "") -> Page[DisputeState]: ...

    def events_since(self, since: datetime, types: Sequence[str] = NOTICE_TYPES) -> Iterator[Notice]:
        """Notices created at `since` or later (Stripe keeps 30 days), newest first, read page by page."""

    def read_notice(self, raw_body: bytes, signature_header: str | None, secret: str) -> Notice:
        """The notice of a webhook's untouched body; raises NoticeForged or NoticeOfWrongMode."""
