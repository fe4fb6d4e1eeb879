"""`flask check`: the invariants, for operators, tests and the attack."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
import sqlalchemy as sa
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from citevents.core.db import session
from citevents.core.tokens import NoSecret
from citevents.operations.invariants import invariants, violations

BUSY = sa.text(
    """SELECT (SELECT count(*) FROM event WHERE routed_at IS NULL)
            + (SELECT count(*) FROM delivery WHERE send_at IS NOT NULL AND waits_for IS NULL AND failure IS DISTINCT FROM 'later')"""
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
    click.echo(f"{len(invariants()) + 1} invariants hold.", err=True)


def say_plainly(group: click.Group) -> None:
    """To whoever calls a command while the database is away, or that signs without a secret: one sentence, exit 1, no traceback."""
    for command in group.commands.values():
        if isinstance(command, click.Group):
            say_plainly(command)
        elif command.callback:
            command.callback = _plain(command.callback)


def _plain(callback: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(callback)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return callback(*args, **kwargs)
        except NoSecret as error:
            raise click.ClickException(str(error)) from None
        except OperationalError as error:
            if error.statement and not error.connection_invalidated:
                raise
            raise click.ClickException(
                "The database does not answer. Start ./script/server, name the folder it runs on in CITEVENTS_DATA, "
                "or set DATABASE_URL."
            ) from None

    return told
