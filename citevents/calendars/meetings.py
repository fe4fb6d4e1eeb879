"""What calendars say of the meetings of other slices, as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from citevents.calendars.facts import Facts
from citevents.calendars.models import Why
from citevents.conferences import queries as conferences
from citevents.conferences.queries import ConferenceView
from citevents.core.links import path_to
from citevents.locale.languages import DEFAULT, LANGUAGES, in_language
from citevents.scheduling import queries as scheduling
from citevents.scheduling.queries import Content, Item


def conference_facts(conference_id: int) -> Facts:
    """The days of a conference, in everybody's language."""
    names = {}
    for language in LANGUAGES:
        with in_language(language):
            conference = conferences.by_id(conference_id)
        names[language] = conference.name
    return Facts(
        title=names[DEFAULT],
        titles={language: name for language, name in names.items() if name != names[DEFAULT]},
        start=conference.starts_on,
        end=conference.ends_on,
        place=", ".join(part for part in (conference.venue, conference.city) if part),
        zone=conference.zone,
        path=path_to("registration.event", conference=conference.slug),
    )


@dataclass(frozen=True)
class Agenda:
    """Session id -> what calendars say of it where it takes place; and, of those that do not, why. Others are not public."""

    facts: Mapping[int, Facts]
    gone: Mapping[int, Why]


def agenda_facts(conference_id: int) -> Agenda:
    """What calendars say of each session of the agenda that is public now; nothing of a draft."""
    published = scheduling.current(conference_id)
    if conferences.by_id(conference_id).state == "draft":
        return Agenda({}, {})  # its links lead nowhere
    return content_facts(conference_id, published.content) if published else Agenda({}, {})


def content_facts(conference_id: int, content: Content) -> Agenda:
    """What they would say were this the agenda."""
    conference = conferences.by_id(conference_id)
    why = Why.CONFERENCE if conference.state == "cancelled" else Why.CANCELLED
    rooms = {room.id: room.name for room in content.rooms}
    return Agenda(
        {item.session_id: _session(conference, item, rooms) for item in content.items if not item.cancelled},
        {item.session_id: why for item in content.items if item.cancelled},
    )


def _session(conference: ConferenceView, item: Item, rooms: Mapping[int, str]) -> Facts:
    place = (rooms.get(item.place.room_id or 0), conference.venue, conference.city)
    return Facts(
        title=item.title,
        titles={language: words["title"] for language, words in item.wording.items() if words.get("title")},
        start=item.place.start,
        end=item.place.end,
        place=", ".join(part for part in place if part),
        zone=conference.zone,
        path=path_to("scheduling.session", conference=conference.slug, public_id=item.public_id),
    )
