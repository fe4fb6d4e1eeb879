"""What the slice gives the core at start: which conference a URL means."""

from flask import Flask

from citevents.conferences import queries
from citevents.core import access


def init(app: Flask) -> None:
    """Let access declarations know the conference in a URL."""
    access.conferences_by(queries.id_of, lambda: {each.id: each.name for each in queries.every()})
