"""What can be refused about conferences."""

from __future__ import annotations

from citevents.core.errors import DomainError
from citevents.locale.languages import lazy_gettext as _l


class AddressTaken(DomainError):
    code = "address_taken"
    message = _l("Another event has this address. Choose another one.")
    field = "slug"
    status = 409


class NameTaken(DomainError):
    code = "name_taken"
    message = _l("There is one of this name already. Choose another name.")
    field = "name"
    status = 409


class QuotaBelowTaken(DomainError):
    code = "quota_below_taken"
    message = _l(
        "More seats than that are taken or held already. Choose a larger number, or cancel orders first."
    )
    field = "capacity"
    status = 409


class InUse(DomainError):
    code = "in_use"
    message = _l("It is in use: something was bought or answered with it. Hide it or end its sale instead.")
    status = 409


class EndsBeforeItStarts(DomainError):
    code = "ends_before_it_starts"
    message = _l("The last day is before the first. Put one of them right.")
    field = "ends_on"


class ClosesBeforeItOpens(DomainError):
    code = "closes_before_it_opens"
    message = _l("Registration closes before it opens. Put one of them right.")
    field = "registration_closes_at"


class NothingForSale(DomainError):
    code = "nothing_for_sale"
    message = _l("There is no ticket with a price and a quota yet. Make one first, then open registration.")
    status = 409


class NotPublicYet(DomainError):
    code = "not_public_yet"
    message = _l("The event is not public yet. Show it to everybody first, then open registration.")
    status = 409


class RegistrationStillOpen(DomainError):
    code = "registration_still_open"
    message = _l("Registration is open. Close it first, then the event can be hidden.")
    status = 409


class SomebodyHasIt(DomainError):
    code = "somebody_has_it"
    message = _l(
        "Somebody registered, or has it in their calendar, and would find nothing behind their links. Close registration, or cancel the event."
    )
    status = 409


class IsOver(DomainError):
    code = "is_over"
    message = _l("This event is over or cancelled: that can no longer be changed.")
    status = 409


class NobodyCanPay(DomainError):
    """The operator said that every conference here is free."""

    code = "nobody_can_pay"
    message = _l(
        "No payments are set up here, so nobody could pay this price. Enter 0, or ask whoever runs this installation to connect Stripe."
    )
