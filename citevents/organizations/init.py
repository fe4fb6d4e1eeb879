"""What the slice does when a web server has started: say how to begin, while there is no organization."""

import logging

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from citevents.core.clock import now
from citevents.core.db import db, session
from citevents.organizations import services

log = logging.getLogger("citevents.organizations")


def init(app: Flask) -> None:
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
