"""The event core against the real database: facts live and die with their transaction; deliveries happen once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from citevents.core import events, jobs
from citevents.core.clock import now
from citevents.core.db import Organization, as_organization, current_organization_id, transaction
from citevents.core.events import Delivery, EventRow, emit, event
from workers import handles, ledger, relay

done: list[tuple[int, str]] = []


@event("test.happened")
class Happened:
    """Something happened."""

    thing_id: int
    note: str = "-"


@handles.handles(Happened, name="test.note")
def note(fact: Happened, key: str) -> None:
    """Remembers it."""
    done.append((fact.thing_id, key))
    if fact.note == "poison":
        raise ValueError("this sentence may quote a person")


@handles.handles(Happened, name="test.other", queue="runs")
def other(fact: Happened, key: str) -> None:
    """A second, independent reaction."""


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    done.clear()
    yield
    done.clear()


def deliveries(session: Session) -> list[tuple[str, int, bool, bool]]:
    session.expire_all()
    rows = session.scalars(sa.select(Delivery).order_by(Delivery.handler))
    return [(d.handler, d.attempts, d.handled_at is not None, d.dead_at is not None) for d in rows]


def send() -> list[tuple[str, int, int]]:
    sent: list[tuple[str, int, int]] = []
    relay.send(lambda handler, delivery_id, n: sent.append((handler.name, delivery_id, n)))
    return sorted(sent)


def test_a_fact_becomes_one_delivery_per_reaction_and_is_handled_once(
    session: Session, organization: Organization, settle: Callable[[], int]
) -> None:
    with transaction():
        emit(Happened(thing_id=7))
    assert settle() == 2
    event_id = session.scalar(sa.select(EventRow.id))
    assert done == [(7, f"{event_id}:test.note")]
    assert deliveries(session) == [("test.note", 1, True, False), ("test.other", 1, True, False)]
    assert settle() == 0


def test_facts_of_one_call_are_recorded_in_their_order(session: Session, organization: Organization) -> None:
    emit(*(Happened(thing_id=number) for number in (3, 1, 2)))
    rows = session.scalars(sa.select(EventRow).order_by(EventRow.id)).all()
    assert [(row.name, row.payload, row.organization_id) for row in rows] == [
        ("test.happened", {"thing_id": number, "note": "-"}, organization.id) for number in (3, 1, 2)
    ]


def test_a_rollback_leaves_no_event(session: Session, organization: Organization) -> None:
    with pytest.raises(RuntimeError), transaction():
        emit(Happened(thing_id=7))
        raise RuntimeError
    assert session.scalar(sa.select(sa.func.count()).select_from(EventRow)) == 0


def test_a_message_repeated_does_nothing(session: Session, organization: Organization) -> None:
    with transaction():
        emit(Happened(thing_id=7))
    assert relay.route() == 1
    [(_, delivery_id, n), _other] = send()
    assert send() == [], "sent rows rest until they are due again"
    assert handles.run(delivery_id, n) is True
    assert handles.run(delivery_id, n) is False
    assert len(done) == 1


def test_an_unknown_event_waits_for_a_relay_that_knows_it(
    session: Session, organization: Organization
) -> None:
    with transaction():
        session.add(EventRow(organization_id=organization.id, name="test.of_tomorrow", payload={}))
    assert relay.route() == 0
    assert session.scalar(sa.select(EventRow.routed_at)) is None


def test_five_failures_are_death_with_a_reason_that_quotes_nobody_and_retry_revives(
    session: Session, organization: Organization
) -> None:
    with transaction():
        emit(Happened(thing_id=7, note="poison"))
    relay.route()
    [(_, delivery_id, _n), _other] = send()
    for n in range(5):
        assert handles.run(delivery_id, n) is False
    assert len(done) == 5
    assert deliveries(session)[0] == ("test.note", 5, False, True)
    [job] = jobs.failed()
    assert (job.id, job.event, job.handler) == (delivery_id, "test.happened", "test.note")
    assert job.error.startswith("ValueError at ")
    assert "quote" not in job.error

    with as_organization(organization.id), transaction():
        assert jobs.retry_one(delivery_id) is True
        assert jobs.retry_one(delivery_id) is False
    assert send() == [("test.note", delivery_id, 0)]


def test_a_dead_letter_of_another_organization_is_not_seen(
    session: Session, organization: Organization
) -> None:
    other_house = Organization(name="Other", host="other.example")
    session.add(other_house)
    session.flush()
    with as_organization(other_house.id), transaction():
        emit(Happened(thing_id=7, note="poison"))
    relay.route()
    [(_, delivery_id, _n), _other] = send()
    for n in range(5):
        handles.run(delivery_id, n)
    assert jobs.failed() == []
    assert jobs.retry_one(delivery_id) is False


def test_a_worker_killed_every_time_is_buried_with_a_word(
    session: Session, organization: Organization
) -> None:
    with transaction():
        emit(Happened(thing_id=7))
    relay.route()
    session.execute(
        sa.update(Delivery).where(Delivery.handler == "test.note").values(attempts=5)
    )  # five claims, no stamp
    assert relay.bury() == 1
    [job] = jobs.failed()
    assert job.error == "every attempt killed its worker"


def test_a_new_queue_makes_waiting_rows_due(session: Session, organization: Organization) -> None:
    with transaction():
        emit(Happened(thing_id=7))
    relay.route()
    first = send()
    assert len(first) == 2
    assert session.execute(ledger.UNSEND, {"at": now()}).rowcount == 2  # type: ignore[attr-defined]
    assert send() == first


def test_prune_keeps_what_is_young_open_or_dead(
    session: Session, organization: Organization, settle: Callable[[], int]
) -> None:
    with transaction():
        emit(Happened(thing_id=1))
        emit(Happened(thing_id=2))
    settle()
    with transaction():
        emit(Happened(thing_id=3))
    session.execute(
        sa.text("UPDATE event SET recorded_at = now() - interval '91 days' WHERE payload->>'thing_id' <> '2'")
    )
    assert relay.prune() == 1
    left = session.scalars(sa.select(EventRow.payload["thing_id"].as_integer()).order_by(EventRow.id))
    assert list(left) == [2, 3]


def test_reading_a_fact_forgives_fields_of_another_version() -> None:
    assert events.read("test.happened", {"thing_id": 4, "since_then": True}) == Happened(thing_id=4)


def test_events_run_as_their_organization(session: Session, organization: Organization) -> None:
    assert current_organization_id() == organization.id
