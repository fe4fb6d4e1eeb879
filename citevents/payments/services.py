"""Verbs of money: open a payment, settle it against what the processor says now, give money back, decide cases.

The processor is passed in as a `PaymentGateway`; amounts are minor units. Called inside the edge's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import (
    ALL_ORGANIZATIONS,
    as_organization,
    current_organization_id,
    get,
    must,
    session,
)
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.core.money import Money, format_money
from citevents.core.tokens import new_public_id
from citevents.payments import invoices, ledger, policy
from citevents.payments.errors import NothingToPay, RefundNotPossible, RefundTooMuch
from citevents.payments.events import (
    NoticeStored,
    PaymentFailed,
    PaymentSucceeded,
    PaymentToSettle,
    ReconcileDue,
    RefundAsked,
    Refunded,
)
from citevents.payments.models import (
    Case,
    CaseKind,
    Invoice,
    Notice,
    Payment,
    PaymentState,
    Refund,
    RefundReason,
    RefundState,
)
from citevents.payments.processor import (
    Checkout,
    CheckoutState,
    GatewayRefused,
    PaymentGateway,
)
from citevents.payments.processor import Notice as ToldNotice
from citevents.payments.processor import RefundState as ToldRefund
from citevents.registration import queries as registrations

#: A checkout that could not be opened for this long is begun anew.
STALE = timedelta(minutes=1)
#: Refunds that took, or may yet take, money.
LIVE_REFUNDS = (RefundState.ASKED, RefundState.PENDING, RefundState.SUCCEEDED)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a checkout is opened with, or the address of the one that is open already."""

    payment_id: int
    public_id: str
    opened_at: datetime
    order: registrations.OrderToPay
    url: str | None


def open_payment(order_public_id: str) -> Opening:
    """The open payment of an order, made if there is none. NothingToPay when the order takes no money now."""
    order = registrations.order_to_pay(order_public_id)
    if order is None:
        raise NotYours()
    if not order.payable:
        raise NothingToPay()
    current = session()
    instant = now()
    # A checkout that never opened keeps its key, and with it a closing time that is running out: begin anew.
    current.execute(
        sa.update(Payment)
        .where(
            Payment.order_id == order.order_id,
            Payment.state == PaymentState.OPEN,
            Payment.checkout_id.is_(None),
            Payment.opened_at < instant - STALE,
        )
        .values(state=PaymentState.FAILED, settled_at=instant)
        .execution_options(synchronize_session=False)
    )
    # Two tabs: the second waits here for the first, and finds its payment.
    current.execute(
        insert(Payment)
        .values(
            organization_id=current_organization_id(),
            public_id=new_public_id(),
            order_id=order.order_id,
            amount=order.amount,
            currency=order.currency,
            state=PaymentState.OPEN,
            opened_at=instant,
        )
        .on_conflict_do_nothing()
    )
    payment = current.scalars(
        sa.select(Payment).where(Payment.order_id == order.order_id, Payment.state == PaymentState.OPEN)
    ).one()
    return Opening(
        payment_id=payment.id,
        public_id=payment.public_id,
        opened_at=payment.opened_at,
        order=order,
        url=payment.checkout_url,
    )


def remember_checkout(payment_id: int, checkout: Checkout) -> None:
    """Keep the processor's name and page of a payment's checkout."""
    payment = must(Payment, payment_id, lock=True)
    payment.checkout_id = checkout.id
    payment.checkout_url = checkout.url


def buyer_returned(payment_public_id: str) -> None:
    """The buyer is back from the processor's page: ask how it went, should its own notice be late or lost."""
    payment = session().scalar(sa.select(Payment).where(Payment.public_id == payment_public_id))
    if payment is not None and payment.state is PaymentState.OPEN:
        emit(PaymentToSettle(payment_id=payment.id))


def store_notice(told: ToldNotice) -> bool:
    """Keep a signed notice once, with the organization whose payment it names; False when it was told before."""
    owner = _owner(told.payment_public_id) or current_organization_id()
    with as_organization(owner):
        stored = session().execute(
            insert(Notice)
            .values(
                organization_id=owner,
                processor_id=told.id,
                kind=told.type,
                subject=told.object_id,
                intent_id=told.payment_intent_id,
                payment_public_id=told.payment_public_id,
                said_at=told.created_at,
                stored_at=now(),
            )
            .on_conflict_do_nothing()
            .returning(Notice.id)
        )
        notice_id = stored.scalar()
        if notice_id is None:
            return False
        emit(NoticeStored(notice_id=notice_id))
    return True


def _owner(payment_public_id: str | None) -> int | None:
    return session().scalar(
        sa.select(Payment.organization_id)
        .where(Payment.public_id == (payment_public_id or ""))
        .execution_options(**ALL_ORGANIZATIONS)
    )


def settle(payment_id: int, gateway: PaymentGateway) -> None:
    """Bring a payment in line with what the processor says now; safe to repeat, in any order of notices."""
    payment = must(Payment, payment_id, lock=True)
    if payment.checkout_id is None:
        return  # never reached the processor's page
    checkout = gateway.retrieve_checkout(payment.checkout_id)
    payment.intent_id = checkout.payment_intent_id or payment.intent_id
    if payment.state is not PaymentState.SUCCEEDED:
        _settle_open(payment, checkout)
    if payment.intent_id is not None and payment.state is PaymentState.SUCCEEDED:
        for told in gateway.payment_status(payment.intent_id).refunds:
            _settle_refund(payment, told)


def _settle_open(payment: Payment, checkout: CheckoutState) -> None:
    told = policy.Told(
        status=checkout.status,
        paid=checkout.paid,
        amount=checkout.amount_minor,
        currency=checkout.currency,
    )
    match policy.outcome(told, payment.amount, payment.currency):
        case policy.Outcome.SUCCEED:
            _succeed(payment)
        case policy.Outcome.FAIL if payment.state is PaymentState.OPEN:
            payment.state = PaymentState.FAILED
            payment.settled_at = now()
            emit(PaymentFailed(payment_id=payment.id, order_id=payment.order_id))
        case policy.Outcome.MISMATCH:
            _open_case(CaseKind.AMOUNT, payment.id, told_amount=told.amount, told_currency=told.currency)
        case _:
            pass


def _succeed(payment: Payment) -> None:
    payment.state = PaymentState.SUCCEEDED
    payment.settled_at = now()
    ledger.post(
        f"payment:{payment.public_id}",
        policy.received(payment.amount),
        payment.currency,
        payment_id=payment.id,
    )
    emit(
        PaymentSucceeded(
            payment_id=payment.id,
            order_id=payment.order_id,
            amount=payment.amount,
            currency=payment.currency,
        )
    )


def earn(order_id: int) -> None:
    """An order was confirmed: book what its payment earned and issue the invoice. Free orders book nothing."""
    payment_id = registrations.payment_of(order_id)
    if payment_id is None:
        return
    payment = must(Payment, payment_id, lock=True)
    invoice = invoices.issue(payment)
    ledger.post(
        f"order:{order_id}", policy.earned(invoice.net, invoice.tax), payment.currency, payment_id=payment.id
    )
    _credit_earlier(payment, invoice)


def _credit_earlier(payment: Payment, invoice: Invoice) -> None:
    """What went back before the sale was booked came out of what was owed: it lessens the sale now, with its credit note."""
    before = 0
    for refund in session().scalars(
        sa.select(Refund)
        .where(Refund.payment_id == payment.id, Refund.state == RefundState.SUCCEEDED)
        .order_by(Refund.done_at, Refund.id)
    ):
        if not invoices.is_credited(refund.id):
            lines = policy.credited(refund.amount, invoice.net, invoice.tax, before)
            ledger.post(
                f"credit:{refund.public_id}",
                lines,
                payment.currency,
                payment_id=payment.id,
                refund_id=refund.id,
            )
            invoices.credit(refund, payment, before)
        before += refund.amount


def refundable(payment_id: int) -> int:
    """Minor units of a payment that can still go back; the payment stays locked, so that it is true until commit."""
    payment = must(Payment, payment_id, lock=True)
    live = session().scalars(
        sa.select(Refund.amount).where(Refund.payment_id == payment.id, Refund.state.in_(LIVE_REFUNDS))
    )
    return policy.refundable(payment.amount, live.all())


def ask_refund(
    payment_id: int,
    amount: int,
    reason: RefundReason,
    *,
    registration_id: int | None = None,
    seen_left: int | None = None,
) -> int | None:
    """Decide to give `amount` back; the processor is asked by a reaction. The refund's id.

    RefundTooMuch beyond what is left, or where that is no longer what somebody saw (`seen_left`: a double click gives back
    once); RefundNotPossible without money. None when this registration is refunded already.
    """
    payment = must(Payment, payment_id, lock=True)
    if payment.state is not PaymentState.SUCCEEDED:
        raise RefundNotPossible()
    current = session()
    live = current.scalars(
        sa.select(Refund).where(Refund.payment_id == payment.id, Refund.state.in_(LIVE_REFUNDS))
    ).all()
    if registration_id is not None and any(refund.registration_id == registration_id for refund in live):
        return None
    left = policy.refundable(payment.amount, [refund.amount for refund in live])
    if not 0 < amount <= left or seen_left not in (None, left):
        raise RefundTooMuch(left=format_money(Money(left, payment.currency)))
    refund = Refund(
        payment_id=payment.id,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        registration_id=registration_id,
    )
    current.add(refund)
    current.flush()
    audit.record("refund", "payment", payment.id, amount=amount, reason=reason.value)
    emit(RefundAsked(refund_id=refund.id))
    return refund.id


def carry_out_refund(refund_id: int, gateway: PaymentGateway) -> None:
    """Ask the processor for a refund that was decided here; its public id makes the call safe to repeat."""
    refund = must(Refund, refund_id)
    payment = must(Payment, refund.payment_id, lock=True)
    session().refresh(refund)
    if refund.state is not RefundState.ASKED or payment.intent_id is None:
        return
    try:
        told = gateway.refund(
            payment_intent_id=payment.intent_id,
            amount_minor=refund.amount,
            currency=payment.currency,
            key=refund.public_id,
            metadata={"refund": refund.public_id},
        )
    except GatewayRefused as refusal:
        # Given back from the processor's dashboard in the meantime, say: nothing moved; a person looks.
        refund.state = RefundState.FAILED
        refund.done_at = now()
        _open_case(CaseKind.REFUND_FAILED, payment.id, refund=refund.id, code=refusal.code)
        emit(PaymentToSettle(payment_id=payment.id))
        return
    _settle_refund(payment, told, refund)


def _settle_refund(payment: Payment, told: ToldRefund, refund: Refund | None = None) -> None:
    current = session()
    refund = refund or current.scalar(
        sa.select(Refund).where(sa.or_(Refund.processor_id == told.id, Refund.public_id == (told.key or "")))
    )
    if refund is None:
        refund = Refund(
            payment_id=payment.id,
            amount=told.amount_minor,
            currency=payment.currency,
            reason=RefundReason.PROCESSOR,
            state=RefundState.PENDING,
        )
        current.add(refund)
        current.flush()
    refund.processor_id = told.id
    if told.status == "succeeded" and refund.state is not RefundState.SUCCEEDED:
        _refund_done(payment, refund)
    elif told.status in ("failed", "canceled") and refund.state is not RefundState.FAILED:
        _refund_failed(payment, refund)
    elif told.status == "pending" and refund.state is RefundState.ASKED:
        refund.state = RefundState.PENDING


def _refund_done(payment: Payment, refund: Refund) -> None:
    before = _given_back(payment.id)
    invoice = invoices.of_payment(payment.id)
    lines = policy.given_back(
        refund.amount,
        invoice.net if invoice else 0,
        invoice.tax if invoice else 0,
        before,
        confirmed=invoice is not None,
    )
    refund.state = RefundState.SUCCEEDED
    refund.done_at = now()
    ledger.post(
        f"refund:{refund.public_id}", lines, payment.currency, payment_id=payment.id, refund_id=refund.id
    )
    invoices.credit(refund, payment, before)
    emit(Refunded(refund_id=refund.id, payment_id=payment.id, order_id=payment.order_id))


def _refund_failed(payment: Payment, refund: Refund) -> None:
    if refund.state is RefundState.SUCCEEDED:
        # The bank sent it back after all: a person decides, the books show it as given back until then.
        _open_case(CaseKind.REFUND_FAILED, payment.id, refund=refund.id, after="succeeded")
        return
    refund.state = RefundState.FAILED
    refund.done_at = now()
    _open_case(CaseKind.REFUND_FAILED, payment.id, refund=refund.id)


def _given_back(payment_id: int) -> int:
    return int(
        session().scalar(
            sa.select(sa.func.coalesce(sa.func.sum(Refund.amount), 0)).where(
                Refund.payment_id == payment_id, Refund.state == RefundState.SUCCEEDED
            )
        )
        or 0
    )


def return_unplaced(payment_id: int) -> None:
    """Give back what came for an order that has no place for it."""
    owed = ledger.owed_to_buyer(payment_id)
    if owed > 0:
        ask_refund(payment_id, owed, RefundReason.LATE)


def _open_case(kind: CaseKind, payment_id: int | None, **details: object) -> None:
    """Open a case, unless the same one is open."""
    open_now = session().scalars(
        sa.select(Case).where(Case.payment_id == payment_id, Case.kind == kind, Case.closed_at.is_(None))
    )
    if not any(case.details == details for case in open_now):
        session().add(Case(kind=kind, payment_id=payment_id, details=details))


def close_case(case_id: int, decision: str, person_id: int) -> None:
    """A person decided; the words stay with the case. NotYours where there is no open case."""
    case = get(Case, case_id, lock=True)
    if case is None or case.closed_at is not None:
        raise NotYours()
    case.closed_at = now()
    case.closed_by = person_id
    case.decision = decision
    audit.record("close", "money_case", case.id)


def payments_about(notice: Notice) -> list[int]:
    """Payments of this organization that a notice may be about."""
    return list(
        session().scalars(
            sa.select(Payment.id).where(
                sa.or_(
                    Payment.public_id == (notice.payment_public_id or ""),
                    Payment.checkout_id == notice.subject,
                    Payment.intent_id == notice.subject,
                    Payment.intent_id == (notice.intent_id or ""),
                )
            )
        )
    )


def handle_notice(notice_id: int, gateway: PaymentGateway) -> None:
    """Settle every payment that a notice may be about, against what the processor says now."""
    notice = must(Notice, notice_id, lock=True)
    for payment_id in payments_about(notice):
        settle(payment_id, gateway)
    notice.handled_at = notice.handled_at or now()


def end_payment(order_id: int) -> int | None:
    """The hold is over: an order's open payment that never reached the processor ends here; the id of one that did."""
    payment = session().scalar(
        sa.select(Payment)
        .where(Payment.order_id == order_id, Payment.state == PaymentState.OPEN)
        .with_for_update()
    )
    if payment is None:
        return None
    if payment.checkout_id is not None:
        return payment.id
    payment.state = PaymentState.FAILED
    payment.settled_at = now()
    return None


def close_checkout(payment_id: int, gateway: PaymentGateway) -> None:
    """Nobody should pay any more. If somebody just did, settling finds it."""
    payment = must(Payment, payment_id, lock=True)
    if payment.checkout_id is not None:
        gateway.expire_checkout(payment.checkout_id)
        settle(payment.id, gateway)


def ask_about_old(before: datetime) -> int:
    """Emit a look at every payment of every organization that is open since before this instant; how many."""
    rows = session().execute(
        sa.select(Payment.organization_id, Payment.id)
        .where(Payment.state == PaymentState.OPEN, Payment.opened_at < before)
        .execution_options(**ALL_ORGANIZATIONS)
    )
    found = rows.all()
    for organization_id, payment_id in found:
        with as_organization(organization_id):
            emit(PaymentToSettle(payment_id=payment_id))
    return len(found)


def ask_reconcile(since: datetime) -> None:
    """Have the processor's own list of notices read from this instant on."""
    emit(ReconcileDue(since=since.isoformat()))


def reconcile(since: datetime, gateway: PaymentGateway) -> int:
    """Store what the processor told since then and never reached us; how many notices that were."""
    return sum(store_notice(notice) for notice in gateway.events_since(since))
