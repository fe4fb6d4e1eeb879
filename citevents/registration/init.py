"""What the slice gives the core at start: what it keeps of people."""

from flask import Flask

from citevents.registration import kept as kept


def init(app: Flask) -> None:
    """Importing `kept` was enough."""
