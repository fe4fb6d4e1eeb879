"""What the slice gives the product."""

from flask import Flask

from citevents.calendars import personal_data, queries, sessions
from citevents.calendars.invariants import INVARIANTS
from citevents.calendars.views import calendars
from citevents.conferences import queries as conferences
from citevents.core.contributions import Slice
from citevents.locale.languages import lazy_gettext as _l
from citevents.scheduling import queries as scheduling


def start(app: Flask) -> None:
    """Desks of conferences and agendas name how many people hear of a change before anything is saved."""
    conferences.told_by(app, queries.people_told)
    scheduling.told_by(app, sessions.people_told)


SLICE = Slice(
    blueprints=(calendars,),
    personal_data=personal_data,
    invariants=INVARIANTS,
    start=start,
    reactions={
        "calendars.agenda_published": _l("Bring calendars up to date with the agenda"),
        "calendars.conference_cancelled": _l("Take a cancelled conference out of calendars"),
        "calendars.conference_changed": _l("Bring the calendar entries of a conference up to date"),
        "calendars.conference_published": _l("Put the sessions of a conference into calendars"),
        "calendars.exchange_agreed": _l("Put an exchange into calendars"),
        "calendars.exchange_cancelled": _l("Take an exchange out of calendars"),
        "calendars.exchange_dated": _l("Move an exchange in calendars"),
        "calendars.invitation_changed": _l("Email a calendar entry"),
        "calendars.person_erased": _l("Forget the calendar of an erased person"),
        "calendars.registration_cancelled": _l("Take a conference out of a calendar"),
        "calendars.registration_claimed": _l(
            "Put a conference into the calendar of whoever a seat belongs to now"
        ),
        "calendars.registration_confirmed": _l("Put a conference into a calendar"),
        "calendars.session_favourited": _l("Put a session into a calendar"),
        "calendars.session_unfavourited": _l("Take a session out of a calendar"),
    },
)
