"""What the slice gives the product."""

from citevents.core.access import Role
from citevents.core.contributions import DeskLink, Slice
from citevents.locale.languages import lazy_gettext as _l
from citevents.registration import personal_data
from citevents.registration.invariants import INVARIANTS
from citevents.registration.views import registration

SLICE = Slice(
    blueprints=(registration,),
    personal_data=personal_data,
    invariants=INVARIANTS,
    desk=(
        DeskLink(
            20,
            _l("Orders"),
            "registration.orders",
            (Role.ORGANIZER, Role.FINANCE, Role.CHECK_IN),
            of_conference=True,
        ),
        DeskLink(
            30, _l("Check-in"), "registration.check_in", (Role.ORGANIZER, Role.CHECK_IN), of_conference=True
        ),
    ),
    acts={
        ("cancel", "order"): _l("cancelled an order"),
        ("check_in", "registration"): _l("checked somebody in"),
        ("undo_check_in", "registration"): _l("took back a check-in"),
        ("export", "conference"): _l("exported a list"),
        ("read", "sensitive_answers"): _l("read what people need"),
    },
    subjects={
        "order": _l("order"),
        "registration": _l("registration"),
        "sensitive_answers": _l("what people need"),
    },
    reactions={
        "registration.cancel_all": _l("Cancel the orders of a cancelled conference"),
        "registration.cancel_refunded": _l("Cancel a registration whose money went back"),
        "registration.claim_after_expiry": _l("Give a second seat to its person after a hold expired"),
        "registration.claim_after_giving_up": _l(
            "Give a second seat to its person after an order was given up"
        ),
        "registration.confirm_order": _l("Confirm an order that is paid"),
        "registration.forget_needs": _l("Erase what somebody needs"),
        "registration.forget_person": _l("Forget the registrations of an erased person"),
        "registration.mail_buyer_cancelled": _l("Email a buyer that a registration was cancelled"),
        "registration.mail_cancelled": _l("Email that a registration was cancelled"),
        "registration.mail_event_off": _l("Email somebody who had not paid that the event is cancelled"),
        "registration.mail_tickets": _l("Email tickets"),
        "registration.mail_tickets_of": _l("Email tickets"),
        "registration.mail_way_back": _l("Email that a seat is not held any more"),
        "registration.prove_orders": _l("Note that somebody opened the link in our email"),
        "registration.release_unpaid": _l("Free the seats of an order that was not paid"),
        "registration.tell_owner": _l("Email somebody that they are registered already"),
    },
)
