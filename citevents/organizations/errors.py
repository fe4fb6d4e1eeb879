"""What can be refused when an organization is made."""

from citevents.core.errors import DomainError
from citevents.locale.languages import lazy_gettext as _l


class AlreadySetUp(DomainError):
    """Somebody was quicker, or the link was used before."""

    code = "already_set_up"
    message = _l("This installation is set up already. Sign in, or ask one of its owners for a role.")
    status = 410


class SetUpLinkOver(DomainError):
    """The link is older than its half hour, or was not made here."""

    code = "set_up_link_over"
    message = _l("This link does not work, or not any more: each is good for 30 minutes.")
    status = 410


class HostNotAName(DomainError):
    code = "host_not_a_name"
    field = "host"
    message = _l("Enter the name alone, like events.example: without https://, a port, a path or blanks.")


class HostTaken(DomainError):
    code = "host_taken"
    field = "host"
    message = _l("Another organization here has this host already. Choose another one.")
    status = 409


class HostNeeded(DomainError):
    """Another one answers every host that belongs to nobody."""

    code = "host_needed"
    field = "host"
    message = _l("Another organization here answers every other host. Give this one a host of its own.")
    status = 409


class NameNeeded(DomainError):
    code = "name_needed"
    field = "name"
    message = _l("Enter a name with letters or digits in it, of at most 120 characters.")


class AddressNeeded(DomainError):
    code = "address_needed"
    message = _l("Enter an email address like amina@agency.example.")
