"""What is read for one order does not grow with the orders before it. Rows are counted, not seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from benchmarks.registration import FILL
from citevents.conferences.models import Conference, TicketType
from citevents.conferences.services import cancel as cancel_conference
from citevents.core.clock import now
from citevents.core.db import current_organization_id, transaction
from citevents.core.events import EventRow
from citevents.core.personal_data import everything_of
from citevents.people import queries as people
from citevents.registration import services
from citevents.registration.models import Order, OrderState
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.people.world import sign_in_as
from tests.registration.buyers import fill
from tests.registration.world import a_paid_order, an_order, undone
from workers import registration as reactions

pytestmark = pytest.mark.usefixtures("organization")
Settle = Callable[[], int]
OLD = 1500
#: Further rows that may be read in the full house: pages of indexes are read a row or two further.
SLACK = 10
#: Of the tables that are full before: one that fills meanwhile, in one transaction, is planned as if it were empty.
READ = """SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables
          WHERE relname IN ('person', 'order', 'registration', 'order_line', 'ticket', 'payment', 'places')"""


@contextmanager
def reading(session: Session, into: dict[str, int], what: str) -> Iterator[None]:
    """Count the rows that PostgreSQL reads from tables meanwhile."""
    before = session.scalar(sa.text(READ)) or 0
    yield
    into[what] = int((session.scalar(sa.text(READ)) or 0) - before)


def a_house(session: Session, old: int) -> tuple[Conference, TicketType, TicketType]:
    """A conference that has sold so many before, with a free and a paid ticket."""
    conference = a_conference()
    quota = a_quota(conference, capacity=old + 200)
    free, paid = a_ticket_type(conference, quota, amount=0), a_ticket_type(conference, quota, amount=49000)
    if old:
        ids = {"conference": conference.id, "ticket": free.id, "quota": quota.id}
        session.execute(sa.text(FILL), ids | {"old": old, "organization": current_organization_id()})
        session.execute(sa.text("UPDATE places SET taken = taken + :old"), {"old": old})
    session.execute(sa.text("ANALYZE"))
    return conference, free, paid


def read_by_one_order(client: FlaskClient, session: Session, settle: Settle, old: int) -> dict[str, int]:
    """Rows read by each thing that happens to one order."""
    conference, free, paid = a_house(session, old)
    read: dict[str, int] = {}
    with reading(session, read, "a free order"):
        sent = fill(client, free)
    with reading(session, read, "its page"):
        page = client.get(sent.location)
    assert "You are registered" in page.text
    with reading(session, read, "its email"):
        settle()
    with reading(session, read, "an order that is paid"):
        bought = a_paid_order(conference, paid, mail="layla@agency.example")
    with reading(session, read, "its invoice and email"):
        settle()
    with reading(session, read, "a paid order is cancelled"), transaction():
        services.cancel(bought.order_id, now())
    with reading(session, read, "the refund"):
        settle()
    held = an_order(conference, paid, mail="held@agency.example")
    with reading(session, read, "a hold is given up"), transaction():
        services.give_up(held.order_id, now())
    with reading(session, read, "a sweep of holds"), transaction():
        services.expire_holds(now())
    aino = people.by_mail("aino@tampere.example")
    assert aino
    sign_in_as(client, aino.id)
    with reading(session, read, "My account"):
        assert client.get("/me").status_code == 200
    with reading(session, read, "the data kept of a person"):
        assert client.get("/me/data").status_code == 200
        everything_of(aino.id)
    return read


def grown(client: FlaskClient, session: Session, settle: Settle) -> dict[str, tuple[int, int]]:
    """What reads more rows in a full house than in an empty one: (there, here)."""
    with undone(session):
        empty = read_by_one_order(client, session, settle, 0)
    client.delete_cookie("citevents")
    full = read_by_one_order(client, session, settle, OLD)
    return {what: (empty[what], rows) for what, rows in full.items() if rows > empty[what] + SLACK}


def test_one_order_reads_as_much_in_a_full_house_as_in_an_empty_one(
    client: FlaskClient, session: Session, settle: Settle
) -> None:
    assert grown(client, session, settle) == {}


def test_without_an_index_it_reads_the_whole_house(
    client: FlaskClient, session: Session, settle: Settle
) -> None:
    """The control: as it was."""
    session.execute(sa.text("DROP INDEX order_line_registration"))
    found = grown(client, session, settle)
    assert "its page" in found
    assert found["its page"][1] > OLD


def read_by_cancelling(session: Session, settle: Settle, orders: int) -> int:
    """Rows read by cancelling a conference with so many paid orders, all reactions included."""
    conference, _free, paid = a_house(session, 0)
    for number in range(orders):
        a_paid_order(conference, paid, mail=f"guest{number}@agency.example")
    session.execute(sa.delete(EventRow))  # of the orders themselves: they were carried out long ago
    session.execute(sa.text("ANALYZE"))
    session.execute(sa.text("SET LOCAL enable_seqscan = off"))  # a table of one page would be read whole
    read: dict[str, int] = {}
    with reading(session, read, "all"):
        with transaction():
            cancel_conference(conference.id, now())
        settle()
    states = sa.select(Order.state, sa.func.count()).group_by(Order.state)
    assert list(map(tuple, session.execute(states))) == [(OrderState.CANCELLED, orders)]
    return read["all"]


def test_cancelling_a_conference_reads_as_much_for_each_of_many_orders(
    session: Session, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reactions, "CANCEL_AT_ONCE", 4)
    with undone(session):
        few = read_by_cancelling(session, settle, 8)
    with undone(session):
        assert read_by_cancelling(session, settle, 32) / 32 < 1.1 * few / 8
    session.execute(sa.text("DROP INDEX order_line_registration"))  # the control: as it was
    assert read_by_cancelling(session, settle, 32) / 32 > 1.5 * few / 8
