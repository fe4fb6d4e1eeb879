"""Facts about money."""

from citevents.core.events import event


@event("payment.notice_stored")
class NoticeStored:
    """The processor told us something, signed; the notice is stored once and not yet acted on."""

    notice_id: int


@event("payment.succeeded")
class PaymentSucceeded:
    """The processor says that this payment's money is there; amounts in minor units."""

    payment_id: int
    order_id: int
    amount: int
    currency: str


@event("payment.failed")
class PaymentFailed:
    """The checkout of this payment expired or was declined for good; nothing was charged."""

    payment_id: int
    order_id: int


@event("payment.refund_asked")
class RefundAsked:
    """Somebody decided to give money back; the processor is asked next."""

    refund_id: int


@event("payment.refunded")
class Refunded:
    """The processor says that this refund is done, whoever started it."""

    refund_id: int
    payment_id: int
    order_id: int


@event("payment.refund_failed")
class RefundFailed:
    """The processor says that this refund did not arrive, even where it said otherwise before: it is owed again."""

    refund_id: int
    payment_id: int
    order_id: int


@event("payment.dispute_opened")
class DisputeOpened:
    """A buyer asked their bank for the money of this payment; the organizer may answer until a day."""

    dispute_id: int
    payment_id: int
    order_id: int


@event("payment.dispute_closed")
class DisputeClosed:
    """The bank has decided about a dispute; `won`: the money is the organizer's again."""

    dispute_id: int
    payment_id: int
    order_id: int
    won: bool


@event("payment.checkout_unwanted")
class CheckoutUnwanted:
    """A checkout was opened while its order ended: nobody may pay there, it is closed next."""

    payment_id: int


@event("payment.look_again")
class PaymentToSettle:
    """There is reason to ask the processor how this payment stands: the buyer came back, or it is open for long."""

    payment_id: int


@event("payment.balance_page_due")
class BalancePageDue:
    """A look at all that the processor holds goes on with this page, counted from 0."""

    look_id: int
    page: int


@event("payment.reconcile")
class ReconcileDue:
    """It is time to read the processor's own list of notices since this instant (ISO) for what never reached us."""

    since: str
