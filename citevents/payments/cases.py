"""Cases: what about money a person must decide."""

from __future__ import annotations

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import get, session
from citevents.core.errors import NotYours
from citevents.payments.errors import CaseNeedsOutcome
from citevents.payments.models import OWED, Case, CaseKind, Refund

#: These close by what is decided about the money, never by words alone.
BY_OUTCOME = frozenset({CaseKind.REFUND_FAILED, CaseKind.DISPUTE, CaseKind.DIFFERENCE})


def _open(payment_id: int | None, kind: CaseKind) -> list[Case]:
    return list(
        session().scalars(
            sa.select(Case).where(Case.payment_id == payment_id, Case.kind == kind, Case.closed_at.is_(None))
        )
    )


def open_case(kind: CaseKind, payment_id: int | None, **details: object) -> None:
    """Open a case, unless the same one is open."""
    if not any(case.details == details for case in _open(payment_id, kind)):
        session().add(Case(kind=kind, payment_id=payment_id, details=details))


def open_once(kind: CaseKind, payment_id: int, **details: object) -> None:
    """Open a case, unless the same one was ever there: what was decided about it is not asked again."""
    made = session().scalars(sa.select(Case).where(Case.payment_id == payment_id, Case.kind == kind))
    if not any(case.details == details for case in made):
        session().add(Case(kind=kind, payment_id=payment_id, details=details))


def open_one(kind: CaseKind, payment_id: int, **details: object) -> None:
    """One open case of this kind for a payment: it names what is so now."""
    found = _open(payment_id, kind)
    for case in found:
        case.details = details
    if not found:
        session().add(Case(kind=kind, payment_id=payment_id, details=details))


def is_open(kind: CaseKind, payment_id: int) -> bool:
    """Whether somebody has to decide about this."""
    return bool(_open(payment_id, kind))


def payments_with_open(kind: CaseKind) -> list[int]:
    """Payments with an open case of this kind, by id."""
    return [
        id
        for id in session().scalars(
            sa.select(Case.payment_id).where(Case.kind == kind, Case.closed_at.is_(None)).distinct()
        )
        if id is not None
    ]


def close_kind(kind: CaseKind, payment_id: int, decision: str) -> None:
    """What the case of this kind was about is so no more."""
    for case in _open(payment_id, kind):
        close(case, decision, None)


def close_case(case_id: int, decision: str, person_id: int) -> None:
    """A person decided; the words stay with the case. NotYours where there is no open case, CaseNeedsOutcome for one that
    words do not close."""
    case = get(Case, case_id, lock=True)
    if case is None or case.closed_at is not None:
        raise NotYours()
    if case.kind in BY_OUTCOME:
        raise CaseNeedsOutcome()
    close(case, decision, person_id)
    audit.record("close", "money_case", case.id)


def close_of(refund: Refund, decision: str, person_id: int | None = None) -> None:
    """The refund's money went its way, or somebody said how it goes on: its case is done."""
    for case in _open(refund.payment_id, CaseKind.REFUND_FAILED):
        if case.details.get("refund") == refund.id:
            close(case, decision, person_id)


def close_returned(payment_id: int) -> None:
    """Close the cases of refunds that are owed no more, since another refund carried them out."""
    for case in _open(payment_id, CaseKind.REFUND_FAILED):
        refund = get(Refund, case.details.get("refund"))
        if refund is not None and refund.state not in OWED:
            close(case, "returned", None)


def close_dispute(payment_id: int, processor_id: str, outcome: str) -> None:
    """The bank decided about a dispute."""
    for case in _open(payment_id, CaseKind.DISPUTE):
        if case.details.get("dispute") == processor_id:
            close(case, outcome, None)


def close(case: Case, decision: str, person_id: int | None) -> None:
    """Close a case with the words of a person, or of what settled it."""
    case.closed_at, case.closed_by, case.decision = now(), person_id, decision
