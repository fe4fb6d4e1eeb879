"""`flask organizations`: make one from the machine itself, or another link for the first page."""

from __future__ import annotations

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from citevents.core.clock import now
from citevents.core.db import Organization, as_organization, session, transaction
from citevents.core.errors import DomainError
from citevents.core.links import absolute
from citevents.locale.languages import in_language
from citevents.organizations import services
from citevents.people.sign_in.services import fresh_sign_in_path

cli = AppGroup("organizations", help="Who runs conferences here.")


#: What the option is called whose value a refusal is about.
OPTIONS = {"name": "NAME", "host": "--host", "mail": "--mail", "owner_mail": "--owner"}


@cli.command()
@click.argument("name")
@click.option(
    "--host", default="", help="The host name that leads to it. Default: every host that leads to no other."
)
@click.option("--mail", default="", help="Where answers to its emails go. Default: the owner's address.")
@click.option("--owner", required=True, help="The email address of whoever owns it.")
@click.option("--owner-name", default="", help="Their name. Default: they are asked at their first sign-in.")
def add(name: str, host: str, mail: str, owner: str, owner_name: str) -> None:
    """Make an organization with its owner, and print a link that signs them in, once, within 30 minutes."""
    try:
        with in_language("en"), transaction():
            made = services.add(name=name, mail=mail, host=host, owner=owner_name, owner_mail=owner)
            with as_organization(made.organization_id):
                link = absolute(fresh_sign_in_path(made.owner_id, "/desk"))
    except DomainError as refusal:
        where = OPTIONS.get(refusal.field or "", "")
        raise click.ClickException(f"{where + ': ' if where else ''}{refusal.sentence}") from None
    click.echo(f"{name} is made. {owner} owns it and signs in by this link, once, within 30 minutes:")
    click.echo(link)


@cli.command()
def link() -> None:
    """Print a link to the page that makes the first organization, once, within 30 minutes."""
    if services.is_set_up():
        raise click.ClickException(
            "There is an organization already. Make a further one with: organizations add"
        )
    click.echo(services.set_up_link(now()))


@cli.command("list")
def list_() -> None:
    """Print every organization: its number, host and name."""
    for row in session().scalars(sa.select(Organization).order_by(Organization.id)):
        click.echo(f"{row.id:>4}  {row.host or '(every other host)':<30}  {row.name}")
