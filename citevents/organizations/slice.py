"""What the slice gives the product; and what it does when a web server has started: say how to begin."""

import logging

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from citevents.core.clock import now
from citevents.core.contributions import Slice
from citevents.core.db import db, session
from citevents.locale.languages import lazy_gettext as _l
from citevents.organizations import commands, services
from citevents.organizations.views import organizations

log = logging.getLogger("citevents.organizations")


def start(app: Flask) -> None:
    """Be called by the web server once it listens (`citevents/engines/gunicorn.py`)."""
    app.extensions.setdefault("at_start", []).append(greet)


def greet(app: Flask) -> None:
    """At a start: print the link that begins everything, where nothing is set up. A database that is away keeps nobody."""
    with app.app_context():
        try:
            if not services.is_set_up():
                click.echo(
                    f"Nobody has set this up yet. Open this within 30 minutes: {services.set_up_link(now())}"
                )
        except SQLAlchemyError as error:
            log.warning("cannot see whether anything is set up", extra={"error": type(error).__name__})
        finally:
            session().rollback()
            db.engine.dispose()


SLICE = Slice(
    blueprints=(organizations,),
    commands=commands.cli,
    start=start,
    acts={
        ("make", "organization"): _l("made the organization"),
    },
    subjects={
        "organization": _l("organization"),
    },
    reactions={
        "organizations.tell_owner": _l("Email the owner of a new organization"),
    },
)
