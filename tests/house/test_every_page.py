"""Every page in every role and state: axe finds nothing, nothing scrolls sideways, light enough, whole without a script."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from citevents.core.access import Role
from citevents.core.db import Organization
from tests.house.axe import sideways, violations
from tests.house.everything import Everything
from tests.house.test_access import RULES, declared
from tests.house.test_parts import CHROMIUM
from tests.house.visits import FILES, Seen, Visitor, kind, typed, visitor, walk
from tests.people.world import csrf, sign_in_as, submit
from tests.playwrights import sync_playwright

Settle = Callable[[], int]
#: Who looks, and where they begin. Each sees what those before them have not seen, and where they begin in any case.
READERS: dict[str, tuple[str, ...]] = {
    "stranger": ("/", "/c/here", "/c/over", "/sign-in", "/sign-in/sent", "/sign-in/not-a-token", "/nothing-here", "/preferences",
                 "/c/here/agenda?q=nothing", "/surveys/not-a-token", "/desk"),
    "attendee": ("/me", "/me/calendar", "/me/data", "/me/settings", "/me/passkeys", "/sign-out", "/exchange", "/c/here", "/c/here/agenda", "/desk"),
    "leader": ("/exchange", "/me"),
    "asked": ("/exchange", "/exchange/request"),
    **{role.value: ("/desk/c/here", "/desk", "/me", "/exchange") for role in (Role.REVIEWER, Role.CHECK_IN, Role.FINANCE, Role.PROGRAM_COMMITTEE)},
    Role.EXCHANGE_COORDINATOR.value: ("/desk", "/desk/exchange"),
    Role.ORGANIZER.value: ("/desk/c/here", "/desk", "/desk/c/here/check-in?q=aino", "/desk/c/here/orders?q=nobody", "/desk/people?q=nobody",
                           "/desk/audit?what=nothing", "/desk/deliveries"),
    Role.OWNER.value: ("/desk", "/desk/people", "/desk/audit?check=1"),
}  # fmt: skip
#: Addresses that nothing links to, and whose they are.
WHOSE = {"exchange": "leader", "desk": Role.OWNER.value, "c": "stranger", "surveys": "stranger"}
#: Pages that show themselves only while something runs elsewhere, or answer with the address of another house.
ELSEWHERE = {
    "payments.checkout",  # sends on to the processor's page
    "payments.done",  # the way back from it
    "scheduling.wish",  # leads on to the session
    "matching.progress",  # a piece of the board, asked for by htmx
    "people.open_link",  # a spent link is seen; a good one in tests/people/test_in_a_browser.py
    "organizations.set_up",  # while nothing is set up: tests/organizations, tests/journeys
    "matching.propose",  # after a run: tests/journeys
    "assets.parts",  # tests/house/test_parts.py
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def house(organization: Organization, settle: Settle) -> Everything:
    return Everything(settle)


def as_reader(app: Flask, house: Everything, reader: str, language: str = "en") -> FlaskClient:
    """Their browser, set to a language."""
    client = app.test_client()
    person = {"attendee": house.attendee, "leader": house.leader, "asked": house.asked} | {
        role.value: person for role, person in house.people.items()
    }
    if reader in person:
        sign_in_as(client, person[reader])
    client.get(f"/preferences?lang={language}")
    if reader == "stranger":
        submit(client, "/sign-in", mail="nobody@x.example")
    return client


def pages(app: Flask, house: Everything, language: str = "en") -> Iterator[tuple[str, FlaskClient, Seen]]:
    """(who, their browser, a page) for every page that there is, in each state that a look brings about."""
    known: set[tuple[str, ...]] = {("assets.parts",)}
    for reader, starts in READERS.items():
        client = as_reader(app, house, reader, language)
        more = {path: name for name, path in house.paths.items() if WHOSE[path.split("/")[1]] == reader}
        for seen in walk(client, (*starts, *more), known):
            yield reader, client, Seen(f"{reader}: {more.get(seen.path, seen.path)}", seen.path, seen.answer)


def refused(client: FlaskClient, seen: Seen) -> Iterator[Seen]:
    """The page again, after each of its forms was sent with nothing in it."""
    for form, names in typed(seen):
        values = {name: value for name, value in form.values.items() if name not in names}
        answer = client.post(form.action or seen.path, data={**values, "csrf_token": csrf(client)})
        if answer.status_code == 422:
            yield Seen(f"{seen.name}, refused", seen.path, answer)


#: The rules of axe whose answer depends on the colours or on the room there is.
LOOKS = ("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable")


def judged(visitor: Visitor, seen: Seen, *, again: bool) -> list[str]:
    """What is wrong with a page. Every rule by day on a desk; then what the night and a phone can change.

    A page seen `again` (refused, or from right to left) is the same page with some words changed: all on a phone.
    """
    visitor.look(360 if again else 1280, "light")
    page = visitor.show(seen)
    wrong = violations(page)
    visitor.look(360, "dark")
    wrong += violations(page, LOOKS)
    wrong += [f"scrolls sideways: {each}" for each in sideways(page)]
    return [f"{seen.name}: {each}" for each in wrong]


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_is_for_everyone(
    app: Flask, browser: Browser, house: Everything, session: Any, language: str
) -> None:
    wrong: list[str] = []
    with visitor(browser, app.test_client()) as looking:
        for _reader, client, seen in pages(app, house, language):
            looking.client = client
            wrong += judged(looking, seen, again=language == "ar")
            for refusal in refused(client, seen) if language == "en" else ():
                wrong += judged(looking, refusal, again=True)
        assert looking.said == []  # the content policy blocked nothing, no script failed
    assert not wrong, "\n".join(wrong)


def test_every_page_there_is_was_looked_at(app: Flask, house: Everything, session: Any) -> None:
    """A new page is found by a link from where its readers begin, or is named among the paths of `Everything`."""
    seen = {kind(app, each.path)[0] for _reader, _client, each in pages(app, house)}
    there = {
        rule.endpoint
        for rule in RULES
        if "GET" in (rule.methods or ())
        and not FILES.search(re.sub(r"<[^>]+>", "x", rule.rule))
        and declared(rule).door.name != "MACHINE"
    }
    assert ", ".join(sorted(there - seen - ELSEWHERE)) == ""


def wire(client: FlaskClient, path: str) -> int:
    """Bytes on the wire, as a browser gets them that takes gzip."""
    return len(client.get(path, headers={"Accept-Encoding": "gzip"}).get_data())


def test_public_pages_are_light(app: Flask, house: Everything, session: Any) -> None:
    """60 KB the first time, page, styles and scripts together; 20 KB after. (The demo world is larger: benchmarks.)"""
    heavy, sizes = [], dict[str, int]()
    for reader, client, seen in pages(app, house):
        if reader not in ("stranger", "attendee", "leader"):
            break
        again = len(gzip.compress(seen.answer.get_data(), 6))
        first = again
        for file in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', seen.answer.text)):
            if file not in sizes:
                sizes[file] = wire(client, file)
            first += sizes[file]
        if first > 60_000 or again > 20_000:
            heavy.append(f"{seen.name}: {first} bytes, then {again}")
    assert heavy == []
    assert len(sizes) > 3
