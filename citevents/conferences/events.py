"""Facts about conferences."""

from citevents.core.events import event


@event("conference.opened")
class RegistrationOpened:
    """Registration is open."""

    conference_id: int


@event("conference.ended")
class ConferenceEnded:
    """The last day is over at the venue; emitted once per conference, by the clock."""

    conference_id: int
