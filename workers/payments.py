"""Reactions about money: settle what the processor tells, refund, book, reconcile."""

from __future__ import annotations

from datetime import datetime, timedelta

from citevents.core import circuits
from citevents.core.db import as_organization
from citevents.payments import disputes, emails, invoices, notices, refunds, services
from citevents.payments.balances import services as balances
from citevents.payments.connection import configured, processor
from citevents.payments.events import (
    BalancePageDue,
    CheckoutUnwanted,
    DisputeClosed,
    DisputeOpened,
    NoticeStored,
    PaymentToSettle,
    ReconcileDue,
    RefundAsked,
    Refunded,
    RefundFailed,
)
from citevents.payments.processor import STRIPE
from citevents.people.events import PersonErased
from citevents.registration import returns
from citevents.registration.events import (
    HoldExpired,
    LatePaymentFound,
    OrderConfirmed,
    OrderGivenUp,
)
from workers.clock import every
from workers.handles import handles

#: A checkout older than this is asked about, should its notice be lost.
OPEN_TOO_LONG = timedelta(minutes=10)
#: The daily look overlaps the one before, so that a day's outage leaves no hole.
RECONCILE_WINDOW = timedelta(days=3)


@handles(NoticeStored, queue="money")
def handle_notice(fact: NoticeStored, key: str) -> None:
    """Settle what the notice is about."""
    notices.handle(fact.notice_id, processor())


@handles(PaymentToSettle, queue="money")
def look_again(fact: PaymentToSettle, key: str) -> None:
    """Ask the processor how a payment stands."""
    services.settle(fact.payment_id, processor())


@handles(OrderConfirmed, queue="money")
def book_sale(fact: OrderConfirmed, key: str) -> None:
    """Book what was earned and issue the invoice."""
    services.earn(fact.order_id)


@handles(HoldExpired, queue="money")
def close_checkout(fact: HoldExpired, key: str) -> None:
    """Nobody should pay for seats that are gone."""
    close(fact.order_id)


@handles(OrderGivenUp, queue="money")
def close_given_up(fact: OrderGivenUp, key: str) -> None:
    """Nobody should pay for what was given up."""
    close(fact.order_id)


def close(order_id: int) -> None:
    """End the open payment of an order that takes no money any more."""
    payment_id = services.end_payment(order_id)
    if payment_id is not None:
        services.close_checkout(payment_id, processor())


@handles(CheckoutUnwanted, queue="money")
def close_unwanted(fact: CheckoutUnwanted, key: str) -> None:
    """Nobody should pay at a checkout that opened when its order had ended."""
    services.close_checkout(fact.payment_id, processor())


@handles(LatePaymentFound, queue="money")
def return_late_payment(fact: LatePaymentFound, key: str) -> None:
    """Give back money that came when the place was gone."""
    disputes.return_unplaced(fact.payment_id)


@handles(RefundAsked, queue="money")
def carry_out_refund(fact: RefundAsked, key: str) -> None:
    """Ask the processor to give money back."""
    refunds.carry_out(fact.refund_id, processor())


@handles(Refunded, queue="bulk")
def mail_refunded(fact: Refunded, key: str) -> None:
    """A letter that money goes back, with the credit note."""
    emails.refunded(fact.refund_id)


@handles(RefundFailed, queue="bulk")
def mail_refund_failed(fact: RefundFailed, key: str) -> None:
    """An email that money did not arrive, and is still owed."""
    emails.refund_failed(fact.refund_id)


@handles(DisputeOpened, queue="bulk")
def mail_dispute(fact: DisputeOpened, key: str) -> None:
    """An email to the organizer, who may answer until a day."""
    emails.disputed(fact.dispute_id)


@handles(DisputeClosed, queue="money")
def release_held(fact: DisputeClosed, key: str) -> None:
    """What was not promised while a bank had to decide is promised now, or went by the bank."""
    returns.release(fact.order_id, won=fact.won)


@handles(ReconcileDue, queue="runs")
def reconcile(fact: ReconcileDue, key: str) -> None:
    """Read the processor's own list for notices that never came."""
    notices.reconcile(datetime.fromisoformat(fact.since), processor())


@handles(BalancePageDue, queue="runs")
def read_balances(fact: BalancePageDue, key: str) -> None:
    """Read a page of what the processor holds, and compare after the last."""
    balances.turn(fact.look_id, fact.page, processor())


@handles(PersonErased, queue="waiting")
def forget_buyer(fact: PersonErased, key: str) -> None:
    """Invoices stay, without the name."""
    invoices.forget_buyer(fact.person_id)


@every(seconds=60)
def ask_again(at: datetime) -> None:
    """Refunds that had to wait are asked for again, as long as they are owed."""
    refunds.ask_again(at)


@every(seconds=60)
def hand_on_notices(at: datetime) -> None:
    """Notices that came before anybody knew whose they are."""
    notices.find_owners()


@every(seconds=300)
def ask_about_old_payments(at: datetime) -> None:
    """Look again at payments that are open for long; not while Stripe is away, when each look would only wait."""
    if circuits.is_away(STRIPE):
        return
    services.ask_about_old(at - OPEN_TOO_LONG)


@every(seconds=300)
def reconcile_daily(at: datetime) -> None:
    """Once a day, at a quiet hour: read the processor's notices of the last days, and compare all that it holds with the
    books, for every organization with payments."""
    if not configured():
        return
    for organization_id in balances.due(at):
        with as_organization(organization_id):
            notices.ask_reconcile(at - RECONCILE_WINDOW)
            balances.begin(at)
