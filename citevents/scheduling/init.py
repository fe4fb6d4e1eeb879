"""What the slice gives others at start: what to tell of the agenda on the public page of a conference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from citevents.conferences.queries import ConferenceView
from citevents.registration.front import Section, add_section
from citevents.scheduling import grid, kept, queries  # noqa: F401 - `kept` declares what is kept

FEATURED = 4


def init(app: Flask) -> None:
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
