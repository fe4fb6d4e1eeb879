"""Pages that only read go without a transaction; what is written stands in one, and falls as a whole."""

import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg.pq import TransactionStatus

from citevents.core.db import Organization, db, session, transaction


def status() -> TransactionStatus:
    driver = session().connection().connection.driver_connection
    assert driver is not None
    return TransactionStatus(driver.pgconn.transaction_status)


def organizations() -> int:
    return int(session().scalar(sa.select(sa.func.count()).select_from(Organization)) or 0)


def test_a_page_reads_without_a_transaction(app: Flask) -> None:
    with app.test_request_context("/"):
        organizations()
        assert status() is TransactionStatus.IDLE


def test_what_a_page_writes_after_reading_falls_as_a_whole(app: Flask) -> None:
    with app.test_request_context("/"):
        before = organizations()
        with pytest.raises(ZeroDivisionError), transaction():
            session().add(Organization(name="Never"))
            session().flush()
            assert status() is TransactionStatus.INTRANS
            assert organizations() == before + 1
            _ = 1 // 0
        assert organizations() == before
        assert status() is TransactionStatus.IDLE


def test_what_a_page_writes_is_kept_and_reading_goes_on_without(app: Flask) -> None:
    with app.test_request_context("/"):
        organizations()
        with transaction():
            made = Organization(name="Kept", host="kept.example")
            session().add(made)
        assert organizations() >= 1
        assert status() is TransactionStatus.IDLE
        with transaction():
            session().delete(session().scalars(sa.select(Organization).filter_by(host="kept.example")).one())


def test_what_is_read_by_parts_is_read_in_a_transaction(app: Flask) -> None:
    with app.test_request_context("/"):
        session().scalars(sa.select(Organization).execution_options(yield_per=10)).all()
        assert status() is TransactionStatus.INTRANS


def test_a_connection_goes_back_as_it_came(app: Flask) -> None:
    with app.test_request_context("/"):
        organizations()
    with app.app_context(), db.engine.connect() as connection:
        assert connection.connection.driver_connection is not None
        assert not connection.connection.driver_connection.autocommit
    with app.app_context():
        organizations()
        assert status() is TransactionStatus.INTRANS
