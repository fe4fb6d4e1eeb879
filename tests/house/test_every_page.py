"""Every page in every role and state: axe finds nothing, nothing scrolls sideways, light enough, whole without a script."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citevents.core.db import Organization
from tests.house.axe import sideways, violations
from tests.house.everything import Everything
from tests.house.readers import pages, refused
from tests.house.routes import RULES, declared
from tests.house.visits import FILES, Seen, Visitor, kind, visitor
from tests.playwrights import Window

Settle = Callable[[], int]
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


@pytest.fixture
def house(organization: Organization, settle: Settle) -> Everything:
    return Everything(settle)


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
    app: Flask, browser: Window, house: Everything, session: Any, language: str
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
