"""Facts about people."""

from citevents.core.events import event


@event("person.sign_in_asked")
class SignInAsked:
    """A person asked for a link; the row `sign_in_link_id` says where it may lead."""

    sign_in_link_id: int


@event("person.erased")
class PersonErased:
    """A person was erased here; every slice that keeps something of theirs erases it now."""

    person_id: int
