"""What calendars say of the meetings of other slices, as they are now."""

from __future__ import annotations

from citevents.calendars.facts import Facts
from citevents.conferences import queries as conferences
from citevents.core.languages import DEFAULT, LANGUAGES, in_language
from citevents.core.links import path_to
from citevents.scheduling import queries as scheduling


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


def agenda_facts(conference_id: int) -> dict[int, Facts]:
    """Session id -> what calendars say of it, for each session of the public agenda that takes place."""
    published = scheduling.current(conference_id)
    if published is None:
        return {}
    conference = conferences.by_id(conference_id)
    rooms = {room.id: room.name for room in published.rooms}
    return {
        item.session_id: Facts(
            title=item.title,
            titles={
                language: words["title"] for language, words in item.wording.items() if words.get("title")
            },
            start=item.place.start,
            end=item.place.end,
            place=", ".join(
                part
                for part in (rooms.get(item.place.room_id or 0), conference.venue, conference.city)
                if part
            ),
            zone=conference.zone,
            path=path_to("scheduling.session", conference=conference.slug, public_id=item.public_id),
        )
        for item in published.content.items
        if not item.cancelled
    }
