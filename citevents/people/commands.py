"""`flask people`: the first owner of an installation, and a way in when no mail goes out."""

from __future__ import annotations

import click
import sqlalchemy as sa
from flask.cli import AppGroup

from citevents.core.access import Role
from citevents.core.db import Organization, as_organization, session, transaction
from citevents.core.links import absolute
from citevents.people import queries, services
from citevents.people.sign_in.services import fresh_sign_in_path

cli = AppGroup("people", help="Roles and ways in, from the machine itself.")

host = click.option(
    "--host", default=None, help="Which organization: its host name. Default: the one without."
)


def _organization_id(host: str | None) -> int:
    found = session().scalar(
        sa.select(Organization.id)
        .where(sa.or_(Organization.host == host, Organization.host.is_(None)))
        .order_by(Organization.host.is_(None), Organization.id)
        .limit(1)
    )
    if found is None:
        if session().scalar(sa.select(sa.exists(sa.select(Organization.id)))):
            raise click.ClickException("There is no such organization. Which there are: organizations list")
        raise click.ClickException(
            "Nobody has set this up yet. Make an organization: organizations add NAME --owner MAIL"
        )
    return found


@cli.command()
@click.argument("mail")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.option("--name", default="", help="Their name, if they are new here.")
@host
def grant(mail: str, role: str, name: str, host: str | None) -> None:
    """Give somebody a role everywhere: the first owner is made this way."""
    with as_organization(_organization_id(host)), transaction():
        person_id = services.find_or_make(mail, name)
        given = services.grant(person_id, Role(role))
    click.echo(f"{mail} {'is now' if given else 'was already'} {role}.")


@cli.command()
@click.argument("mail")
@host
def link(mail: str, host: str | None) -> None:
    """Print a link that signs somebody in, once, within 30 minutes."""
    with as_organization(_organization_id(host)), transaction():
        person = queries.by_mail(mail)
        if person is None:
            raise click.ClickException("Nobody here has that address.")
        path = fresh_sign_in_path(person.id)
        click.echo(absolute(path))
