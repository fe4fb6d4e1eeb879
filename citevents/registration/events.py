"""Facts about orders and places."""

from citevents.core.events import event


@event("order.placed")
class OrderPlaced:
    """Places are held for an order until it is paid, or its hold expires; a free order is confirmed with it."""

    order_id: int
    conference_id: int


@event("order.confirmed")
class OrderConfirmed:
    """An order is paid, free or on account: its registrations are confirmed in the same transaction."""

    order_id: int
    conference_id: int


@event("order.expired")
class HoldExpired:
    """Nobody paid in time: the places of this order are free again."""

    order_id: int
    conference_id: int


@event("order.given_up")
class OrderGivenUp:
    """An unpaid order ended before its time: its buyer gave it up or changed it, or the event is cancelled. Its seats are free."""

    order_id: int
    conference_id: int


@event("order.late_payment")
class LatePaymentFound:
    """Money arrived for an order that has no seat for it, or was given up: it goes back or is reviewed."""

    order_id: int
    payment_id: int


@event("registration.confirmed")
class RegistrationConfirmed:
    """One person has a place; exactly one live ticket exists."""

    registration_id: int
    conference_id: int


@event("registration.claimed")
class RegistrationClaimed:
    """A confirmed seat that was nobody's is its person's: the other order that stood in its way has ended."""

    registration_id: int
    conference_id: int


@event("order.tickets_owed")
class TicketsOwed:
    """One of several people is owed the email about a confirmed order: the buyer with all tickets, others with their own."""

    order_id: int
    person_id: int


@event("registration.cancelled")
class RegistrationCancelled:
    """A confirmed place was given back; its ticket is void.

    `refund` (minor units of the order's currency) is what the buyer is to get back; 0 outside the refund window, for free
    places, and where the money went back first.
    """

    registration_id: int
    conference_id: int
    order_id: int = 0
    refund: int = 0


@event("registration.checked_in")
class CheckedIn:
    """The person is there. Emitted at the first check-in only."""

    registration_id: int
    conference_id: int
