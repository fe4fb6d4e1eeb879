"""A real browser that reads the application of a test: each of its requests is answered by the test's own client.

No server, no port, no second connection: the pages come out of the transaction of the test, with all of their headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, Request, Route
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.attack.browser import Form
from tests.attack.browser import Page as Read
from tests.playwrights import Window

HOME = "http://localhost"
#: What is no page: files, feeds, what machines read.
FILES = re.compile(r"\.(ics|csv|pdf|json|ico)$|/export$|^/static/|^/health|^/metrics")


@dataclass(frozen=True)
class Seen:
    """A page as somebody got it, and how it is told apart from others in a list."""

    name: str
    path: str
    answer: TestResponse

    @cached_property
    def read(self) -> Read:
        return Read(self.path, self.answer.status_code, self.answer.text)


def kind(app: Flask, path: str) -> tuple[str, ...]:
    """What makes a page another page: its route ("" when there is none), and the names it is asked with (not their values)."""
    try:
        endpoint, values = app.url_map.bind("localhost").match(urlsplit(path).path, method="GET")
    except HTTPException:
        return ("",)
    asked = {name for name, _ in parse_qsl(urlsplit(path).query)} - {"next"}
    return (str(endpoint), *sorted(values), *sorted(asked))


def walk(client: FlaskClient, starts: Iterable[str], known: set[tuple[str, ...]]) -> Iterator[Seen]:
    """The pages that somebody reaches from here by links, one of each kind; `known` are not looked at again, and grow."""
    starts = list(starts)
    waiting, asked = list(starts), set[str]()
    for place, path in enumerate(waiting):  # it grows while it is walked
        which = kind(client.application, path)
        if path in asked or (place >= len(starts) and (which in known or not which[0])):
            continue
        asked.add(path)
        if place >= len(starts):
            known.add(which)
        answer = client.get(path)
        if answer.mimetype != "text/html":
            continue
        if answer.status_code in (302, 303):
            waiting.append(answer.location)
            continue
        seen = Seen(path, path, answer)
        yield seen
        waiting += [
            link.partition("#")[0]
            for link in seen.read.links
            if re.match(r"/(?!/)", link) and not FILES.search(link.partition("?")[0])
        ]


def typed(page: Seen) -> Iterator[tuple[Form, list[str]]]:
    """The forms of a page that somebody types into, with the names of those fields."""
    for form in page.read.forms:
        hidden = set(
            re.findall(
                r'<input(?=[^>]* type="(?:hidden|submit|image)")[^>]* name="([^"]+)"', page.answer.text
            )
        )
        names = [name for name in form.values if name not in hidden]
        if form.method == "post" and names and not form.action.startswith("/preferences"):
            yield form, names


class Visitor:
    """A browser window onto the test's application; the looks of a page change without asking for it again."""

    def __init__(self, browser: Window, client: FlaskClient) -> None:
        self.client, self.files = client, {}  # type: tuple[FlaskClient, dict[str, Any]]
        self.said: list[str] = []
        self.given: TestResponse | None = None
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce"
        )
        context.route("**/*", self._answer)
        self.page: Page = context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def _hear(self, message: Any) -> None:
        # A refusal is a page, too; and what htmx asked for may still be under way when one goes on.
        if not message.text.startswith(("Failed to load resource", "htmx:")):
            self.said.append(message.text)

    def _answer(self, route: Route, request: Request) -> None:
        path = request.url.removeprefix(HOME)
        if request.is_navigation_request() and self.given is not None:
            answer: Any = self.given
        else:
            answer = self.files.get(path) or self.client.get(path)
            if path.startswith("/static/"):
                self.files[path] = answer
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name.lower() not in ("content-length", "content-encoding", "set-cookie")
        }
        route.fulfill(status=answer.status_code, headers=headers, body=answer.get_data())

    def show(self, seen: Seen) -> Page:
        """Open this answer, as it was given."""
        self.given = seen.answer
        self.page.goto(f"{HOME}{urlsplit(seen.path).path}")
        return self.page

    def look(self, width: int, scheme: Any = "light") -> Page:
        """The same page on another screen, or at night."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme)
        return self.page


@contextmanager
def visitor(browser: Window, client: FlaskClient) -> Iterator[Visitor]:
    made = Visitor(browser, client)
    try:
        yield made
    finally:
        made.page.context.close()
