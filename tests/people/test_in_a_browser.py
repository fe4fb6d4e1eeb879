"""Passkeys made and used in a real browser with a virtual device; every page of the slice asked by axe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from citevents import create_app
from citevents.config import Settings
from citevents.core import audit
from citevents.core.access import Role
from citevents.core.db import Model, Organization, as_organization, db, transaction
from citevents.engines.postgres import Postgres
from citevents.people import services
from citevents.people.models import Purpose
from citevents.people.policy import WORDINGS
from citevents.people.services import Newcomer
from citevents.people.sign_in import services as sign_in
from tests.house.axe import sideways, violations
from tests.house.pages import served
from tests.playwrights import Window

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class House:
    app: Flask
    url: str
    organization_id: int

    def enter(self, page: Page, mail: str, next: str = "") -> None:
        """Sign a page in by a fresh link, as `flask demo links` would give it."""
        with self.app.app_context(), as_organization(self.organization_id), transaction():
            person_id = services.find_or_make(mail, "")
            path = sign_in.fresh_sign_in_path(person_id, next)
        page.goto(self.url + path)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(r"^[^?]*/(?!sign-in)[^?]*$"))


@pytest.fixture(scope="module")
def house(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The application on a database of its own, with people, roles and acts, served on localhost."""
    settings = Settings(
        database_url=postgres.create_database("people_browser"),
        secret="test-secret",
        data=tmp_path_factory.mktemp("data"),
    )
    app = create_app(settings)
    with app.app_context():
        Model.metadata.create_all(db.engine)
        with transaction() as session:
            session.add(made := Organization(name="CIT International (sample)", sample=True))
        organization_id = made.id
        with as_organization(organization_id), transaction():
            owner, amina, *_others = services.find_or_make_all(
                [
                    Newcomer(mail="olu@cit.example", name="Olúwaṣeun Adébáyọ̀", language="en"),
                    Newcomer(
                        mail="amina@cit.example",
                        name="أمينة حداد",
                        country="JO",
                        agency="Amman Crisis Program",
                    ),
                    Newcomer(mail="mika@cit.example", name="Mika Lehtinen"),
                ]
            )
            services.grant(owner, Role.OWNER)
            services.grant(amina, Role.EXCHANGE_COORDINATOR)
            for purpose in (Purpose.NEWS, Purpose.FOLLOW_UP):
                services.give_consent(owner, purpose, WORDINGS[purpose].version, "test")
            audit.seal()
    with served(app) as url:
        yield House(app, url.replace("127.0.0.1", "localhost"), organization_id)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def page(browser: Window) -> Iterator[Page]:
    """A fresh browser that complains about every script error and every break of the content policy."""
    context = browser.new_context(locale="en-GB")
    made = context.new_page()
    said: list[str] = []
    made.on("pageerror", lambda error: said.append(str(error)))
    made.on(
        "console", lambda message: said.append(message.text) if "Content Security" in message.text else None
    )
    yield made
    context.close()
    assert said == []


def device(page: Page) -> Any:
    """A virtual authenticator with a finger on it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def test_a_passkey_is_made_used_and_removed(page: Page, house: House) -> None:
    device(page)
    house.enter(page, "olu@cit.example", "/me/passkeys")
    page.get_by_label("A name for this passkey").fill("my <b>phone</b>")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_text("The passkey is saved").wait_for()
    assert page.get_by_text("my <b>phone</b>").first.is_visible()
    assert page.get_by_text("Not used yet").is_visible()

    page.goto(f"{house.url}/sign-out")
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_text("You are signed out.").wait_for()
    page.goto(f"{house.url}/desk/people")
    assert page.url.endswith("/sign-in?next=/desk/people")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{house.url}/desk/people")
    page.get_by_role("heading", name="People and roles").wait_for()  # a passkey is fresh: desks open

    page.goto(f"{house.url}/me/passkeys")
    assert page.get_by_text("Last used on").is_visible()
    page.get_by_role("button", name="Make a passkey").click()
    page.locator(".field.bad-field").wait_for()  # a name is asked for
    page.get_by_label("A name for this passkey").fill("again")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_text("No passkey was made").wait_for()

    page.get_by_role("link", name="Remove").click()
    page.get_by_role("link", name="No, go back").click()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text("no longer opens anything").wait_for()
    page.goto(f"{house.url}/sign-out")
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_text("You are signed out.").wait_for()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("The passkey did not work.").wait_for()
    assert page.get_by_text("sign in by email and add a new passkey").is_visible()


def test_without_javascript_pages_say_what_to_do(browser: Window, house: House) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    house.enter(page, "mika@cit.example", "/me/passkeys")
    page.get_by_label("A name for this passkey").fill("phone")
    page.get_by_role("button", name="Make a passkey").click()
    page.locator("#errors").get_by_text("Passkeys need JavaScript in this browser").wait_for()
    assert page.get_by_label("A name for this passkey").input_value() == "phone"
    page.goto(f"{house.url}/sign-out")
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_text("You are signed out.").wait_for()
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
    page.get_by_label("Your email address").fill("mika@cit.example")
    page.get_by_role("button", name="Email me a link").click()
    page.get_by_role("heading", name="Check your email").wait_for()
    context.close()


PAGES = (
    "/sign-out",
    "/me/settings",
    "/me/passkeys",
    "/me/data",
    "/me/data/erase",
    "/desk/people",
    "/desk/people?q=nobody",
    "/desk/audit?check=1",
    "/desk/audit?act=nothing",
)


@pytest.mark.parametrize(("width", "scheme", "language"), [(1280, "light", "en"), (360, "dark", "ar")])
def test_every_page_is_for_everyone(
    browser: Window, house: House, width: int, scheme: Any, language: str, request: pytest.FixtureRequest
) -> None:
    shots = request.config.getoption("--shots", default=None)
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, locale="en-GB"
    )
    page = context.new_page()

    def judge(name: str) -> None:
        if shots:
            page.screenshot(path=Path(shots) / f"{name}-{width}-{language}.png", full_page=True)
        assert violations(page) == [], name
        assert sideways(page) == [], name

    page.goto(f"{house.url}/sign-in?lang={language}")
    judge("sign-in-stranger")
    page.locator("form.sheet button").click()
    page.locator("#errors").wait_for()
    judge("sign-in-refused")
    page.locator("input[type=email]").fill("who@cit.example")
    page.locator("form.sheet button").click()
    page.wait_for_url("**/sign-in/sent")
    judge("asked")
    page.goto(f"{house.url}/sign-in/not-a-token")
    judge("spent")
    with house.app.app_context(), as_organization(house.organization_id), transaction():
        path = sign_in.fresh_sign_in_path(services.find_or_make("olu@cit.example", ""))
    page.goto(house.url + path)
    judge("open-link")
    page.locator("form.sheet button").click()
    page.wait_for_url(re.compile(r"^[^?]*/(?!sign-in)[^/?]*$"))
    for where in PAGES:
        answer = page.goto(house.url + where)
        assert answer is not None
        assert (answer.status, page.url) == (200, house.url + where)
        judge(re.sub(r"\W+", "-", where.strip("/")))
    page.goto(f"{house.url}/desk/people")
    page.locator("th[scope=row] a").first.click()
    page.wait_for_url("**/desk/people/*")
    judge("person")
    page.goto(f"{house.url}/me/settings")
    page.locator("#name").fill("")
    page.locator("form.form button").click()
    page.locator("#errors").wait_for()
    judge("settings-refused")
    context.close()
