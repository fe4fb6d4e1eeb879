"""What the slice gives the product; the public page of a conference tells of its agenda."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from citevents.conferences.queries import ConferenceView
from citevents.core.access import Role
from citevents.core.contributions import Deferred, DeskLink, Slice
from citevents.locale.languages import lazy_gettext as _l
from citevents.registration.page_cache import Section, add_section
from citevents.scheduling import grid, personal_data, queries
from citevents.scheduling.desk import editor, publishing, sessions  # noqa: F401 - their routes join the blueprint
from citevents.scheduling.invariants import INVARIANTS
from citevents.scheduling.views import scheduling

FEATURED = 4


def start(app: Flask) -> None:
    """Show some sessions where people decide whether to come."""
    add_section(Section(name="agenda", template="scheduling/_featured.html", values=featured))


def featured(conference: ConferenceView) -> Mapping[str, Any] | None:
    """The sessions to tell a newcomer about; nothing before the first version, nor where all is cancelled."""
    if conference.cancelled:
        return None
    views = queries.featured(conference.id, FEATURED)
    if not views:
        return None
    return {"sessions": [(view, grid.names(view)) for view in views]}


SLICE = Slice(
    blueprints=(scheduling,),
    commands=Deferred("agenda", "citevents.scheduling.commands"),
    personal_data=personal_data,
    invariants=INVARIANTS,
    desk=(
        DeskLink(
            40,
            _l("Agenda editor"),
            "scheduling.editor",
            (Role.ORGANIZER, Role.PROGRAM_COMMITTEE),
            of_conference=True,
        ),
    ),
    start=start,
    acts={
        ("publish", "agenda"): _l("published version %(version)s of the agenda"),
        ("add", "track"): _l("added a track"),
        ("remove", "track"): _l("removed a track"),
        ("add", "session"): _l("added a session"),
        ("edit", "session"): _l("changed a session"),
        ("cancel", "session"): _l("cancelled a session"),
        ("restore", "session"): _l("brought a session back"),
        ("place", "agenda"): _l("moved a session"),
        ("unplace", "agenda"): _l("took a session out of the grid"),
        ("apply", "agenda"): _l("moved several sessions"),
        ("undo", "agenda"): _l("undid a step of the agenda"),
    },
    subjects={
        "agenda": _l("agenda of a conference"),
        "session": _l("session"),
        "track": _l("track"),
    },
    reactions={
        "scheduling.person_erased": _l("Take an erased person’s name out of the agenda"),
    },
)
