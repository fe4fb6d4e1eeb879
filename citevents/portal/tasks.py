"""What reactions do, in words: for the person who looks at what did not go out. `tests/portal/test_acts.py` knows them all."""

from __future__ import annotations

from typing import Any

from citevents.core.languages import lazy_gettext as _l

#: handler: what it would have done.
WORDS: dict[str, Any] = {
    "calendars.agenda_published": _l("Bring calendars up to date with the agenda"),
    "calendars.conference_cancelled": _l("Take a cancelled conference out of calendars"),
    "calendars.conference_changed": _l("Bring the calendar entries of a conference up to date"),
    "calendars.conference_published": _l("Put the sessions of a conference into calendars"),
    "calendars.exchange_agreed": _l("Put an exchange into calendars"),
    "calendars.exchange_cancelled": _l("Take an exchange out of calendars"),
    "calendars.exchange_dated": _l("Move an exchange in calendars"),
    "calendars.invitation_changed": _l("Email a calendar entry"),
    "calendars.person_erased": _l("Forget the calendar of an erased person"),
    "calendars.registration_cancelled": _l("Take a conference out of a calendar"),
    "calendars.registration_claimed": _l(
        "Put a conference into the calendar of whoever a seat belongs to now"
    ),
    "calendars.registration_confirmed": _l("Put a conference into a calendar"),
    "calendars.session_favourited": _l("Put a session into a calendar"),
    "calendars.session_unfavourited": _l("Take a session out of a calendar"),
    "matching.forget_program": _l("Forget the program of an erased person"),
    "matching.leave_rounds": _l("Take a program out of open rounds"),
    "matching.mail_reply": _l("Email an answer to a program that asked"),
    "matching.mail_side": _l("Email a program leader about a proposal"),
    "matching.owe_ends": _l("Tell that a proposal is over"),
    "matching.owe_lapses": _l("Tell that nobody answered in time"),
    "matching.owe_names": _l("Tell leaders whom they meet"),
    "matching.owe_proposals": _l("Tell leaders of a proposal"),
    "matching.solve_round": _l("Run an exchange round"),
    "organizations.tell_owner": _l("Email the owner of a new organization"),
    "payments.book_sale": _l("Book a sale and number its invoice"),
    "payments.carry_out_refund": _l("Refund money"),
    "payments.close_checkout": _l("Close a payment page"),
    "payments.close_given_up": _l("Close the payment page of an order that was given up"),
    "payments.close_unwanted": _l("Close a payment page that opened too late"),
    "payments.forget_buyer": _l("Take the name of somebody erased off invoices"),
    "payments.handle_notice": _l("Act on a notice of the payment processor"),
    "payments.look_again": _l("Ask the payment processor how a payment stands"),
    "payments.mail_dispute": _l("Email the organizer that a payment is disputed"),
    "payments.mail_refund_failed": _l("Tell a buyer by email that a refund did not arrive"),
    "payments.mail_refunded": _l("Tell a buyer by email what goes back"),
    "payments.read_balances": _l("Compare what the payment processor holds"),
    "payments.reconcile": _l("Compare with the payment processor’s list"),
    "payments.release_held": _l("Promise what a bank’s decision leaves to refund"),
    "payments.return_late_payment": _l("Refund money that came too late"),
    "people.forget_letters": _l("Forget the emails of an erased person"),
    "people.mail_link": _l("Email a link that signs in"),
    "people.tell_of_passkey": _l("Email that a passkey was added"),
    "registration.cancel_all": _l("Cancel the orders of a cancelled conference"),
    "registration.cancel_refunded": _l("Cancel a registration whose money went back"),
    "registration.claim_after_expiry": _l("Give a second seat to its person after a hold expired"),
    "registration.claim_after_giving_up": _l("Give a second seat to its person after an order was given up"),
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
    "scheduling.person_erased": _l("Take an erased person’s name out of the agenda"),
    "surveys.forget_surveys": _l("Forget the surveys of an erased person"),
    "surveys.mail_survey": _l("Email a survey"),
    "surveys.plan_survey": _l("Plan the survey of a conference that ended"),
}


def in_words(handler: str) -> str:
    """What the reaction does: "Email tickets"; its own name where nobody said it in words."""
    return str(WORDS.get(handler, handler))
