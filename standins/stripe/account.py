"""The account: what every part of this Stripe works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from standins.faults import Faults
from standins.stripe.errors import no_such
from standins.stripe.ids import Ids
from standins.stripe.record import Body, Record, shown
from standins.stripe.webhooks import Webhooks

# The version that the official library of requirements/app.txt speaks; a test holds them together.
API_VERSION = "2026-10-28.endive"

_nobody: Body = {"id": None, "idempotency_key": None}


class Account:
    """Record, ids, faults and clock; emits events. `url` is where the pay page lives."""

    def __init__(self, record: Record, ids: Ids, faults: Faults, webhooks: Webhooks) -> None:
        self.record = record
        self.ids = ids
        self.faults = faults
        self.webhooks = webhooks
        self.url = ""
        self._cause: ContextVar[Body] = ContextVar("cause", default=_nobody)

    def now(self) -> int:
        return self.record.now()

    def find(self, kind: str, id: str, param: str = "id") -> Body:
        """The object, or Stripe's 404."""
        body = self.record.get(kind, id)
        if body is None:
            raise no_such(kind, id, param)
        return body

    @contextmanager
    def caused_by(self, request_id: str, key: str | None) -> Iterator[None]:
        """Events emitted inside name this request; others come "from the dashboard" or from time."""
        token = self._cause.set({"id": request_id, "idempotency_key": key})
        try:
            yield
        finally:
            self._cause.reset(token)

    def emit(self, type: str, about: Body, previous: Body | None = None) -> Body:
        """Writes the event with a snapshot of its object, and its webhook, in the transaction that runs."""
        data: Body = {"object": shown(about)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = self.record.add(
            "event",
            {
                "id": self.ids.new("evt_"),
                "object": "event",
                "api_version": API_VERSION,
                "created": self.now(),
                "data": data,
                "livemode": False,
                "pending_webhooks": 1,
                "request": self._cause.get(),
                "type": type,
            },
        )
        self.webhooks.schedule(event)
        return event
