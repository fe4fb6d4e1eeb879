"""The forms that somebody types into, found by walking the pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.attack.browser import Form
from tests.house.visits import Seen, typed
from tests.people.world import csrf

#: Names that forms read besides those of the page they are sent from.
ALWAYS = {"answer", "registration", "code", "next", "lang", "zone", "favourite", "session", "starts", "room", "day"} | {
    "words", "conference", "move", "ask_after_days", "open_days", "run", "sure", "why", "was", "decision", "amount", "seen_left", "kind", "label", "options", "name", "mail", "role", "round",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A form where it stands: whose browser, on which page, where it goes, and the names one types into."""

    client: FlaskClient
    page: Seen
    form: Form
    names: list[str]
    endpoint: str

    def send(self, value: str) -> TestResponse:
        """The form with `value` in each field of text, and else as it came."""
        texts = set(self.texts())
        sent = {
            name: value if name in texts else given
            for name, given in self.form.values.items()
            if name in texts or name not in self.names or value
        }
        sent["csrf_token"] = csrf(self.client)
        return self.client.post(self.form.action or self.page.path, data=sent)

    def texts(self) -> Iterator[str]:
        """Fields that take any text: one line or more, of no kind that browsers check."""
        for tag, attributes in re.findall(r"<(input|textarea)\b([^>]*)>", self.page.answer.text):
            name = re.search(r' name="([^"]+)"', attributes)
            kind = re.search(r' type="([^"]+)"', attributes)
            if name and name[1] in self.names and (tag == "textarea" or not kind or kind[1] == "text"):
                yield name[1]


def forms(app: Flask, looked: Iterable[tuple[str, FlaskClient, Seen]]) -> dict[str, Place]:
    """The first form of each route that somebody types into; routes whose forms are only buttons have an empty place."""
    found: dict[str, Place] = {}
    at = app.url_map.bind("localhost")
    for _reader, client, seen in looked:
        typing = {id(form): names for form, names in typed(seen)}
        for form in seen.read.forms:
            if form.method != "post" or form.action.startswith("/preferences") or "/preview" in seen.path:
                continue  # what a survey will look like is not sent
            path = urlsplit(form.action or seen.path).path
            endpoint = str(at.match(path, method="POST")[0])
            place = Place(client, seen, form, typing.get(id(form), []), endpoint)
            if place.names or endpoint not in found:
                found.setdefault(endpoint, place)
                if place.names and not found[endpoint].names:
                    found[endpoint] = place
    return found
