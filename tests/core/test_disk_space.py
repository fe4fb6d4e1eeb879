"""A database that has no room is left alone for a moment."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from citevents.core import disk_space
from citevents.core.db import at_once, transaction
from citevents.core.disk_space import NoRoom
from citevents.core.rate_limits import Tries
from citevents.engines.figures import Figures
from citevents.operations import disks
from tests.people.world import csrf


@pytest.fixture
def full(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database has just said so; PostgreSQL's own word for it, by a function that raises it."""
    monkeypatch.setattr(disk_space, "_full_until", 0.0)
    monkeypatch.setattr(disks, "_refusals", Figures(width=1, parts=1, rows=1))
    raised = sa.text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$")
    with pytest.raises(OperationalError) as refusal, session.begin_nested():
        session.execute(raised)
    assert isinstance(refusal.value.orig, psycopg.errors.DiskFull)


def test_nothing_is_written_for_a_moment_and_reading_goes_on(full: None, session: Session) -> None:
    for write in (transaction, at_once):
        with pytest.raises(NoRoom), write():
            pytest.fail("it was tried")
    assert session.scalar(sa.select(sa.func.count()).select_from(Tries)) == 0


def test_then_it_is_tried_again(full: None, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    at = disk_space._full_until
    monkeypatch.setattr(disk_space.time, "monotonic", lambda: at)
    with transaction():
        assert session.scalar(sa.text("SELECT 1")) == 1


def test_whoever_wants_to_write_meanwhile_reads_when_to_come_back(
    app: Flask, full: None, organization: object
) -> None:
    client = app.test_client()
    answer = client.post("/sign-in/passkey/offer", headers={"X-CSRFToken": csrf(client)})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == str(int(disk_space.PAUSE))
