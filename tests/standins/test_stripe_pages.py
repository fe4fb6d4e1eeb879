"""The pay page and the dashboard, as a browser without scripts uses them."""

import re
import urllib.parse

import pytest
import requests

from standins.stripe import StripeStandIn
from standins.stripe.cards import ASKS_THE_BANK, DECLINES, PAYS
from tests.standins.conftest import Open


def post(url: str, **fields: str) -> requests.Response:
    return requests.post(url, fields, allow_redirects=False, timeout=5)


def status_of(standin: StripeStandIn, id: str) -> str:
    return next(s["status"] for s in standin.record()["checkout_sessions"] if s["id"] == id)


def test_the_pay_page_says_what_it_is_and_runs_nothing(open_session: Open) -> None:
    page = requests.get(open_session().url, timeout=5)
    assert "This is a stand-in for Stripe." in page.text
    assert "€120.00" in page.text
    assert re.findall(r"<script|style=|\son\w+=", page.text) == []
    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:9; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    sheet = requests.get(urllib.parse.urljoin(page.url, "/static/standin.css"), timeout=5)
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"


def test_paying_leads_to_the_shop_with_the_sessions_id(standin: StripeStandIn, open_session: Open) -> None:
    session = open_session()
    answer = post(session.url, card=PAYS)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"http://127.0.0.1:9/thanks?session={session.id}",
    )
    assert status_of(standin, session.id) == "complete"
    again = post(session.url, card=PAYS)
    assert again.headers["Location"] == answer.headers["Location"]
    assert "This is paid already" in requests.get(session.url, timeout=5).text
    assert len(standin.record()["charges"]) == 1


def test_a_decline_is_said_and_another_card_pays(standin: StripeStandIn, open_session: Open) -> None:
    session = open_session()
    post(session.url, card=DECLINES)
    page = requests.get(session.url, timeout=5).text
    assert "Your card was declined." in page
    assert "<title>Error: " in page
    post(session.url, card=PAYS)
    assert status_of(standin, session.id) == "complete"


@pytest.mark.parametrize(("answer", "status"), [("approve", "complete"), ("refuse", "open")])
def test_the_bank_asks_on_a_page_of_its_own(
    standin: StripeStandIn, open_session: Open, answer: str, status: str
) -> None:
    session = open_session()
    post(session.url, card=ASKS_THE_BANK)
    assert "Your bank asks: is this you?" in requests.get(session.url, timeout=5).text
    post(f"{session.url}/bank", answer=answer)
    assert status_of(standin, session.id) == status
    if answer == "refuse":
        assert "unable to authenticate" in requests.get(session.url, timeout=5).text


def test_abandoning_leads_back_and_leaves_the_session_open(
    standin: StripeStandIn, open_session: Open
) -> None:
    session = open_session()
    assert (
        '<a href="http://127.0.0.1:9/back">Go back without paying</a>'
        in requests.get(session.url, timeout=5).text
    )
    assert status_of(standin, session.id) == "open"


def test_an_expired_page_says_so_and_takes_no_money(standin: StripeStandIn, open_session: Open) -> None:
    session = open_session()
    standin.lapse(session.id)
    assert "This payment page has expired" in requests.get(session.url, timeout=5).text
    post(session.url, card=PAYS)
    assert standin.record()["charges"] == []


def test_without_an_email_the_page_asks_for_one(standin: StripeStandIn, open_session: Open) -> None:
    session = open_session(customer_email=None)
    assert "Give an email address" in post(session.url, card=PAYS).text
    post(session.url, card=PAYS, email="bo@example.org")
    (paid,) = standin.record()["checkout_sessions"]
    assert paid["customer_details"]["email"] == "bo@example.org"


def test_markup_in_names_stays_text(open_session: Open) -> None:
    price = {"currency": "eur", "unit_amount": 900, "product_data": {"name": "<b>Ticket</b>"}}
    session = open_session(line_items=[{"price_data": price, "quantity": 1}])
    assert "&lt;b&gt;Ticket&lt;/b&gt;" in requests.get(session.url, timeout=5).text


@pytest.mark.parametrize("path", ["/c/pay/none", "/c/pay/none/bank"])
def test_a_page_that_is_not_there(standin: StripeStandIn, path: str) -> None:
    assert post(standin.url + path, card=PAYS).status_code == 404


def test_the_dashboard_refunds_in_parts_and_explains_what_it_refuses(
    standin: StripeStandIn, open_session: Open
) -> None:
    url = f"{standin.url}/dashboard"
    assert "No payment yet." in requests.get(url, timeout=5).text
    standin.pay(open_session().id)
    (charge,) = standin.record()["charges"]
    assert post(f"{url}/refund", charge=charge["id"], amount="20,5").status_code == 303
    for wrong, why in [
        ("200", "greater than unrefunded amount"),
        ("1.234", "is not an amount in EUR"),
        ("abc", "is not an amount in EUR"),
        ("0", "more than nothing"),
    ]:
        refused = post(f"{url}/refund", charge=charge["id"], amount=wrong)
        assert (refused.status_code, why in refused.text) == (400, True)
    assert post(f"{url}/refund", charge=charge["id"], amount="").status_code == 303
    assert [refund["amount"] for refund in standin.record()["refunds"]] == [2050, 9950]
    assert "€99.50, succeeded" in requests.get(url, timeout=5).text
