"""What can be refused at registration: each says what to do next."""

from __future__ import annotations

from citevents.core.errors import DomainError
from citevents.locale.languages import lazy_gettext as _l


class NotOpenYet(DomainError):
    code = "not_open_yet"
    message = _l("Registration has not opened yet. The page of the event says when it does.")
    status = 409


class RegistrationClosed(DomainError):
    code = "registration_closed"
    message = _l(
        "Registration is closed. Nothing was ordered. Write to us if you think you should still come."
    )
    status = 409


class EventCancelled(DomainError):
    code = "event_cancelled"
    message = _l("This event will not take place. Nothing was ordered.")
    status = 409


class ChooseTicket(DomainError):
    code = "choose_ticket"
    message = _l("Choose a ticket.")
    field = "ticket"


class NotOnSale(DomainError):
    """The ticket is unknown here, hidden, not yet or no longer sold."""

    code = "not_on_sale"
    message = _l("“%(name)s” is not on sale now. Choose another one.")
    field = "ticket"


class SoldOut(DomainError):
    code = "sold_out"
    message = _l("“%(name)s” is full. Choose another one, or come back later: seats become free.")
    field = "ticket"
    status = 409


class AddOnFull(DomainError):
    code = "add_on_full"
    message = _l("“%(name)s” is full. Leave it out or choose another one.")
    field = "add_ons"
    status = 409


class PriceChanged(DomainError):
    code = "price_changed"
    message = _l(
        "The price changed while you were filling in: the total is now %(total)s. Send again to accept it."
    )
    status = 409


class TotalNotChargeable(DomainError):
    """A total that no card can be charged with: it would be refused at the payment page, for ever."""

    code = "total_not_chargeable"
    message = _l(
        "Cards can be charged with %(least)s to %(most)s, and this comes to %(total)s. Nothing was ordered. Choose something "
        "else, or write to the organizer."
    )
    field = "ticket"


class AlreadyRegistered(DomainError):
    """The person has a confirmed seat. Said only to themselves, signed in, and to the browser that registered them.

    `values["order"]`: the public id of that order.
    """

    code = "already_registered"
    message = _l("You are registered already: this is your order.")
    field = "mail"
    status = 409


class KeepsTooMuch(DomainError):
    """One caller keeps too many seats that are neither paid for nor of a proven address."""

    code = "keeps_too_much"
    message = _l(
        "Many registrations from your network still wait to be paid for, or for the link in their email to be opened. "
        "Finish those first, then send this again, or write to us. Nothing you typed is lost."
    )
    status = 429


class OrderIsOver(DomainError):
    """The order can no longer be paid, changed or confirmed."""

    code = "order_is_over"
    message = _l("This order can no longer be changed. Register again if seats are left.")
    status = 409


class NothingToCancel(DomainError):
    code = "nothing_to_cancel"
    message = _l("There is no registration left to cancel in this order.")
    status = 409


class TicketUnknown(DomainError):
    code = "ticket_unknown"
    message = _l("No ticket of this event has that code. Search by name instead.")
    field = "code"
    status = 404


class TicketVoid(DomainError):
    code = "ticket_void"
    message = _l("This ticket is no longer valid: the registration was cancelled or the ticket was replaced.")
    field = "code"
    status = 409
