"""Facts about the agenda."""

from citevents.core.events import event


@event("agenda.published")
class AgendaPublished:
    """A new immutable version of the agenda is public; calendars follow it."""

    conference_id: int
    version_id: int
    number: int


@event("session.favourited")
class SessionFavourited:
    """A registered person wants to be there."""

    session_id: int
    conference_id: int
    person_id: int


@event("session.unfavourited")
class SessionUnfavourited:
    """A person no longer wants to be there."""

    session_id: int
    conference_id: int
    person_id: int
