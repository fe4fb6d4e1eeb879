"""`flask house` (the switchboard) and `flask clock` (let time pass): commands that know reactions."""

from __future__ import annotations

from datetime import datetime

import click
from flask import Flask
from flask.cli import with_appcontext

from citevents.core.clock import now
from citevents.operations.commands import say_plainly


def add_commands(app: Flask) -> Flask:
    """Add this floor's commands to the app."""
    for command in (house, clock):
        app.cli.add_command(command)
    say_plainly(app.cli)
    return app


@click.command()
@with_appcontext
def house() -> None:
    """Print the switchboard: event -> who emits -> who reacts."""
    from workers import switchboard

    click.echo(switchboard.text(), nl=False)


@click.command()
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d"]), default=None
)
@with_appcontext
def clock(at: datetime | None) -> None:
    """Run every tick once, as of now or of a given instant."""
    import workers.reactions  # noqa: F401
    from workers.clock import run_all

    run_all(at.astimezone() if at else now())
