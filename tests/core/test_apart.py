"""What somebody typed is set apart from our words: on pages, in plain text, in the subject of a letter."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from jinja2 import DictLoader, Environment
from markupsafe import Markup

from citevents.core.mail import one_line
from citevents.locale.languages import in_language
from citevents.web.parts import apart


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Birch (no. 3).", "<bdi>Birch (no. 3).</bdi>"),
        ("<b>", "<bdi>&lt;b&gt;</bdi>"),
        (Markup("<a>already</a>"), "<a>already</a>"),
        ("", ""),
        (12, "12"),
    ],
)
def test_on_a_page_it_has_an_element_of_its_own(app: Flask, value: object, shown: str) -> None:
    with app.app_context():
        assert render_template_string("{{ value|apart }}", value=value) == shown


def test_in_plain_text_it_has_marks_where_the_language_runs_from_the_right(app: Flask) -> None:
    plain = Environment(loader=DictLoader({"letter": "{{ value|apart }}"}), autoescape=False)
    plain.filters["apart"] = apart
    with app.app_context():
        said = []
        for language in ("ar", "en"):
            with in_language(language):
                said.append(plain.get_template("letter").render(value="Birch (no. 3)."))
    assert said == ["\u2068Birch (no. 3).\u2069", "Birch (no. 3)."]


@pytest.mark.parametrize(
    ("subject", "header"),
    [
        ("فاتورة \u20682026-001193\u2069", "فاتورة \u20682026-001193\u2069"),
        ("لديك مكان: \u2068A \u2068B\u2069\u2069، غدًا", "لديك مكان: \u2068A \u2068B\u2069\u2069، غدًا"),
        ("\u2069Ana\u2068", "Ana"),  # no pair: of somebody who wants to turn the rest of the line
        ("\u2068Ana", "Ana"),
        ("\u202eAna\u202c", "Ana"),
        ("Ana\r\nBcc: x@y.example", "Ana Bcc: x@y.example"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("a\0 \u00a0 b", "a b"),
    ],
)
def test_a_header_keeps_pairs_of_marks_and_joiners_and_nothing_else(subject: str, header: str) -> None:
    assert one_line(subject) == header
