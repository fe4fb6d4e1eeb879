"""Makers of orders for tests of every slice: through the services, as buyers make them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from citevents.conferences import queries as conferences
from citevents.conferences.catalog import catalog
from citevents.conferences.models import Conference, TicketType
from citevents.core.clock import now
from citevents.core.db import transaction
from citevents.core.tokens import new_public_id
from citevents.payments.models import Payment, PaymentState
from citevents.registration import services
from citevents.registration.order_request import Placed, Wish


def a_wish(ticket_type: TicketType, **changes: Any) -> Wish:
    """What Aino asks for with a fresh form."""
    values: dict[str, Any] = {
        "form": new_public_id(),
        "ticket": ticket_type.public_id,
        "name": "Aino Lehtonen",
        "mail": "aino@tampere.example",
        "country": "FI",
        "terms": "2027-01",
    } | changes
    return Wish(**values)


def an_order(
    conference: Conference, ticket_type: TicketType, at: datetime | None = None, **changes: Any
) -> Placed:
    """An order as a buyer places it: held where it costs something, confirmed where it is free."""
    with transaction():
        seen = catalog(conferences.by_id(conference.id))
        return services.place(seen, a_wish(ticket_type, **changes), at or now())


def a_paid_order(conference: Conference, ticket_type: TicketType, **changes: Any) -> Placed:
    """An order that is paid, with the payment that paid it."""
    placed = an_order(conference, ticket_type, **changes)
    with transaction() as current:
        payment = Payment(
            order_id=placed.order_id,
            amount=placed.total,
            currency=conference.currency,
            state=PaymentState.SUCCEEDED,
            settled_at=now(),
        )
        current.add(payment)
        current.flush()
        services.confirm(
            placed.order_id, now(), payment_id=payment.id, amount=placed.total, currency=conference.currency
        )
    return placed


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """What is done inside leaves nothing: for the examples of one test."""
    session.commit()
    mark = session.get_bind().begin_nested()  # type: ignore[union-attr]  # the test's one connection
    try:
        yield
    finally:
        session.close()
        mark.rollback()
