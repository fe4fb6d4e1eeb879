"""`flask demo`: load the sample world, print ready sign-in links."""

from __future__ import annotations

import time

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from citevents.config import Settings
from citevents.core.clock import now
from citevents.core.db import Organization, as_organization, session, transaction

cli = click.Group("demo", help="The sample world: made-up people, prices and sessions.")


@cli.command("load")
@click.option("--if-empty", is_flag=True, help="Do nothing where there is an organization already.")
@click.option("--registrations", type=click.IntRange(min=150), default=1200, show_default=True)
@with_appcontext
def load_command(if_empty: bool, registrations: int) -> None:
    """Build the sample world from its seed."""
    from citevents.portal.demo.load import load

    settings: Settings = current_app.config["SETTINGS"]
    if settings.public and "demo" not in settings.allow:
        raise click.ClickException(
            f"This installation is to be reached at {settings.base_url}, and anybody knows the people of the sample world. "
            "If it is meant so: CITEVENTS_ALLOW=demo."
        )
    if session().scalar(sa.select(sa.func.count()).select_from(Organization)):
        if if_empty:
            return
        raise click.ClickException(
            "There is an organization already; the sample world needs an empty database."
        )
    began = time.monotonic()
    with transaction():
        load(now(), registrations)
    click.echo(f"The sample world is there ({time.monotonic() - began:.1f} s).")


@cli.command("links")
@with_appcontext
def links() -> None:
    """Print ready sign-in links for the four sample people; on a public address for those without a role only."""
    from citevents.core.links import absolute
    from citevents.people import queries as people
    from citevents.people.sign_in.services import fresh_sign_in_path
    from citevents.portal.demo.load import PERSONAS

    settings: Settings = current_app.config["SETTINGS"]
    organization_id = session().scalar(
        sa.select(Organization.id).where(Organization.sample).order_by(Organization.id).limit(1)
    )
    if organization_id is None:
        return
    doors = {"attendee": "/me", "organizer": "/desk", "leader": "/exchange", "coordinator": "/desk/exchange"}
    with as_organization(organization_id), transaction():
        for key, (mail, name, *_rest) in PERSONAS.items():
            person = people.by_mail(mail)
            if person is None:
                continue
            if settings.public and people.grants_of(person.id):
                click.echo(f"{key:<12} {name:<16} (no link: this address is public)")
            else:
                click.echo(f"{key:<12} {name:<16} {absolute(fresh_sign_in_path(person.id, doors[key]))}")
