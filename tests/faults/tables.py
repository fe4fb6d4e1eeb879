"""`python -m tests.faults.tables` makes every table in the database of DATABASE_URL."""

from __future__ import annotations

from citevents import create_app
from citevents.core.db import Model, db

if __name__ == "__main__":
    with create_app().app_context():
        Model.metadata.create_all(db.engine)
