"""A favourite's life in a calendar: one UID, a SEQUENCE that rises, the time and place of now, and its end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from citevents.core.db import Organization, transaction
from citevents.scheduling import services
from standins.mail import Outbox
from tests.calendars.world import entries, registered
from tests.conferences.world import a_conference, a_quota, a_room, a_ticket_type
from tests.scheduling.world import a_session, placed, published

Settle = Callable[[], int]


@pytest.fixture(autouse=True)
def _empty(outbox: Outbox) -> None:
    outbox.clear()


def brief(entry: dict[str, object]) -> tuple[object, ...]:
    return entry["method"], entry["sequence"], entry["start"], entry["location"]


def test_a_favourite_is_invited_moved_and_cancelled(
    session: Session, organization: Organization, settle: Settle, outbox: Outbox
) -> None:
    conference = a_conference()
    ticket = a_ticket_type(conference, a_quota(conference))
    cedar, fir = a_room(conference, "Cedar"), a_room(conference, "Fir")
    talk = a_session(conference, "Dispatch as the first contact", "Aino Lehtonen")
    placed(talk, cedar, "09:45")
    published(conference)
    aino = registered(conference, ticket, "aino@tampere.example")
    settle()
    outbox.clear()

    with transaction():
        assert services.favourite(talk.id, aino) is True
        assert services.favourite(talk.id, aino) is False
    settle()
    placed(talk, fir, "14:00", day=24)
    settle()
    assert len(entries(outbox, "aino@tampere.example")) == 1, "a draft tells nobody"
    published(conference)
    settle()
    with transaction():
        services.cancel(talk.id)
    settle()

    told = entries(outbox, "aino@tampere.example")
    assert [brief(entry) for entry in told] == [
        ("REQUEST", 0, "2027-08-23T16:45:00+00:00", "Cedar, Harbour Hall (sample), Vancouver"),
        ("REQUEST", 1, "2027-08-24T21:00:00+00:00", "Fir, Harbour Hall (sample), Vancouver"),
        ("CANCEL", 2, "2027-08-24T21:00:00+00:00", "Fir, Harbour Hall (sample), Vancouver"),
    ]
    assert len({entry["uid"] for entry in told}) == 1
    assert told[2]["status"] == "CANCELLED"
    assert {entry["summary"] for entry in told} == {"Dispatch as the first contact"}
