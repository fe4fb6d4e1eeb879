"""What can be refused about money."""

from citevents.core.errors import DomainError
from citevents.locale.languages import lazy_gettext as _l


class NothingToPay(DomainError):
    """The order is paid, free, expired or cancelled."""

    code = "nothing_to_pay"
    message = _l("There is nothing to pay for this order now. Its page says how it stands.")
    status = 409


class PaymentPageAway(DomainError):
    """The processor could not be reached; nothing was charged."""

    code = "payment_page_away"
    message = _l(
        "The payment page cannot be reached at the moment. Nothing was charged; please try again shortly."
    )
    status = 503


class PaymentRefused(DomainError):
    """The processor takes no payment for this order, and will not if it is asked again; nothing was charged."""

    code = "payment_refused"
    message = _l(
        "The payment service takes no payment for this order. Nothing was charged; its page says whom to ask."
    )
    status = 409


class RefundTooMuch(DomainError):
    """More than what is left of the payment."""

    code = "refund_too_much"
    field = "amount"
    message = _l("At most %(left)s of this payment can still be refunded. Enter that or less.")


class CaseNeedsOutcome(DomainError):
    """Money is still owed or missing: words alone do not settle that."""

    code = "case_needs_outcome"
    message = _l("Say what becomes of the money: as long as it is owed, this stays open.")
    status = 409


class DifferenceMoved(DomainError):
    """The books are not what the person saw when they decided."""

    code = "difference_moved"
    message = _l(
        "Something was booked for this payment in the meantime. It is being compared again; look here in a moment."
    )
    status = 409


class PaymentDisputed(DomainError):
    """The buyer's bank has the money, or decides about it."""

    code = "payment_disputed"
    field = "amount"
    message = _l(
        "The buyer’s bank is looking into this payment. Nothing of it can be refunded until the bank has decided."
    )
    status = 409


class RefundNotPossible(DomainError):
    """The payment has no money to give back."""

    code = "refund_not_possible"
    message = _l("This payment has not succeeded, so there is no money to refund.")
    status = 409
