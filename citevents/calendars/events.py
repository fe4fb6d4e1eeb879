"""Facts about calendar entries."""

from citevents.core.events import event


@event("invitation.changed")
class InvitationChanged:
    """A person's calendar entry is new, moved or cancelled: the letter for this SEQUENCE is to be sent."""

    invitation_id: int
    sequence: int
