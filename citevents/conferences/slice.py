"""What the slice gives the product."""

from flask import Flask

from citevents.conferences import queries
from citevents.conferences.views import conferences
from citevents.core import access
from citevents.core.access import Role
from citevents.core.contributions import DeskLink, Slice
from citevents.locale.languages import lazy_gettext as _l


def start(app: Flask) -> None:
    """Let access declarations know the conference in a URL."""
    access.conferences_by(queries.id_of, lambda: {each.id: each.name for each in queries.every()})


SLICE = Slice(
    blueprints=(conferences,),
    desk=(DeskLink(60, _l("Settings"), "conferences.settings", (Role.ORGANIZER,), of_conference=True),),
    start=start,
    acts={
        ("create", "conference"): _l("made a new conference"),
        ("change", "conference"): _l("changed the conference"),
        ("open", "conference"): _l("opened registration"),
        ("close", "conference"): _l("closed registration"),
        ("publish", "conference"): _l("made the conference public"),
        ("unpublish", "conference"): _l("hid the conference again"),
        ("cancel", "conference"): _l("cancelled the conference"),
        ("create", "room"): _l("added a room"),
        ("change", "room"): _l("changed a room"),
        ("remove", "room"): _l("removed a room"),
        ("create", "quota"): _l("added a quota"),
        ("change", "quota"): _l("changed a quota"),
        ("remove", "quota"): _l("removed a quota"),
        ("create", "ticket_type"): _l("added a ticket"),
        ("change", "ticket_type"): _l("changed a ticket"),
        ("remove", "ticket_type"): _l("removed a ticket"),
        ("create", "question"): _l("added a question to the form"),
        ("change", "question"): _l("changed a question of the form"),
        ("remove", "question"): _l("removed a question from the form"),
    },
    subjects={
        "conference": _l("conference"),
        "question": _l("question of the form"),
        "quota": _l("quota"),
        "room": _l("room"),
        "ticket_type": _l("ticket"),
    },
)
