"""The stand-ins' pages in a real browser: they can be used, by everybody, under their own strict policy."""

from __future__ import annotations

import http.server
import shutil
import smtplib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from standins.mail import Outbox
from standins.stripe import StripeStandIn
from standins.stripe.cards import ASKS_THE_BANK, DECLINES, PAYS
from tests.house.axe import sideways, violations
from tests.playwrights import Window
from tests.standins.conftest import Open
from tests.standins.emails import letter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs a chromium on the path"),
]


class Shop(http.server.BaseHTTPRequestHandler):
    """Another origin, to which the payer comes back."""

    def do_GET(self) -> None:
        body = f"<!doctype html><html lang=en><title>Shop</title><h1>Back at {self.path}</h1>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Window) -> Iterator[Page]:
    context = browser.new_context(
        java_script_enabled=True, color_scheme=request.param, viewport={"width": 360, "height": 740}
    )
    yield context.new_page()
    context.close()


def test_a_payer_is_declined_then_asked_by_the_bank_then_back_at_the_shop(
    standin: StripeStandIn, open_session: Open, page: Page, shop: str
) -> None:
    session = open_session(
        success_url=f"{shop}/thanks?c={{CHECKOUT_SESSION_ID}}", cancel_url=f"{shop}/back", customer_email=None
    )
    page.goto(session.url)
    assert (violations(page), sideways(page)) == ([], [])
    page.get_by_label("Email").fill("ana@example.org")
    page.locator(f"button[value='{DECLINES}']").click()
    assert "Your card was declined." in page.get_by_role("alert").inner_text()
    assert violations(page) == []
    assert page.get_by_label("Email").input_value() == "ana@example.org"
    page.locator(f"button[value='{ASKS_THE_BANK}']").click()
    assert (violations(page), sideways(page)) == ([], [])
    page.get_by_role("button", name="Approve the payment").click()
    assert page.get_by_role("heading").inner_text() == f"Back at /thanks?c={session.id}"
    assert standin.record()["checkout_sessions"][0]["customer_details"]["email"] == "ana@example.org"
    page.goto(session.url)
    assert (violations(page), sideways(page)) == ([], [])


def test_a_payer_goes_back_without_paying(open_session: Open, page: Page, shop: str) -> None:
    page.goto(open_session(cancel_url=f"{shop}/back").url)
    page.get_by_role("link", name="Go back without paying").click()
    assert page.get_by_role("heading").inner_text() == "Back at /back"


def test_the_dashboard_refunds(standin: StripeStandIn, open_session: Open, page: Page) -> None:
    page.goto(f"{standin.url}/dashboard")
    assert violations(page) == []
    standin.pay(open_session().id, PAYS)
    page.goto(f"{standin.url}/dashboard")
    page.get_by_label("Refund (empty: all €120.00)").fill("20")
    page.get_by_role("button", name="Refund").click()
    assert page.get_by_text("€20.00, succeeded").count() == 1
    assert (violations(page), sideways(page)) == ([], [])


def test_a_mail_is_read_and_its_link_leads_out_of_the_sandbox(page: Page, shop: str) -> None:
    message = letter()
    message.get_body(("html",)).set_content(  # type: ignore[union-attr]
        f'<p><a href="{shop}/in/abc">Sign in</a></p><script>document.title = "run"</script>', subtype="html"
    )
    with Outbox() as outbox:
        page.goto(outbox.web_url)
        assert violations(page) == []
        with smtplib.SMTP("127.0.0.1", outbox.smtp_port) as smtp:
            smtp.send_message(message)
        page.goto(outbox.web_url)
        assert (violations(page), sideways(page)) == ([], [])
        page.get_by_role("link", name="Your ticket").click()
        assert (violations(page), sideways(page)) == ([], [])
        assert page.get_by_text("session-7@example.org").count() == 1
        page.frame_locator("iframe").get_by_role("link", name="Sign in").click()
        page.wait_for_url(f"{shop}/in/abc")
        assert page.get_by_role("heading").inner_text() == "Back at /in/abc"
