"""The ticket as a document, for its page, its PDF and the letter."""

from __future__ import annotations

from typing import Any

from citevents.conferences.queries import ConferenceView
from citevents.core.db import Organization, current_organization_id, session
from citevents.core.links import link_to
from citevents.core.times import format_days
from citevents.documents.pdf import qr_image, render
from citevents.locale.languages import gettext as _
from citevents.locale.languages import in_language
from citevents.registration.queries import OrderView, PlaceView, ticket_type_names


def address(conference: ConferenceView, ticket: str) -> str:
    """What the square code says: the ticket's page."""
    return link_to("registration.ticket", conference=conference.slug, ticket=ticket)


def spaced(code: str) -> str:
    """A ticket's code for reading aloud: `K7QF 2M9D`."""
    return f"{code[:4]} {code[4:]}"


def rows(conference: ConferenceView, order: OrderView, place: PlaceView) -> list[tuple[str, str]]:
    """Names and values on a ticket, in the language of the moment."""
    bought = [line for line in order.lines if line.registration_id == place.id]
    names = ticket_type_names(conference, [line.ticket_type_id for line in bought])
    found = [
        (_("Ticket"), names[0] if names else ""),
        (_("When"), format_days(conference.starts_on, conference.ends_on)),
        (_("Where"), ", ".join(part for part in (conference.venue, conference.city) if part)),
    ]
    if len(names) > 1:
        found.append((_("Also"), "; ".join(names[1:])))
    found.append((_("Order"), order.number))
    return [(name, value) for name, value in found if value]


def pdf(conference: ConferenceView, order: OrderView, place: PlaceView, language: str) -> bytes:
    """One ticket as PDF."""
    assert place.ticket and place.code
    with in_language(language):
        data: dict[str, Any] = {
            "organization": session().get_one(Organization, current_organization_id()).name,
            "conference": conference.name,
            "holder": place.name,
            "affiliation": place.agency,
            "rows": rows(conference, order, place),
            "qr": qr_image(address(conference, place.ticket)),
            "code": spaced(place.code),
            "notes": [conference.access_note] if conference.access_note else [],
            "sample": conference.sample,
        }
        return render("ticket", data, language)
