"""One running product for the journeys, in processes of its own, and a browser to visit it with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, Response, TimeoutError

from tests.attack.house import House
from tests.house.axe import violations
from tests.patience import eventually
from tests.playwrights import Window


@pytest.fixture(scope="session")
def stack(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A copy of the sample world, with web, workers, relay and both stand-ins running."""
    house = House(tmp_path_factory.mktemp("journeys"), workers=1)
    house.copy_world(world)
    with house:
        house.begin()
        yield house


class Traveller:
    """Somebody with a browser of their own, who reads every page closely."""

    def __init__(self, house: House, page: Page, scripts: bool = True) -> None:
        self.house, self.page, self.scripts = house, page, scripts
        self.broken: list[str] = []
        page.on("response", self._note)
        page.on("console", self._hear)

    def _note(self, response: Response) -> None:
        if response.status >= 500:
            self.broken.append(f"{response.status} {response.url}")

    def _hear(self, said: ConsoleMessage) -> None:
        """Refusals are part of the story; scripts and the content policy are to be silent."""
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self.broken.append(said.text)

    def go(self, path: str, heading: str | re.Pattern[str] = "") -> None:
        """Open a page of the house (or an address from a letter) and look at it."""
        self.page.goto(path if path.startswith("http") else self.house.url + path)
        self.arrives(heading)

    def arrives(self, heading: str | re.Pattern[str] = "") -> None:
        """The page with this heading is there, and axe finds nothing wrong with it."""
        where = self.page.get_by_role("heading", level=1)
        try:
            (where.filter(has_text=heading) if heading else where).first.wait_for()
        except TimeoutError:
            body = self.page.inner_text("body")[:500]
            raise AssertionError(
                f"no page with the heading {heading} at {self.page.url}, but: {body}"
            ) from None
        if self.scripts:
            assert violations(self.page) == [], self.page.url

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).first.fill(text)

    def says(self, text: str | re.Pattern[str]) -> None:
        """The page says this, now or soon."""
        self.page.get_by_text(text).first.wait_for()

    def letter(self, to: str, subject: str, after: int = 0) -> dict[str, Any]:
        """The newest mail to somebody with these words in its subject, when it is there; `after` so many of them."""

        def there() -> list[dict[str, Any]]:
            return self.house.letters(to, subject)[after:]

        assert eventually(there, 0.2), f"no mail to {to} about {subject!r}"
        return self.house.letter(there()[-1]["id"])

    def enter(self, mail: str, next: str = "/me", name: str = "") -> None:
        """Sign in by a mailed link: ask, read the mail, press the button; new people say their name."""
        before = len(self.house.letters(mail, "sign"))
        self.go(f"/sign-in?next={next}", "Sign in")
        self.fill("Your email address", mail)
        self.press("Email me a link")
        self.page.wait_for_url("**/sign-in/sent")
        self.arrives()
        self.open_link(self.letter(mail, "sign", before))
        if name:
            self.arrives("Welcome")
            self.fill("Your name", name)
            self.press("Save")
        self.page.wait_for_url(re.compile(re.escape(next)))
        self.arrives()

    def open_link(self, letter: dict[str, Any]) -> None:
        """Follow the link of a letter that signs in."""
        self.go(re.findall(r"https?://\S+/sign-in/[^\s>]+", letter["text"])[0], "Welcome")
        self.press("Sign in")
        self.page.wait_for_url(re.compile(r"^https?://[^/]+/(?!sign-in)"))


@pytest.fixture
def traveller(stack: House, browser: Window) -> Iterator[Callable[..., Traveller]]:
    """Makes people, each with a fresh browser; at the end, none of them saw anything break."""
    made: list[Traveller] = []

    def make(scripts: bool = True) -> Traveller:
        context = browser.new_context(
            locale="en-GB", timezone_id="Europe/Helsinki", java_script_enabled=scripts
        )
        made.append(Traveller(stack, context.new_page(), scripts))
        return made[-1]

    yield make
    for each in made:
        each.page.context.close()
    assert [said for each in made for said in each.broken] == []
