"""Facts about people."""

from citevents.core.events import event


@event("person.sign_in_asked")
class SignInAsked:
    """Somebody asked for a link; the row `sign_in_link_id` says where it goes and leads."""

    sign_in_link_id: int


@event("person.signed_in")
class SignedIn:
    """Somebody pressed a link that was mailed to a person: whoever did it reads the mail of that address."""

    person_id: int


@event("person.passkey_added")
class PasskeyAdded:
    """A passkey opens a person's account from now on; they are told by email, in case it was not them."""

    person_id: int
    passkey_id: int


@event("person.consent_withdrawn")
class ConsentWithdrawn:
    """A person took a consent back; slices that keep or do something because of it stop."""

    person_id: int
    purpose: str


@event("person.erased")
class PersonErased:
    """A person was erased here; every slice that keeps something of theirs erases it now."""

    person_id: int
