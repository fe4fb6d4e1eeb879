"""Failed jobs with whom and what they are about, and who is away outside: for the desk's pages and the frame around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from citevents.calendars import queries as calendars
from citevents.conferences import queries as conferences
from citevents.core import circuits, jobs
from citevents.core.jobs import Job
from citevents.locale.languages import lazy_gettext as _l
from citevents.payments import queries as payments
from citevents.people import queries as people
from citevents.registration.desk import names as registrations

#: Who may be away, as a sentence begins with it.
DESTINATIONS: dict[str, Any] = {"mail": _l("Email"), "stripe": _l("Stripe")}


@dataclass(frozen=True, kw_only=True)
class About:
    """A job that did not go through; the order with the short name of its conference, and the person, where they are known."""

    job: Job
    order: registrations.OrderName | None
    conference: str | None
    person: people.PersonView | None


@dataclass(frozen=True, kw_only=True)
class Away:
    """Somebody outside who does not answer: since when, what it said last, how many of our jobs wait, and the next try."""

    name: str
    since: datetime
    code: str
    waiting: int
    next_at: datetime


def about(found: Sequence[Job]) -> list[About]:
    """The same jobs in the same order, each with whom and what it is about. A handful of statements, however many jobs."""
    told = _told(found)
    registered = registrations.behind(_ids(told, "registration_id"))
    orders = registrations.order_names(
        {*_ids(told, "order_id"), *(order for order, _person in registered.values())}
    )
    slugs = {each.id: each.slug for each in conferences.every()} if orders else {}
    whose: list[tuple[Job, registrations.OrderName | None, int | None]] = []
    for job, ids in zip(found, told, strict=True):
        order_id, attendee = registered.get(ids.get("registration_id", 0), (None, None))
        order = orders.get(ids.get("order_id") or order_id or 0)
        whose.append((job, order, job.person_id or ids.get("person_id") or attendee))
    known = people.people(person_id or (order.person_id if order else 0) for _job, order, person_id in whose)
    return [
        About(
            job=job,
            order=order,
            conference=slugs.get(order.conference_id) if order else None,
            person=known.get(person_id or (order.person_id if order else 0)),
        )
        for job, order, person_id in whose
    ]


def _told(found: Sequence[Job]) -> list[dict[str, int]]:
    """What each event names, with the order behind a payment or refund and the person behind a calendar entry."""
    told = [{name: value for name, value in job.payload.items() if isinstance(value, int)} for job in found]
    paid = payments.orders_behind(_ids(told, "payment_id"), _ids(told, "refund_id"))
    entries = calendars.people_behind(_ids(told, "invitation_id"))
    for ids in told:
        for name in ("payment_id", "refund_id"):
            if name in ids and (name, ids[name]) in paid:
                ids.setdefault("order_id", paid[name, ids[name]])
        if ids.get("invitation_id") in entries:
            ids["person_id"] = entries[ids["invitation_id"]]
    return told


def _ids(told: Iterable[dict[str, int]], name: str) -> set[int]:
    return {ids[name] for ids in told if ids.get(name)}


def away() -> list[Away]:
    """Who is away, longest first. One statement while nobody is."""
    open_circuits = circuits.away()
    if not open_circuits:
        return []
    waiting = jobs.waiting_for([circuit.destination for circuit in open_circuits])
    return [
        Away(
            name=str(DESTINATIONS.get(circuit.destination, circuit.destination)),
            since=circuit.since,
            code=circuit.code,
            waiting=waiting.get(circuit.destination, 0),
            next_at=circuit.next_at,
        )
        for circuit in open_circuits
    ]
