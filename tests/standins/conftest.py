"""A shop in miniature: the official library pointed at the stand-in, and a receiver of its webhooks."""

import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from standins.stripe import StripeStandIn
from standins.stripe.standin import QUICK
from tests.patience import eventually


class Receiver:
    """Keeps the webhooks it gets; answers with the next of `statuses`, then 200."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((body, self.headers["Stripe-Signature"]))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 50  # ten duplicates at once do not wait for a second SYN

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def events(self, secret: str = "whsec_standin") -> list[stripe.Event]:
        """What came, verified by the official library."""
        return [stripe.Webhook.construct_event(body, signed, secret) for body, signed in list(self.got)]

    def types(self) -> list[str]:
        return [event.type for event in self.events()]

    def wait_for(self, count: int) -> None:
        assert eventually(lambda: len(self.got) >= count, 0.01), f"{len(self.got)} of {count} webhooks came"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def standin(receiver: Receiver) -> Iterator[StripeStandIn]:
    with StripeStandIn(webhook_url=receiver.url, retry_delays=QUICK) as running:
        yield running


@pytest.fixture
def client(standin: StripeStandIn) -> stripe.StripeClient:
    return client_of(standin.url, standin.secret_key)


def client_of(url: str, key: str, timeout: float = 5) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=timeout),
    )


Open = Callable[..., Any]


@pytest.fixture
def open_session(client: stripe.StripeClient) -> Open:
    """Opens a session over 120.00 EUR; keyword arguments change its parameters, `key` its idempotency key."""

    def opened(*, key: str | None = None, amount: int = 12000, currency: str = "eur", **changes: Any) -> Any:
        price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "One ticket"}}
        parameters: Any = {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": "http://127.0.0.1:9/thanks?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:9/back",
            "client_reference_id": "pay_1",
            "customer_email": "ana@example.org",
            "metadata": {"payment": "pay_1"},
            "payment_intent_data": {"metadata": {"payment": "pay_1"}, "description": "One ticket"},
            **changes,
        }
        parameters = {name: value for name, value in parameters.items() if value is not None}
        return client.v1.checkout.sessions.create(parameters, {"idempotency_key": key} if key else {})

    return opened
