"""Runs migrations inside the application: `flask db upgrade`. One at a time, each in a transaction."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context
from flask import current_app

from citevents.core.db import Model

#: Two deployments that start together wait for each other here.
LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('citevents.migrate'))")


def offline() -> None:
    """Print SQL instead of running it: `flask db upgrade --sql`."""
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    context.configure(url=url, target_metadata=Model.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def online() -> None:
    """Migrate the configured database."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Model.metadata, compare_type=True)
        with context.begin_transaction():
            connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
            connection.execute(LOCK)
            context.run_migrations()


if context.is_offline_mode():
    offline()
else:
    online()
