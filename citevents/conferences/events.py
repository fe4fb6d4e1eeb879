"""Facts about conferences."""

from citevents.core.events import event


@event("conference.opened")
class RegistrationOpened:
    """Registration is open."""

    conference_id: int


@event("conference.published")
class ConferencePublished:
    """Everybody may see a conference from now on; what people are to hear of it waited until then."""

    conference_id: int


@event("conference.changed")
class ConferenceChanged:
    """What calendars say of a conference changed: its days, place, zone, title or address; they follow, and tell once."""

    conference_id: int


@event("conference.ended")
class ConferenceEnded:
    """The last day is over at the venue; emitted once per conference, by the clock."""

    conference_id: int


@event("conference.cancelled")
class ConferenceCancelled:
    """A conference will not take place: its orders are cancelled, those after `after_order_id` next."""

    conference_id: int
    after_order_id: int = 0
