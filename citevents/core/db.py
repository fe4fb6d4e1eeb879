"""The database: one declarative base, one session, rows that belong to an organization, transactions at the edge."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast, dataclass_transform

import psycopg
import sqlalchemy as sa
from flask import has_request_context
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from psycopg.pq import TransactionStatus
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    ORMExecuteState,
    Session,
    mapped_column,
    with_loader_criteria,
)

from citevents.core.disk_space import ask_room

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


@dataclass_transform(kw_only_default=True)
class Model(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Base of every table. Timestamps are UTC; enums are text with a check; dictionaries are JSONB."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: sa.TIMESTAMP(timezone=True),
        date: sa.Date(),
        int: sa.BigInteger(),
        str: sa.Text(),
        dict[str, Any]: JSONB(),
        list[str]: sa.ARRAY(sa.Text()),
        list[int]: sa.ARRAY(sa.BigInteger()),
        enum.Enum: sa.Enum(
            enum.Enum,
            native_enum=False,
            length=40,
            create_constraint=True,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }


_organization: ContextVar[int] = ContextVar("organization_id")


def current_organization_id() -> int:
    """The organization on whose behalf this thread of work runs. LookupError where nobody said."""
    return _organization.get()


@contextmanager
def as_organization(organization_id: int) -> Iterator[None]:
    """Everything read or written inside belongs to this organization."""
    token = _organization.set(organization_id)
    try:
        yield
    finally:
        _organization.reset(token)


class Row(Model):
    """A row that belongs to one organization.

    The primary key is (organization_id, id): foreign keys made with `belongs_to` therefore cannot
    cross organizations, and the column is the one to distribute by. New rows are owned by the current organization,
    and every ORM statement sees that organization's rows only.
    """

    __abstract__ = True

    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organization.id"),
        primary_key=True,
        init=False,
        insert_default=current_organization_id,
        sort_order=-2,
    )
    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True, init=False, sort_order=-1)


class Organization(Model):
    """Who runs conferences here: one installation can serve several, told apart by host name."""

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True, init=False)
    name: Mapped[str]
    #: Host name that leads to it; NULL is the one that answers every other host.
    host: Mapped[str | None] = mapped_column(unique=True, default=None)
    mail: Mapped[str] = mapped_column(default="")
    sample: Mapped[bool] = mapped_column(default=False)


def belongs_to(
    table: str, column: str | None = None, *, ondelete: str | None = None, name: str | None = None
) -> sa.ForeignKeyConstraint:
    """A foreign key inside one organization: `belongs_to("conference")` for `conference_id`."""
    column = column or f"{table}_id"
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        [f"{table}.organization_id", f"{table}.id"],
        ondelete=ondelete,
        name=name,
    )


db = SQLAlchemy(metadata=Model.metadata)

#: Statements that serve every organization (sweeps of the clock, operator commands) say so.
ALL_ORGANIZATIONS = {"all_organizations": True}


@sa.event.listens_for(FlaskSession, "do_orm_execute")
def _own_rows_only(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load or state.execution_options.get("all_organizations"):
        return
    if not (state.is_select or state.is_update or state.is_delete):
        return
    organization_id = _organization.get(None)
    if organization_id is None:
        if any(issubclass(mapper.class_, Row) for mapper in state.all_mappers):
            raise LookupError("on whose behalf is this read?")
        return
    # Every statement, not only those that name a Row first: counts, subqueries and EXISTS hide theirs.
    state.statement = state.statement.options(_rows_of(organization_id))


@lru_cache(maxsize=1000)
def _rows_of(organization_id: int) -> Any:
    return with_loader_criteria(Row, lambda cls: cls.organization_id == organization_id, include_aliases=True)


R = TypeVar("R", bound=Row)


def get(kind: type[R], id: int | None, *, lock: bool = False) -> R | None:
    """One row of the current organization by id, or None; `lock` takes FOR UPDATE and rereads it."""
    if id is None:
        return None
    return session().get(
        kind, (current_organization_id(), id), with_for_update=True if lock else None, populate_existing=lock
    )


def must(kind: type[R], id: int, *, lock: bool = False) -> R:
    """Like `get`, for a row that a foreign key or an event says is there."""
    row = get(kind, id, lock=lock)
    if row is None:
        raise LookupError(f"{kind.__name__} {id} is not in organization {current_organization_id()}")
    return row


def session() -> Session:
    """The session of this request, reaction or command."""
    return cast(Session, db.session())


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work. Only edges open it: a view, a reaction, a tick, a command. Commits, or leaves nothing."""
    ask_room()
    current = session()
    outer = current.info.get(WRITING, False)
    current.info[WRITING] = True
    try:
        if current.in_transaction():  # what was read before needs no transaction; what comes now does
            _autocommit(current.connection(), False)
        yield current
        current.commit()
    except BaseException:
        current.rollback()
        raise
    finally:
        current.info[WRITING] = outer


@contextmanager
def at_once() -> Iterator[Session]:
    """For one statement that commits by itself: no BEGIN, no COMMIT. A `transaction()` may follow on the same connection."""
    ask_room()
    current = session()
    current.commit()  # what was open before
    connection = current.connection()
    nested = connection.in_nested_transaction()
    if not nested:
        _autocommit(connection, True)
    yield current
    if nested:  # part of a larger whole: no statement can commit by itself there
        current.commit()


#: Key of a session's `info`: a `transaction()` is open.
WRITING = "writing"


@sa.event.listens_for(FlaskSession, "after_begin")
def _read_plainly(current: Session, _transaction: object, connection: sa.Connection) -> None:
    """Pages that only read go without BEGIN and ROLLBACK: each statement sees what is committed, either way."""
    if has_request_context() and not current.info.get(WRITING) and not connection.in_nested_transaction():
        _autocommit(connection, True)


@sa.event.listens_for(FlaskSession, "do_orm_execute")
def _read_by_parts_in_a_transaction(state: ORMExecuteState) -> None:
    if "yield_per" in state.execution_options:  # the cursor of the database lives as long as its transaction
        connection = state.session.connection()
        if not connection.in_nested_transaction():
            _autocommit(connection, False)


def _autocommit(connection: sa.Connection, wanted: bool) -> None:
    driver = cast(psycopg.Connection[Any], connection.connection.driver_connection)
    if driver.autocommit is not wanted:
        driver.autocommit = wanted


@sa.event.listens_for(sa.Pool, "checkin")
def _transactional_again(driver: Any, _record: object) -> None:
    if isinstance(driver, Connection) and driver.autocommit and not driver.closed:
        driver.autocommit = False


class Connection(psycopg.Connection[Any]):
    """A connection that keeps its prepared statements over a rollback.

    psycopg forgets them there, in case they name what the transaction had made. Every page that only reads ends with a
    rollback, so that nothing would ever be prepared; and nothing here makes or drops tables while it serves.
    """

    def rollback(self) -> None:
        """End the transaction, if there is one."""
        status = self.pgconn.transaction_status
        if status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            self.pgconn.exec_(b"ROLLBACK")
        elif status is not TransactionStatus.IDLE:
            super().rollback()


@sa.event.listens_for(sa.Engine, "do_connect")
def _connect(dialect: Any, _record: Any, args: Any, options: Any) -> Any:
    return Connection.connect(*args, **options) if dialect.driver == "psycopg" else None


def engine_options(pool_size: int) -> dict[str, Any]:
    """Waits are bounded: a lock 5 s, a statement 30 s, an open transaction 150 s, a pool slot 5 s.

    Prepared statements are planned at each use: a plan kept from when tables were empty reads them whole when they are not.
    """
    return {
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": 5,
        "pool_pre_ping": False,
        "connect_args": {
            "connect_timeout": 5,
            "options": "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=150s -c timezone=UTC -c plan_cache_mode=force_custom_plan",
        },
    }


#: Everything attached so far: (table, create, drop).
ATTACHED: list[tuple[str, str, str]] = []


def attach(table: str, create: str, drop: str) -> None:
    """Run `create` after the table is made, `drop` before it goes: triggers and functions live beside their models."""
    ATTACHED.append((table, create, drop))
    target = Model.metadata.tables[table]
    for when, statement in (("after_create", create), ("before_drop", drop)):
        # sa.DDL would take the % of a RAISE for a placeholder of its own.
        ddl = sa.DDL(statement.replace("%%", "%").replace("%", "%%"))  # type: ignore[no-untyped-call]
        sa.event.listen(target, when, ddl)


__all__ = [
    "ALL_ORGANIZATIONS",
    "Mapped",
    "Model",
    "Organization",
    "Row",
    "as_organization",
    "at_once",
    "attach",
    "belongs_to",
    "current_organization_id",
    "db",
    "get",
    "mapped_column",
    "must",
    "session",
    "transaction",
]
