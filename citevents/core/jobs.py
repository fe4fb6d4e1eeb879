"""What did not go through, as desks and pages see it: failed jobs, emails refused for good, and what waits by itself.

Everything here is of the current organization.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import current_organization_id, session
from citevents.core.events import Delivery, EventRow, Failure

#: Failed jobs that a page shows at once; the rest is counted by kind.
SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Job:
    """A delivery that is not handled. `person_id` is whom it wrote to, where it got so far; the event says the rest."""

    id: int
    event: str
    payload: dict[str, Any]
    handler: str
    failure: Failure
    error: str
    person_id: int | None
    #: Given up at; None while it waits.
    dead_at: datetime | None
    next_at: datetime | None


def _jobs(*where: sa.ColumnElement[bool]) -> list[Job]:
    rows = session().execute(
        sa.select(Delivery, EventRow.name, EventRow.payload)
        .join(EventRow, Delivery.event_id == EventRow.id)
        .where(EventRow.organization_id == current_organization_id(), *where)
        .order_by(Delivery.dead_at.desc(), Delivery.id.desc())
        .limit(SHOWN)
    )
    return [
        Job(
            id=delivery.id,
            event=name,
            payload=payload,
            handler=delivery.handler,
            failure=delivery.failure or Failure.BROKEN,
            error=delivery.error or "",
            person_id=delivery.person_id or payload.get("person_id"),
            dead_at=delivery.dead_at,
            next_at=delivery.send_at,
        )
        for delivery, name, payload in rows
    ]


_REFUSED = Delivery.failure.is_not_distinct_from(Failure.NEVER)


def failed() -> list[Job]:
    """Jobs that gave up and wait for a person, newest first, at most `SHOWN`."""
    return _jobs(Delivery.dead_at.is_not(None), sa.not_(_REFUSED))


def refused() -> list[Job]:
    """Jobs that somebody outside refused for good (a mailbox that is not there), newest first, at most `SHOWN`."""
    return _jobs(Delivery.dead_at.is_not(None), _REFUSED)


def refused_to(person_ids: Sequence[int]) -> list[Job]:
    """Emails to these people that were refused for good."""
    if not person_ids:
        return []
    return _jobs(Delivery.dead_at.is_not(None), _REFUSED, Delivery.person_id.in_(person_ids))


def refused_about(order_id: int) -> list[Job]:
    """Emails about an order that somebody's address refused for good."""
    about = EventRow.payload["order_id"].as_integer() == order_id
    return _jobs(Delivery.dead_at.is_not(None), _REFUSED, about)


def failed_by_kind() -> dict[str, int]:
    """How many jobs of each reaction gave up, most first; those refused for good are not counted."""
    rows = session().execute(
        sa.select(Delivery.handler, sa.func.count().label("n"))
        .join(EventRow, Delivery.event_id == EventRow.id)
        .where(
            EventRow.organization_id == current_organization_id(),
            Delivery.dead_at.is_not(None),
            sa.not_(_REFUSED),
        )
        .group_by(Delivery.handler)
        .order_by(sa.func.count().desc(), Delivery.handler)
    )
    return {row.handler: row.n for row in rows}


def count() -> int:
    """How many jobs wait for a person, refused ones included."""
    counted = session().scalar(
        sa.select(sa.func.count())
        .select_from(Delivery)
        .join(EventRow, Delivery.event_id == EventRow.id)
        .where(EventRow.organization_id == current_organization_id(), Delivery.dead_at.is_not(None))
    )
    return counted or 0


def waiting() -> dict[str | None, tuple[int, datetime | None]]:
    """What waits by itself for whom: how many, and when the first is due. None: each for its own recipient."""
    rows = session().execute(
        sa.union_all(*(_waiting(where) for where in (Delivery.waits_for.is_(None), _BEHIND_A_CIRCUIT)))
    )
    return {destination: (n, first) for destination, n, first in rows}


_BEHIND_A_CIRCUIT = Delivery.waits_for.is_not(None)


def _waiting(where: sa.ColumnElement[bool]) -> sa.Select[str | None, int, datetime | None]:
    return (
        sa.select(Delivery.waits_for, sa.func.count(), sa.func.min(Delivery.send_at))
        .join(EventRow, Delivery.event_id == EventRow.id)
        .where(
            where,
            EventRow.organization_id == current_organization_id(),
            Delivery.send_at.is_not(None),
            Delivery.failure == Failure.LATER,
        )
        .group_by(Delivery.waits_for)
    )


def waiting_for(destinations: Sequence[str]) -> dict[str, int]:
    """How many jobs wait for each of these, which are away."""
    rows = session().execute(
        sa.select(Delivery.waits_for, sa.func.count())
        .join(EventRow, Delivery.event_id == EventRow.id)
        .where(Delivery.waits_for.in_(destinations), EventRow.organization_id == current_organization_id())
        .group_by(Delivery.waits_for)
    )
    return {destination: n for destination, n in rows if destination}


def retry(*where: sa.ColumnElement[bool]) -> list[int]:
    """Give failed jobs five new attempts, now; which."""
    revived = session().execute(
        sa.update(Delivery)
        .where(
            Delivery.event_id == EventRow.id,
            EventRow.organization_id == current_organization_id(),
            Delivery.dead_at.is_not(None),
            *where,
        )
        .values(
            dead_at=None,
            attempts=0,  # a message of before may find its number again: it does once what is due anyway
            spared=0,
            failure=None,
            give_up_at=None,
            send_at=now(),
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(revived.scalars())


def retry_one(delivery_id: int) -> bool:
    """False when it did not fail, or is another organization's."""
    return bool(retry(Delivery.id == delivery_id))


def retry_kind(handler: str) -> list[int]:
    """All that failed of one reaction, but those refused for good; which."""
    return retry(Delivery.handler == handler, sa.not_(_REFUSED))


def retry_refused_to(person_id: int) -> list[int]:
    """Send again what one person's address refused: it was corrected; which."""
    return retry(Delivery.person_id == person_id, _REFUSED)
