"""The stand-in as one thing: start it, stop it, and pull its switches."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from flask import Flask

from standins.faults import Fault, Faults, fault_routes
from standins.stripe import disputes, oracle, refunds, sessions
from standins.stripe.account import Account
from standins.stripe.api import KINDS, build_api
from standins.stripe.cards import CARDS, PAYS
from standins.stripe.clockwork import Clockwork, let_time_pass
from standins.stripe.control import build_control
from standins.stripe.idempotency import Idempotency
from standins.stripe.ids import Ids
from standins.stripe.pages import build_pages
from standins.stripe.record import Record, shown
from standins.stripe.webhooks import PATIENT, Webhooks
from standins.web import STATIC, WebServer, guard_pages

QUICK = (0.05, 0.1, 0.2, 0.4, 0.8)
SECRET_KEY = "sk_test_standin"  # noqa: S105 - like the next: known to everybody
WEBHOOK_SECRET = "whsec_standin"  # noqa: S105


class StripeStandIn:
    """A Stripe on loopback; point the official library's `base_addresses["api"]` at `url`.

    Without `data` the record is kept in memory. Without `webhook_url` no webhook is sent until
    `point_webhooks_at`. `public_url` is how a browser reaches the pay page, if not by `url`.
    """

    def __init__(
        self,
        data: Path | None = None,
        *,
        port: int = 0,
        secret_key: str = SECRET_KEY,
        webhook_url: str | None = None,
        webhook_secret: str = WEBHOOK_SECRET,
        retry_delays: Sequence[float] = PATIENT,
        seed: int | None = None,
        public_url: str | None = None,
    ) -> None:
        if data:
            data.mkdir(parents=True, exist_ok=True)
        self._record = Record(data / "stripe.sqlite3" if data else None)
        self.secret_key = secret_key
        self.webhook_secret = webhook_secret
        self.faults = Faults(KINDS)
        self._webhooks = Webhooks(
            self._record, self.faults, url=webhook_url, secret=webhook_secret, retry_delays=retry_delays
        )
        self._account = Account(self._record, Ids(self._record, seed), self.faults, self._webhooks)
        self._idempotency = Idempotency(self._record)
        self._clockwork = Clockwork(self._account)
        self.app = self._built()
        self._server = WebServer(self.app, port)
        self.port = self._server.port
        self.url = self._server.url
        self._account.url = (public_url or self.url).rstrip("/")

    def _built(self) -> Flask:
        app = Flask("standins.stripe", static_folder=str(STATIC))
        app.register_blueprint(build_api(self._account, self._idempotency, self.secret_key))
        app.register_blueprint(build_pages(self._account))
        app.register_blueprint(build_control(self))
        app.register_blueprint(fault_routes(self.faults))
        guard_pages(app)
        return app

    def start(self) -> Self:
        self._server.start()
        self._webhooks.start()
        self._clockwork.start()
        return self

    def stop(self) -> None:
        self._clockwork.stop()
        self._server.stop()
        self._webhooks.stop()
        self._record.close()

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    # what people do

    def pay(self, session: str, card: str = PAYS, email: str = "payer@example.org") -> dict[str, Any]:
        """The payer tries a card (`standins.stripe.cards`) on the pay page. Returns the session after it."""
        if card not in CARDS:
            raise ValueError(f"no sample card {card}; there are: {', '.join(CARDS)}")
        let_time_pass(self._account)
        paid = shown(sessions.pay(self._account, session, CARDS[card], email))
        self._webhooks.wake()
        return paid

    def answer_bank(self, session: str, approved: bool = True) -> dict[str, Any]:
        """The payer answers the bank's question after the 3-D Secure card."""
        answered = shown(sessions.answer_bank(self._account, session, approved))
        self._webhooks.wake()
        return answered

    def refund_from_dashboard(self, payment_intent: str, amount: int | None = None) -> dict[str, Any]:
        """Somebody refunds in Stripe's own dashboard; the product hears of it by webhook only."""
        with self._record.changing():
            intent = self._account.find("payment_intent", payment_intent)
            charge = self._account.find("charge", intent["latest_charge"] or "")
            refund = refunds.give_back(self._account, charge, amount, "requested_by_customer", {})
        self._webhooks.wake()
        return shown(refund)

    def answer_dispute(self, dispute: str) -> dict[str, Any]:
        """Somebody submits evidence in the dashboard; the bank looks at it."""
        answered = shown(disputes.answer(self._account, dispute))
        self._webhooks.wake()
        return answered

    # what time and banks do

    def dispute(
        self,
        payment_intent: str,
        amount: int | None = None,
        reason: str = "fraudulent",
        inquiry: bool = False,
    ) -> dict[str, Any]:
        """The payer disputes the payment: the bank takes the money, or only asks (`inquiry`)."""
        with self._record.changing():
            intent = self._account.find("payment_intent", payment_intent)
            charge = self._account.find("charge", intent["latest_charge"] or "")
            made = disputes.start(self._account, charge, amount, reason, inquiry)
        self._webhooks.wake()
        return shown(made)

    def close_dispute(self, dispute: str, outcome: str) -> dict[str, Any]:
        """The bank decides: `won`, `lost`, or `warning_closed` for an inquiry."""
        if outcome not in disputes.OUTCOMES:
            raise ValueError(f"a dispute ends as {', '.join(disputes.OUTCOMES)}")
        closed = shown(disputes.close(self._account, dispute, outcome))
        self._webhooks.wake()
        return closed

    def lapse(self, session: str) -> dict[str, Any]:
        """The session's `expires_at` passes now."""
        with self._record.changing():
            body = self._account.find("checkout.session", session)
            if body["status"] == "open":
                self._record.save(body | {"expires_at": self._account.now()})
        let_time_pass(self._account)
        self._webhooks.wake()
        return shown(self._account.find("checkout.session", session))

    def settle_refund(self, refund: str, outcome: str = "succeeded") -> dict[str, Any]:
        """A refund ends: `succeeded` or `failed`."""
        if outcome not in ("succeeded", "failed"):
            raise ValueError("a refund ends as succeeded or failed")
        settled = refunds.settle(self._account, refund, outcome)
        self._webhooks.wake()
        return shown(settled)

    def amend_charge(self, payment_intent: str, amount: int) -> dict[str, Any]:
        """The record says another amount than before, and tells nobody: what only a look at the whole can find."""
        with self._record.changing():
            intent = self._account.find("payment_intent", payment_intent)
            charge = self._account.find("charge", intent["latest_charge"] or "")
            self._record.save(charge | {"amount": amount, "amount_captured": amount})
            self._record.save(intent | {"amount": amount, "amount_received": amount})
        return shown(self._account.find("charge", charge["id"]))

    def balance(self, available: int | None) -> None:
        """What can be refunded from, in the smallest unit whatever the currency; None: enough for everything."""
        with self._record.changing():
            self._record.write_note("short", int(available is not None))
            self._record.write_note("available", available or 0)

    def advance(self, seconds: int) -> int:
        """Stripe's clock jumps ahead: sessions lapse, keys age, new objects are later. Returns its time."""
        with self._record.changing():
            self._record.write_note("clock", self._record.note("clock") + seconds)
        let_time_pass(self._account)
        self._webhooks.wake()
        return self._record.now()

    def age_keys(self, hours: float = 25) -> None:
        """Idempotency keys become older; after 24 hours they are forgotten."""
        self._idempotency.age(hours)

    # webhooks and faults

    def point_webhooks_at(self, url: str | None, secret: str | None = None) -> None:
        self._webhooks.point_at(url, secret)

    def replay(
        self,
        types: str = "*",
        events: list[str] | None = None,
        copies: int = 1,
        after: float = 0.0,
        disguise: str | None = None,
    ) -> int:
        """Sends events once more; see `Webhooks.replay`. Returns how many deliveries were planned."""
        return self._webhooks.replay(
            types=types, events=events, copies=copies, after=after, disguise=disguise
        )

    def fault(self, place: str, kind: str, **settings: Any) -> Fault:
        """Misbehave: see `standins.stripe.api.KINDS`; `on=` a name pattern, `times=`, `skip=`."""
        return self.faults.add(place, kind, **settings)

    def away(self) -> AbstractContextManager[None]:
        """While inside, connections are refused; what people do by these methods still happens."""
        return self._server.away()

    def wait_until_quiet(self, timeout: float = 5.0) -> None:
        """Returns when every delivery is made or given up; raises TimeoutError."""
        until = time.monotonic() + timeout
        while busy := self._webhooks.busy():
            if time.monotonic() > until:
                raise TimeoutError(f"{busy} deliveries are still on their way after {timeout} s")
            time.sleep(0.01)

    # the oracle

    def record(self) -> dict[str, list[dict[str, Any]]]:
        """Everything that truly happened; see `oracle.whole_record`."""
        return oracle.whole_record(self._record)

    def clear(self) -> None:
        """Forget everything but the clock."""
        self.faults.clear()
        self._record.clear()
        self.balance(None)
