"""`flask check`: the invariants, for operators, tests and the attack."""

from __future__ import annotations

import sys
import time

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from citevents.core.db import session
from citevents.operations.invariants import INVARIANTS, violations

BUSY = sa.text(
    """SELECT (SELECT count(*) FROM event WHERE routed_at IS NULL)
            + (SELECT count(*) FROM delivery WHERE send_at IS NOT NULL)"""
)


@click.command("check")
@click.option("--wait", default=0.0, help="Seconds to wait for the queue to be quiet first.")
@with_appcontext
def cli(wait: float) -> None:
    """Run every invariant; silent and 0 when all hold, else each violation and 1."""
    until = time.monotonic() + wait
    while session().scalar(BUSY) and time.monotonic() < until:
        session().rollback()
        time.sleep(0.2)
    found = violations()
    for violation in found:
        click.echo(f"{violation.code}  {violation.promise}  {violation.row}")
    if found:
        sys.exit(1)
    click.echo(f"{len(INVARIANTS) + 1} invariants hold.", err=True)
