"""What people can be refused."""

from __future__ import annotations

from citevents.core.errors import DomainError
from citevents.locale.languages import lazy_gettext as _l


class LinkSpent(DomainError):
    """The sign-in link is unknown, expired or used. The three answers are one."""

    code = "link_spent"
    message = _l("This link was used already or is too old. Ask for a new one below; it takes a minute.")
    status = 410


class PasskeyRefused(DomainError):
    code = "passkey_refused"
    message = _l("That passkey did not work here. Try again, or sign in by email and add a new passkey.")


class NotYourRoleToGive(DomainError):
    code = "not_your_role_to_give"
    message = _l("You cannot give or take this role. Ask an owner of the organization.")
    field = "role"
    status = 403


class LastOwner(DomainError):
    code = "last_owner"
    message = _l("This is the last owner. Make somebody else an owner first.")
    status = 409


class AddressTaken(DomainError):
    code = "address_taken"
    message = _l(
        "Somebody else here has this address already. Nothing was changed: check whether they are the same person."
    )
    field = "mail"
    status = 409


class AddressWorks(DomainError):
    code = "address_works"
    message = _l(
        "No email to this person was refused, so there is nothing to correct. They change their address themselves."
    )
    field = "mail"
    status = 409


class NotYourAddressToCorrect(DomainError):
    code = "not_your_address_to_correct"
    message = _l(
        "This person has a role: only an owner may correct their address, since whoever reads it can sign in."
    )
    field = "mail"
    status = 403
