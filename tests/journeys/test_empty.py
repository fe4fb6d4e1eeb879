"""From an empty database to a sold ticket, in a browser: what everybody meets who does not start with the demo world."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from tests.attack.house import House
from tests.journeys.conftest import Traveller
from tests.playwrights import Window

pytestmark = pytest.mark.browser
ORGANIZATION = "Nordic CIT"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The product with web, workers, relay and both stand-ins on a database that has tables and nothing in them."""
    with House(tmp_path_factory.mktemp("empty"), workers=1) as house:
        house.env["CITEVENTS_DEMO"] = "0"
        house.run("tests.faults.tables")
        house.begin()
        yield house


def test_an_empty_installation_is_set_up_and_sells_a_ticket(empty: House, browser: Window) -> None:
    for path in ("/", "/sign-in", "/c/anything", "/desk"):
        answer = requests.get(empty.url + path, headers={"Accept-Language": "fr"}, timeout=20)
        assert (answer.status_code, "Personne" in answer.text) == (404, True), path
    assert requests.get(f"{empty.url}/health", headers={"Host": "10.1.2.3"}, timeout=20).status_code == 200

    [link] = re.findall(rf"{empty.url}/set-up/\S+", (empty.folder / "web.log").read_text())
    owner = Traveller(empty, browser.new_context(locale="en-GB").new_page())
    owner.go(link, "Make your organization")
    owner.fill("Name of the organization", ORGANIZATION)
    owner.fill("Its email address", "hello@nordic.example")
    owner.fill("Your name", "Aino Lehtonen")
    owner.fill("Your email address", "aino@nordic.example")
    owner.press("Make it and go to the desk")
    owner.arrives("Desk")
    owner.says("No conference yet")
    assert owner.page.get_by_text(re.compile("sample", re.I)).count() == 0
    assert requests.get(link, timeout=20).status_code == 410

    owner.page.get_by_role("main").get_by_role("link", name="New conference").last.click()
    owner.arrives()
    owner.fill("Name", "Northern Lights")
    owner.fill("Address", "northern-lights")
    for name in ("starts_on", "ends_on"):
        owner.page.locator(f"[name={name}]").fill("2027-09-01")
    owner.page.locator("main [name=zone]").select_option("Europe/Helsinki")
    owner.page.locator("main [name=currency]").select_option("EUR")
    owner.page.locator("main form").last.locator("button").last.click()
    owner.page.wait_for_url("**/tickets")
    owner.go("/desk/c/northern-lights/tickets/new")
    owner.fill("Name", "Full conference")
    owner.page.locator("[name=steps-0-amount]").fill("120.00")
    owner.page.locator("main [name=quotas]").first.check()
    owner.page.locator("main form").last.locator("button").last.click()
    owner.page.wait_for_url("**/tickets")
    owner.go("/desk/c/northern-lights/settings")
    for act, done in (
        ("Show it to everybody", "Everybody can see the event now."),
        ("Open registration", "Registration is open."),
    ):
        owner.follow(re.compile(act))
        owner.press(re.compile(act))
        owner.says(re.compile(re.escape(done)))

    guest = Traveller(empty, browser.new_context(locale="en-GB").new_page())
    guest.go("/", "Learning from each other")
    guest.follow("Northern Lights")
    guest.go("/c/northern-lights/register", "Register")
    guest.page.get_by_role("radio", name=re.compile("^Full conference")).check()
    guest.fill("Full name", "Brian Walsh")
    guest.fill("Email", "brian@agency.example")
    guest.page.get_by_label("Country", exact=True).select_option("IE")
    guest.page.get_by_role("checkbox", name=re.compile("I agree to the terms")).check()
    guest.page.locator("#summary").get_by_role("button", name="Go on to check").click()
    guest.arrives("Check and pay")
    guest.press(re.compile("^Pay "))
    guest.page.wait_for_url(f"{empty.stripe_url}/**")
    guest.press(re.compile("^Pays 4242"))
    guest.page.wait_for_url(re.compile(r"/orders/"))
    letter = guest.letter("brian@agency.example", "")
    assert [value for name, value in letter["headers"] if name == "From"] == [
        f"{ORGANIZATION} <hello@nordic.example>"
    ]
    assert "sample" not in str(letter["text"]).lower()
    names = [each["name"] for each in letter["attachments"]]
    assert sum(name.endswith(".pdf") for name in names) == 2, "ticket and receipt"
    assert empty.check() == []
    assert owner.broken == guest.broken == []
