"""`flask notices`: what the processor told and nobody here is known by."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from citevents.core.db import transaction
from citevents.payments import notices

cli = AppGroup(
    "notices", help="Money at the payment service that belongs to no payment of any organization here."
)


@cli.command("list")
def listed() -> None:
    """Each such payment once: its name at the payment service, since when, and what was told of it."""
    found = notices.unowned()
    for each in found:
        click.echo(f"{each.about}  {each.since:%Y-%m-%d %H:%M} UTC  {', '.join(each.kinds)}")
    if not found:
        click.echo("Every notice belongs to somebody.", err=True)


@cli.command()
@click.argument("about")
@click.option("--words", required=True, help="What it is, for whoever asks later. No names of people.")
def dismiss(about: str, words: str) -> None:
    """Say what it is, looked up at the payment service: it needs nobody any more, and the words are kept."""
    if not words.strip():
        raise click.ClickException("--words: say what it is.")
    with transaction():
        done = notices.dismiss(about, words.strip())
    if not done:
        raise click.ClickException(
            f"Nothing waits under the name {about}. `flask notices list` has those that do."
        )
    click.echo(f"{about} is settled.")
