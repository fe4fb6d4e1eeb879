"""Ticks: one clock at a time, and whoever lets time pass waits for the one that runs."""

from __future__ import annotations

import threading

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from citevents.core.clock import now
from citevents.core.db import db
from workers.clock import LOCK, Every, run_tick


def test_a_tick_that_another_clock_runs_is_left_to_it_or_waited_for(app: Flask, session: Session) -> None:
    ticked: list[object] = []
    entry = Every("test.tick", 1, ticked.append)
    with db.engine.connect() as other:
        assert other.scalar(LOCK, {"name": "tick:test.tick"})
        assert run_tick(entry, now()) is False
        done = threading.Timer(0.3, other.rollback)
        done.start()
        assert run_tick(entry, now(), wait=True) is True
        done.join()
    assert len(ticked) == 1
    assert session.scalar(sa.select(1)) == 1
