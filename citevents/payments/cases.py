"""Cases: what about money a person must decide."""

from __future__ import annotations

import sqlalchemy as sa

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import get, session
from citevents.core.errors import NotYours
from citevents.payments.models import Case, CaseKind


def open_case(kind: CaseKind, payment_id: int | None, **details: object) -> None:
    """Open a case, unless the same one is open."""
    open_now = session().scalars(
        sa.select(Case).where(Case.payment_id == payment_id, Case.kind == kind, Case.closed_at.is_(None))
    )
    if not any(case.details == details for case in open_now):
        session().add(Case(kind=kind, payment_id=payment_id, details=details))


def close_case(case_id: int, decision: str, person_id: int) -> None:
    """A person decided; the words stay with the case. NotYours where there is no open case."""
    case = get(Case, case_id, lock=True)
    if case is None or case.closed_at is not None:
        raise NotYours()
    case.closed_at = now()
    case.closed_by = person_id
    case.decision = decision
    audit.record("close", "money_case", case.id)
