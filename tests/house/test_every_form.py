"""Every form that somebody types into, found by walking the pages: what a refusal must be, and that no form is forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from citevents.core.access import Door
from citevents.core.db import Organization
from tests.attack.browser import Page as Read
from tests.house.everything import Everything
from tests.house.forms import ALWAYS, Place, forms
from tests.house.readers import pages
from tests.house.routes import RULES, declared

Settle = Callable[[], int]
#: Typed into every field at once: markup, a template, a turn of direction, a NUL, a line's end.
ODD = "<b>x</b>{{7*7}}\u202eabc\u202c \0\r\nBcc: a@b.example"
#: What of it a person may see again in a field of one line: tidied, and as text.
STAYS = "&lt;b&gt;x&lt;/b&gt;{{7*7}}"
#: Routes that are sent to by scripts, or by buttons of pages that are there only while something runs.
NO_FORM = {
    "people.passkey_offer", "people.passkey_enter", "me.offer_key", "people.use_link", "payments.checkout", "matching.stop",
    "matching.propose", "matching.answer", "surveys.prepare",
    "organizations.set_up",
}  # fmt: skip


@pytest.fixture
def house(organization: Organization, settle: Settle) -> Everything:
    return Everything(settle)


def well_refused(place: Place, answer: TestResponse) -> list[str]:
    """What a refusal lacks: status 422, a title that says so, a summary first on the page that leads to each field."""
    text, lacking = answer.text, []
    if not re.search(r"<title>Error: ", text):
        lacking.append("the title does not begin with Error:")
    summary = re.search(r'<div class="errors"[^>]*role="alert".*?</ul>', text, re.S)
    if not summary:
        return [*lacking, "no summary"]
    targets = re.findall(r'href="#([^"]+)"', summary[0])
    ids = set(re.findall(r' id="([^"]+)"', text))
    lacking += [f"the summary leads nowhere: #{target}" for target in targets if target not in ids]
    if not re.search(r"<li>.+?</li>", summary[0], re.S):
        lacking.append("an empty summary")
    if any(f' id="{target}"' in text[: text.index(summary[0])] for target in targets):
        lacking.append("the summary comes after a field that it names")
    return lacking


def kept(place: Place, answer: TestResponse) -> list[str]:
    """Fields that lost what was typed."""
    again = next(
        (
            form.values
            for form in Read("", answer.status_code, answer.text).forms
            if form.method == "post" and set(place.names) & set(form.values)
        ),
        {},
    )
    return [
        f"{name} lost what was typed: {again.get(name)}"
        for name in place.texts()
        if not any("{{7*7}}" in unescape(value) for value in again.get(name, []))
    ]


def test_a_refused_form_says_so_leads_to_its_fields_and_keeps_what_was_typed(
    app: Flask, house: Everything, session: Any
) -> None:
    wrong: list[str] = []
    refused = set()
    for endpoint, place in forms(app, pages(app, house)).items():
        if not place.names:
            continue
        for kind, value in (("nothing", ""), ("odd", ODD)):
            answer = place.send(value)
            where = f"{endpoint} with {kind}"
            assert answer.status_code in (200, 302, 303, 404, 409, 422), f"{where}: {answer.status_code}"
            assert "<b>x</b>" not in answer.text, where
            if answer.status_code in (409, 422) or 'class="errors"' in answer.text:
                refused.add(endpoint)
                lacking = well_refused(place, answer)
                if value and endpoint != "registration.arrive":  # a scanner types into an empty field
                    lacking += kept(place, answer)
                wrong += [f"{where}: {each}" for each in lacking]
    assert not wrong, "\n".join(wrong)
    assert len(refused) > 15


def test_no_form_is_forgotten(app: Flask, house: Everything, session: Any) -> None:
    """Each route that takes a form is reached by one on some page."""
    takes = {
        rule.endpoint
        for rule in RULES
        if "POST" in (rule.methods or ()) and declared(rule).door is not Door.MACHINE
    }
    places = forms(app, pages(app, house))
    found = set(places) | {"preferences.save"}
    assert ", ".join(sorted(takes - found - NO_FORM)) == ""
    assert ", ".join(sorted(NO_FORM & found)) == "", "these have a form after all"
    reads = {rule.rule for rule in RULES if "GET" in (rule.methods or ())}
    alone = {rule.endpoint for rule in RULES if rule.rule not in reads}
    unknown = {
        f"{endpoint}: {name}"
        for endpoint, place in places.items()
        if endpoint in alone
        for name in set(place.form.values) - ALWAYS - {"csrf_token"}
    }
    assert ", ".join(sorted(unknown)) == "", (
        "add these to ALWAYS in forms.py, so that odd things are sent in them"
    )
