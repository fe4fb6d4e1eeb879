"""Verbs of organizers: make and change a conference and what it sells. Call them inside a `transaction()`; all are audited."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError

from citevents.conferences import queries
from citevents.conferences.errors import (
    AddressTaken,
    ClosesBeforeItOpens,
    EndsBeforeItStarts,
    InUse,
    IsOver,
    NameTaken,
    NobodyCanPay,
    NothingForSale,
    NotPublicYet,
    QuotaBelowTaken,
    RegistrationStillOpen,
    SomebodyHasIt,
)
from citevents.conferences.events import (
    ConferenceCancelled,
    ConferenceChanged,
    ConferenceEnded,
    ConferencePublished,
    RegistrationOpened,
)
from citevents.conferences.models import (
    Conference,
    ConferenceState,
    Price,
    Question,
    QuestionKind,
    Quota,
    QuotaUse,
    Room,
    TicketType,
)
from citevents.config import Settings
from citevents.core import audit
from citevents.core.db import ALL_ORGANIZATIONS, Row, as_organization, get, must, session
from citevents.core.errors import DomainError, NotYours
from citevents.core.events import emit

R = TypeVar("R", bound=Row)

#: What stands in the calendars of those who come.
IN_CALENDARS = frozenset({"name", "wording", "venue", "city", "zone", "starts_on", "ends_on", "slug"})

NEEDS = (
    "Step-free route and seat",
    "Sign-language interpreting",
    "Live captions",
    "A seat near the quiet room",
    "Vegetarian, halal, kosher or other food",
)


@contextmanager
def _refusing(**refusals: type[DomainError]) -> Iterator[None]:
    """What the database refuses, as the refusal named after a part of its constraint's name."""
    try:
        with session().begin_nested():
            yield
            session().flush()
    except IntegrityError as wrong:
        name = getattr(getattr(wrong.orig, "diag", None), "constraint_name", None) or ""
        for part, refusal in refusals.items():
            if part in name:
                raise refusal() from None
        raise


def create(
    *, slug: str, name: str, zone: str, starts_on: date, ends_on: date, currency: str, **more: Any
) -> int:
    """A new conference as a draft, with a main quota of 100 places and a question about needs; its id."""
    if ends_on < starts_on:
        raise EndsBeforeItStarts()
    made = Conference(
        slug=slug, name=name, zone=zone, starts_on=starts_on, ends_on=ends_on, currency=currency, **more
    )
    with _refusing(slug=AddressTaken):
        session().add(made)
    session().add(Quota(conference_id=made.id, name=name, capacity=100, main=True))
    session().add(
        Question(
            conference_id=made.id,
            label="What do you need from us?",
            kind=QuestionKind.MANY,
            options=list(NEEDS),
            sensitive=True,
            reason="so that rooms, interpreting and food are right when you arrive.",
            erase_after_days=30,
        )
    )
    audit.record("create", "conference", made.id)
    return made.id


def change(conference_id: int, **values: Any) -> None:
    """What the settings page says of it."""
    conference = must(Conference, conference_id, lock=True)
    changed = {name for name, value in values.items() if getattr(conference, name) != value}
    with _refusing(slug=AddressTaken, dates=EndsBeforeItStarts):
        for name in changed:
            setattr(conference, name, values[name])
    opens, closes = conference.registration_opens_at, conference.registration_closes_at
    if opens and closes and closes <= opens:
        raise ClosesBeforeItOpens()
    if changed & IN_CALENDARS and _goes_on(conference):
        emit(ConferenceChanged(conference_id=conference_id))
    if changed:
        audit.record("change", "conference", conference_id, fields=sorted(changed))


def people_told(conference_id: int, **values: Any) -> int:
    """How many people a change to these values would be told to; 0 where calendars say nothing else than before."""
    conference = must(Conference, conference_id)
    changed = frozenset(
        name for name in IN_CALENDARS & values.keys() if getattr(conference, name) != values[name]
    )
    return queries.people_told(conference_id, changed) if changed and _goes_on(conference) else 0


def touch(conference_id: int) -> None:
    """Something else that its public page shows is new: pages kept of it are old."""
    session().execute(
        sa.update(Conference)
        .where(Conference.id == conference_id)
        .values(revision=Conference.revision + 1)
        .execution_options(synchronize_session=False)
    )


def open_registration(conference_id: int, at: datetime) -> None:
    """Everybody may register from now on. Raises NotPublicYet, NothingForSale, IsOver."""
    conference = _going_on(conference_id)
    if conference.state is ConferenceState.DRAFT:
        raise NotPublicYet()
    if not sells(conference_id):
        raise NothingForSale()
    if conference.registration_opens_at is None or conference.registration_opens_at > at:
        conference.registration_opens_at = at
    if conference.registration_closes_at and conference.registration_closes_at <= at:
        conference.registration_closes_at = None
    emit(RegistrationOpened(conference_id=conference_id))
    audit.record("open", "conference", conference_id)


def sells(conference_id: int) -> bool:
    """Whether there is a ticket with a price and a quota."""
    sellable = sa.select(TicketType.id).where(
        TicketType.conference_id == conference_id,
        TicketType.add_on.is_(False),
        sa.exists().where(
            Price.organization_id == TicketType.organization_id, Price.ticket_type_id == TicketType.id
        ),
        sa.exists().where(
            QuotaUse.organization_id == TicketType.organization_id, QuotaUse.ticket_type_id == TicketType.id
        ),
    )
    return session().scalar(sellable.limit(1)) is not None


def publish(conference_id: int) -> None:
    """Everybody may see it; registration opens when its day comes. Twice is once."""
    conference = _going_on(conference_id)
    if conference.state is ConferenceState.PUBLIC:
        return
    conference.state = ConferenceState.PUBLIC
    emit(ConferencePublished(conference_id=conference_id))
    audit.record("publish", "conference", conference_id)


def unpublish(conference_id: int, at: datetime, holders: Callable[[], int]) -> None:
    """Only organizers see it again. Raises RegistrationStillOpen, or SomebodyHasIt where links of people lead to it.

    `holders` counts those while the conference is locked.
    """
    conference = _going_on(conference_id)
    if conference.state is ConferenceState.DRAFT:
        return
    opens, closes = conference.registration_opens_at, conference.registration_closes_at
    if opens and opens <= at and not (closes and closes <= at):
        raise RegistrationStillOpen()
    if holders():
        raise SomebodyHasIt()
    conference.state = ConferenceState.DRAFT
    audit.record("unpublish", "conference", conference_id)


def close_registration(conference_id: int, at: datetime) -> None:
    """Nobody can register any more; who has a place keeps it."""
    _going_on(conference_id).registration_closes_at = at
    audit.record("close", "conference", conference_id)


def cancel(conference_id: int, at: datetime, *, note: str = "") -> None:
    """It will not take place: everybody is told, with the `note`, and gets the money back. Cannot be undone."""
    conference = _going_on(conference_id)
    conference.state, conference.cancelled_at, conference.cancel_note = ConferenceState.CANCELLED, at, note
    emit(ConferenceCancelled(conference_id=conference_id))
    audit.record("cancel", "conference", conference_id)


def _going_on(conference_id: int) -> Conference:
    conference = must(Conference, conference_id, lock=True)
    if not _goes_on(conference):
        raise IsOver()
    return conference


def _goes_on(conference: Conference) -> bool:
    return conference.ended_at is None and conference.state is not ConferenceState.CANCELLED


def end_conferences(at: datetime) -> int:
    """Emit ConferenceEnded once for each, of every organization, whose last day is over at its venue; how many."""
    waiting = session().scalars(
        sa.select(Conference)
        .where(
            Conference.ended_at.is_(None),
            Conference.state == ConferenceState.PUBLIC,
            Conference.ends_on <= at.date() + timedelta(days=1),
        )
        .order_by(Conference.organization_id, Conference.id)
        .with_for_update(skip_locked=True)
        .execution_options(**ALL_ORGANIZATIONS)
    )
    over = [each for each in waiting if at >= end_of(each.ends_on, each.zone)]
    for conference in over:
        conference.ended_at = at
        with as_organization(conference.organization_id):
            emit(ConferenceEnded(conference_id=conference.id))
    return len(over)


def end_of(last_day: date, zone: str) -> datetime:
    """The instant at which a day is over in a zone, UTC."""
    return datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


# ---------- what it sells and asks ----------


@dataclass(frozen=True, kw_only=True)
class Step:
    """A price step as typed by an organizer; `amount` in minor units."""

    name: str
    amount: int
    until: datetime | None = None
    until_sold: int | None = None


def keep_ticket(
    conference_id: int, id: int | None, *, quota_ids: Sequence[int], steps: Sequence[Step], **values: Any
) -> int:
    """Make or change a ticket type, its quotas and its price steps in their order; its id."""
    settings: Settings = current_app.config["SETTINGS"]
    if "no-payments" in settings.allow and any(step.amount for step in steps):
        raise NobodyCanPay()
    ticket = _keep(TicketType, conference_id, id, values)
    session().execute(_gone(QuotaUse).where(QuotaUse.ticket_type_id == ticket.id))
    session().execute(_gone(Price).where(Price.ticket_type_id == ticket.id))
    for quota_id in quota_ids:
        _of(Quota, conference_id, quota_id)
        session().add(QuotaUse(quota_id=quota_id, ticket_type_id=ticket.id))
    for position, step in enumerate(steps):
        session().add(
            Price(
                ticket_type_id=ticket.id,
                name=step.name,
                amount=step.amount,
                until=step.until,
                until_sold=step.until_sold,
                position=position,
            )
        )
    return ticket.id


def keep_quota(conference_id: int, id: int | None, *, name: str, capacity: int, main: bool = False) -> int:
    """Make or change a pool; its id. Raises QuotaBelowTaken for fewer places than are taken."""
    if main:
        session().execute(
            sa.update(Quota)
            .where(Quota.conference_id == conference_id, Quota.main, Quota.id != (id or 0))
            .values(main=False)
            .execution_options(synchronize_session=False)
        )
    with _refusing(within=QuotaBelowTaken, capacity=QuotaBelowTaken):
        made = _keep(Quota, conference_id, id, {"name": name, "capacity": capacity, "main": main})
    return made.id


def keep_question(conference_id: int, id: int | None, **values: Any) -> int:
    """Make or change a question; its id."""
    return _keep(Question, conference_id, id, values).id


def keep_room(conference_id: int, id: int | None, **values: Any) -> int:
    """Make or change a room; its id. Raises NameTaken."""
    with _refusing(name=NameTaken):
        made = _keep(Room, conference_id, id, values)
    return made.id


def remove(kind: type[Row], conference_id: int, id: int) -> None:
    """Take away what nobody has used. Raises InUse."""
    row = _of(kind, conference_id, id)
    with _refusing(fk=InUse):
        session().delete(row)
    audit.record("remove", kind.__tablename__, id)


def _keep(kind: type[R], conference_id: int, id: int | None, values: dict[str, Any]) -> R:
    if id is None:
        row = kind(conference_id=conference_id, **values)  # type: ignore[call-arg]  # every kind here has one
        session().add(row)
        session().flush()
        audit.record("create", kind.__tablename__, row.id)
        return row
    row = _of(kind, conference_id, id)
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, values[name])
    session().flush()
    audit.record("change", kind.__tablename__, row.id, fields=changed)
    return row


def _of(kind: type[R], conference_id: int, id: int) -> R:
    """A row of this conference; NotYours for another's."""
    row = get(kind, id, lock=True)
    if row is None or getattr(row, "conference_id", None) != conference_id:
        raise NotYours()
    return row


def _gone(kind: type[Row]) -> Any:
    return sa.delete(kind).execution_options(synchronize_session=False)
