"""What the slice gives others at start: how many people hear of a changed conference or agenda."""

from flask import Flask

from citevents.calendars import queries, sessions
from citevents.conferences import queries as conferences
from citevents.scheduling import queries as scheduling


def init(app: Flask) -> None:
    """Desks of conferences and agendas name the number before anything is saved."""
    conferences.told_by(app, queries.people_told)
    scheduling.told_by(app, sessions.people_told)
