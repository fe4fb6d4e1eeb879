"""What the slice gives others at start: how many people hear of a changed conference."""

from flask import Flask

from citevents.calendars import queries
from citevents.conferences import queries as conferences


def init(app: Flask) -> None:
    """Desks of conferences name the number before anything is saved."""
    conferences.told_by(app, queries.people_told)
