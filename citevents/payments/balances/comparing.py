"""One payment: what the processor holds of it against the ledger. A difference is one case until it is gone or booked.

Called inside the edge's transaction, under the payment's row lock. Amounts are minor units.
"""

from __future__ import annotations

from citevents.core import audit
from citevents.core.db import get, must
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.payments import cases, ledger, policy
from citevents.payments.errors import DifferenceMoved
from citevents.payments.events import PaymentToSettle
from citevents.payments.models import Case, CaseKind, Payment


def compare(payment: Payment, held: int, currency: str) -> None:
    """Open the case of a payment of which the processor holds another amount than the ledger says; close it where they agree."""
    booked = ledger.held(payment.id, currency)
    if held == booked:
        cases.close_kind(CaseKind.DIFFERENCE, payment.id, "equal")
    elif not cases.is_open(CaseKind.AMOUNT, payment.id):  # that case is about the same money
        cases.open_one(CaseKind.DIFFERENCE, payment.id, held=held, booked=booked, currency=currency)


def book_difference(case_id: int, words: str, person_id: int) -> None:
    """A person decided that the processor is right and nothing else explains it: the ledger follows, by a posting of its own.

    NotYours where there is no such open case. DifferenceMoved where the books are not what the case says any more; the
    processor is then asked again.
    """
    case = get(Case, case_id)
    if case is None or case.kind is not CaseKind.DIFFERENCE or case.payment_id is None:
        raise NotYours()
    payment = must(Payment, case.payment_id, lock=True)
    case = must(Case, case_id, lock=True)
    if case.closed_at is not None:
        raise NotYours()
    held, booked, currency = (case.details[name] for name in ("held", "booked", "currency"))
    if ledger.held(payment.id, currency) != booked:
        raise DifferenceMoved()
    cause = ledger.next_cause(f"difference:{payment.public_id}")
    ledger.post(cause, policy.unexplained(held - booked), currency, payment_id=payment.id)
    cases.close(case, words, person_id)
    audit.record("book_difference", "payment", payment.id, amount=held - booked)


def look_again(case_id: int) -> None:
    """Have the processor asked about the payment of a case now."""
    payment_id = must(Case, case_id).payment_id
    if payment_id is not None:
        emit(PaymentToSettle(payment_id=payment_id))
