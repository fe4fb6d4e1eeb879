"""What the slice gives the core at start: who is signed in."""

from flask import Flask

from citevents.core import access
from citevents.people.sign_in import identity


def init(app: Flask) -> None:
    """Let access declarations know who asks."""
    access.identified_by(identity.identify)
