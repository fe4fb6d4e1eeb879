"""Whatever happens to the money of an order, in whatever order, told or not: the ledger is what the reference says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from citevents.conferences import services as conferences
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.core.errors import DomainError
from citevents.payments import ledger, notices, queries, refunds
from citevents.payments.balances import services as looks
from citevents.payments.connection import processor
from citevents.payments.invariants import INVARIANTS
from citevents.payments.models import Account, Notice, Payment, Refund, RefundReason, RefundState
from citevents.payments.refunds import Outcome
from citevents.registration import holds
from citevents.registration import services as registration
from citevents.registration.models import Order
from standins.stripe import StripeStandIn
from tests.conferences.world import a_conference, a_ticket_type
from tests.examples import examples
from tests.matching.world import a_world_of_its_own
from tests.payments.reference import FEE, Reference, Stands
from tests.payments.world import Settle, to_pay
from tests.registration.world import an_order

PRICE = 11_900
EARNED = (Account.SALES, Account.TAX)


class Living:
    """An order in the database with its payment at the processor, and beside them as they should be."""

    def __init__(self, client: FlaskClient, session: Session, stripe: StripeStandIn, settle: Settle) -> None:
        self.session, self.stripe, self.settle = session, stripe, settle
        self.conference_id = (about := a_conference()).id
        ticket = a_ticket_type(about, amount=10_000, tax_basis_points=1_900)
        self.order_id = (placed := an_order(about, ticket, mail="buyer@sequences.example")).order_id
        self.checkout = to_pay(client, placed)
        self.should = Reference(price=PRICE)
        self.truth = self.should.truth
        self.dispute_id = ""

    def step(self, what: str) -> None:
        getattr(self, what)()
        self.settle()
        self.nothing_is_violated()

    @property
    def intent(self) -> str:
        return str(self.stripe.record()["payment_intents"][-1]["id"])

    @property
    def payment_id(self) -> int:
        return self.session.scalars(sa.select(Payment.id)).one()

    def done(self, act: Callable[[], Any]) -> bool:
        """Whether the product did it, and did not say why not."""
        try:
            with transaction():
                act()
        except DomainError:
            return False
        return True

    # ---------- what the buyer does ----------

    def pay(self) -> None:
        """Pay at the page, if it is open still; it may be that nobody tells of it yet."""
        [page] = self.stripe.record()["checkout_sessions"]
        if page["status"] == "open":
            self.stripe.pay(self.checkout)
            self.truth.received = PRICE

    def expire(self) -> None:
        """The hold ends."""
        self._time_is_over()
        self._page_closes("expired")

    def _time_is_over(self) -> None:
        began = now() - timedelta(minutes=50)
        with transaction():
            live = sa.update(Order).where(Order.state.in_(("held", "awaiting_payment")))
            self.session.execute(live.values(began_at=began, placed_at=began, expires_at=began))
            holds.expire_holds(now())

    def expire_and_pay(self) -> None:
        """The buyer is quicker than whoever closes the page."""
        if not self.truth.received:
            self._time_is_over()
            self.pay()
            self._page_closes("expired")

    def give_up(self) -> None:
        with transaction():
            holds.give_up(self.order_id, now())
        self._page_closes("given up")

    def give_up_and_pay(self) -> None:
        if not self.truth.received:
            with transaction():
                holds.give_up(self.order_id, now())
            self.pay()
            self._page_closes("given up")

    def _page_closes(self, why: str) -> None:
        """Whoever closes the page sees whether it was paid."""
        if not self.should.paid:
            self.should.ended = self.should.ended or why
            self.should.hear()

    def cancel(self) -> None:
        if self.done(lambda: registration.cancel(self.order_id, now())):
            assert self.should.seat
            self.should.cancel()

    # ---------- what finance and the organizer do ----------

    def refund_part(self) -> None:
        self._refund(3_000)

    def refund_all(self) -> None:
        self._refund(self.should.free or 1)

    def _refund(self, amount: int) -> None:
        may = self.should.paid and not self.should.blocked and amount <= self.should.free
        assert may == self.done(lambda: refunds.ask(self.payment_id, amount, RefundReason.DESK))
        if may:
            self.should.promise(amount)

    def again(self) -> None:
        self._decide(Outcome.AGAIN)

    def by_hand(self) -> None:
        self._decide(Outcome.ELSEWHERE)

    def _decide(self, outcome: Outcome) -> None:
        """About the smallest refund that did not arrive."""
        failed = sorted(
            (each for each in self.should.promises if each.stands is Stands.FAILED), key=lambda e: e.rest
        )
        rest = (Refund.amount - Refund.covered).label("rest")
        found = self.session.execute(
            sa.select(Refund.id, rest).where(Refund.state == RefundState.FAILED).order_by(rest, Refund.id)
        ).all()
        assert [row.rest for row in found] == [each.rest for each in failed]
        if found:
            with transaction():
                refunds.decide(found[0].id, outcome, "Decided.", 1)
            self.should.decide(failed[0], outcome is Outcome.AGAIN)

    def cancel_conference(self) -> None:
        if self.should.conference_off:
            return
        with transaction():
            conferences.cancel(self.conference_id, now())
        self.should.conference_off = True
        if self.should.seat:
            self.should.cancel()
        elif not self.should.ended:
            self._page_closes("given up")

    # ---------- what happens at the processor, and nobody tells ----------

    def dashboard(self) -> None:
        """Somebody gives 20.00 back there."""
        if self.truth.left >= 2_000 and not self.truth.refuses:
            self.stripe.refund_from_dashboard(self.intent, 2_000)
            self.truth.refunds.append(2_000)

    def fail(self) -> None:
        """The newest refund that seemed to succeed does not arrive."""
        made = self.stripe.record()["refunds"]
        assert [each["amount"] * (each["status"] == "succeeded") for each in made] == self.truth.refunds
        moved = [place for place, amount in enumerate(self.truth.refunds) if amount]
        if moved:
            self.stripe.settle_refund(made[moved[-1]]["id"], "failed")
            self.truth.refunds[moved[-1]] = 0

    def dispute(self) -> None:
        """The bank takes what is left."""
        if self.truth.left and self.truth.dispute is None:
            self.dispute_id = self.stripe.dispute(self.intent, self.truth.left)["id"]
            self.truth.dispute, self.truth.withdrawn, self.truth.fees = "open", self.truth.left, FEE

    def win(self) -> None:
        if self.truth.dispute == "open":
            self.stripe.close_dispute(self.dispute_id, "won")
            self.truth.dispute, self.truth.withdrawn = "won", 0

    def lose(self) -> None:
        if self.truth.dispute == "open":
            self.stripe.close_dispute(self.dispute_id, "lost")
            self.truth.dispute = "lost"

    # ---------- how it is heard of ----------

    def notices(self) -> None:
        """Every notice arrives, in the order in which they were sent or not."""
        with transaction():
            notices.reconcile(now().replace(year=2020), processor())
        self.should.hear()

    def notices_in_disorder(self) -> None:
        """Every notice arrives, the newest first, and twice."""
        with transaction():
            notices.reconcile(now().replace(year=2020), processor())
        ids = self.session.scalars(sa.select(Notice.id).order_by(Notice.said_at.desc(), Notice.id.desc()))
        for id in list(ids) * 2:
            with transaction():
                notices.handle(id, processor())
        self.should.hear()

    def look(self) -> None:
        """No notice arrives; the whole is looked at."""
        with transaction():
            looks.begin(now())
        self.should.hear()

    def later(self) -> None:
        """What waits is asked for again."""
        with transaction():
            refunds.ask_again(now() + timedelta(days=3))
        self.should.later()

    # ---------- afterwards ----------

    def nothing_is_violated(self) -> None:
        for invariant in INVARIANTS:
            rows = self.session.execute(sa.text(invariant.sql), invariant.values()).mappings().all()
            assert rows == [], invariant.code

    def is_what_it_should_be(self) -> None:
        books = {each.account: each.amount for each in ledger.balances() if each.amount}
        earned = sum(books.pop(account, 0) for account in EARNED)
        found = {account.value: amount for account, amount in books.items()}
        assert found | ({"earned": earned} if earned else {}) == self.should.books
        for shown in queries.overview(self.conference_id):
            assert (shown.taken, shown.owed) == (PRICE, self.should.unearned)
            assert shown.returned == self.should.moved + self.should.by_hand
            assert (shown.lost, shown.differences) == (self.should.lost + self.should.fees, 0)
        if self.should.paid:
            assert ledger.held(self.payment_id, "CAD") == self.truth.net
        state = self.session.scalar(sa.select(Order.state))
        assert (state == "confirmed") == self.should.seat


STEPS = (
    "pay", "pay", "expire", "expire_and_pay", "give_up", "give_up_and_pay", "cancel", "refund_part", "refund_part",
    "refund_all", "again", "by_hand", "cancel_conference", "dashboard", "dashboard", "fail", "fail", "dispute", "win",
    "lose", "notices", "notices_in_disorder", "look", "later",
)  # fmt: skip
HEARD = ("notices", "notices_in_disorder", "look")


@example(["pay", "dispute", "lose", "give_up"], "look")
@example(["pay", "dashboard", "give_up"], "notices")
@example(["pay", "notices", "dashboard", "refund_all", "fail", "by_hand"], "notices_in_disorder")
@example(["pay", "notices", "dispute", "cancel", "look", "win"], "look")
@given(
    st.builds(
        lambda begun, then: begun + then,
        st.sampled_from([[], ["pay"], ["pay", "notices"], ["pay", "notices", "refund_part"]]),
        st.lists(st.sampled_from(STEPS), min_size=3, max_size=12),
    ),
    st.sampled_from(HEARD),
)
@settings(max_examples=examples(8), suppress_health_check=list(HealthCheck))
def test_the_ledger_is_what_it_should_be(
    client: FlaskClient,
    session: Session,
    organization: Organization,
    stripe: StripeStandIn,
    settle: Settle,
    steps: list[str],
    heard: str,
) -> None:
    with a_world_of_its_own(session):
        stripe.clear()
        living = Living(client, session, stripe, settle)
        for what in steps:
            living.step(what)
            if what in HEARD:
                living.is_what_it_should_be()
        for what in (heard, "later", heard):
            living.step(what)
        living.is_what_it_should_be()
