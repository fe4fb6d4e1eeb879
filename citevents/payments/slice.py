"""What the slice gives the product."""

from flask import Flask

from citevents.core.access import Role
from citevents.core.contributions import DeskLink, Slice
from citevents.core.money import Money
from citevents.locale.languages import lazy_gettext as _l
from citevents.payments import books, commands, personal_data
from citevents.payments.invariants import INVARIANTS
from citevents.payments.views import payments
from citevents.registration import returns


def start(app: Flask) -> None:
    """Templates make money of minor units and a currency; orders ask here how their money stands."""
    returns.kept_in(books)
    app.jinja_env.globals["money_of"] = Money


SLICE = Slice(
    blueprints=(payments,),
    commands=commands.cli,
    personal_data=personal_data,
    invariants=INVARIANTS,
    desk=(DeskLink(50, _l("Money"), "payments.money", (Role.ORGANIZER, Role.FINANCE), of_conference=True),),
    start=start,
    acts={
        ("compare", "conference"): _l("had payments compared with the payment processor"),
        ("refund", "payment"): _l("refunded money"),
        ("book_difference", "payment"): _l("booked what the payment processor holds otherwise"),
        ("settle", "refund"): _l("decided how a refund goes on"),
        ("retry", "refund"): _l("had waiting refunds asked for again"),
        ("close", "money_case"): _l("decided a case about money"),
    },
    subjects={
        "money_case": _l("case about money"),
        "payment": _l("payment"),
        "refund": _l("refund"),
    },
    reactions={
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
    },
)
