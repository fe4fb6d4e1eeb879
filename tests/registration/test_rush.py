"""Fifty buyers at once, each with a thread and a connection of its own, for fewer places than that."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from citevents import create_app
from citevents.conferences import queries as conferences
from citevents.conferences.catalog import catalog
from citevents.conferences.models import Conference, TicketType
from citevents.config import Settings
from citevents.core import rate_limits
from citevents.core.clock import now
from citevents.core.db import Model, Organization, as_organization, db, must, session, transaction
from citevents.core.errors import DomainError
from citevents.engines.postgres import Postgres
from citevents.registration import policy, quota_counters, services
from citevents.registration.models import Order, Registration, RegistrationState
from citevents.registration.order_request import Wish
from tests.conferences.world import a_conference, a_price, a_quota, a_ticket_type
from tests.registration.world import a_wish

BUYERS = 50


@pytest.fixture(scope="module")
def house(postgres: Postgres) -> Iterator[Flask]:
    """The application on a database of its own: here commits are real."""
    app = create_app(
        Settings(database_url=postgres.create_database("rush"), secret="test-secret", pool_size=BUYERS)
    )
    app.testing = True
    with app.app_context():
        Model.metadata.create_all(db.engine)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    postgres.drop_database("rush")


class Sale:
    """A conference with `capacity` places in the rush database."""

    def __init__(self, house: Flask, capacity: int, amount: int = 0) -> None:
        self.house = house
        with house.app_context():
            organization = Organization(name="Sample", sample=True)
            session().add(organization)
            session().commit()
            self.organization_id = organization.id
            with as_organization(organization.id):
                self.conference: Conference = a_conference()
                quota = a_quota(self.conference, capacity=capacity)
                self.ticket: TicketType = a_ticket_type(self.conference, quota, amount=amount)
                self.conference_id, self.public_id = self.conference.id, self.ticket.public_id
                session().refresh(self.ticket)
                session().expunge_all()

    def buy(self, wish: Wish, share: policy.Share | None = None) -> str:
        with self.house.app_context(), as_organization(self.organization_id):
            try:
                with transaction():
                    seen = catalog(conferences.by_id(self.conference_id))
                    if wish.caller:  # as the page does
                        rate_limits.limit("register", wish.caller, 1000)
                    return services.place(seen, wish, now(), share=share).state.value
            except DomainError as refusal:
                return refusal.code

    def figures(self) -> tuple[int, int]:
        """Places counted as taken, and live registrations."""
        with self.house.app_context():
            row = session().execute(
                sa.text(
                    """SELECT (SELECT taken FROM places WHERE organization_id = :o),
                              (SELECT count(*) FROM registration WHERE organization_id = :o
                               AND state IN ('held', 'confirmed'))"""
                ),
                {"o": self.organization_id},
            )
            return tuple(row.one())  # type: ignore[return-value]


def at_once(jobs: list[Callable[[], str]]) -> Counter[str]:
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], str]) -> str:
        gate.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return Counter(pool.map(run, jobs))


def wishes(sale: Sale, count: int = BUYERS) -> list[Wish]:
    return [a_wish(sale.ticket, mail=f"buyer{index}@example.test") for index in range(count)]


def test_the_last_place_goes_to_one_of_fifty(house: Flask) -> None:
    sale = Sale(house, capacity=1)
    outcome = at_once([lambda wish=wish: sale.buy(wish) for wish in wishes(sale)])  # type: ignore[misc]
    assert outcome == {"confirmed": 1, "sold_out": BUYERS - 1}
    assert sale.figures() == (1, 1)


def test_without_the_condition_it_is_oversold(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: look first, then take. If this ever passes without overselling, the test above proves nothing."""
    sale = Sale(house, capacity=1)
    with house.app_context():
        session().execute(sa.text("ALTER TABLE places DROP CONSTRAINT ck_places_within"))
        session().commit()
    looked = threading.Barrier(BUYERS)

    def careless(wanted: Counter[int], _released: Counter[int]) -> int | None:
        session().flush()
        free = session().scalar(
            sa.text("SELECT min(capacity - taken) FROM places WHERE organization_id = :o"),
            {"o": sale.organization_id},
        )
        looked.wait()
        if free is not None and free < 1:
            return next(iter(wanted))
        session().execute(
            sa.text("UPDATE places SET taken = taken + 1 WHERE organization_id = :o"),
            {"o": sale.organization_id},
        )
        return None

    monkeypatch.setattr(quota_counters, "take", careless)
    outcome = at_once([lambda wish=wish: sale.buy(wish) for wish in wishes(sale)])  # type: ignore[misc]
    assert outcome == {"confirmed": BUYERS}
    assert sale.figures() == (BUYERS, BUYERS)
    with house.app_context():
        session().execute(sa.text("UPDATE places SET taken = capacity WHERE taken > capacity"))
        session().execute(
            sa.text("ALTER TABLE places ADD CONSTRAINT ck_places_within CHECK (taken BETWEEN 0 AND capacity)")
        )
        session().commit()


def test_a_click_repeated_ten_times_at_once_is_one_order(house: Flask) -> None:
    sale = Sale(house, capacity=5)
    wish = wishes(sale, 1)[0]
    assert at_once([lambda: sale.buy(wish)] * 10) == {"confirmed": 10}
    assert sale.figures() == (1, 1)


def test_ten_tabs_of_one_browser_hold_one_seat(house: Flask) -> None:
    sale = Sale(house, capacity=5, amount=100)
    tabs = [a_wish(sale.ticket, browser="Aino's") for _ in range(10)]
    assert at_once([lambda wish=wish: sale.buy(wish) for wish in tabs]) == {"held": 10}  # type: ignore[misc]
    assert sale.figures() == (1, 1)


def test_a_crowd_that_types_her_address_takes_only_what_is_free(house: Flask) -> None:
    """She holds a seat and changes her order, while forty browsers ask for one in her name."""
    sale = Sale(house, capacity=10, amount=100)
    hers = a_wish(sale.ticket, browser="Aino's")
    assert sale.buy(hers) == "held"
    crowd = [a_wish(sale.ticket, browser=f"browser {number}", name="Mallory") for number in range(40)]
    changed = replace(hers, agency="Tampere")
    outcome = at_once([*(lambda wish=wish: sale.buy(wish) for wish in crowd), lambda: sale.buy(changed)])  # type: ignore[misc]
    assert outcome == {"held": 10, "sold_out": 31}
    assert sale.figures() == (10, 10)
    with house.app_context(), as_organization(sale.organization_id):
        live = sa.select(Order.browser, Registration.person_id).join(
            Registration, Registration.order_id == Order.id
        )
        rows = session().execute(live.where(Registration.state == RegistrationState.HELD)).all()
    assert [browser for browser, person_id in rows if person_id is not None] == ["Aino's"]


def test_one_caller_at_once_keeps_no_more_than_its_share(house: Flask) -> None:
    sale = Sale(house, capacity=40, amount=100)
    share = policy.Share(orders=60, percent=25)
    jobs = [replace(wish, caller="one network") for wish in wishes(sale, 30)]
    outcome = at_once([lambda wish=wish: sale.buy(wish, share) for wish in jobs])  # type: ignore[misc]
    assert outcome == {"held": 10, "keeps_too_much": 20}
    assert sale.figures() == (10, 10)


def test_money_and_the_end_of_the_hold_at_once_leave_a_whole_order(house: Flask) -> None:
    sale = Sale(house, capacity=10, amount=100)
    assert [sale.buy(wish) for wish in wishes(sale, 10)] == ["held"] * 10
    with house.app_context():
        orders = list(
            session().scalars(
                sa.text('SELECT id FROM "order" WHERE organization_id = :o'), {"o": sale.organization_id}
            )
        )

    def pay(order_id: int) -> str:
        with house.app_context(), as_organization(sale.organization_id), transaction():
            done = services.confirm(order_id, now(), payment_id=order_id, amount=100, currency="CAD")
            return "paid" if done else "late"

    def expire() -> str:
        with house.app_context(), transaction():
            services.expire_holds(now() + policy.HOLD)
            return "swept"

    outcome = at_once([*(lambda each=each: pay(each) for each in orders), expire, expire])  # type: ignore[misc]
    assert outcome == {"paid": 10, "swept": 2}
    assert sale.figures() == (10, 10)


def early(house: Flask, until_sold: int) -> Sale:
    """A sale at 100, of which so many go for 50."""
    sale = Sale(house, capacity=10, amount=100)
    with house.app_context(), as_organization(sale.organization_id):
        a_price(sale.ticket, 50, until_sold=until_sold, position=-1)
    return sale


def until_somebody_waits() -> None:
    """Until another connection waits for a lock that this thread holds."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
    for _ in range(200):
        if session().scalar(waiting):
            return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def test_giving_up_a_counted_order_while_its_form_is_sent_again_ends_both(house: Flask) -> None:
    """Each locks the order and the counter of its sales; in two orders they would wait for each other."""
    sale = early(house, until_sold=5)
    wish = wishes(sale, 1)[0]
    assert sale.buy(wish) == "held"
    with (
        ThreadPoolExecutor(1) as pool,
        house.app_context(),
        as_organization(sale.organization_id),
        transaction(),
    ):
        order_id = session().scalars(sa.select(Order.id).where(Order.form == wish.form)).one()
        must(Order, order_id, lock=True)
        again = pool.submit(sale.buy, replace(wish, agency="Another agency"))
        until_somebody_waits()
        assert services.give_up(order_id, now())
        session().commit()
        assert again.result(20) == "held"
    assert sale.figures() == (1, 1)


def test_who_meets_the_last_early_place_being_bought_is_told_the_new_price(house: Flask) -> None:
    sale = early(house, until_sold=1)
    first, second = wishes(sale, 2)
    with (
        ThreadPoolExecutor(1) as pool,
        house.app_context(),
        as_organization(sale.organization_id),
        transaction(),
    ):
        placed = services.place(catalog(conferences.by_id(sale.conference_id)), first, now())
        assert placed.total == 50
        late = pool.submit(sale.buy, second)
        until_somebody_waits()
        session().commit()
        assert late.result(20) == "price_changed"
    assert sale.figures() == (1, 1)
    assert sale.buy(second) == "held"
    with house.app_context():
        counted = sa.text("SELECT count FROM sold WHERE organization_id = :o")
        assert session().scalar(counted, {"o": sale.organization_id}) == 2
