"""Facts about organizations."""

from citevents.core.events import event


@event("organization.made")
class OrganizationMade:
    """There is a new organization, and this person owns it; they are told by an email, which also shows that emails go out."""

    person_id: int
