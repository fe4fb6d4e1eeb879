"""What the slice gives the core at start: who is signed in, and a place for their choices."""

from flask import Flask

from citevents.core import access, preferences
from citevents.core.db import transaction
from citevents.people import services
from citevents.people.sign_in import identity


def init(app: Flask) -> None:
    """Let access declarations know who asks, and the footer's form keep what they choose."""
    access.identified_by(identity.identify)
    preferences.kept_by(keep_choice)


def keep_choice(language: str | None, zone: str | None) -> None:
    """A choice of language and clock stays with whoever is signed in."""
    here = access.current()
    if here:
        with transaction():
            services.keep_choice(here.person_id, language, zone)
