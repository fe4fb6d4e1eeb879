"""A browser without scripts: cookies, forms with what stands in them, and a person who tries again when the page is away."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from tests.patience import PATIENCE_SECONDS

#: How long somebody keeps trying to reach a page, in seconds.
AWAY = (502, 503, 504)


class GaveUp(Exception):
    """The page could not be reached for as long as anybody would try."""


@dataclass
class Form:
    """A form as it came: where it goes, and the values that stand in it."""

    action: str = ""
    method: str = "get"
    values: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._area = ""
        self._said: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value if value is not None else "" for name, value in attributes}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select, self._options = given.get("name", ""), []
        elif tag == "option" and self._select:
            self._options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self._area, self._said = given.get("name", ""), []

    def _input(self, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if not name or kind in ("submit", "button", "image") or "disabled" in given:
            return
        if kind in ("radio", "checkbox"):
            if "checked" in given:
                self._keep(name, given.get("value", "on"))
            return
        self._keep(name, given.get("value", ""))

    def _keep(self, name: str, value: str) -> None:
        if self._form is not None:
            self._form.values.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        if self._area:
            self._said.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected]
            if chosen or self._options:
                self._keep(self._select, (chosen or [self._options[0][0]])[0])
            self._select = ""
        elif tag == "textarea" and self._area:
            self._keep(self._area, "".join(self._said))
            self._area = ""


@dataclass
class Page:
    """What came back, after redirects."""

    url: str
    status: int
    text: str

    def __post_init__(self) -> None:
        reader = _Reader()
        reader.feed(self.text)
        self.forms, self.links = reader.forms, reader.links

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def form(self, where: str) -> Form:
        """The first form that is sent to an address with these letters in it. LookupError when there is none."""
        for form in self.forms:
            if form.method == "post" and where in urljoin(self.url, form.action):
                return form
        raise LookupError(f"no form to {where} on {self.path} ({self.status})")


class Browser:
    """One person's. `address` is where they come from, as a proxy would tell."""

    def __init__(self, home: str, address: str = "10.0.0.1") -> None:
        self.home = home
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"X-Forwarded-For": address, "Accept-Language": "en"})
        #: Pages that apologised for a fault of ours: there must be none.
        self.broken: list[str] = []

    def get(self, where: str) -> Page:
        return self._ask("GET", urljoin(self.home, where), None)

    def submit(self, page: Page, form: Form, **changes: Any) -> Page:
        """Send a form with what stands in it and these changes (a list for several values). It is sent again until answered."""
        values = form.values | {
            name: value if isinstance(value, list) else [str(value)] for name, value in changes.items()
        }
        return self._ask("POST", urljoin(page.url, form.action or page.url), values)

    def once(self, page: Page, form: Form, **changes: Any) -> Page | None:
        """Send a form, and do not send it again; None when the answer did not come."""
        values = form.values | {name: [str(value)] for name, value in changes.items()}
        try:
            answer = self._answer("POST", urljoin(page.url, form.action or page.url), values)
        except requests.RequestException:
            return None
        return self._arrived(answer, "POST") if answer.status_code not in AWAY else None

    def _ask(self, method: str, url: str, values: dict[str, list[str]] | None) -> Page:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                answer = self._answer(method, url, values)
            except requests.RequestException:
                time.sleep(0.3)
                continue
            if answer.status_code in AWAY:
                time.sleep(0.5)
                continue
            return self._arrived(answer, method)
        raise GaveUp(f"{method} {urlsplit(url).path}")

    def _answer(self, method: str, url: str, values: dict[str, list[str]] | None) -> requests.Response:
        return self.session.request(method, url, data=values, timeout=45, allow_redirects=False)

    def _arrived(self, answer: requests.Response, method: str) -> Page:
        if answer.is_redirect:
            return self._ask("GET", urljoin(answer.url, answer.headers["Location"]), None)
        if answer.status_code >= 500:
            self.broken.append(f"{answer.status_code} at {method} {urlsplit(answer.url).path}")
        return Page(answer.url, answer.status_code, answer.text)
