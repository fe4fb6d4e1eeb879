"""Pieces of pages that are made once: the same for whoever reads, in each language, with the icons they use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, g, render_template_string

from citevents.locale.languages import in_language
from tests.house.pages import page_app

PIECE = """{% call fragment("piece", value) %}{{ note() }}<b>{{ value }} {{ _("Language") }}</b>{{ icon(name) }}{% endcall %}"""


@pytest.fixture
def made() -> list[str]:
    """What was made rather than handed out."""
    return []


@pytest.fixture
def frame(made: list[str]) -> Iterator[Flask]:
    app = page_app()
    app.jinja_env.auto_reload = False
    app.jinja_env.globals["note"] = lambda: made.append("made") or ""
    with app.test_request_context("/"):
        yield app


def piece(value: str, name: str = "globe") -> str:
    return render_template_string(PIECE, value=value, name=name)


def test_the_second_reader_gets_what_was_made_for_the_first(frame: Flask, made: list[str]) -> None:
    assert piece("one") == piece("one")
    assert made == ["made"]


def test_other_values_and_other_languages_are_other_pieces(frame: Flask, made: list[str]) -> None:
    assert "<b>one Language</b>" in piece("one")
    assert "<b>two Language</b>" in piece("two")
    with in_language("es"):
        assert "<b>one Idioma</b>" in piece("one")
    assert "<b>one Language</b>" in piece("one")
    assert len(made) == 3


def test_what_a_value_says_is_escaped(frame: Flask) -> None:
    assert "&lt;i&gt;" in piece("<i>")


def test_a_copy_brings_its_icons_and_none_of_the_first_page(frame: Flask) -> None:
    whole = "{{ icon('star') }}" + PIECE + "{{ sprite() }}"
    first = render_template_string(whole, value="icons", name="bell")
    assert first == render_template_string(whole, value="icons", name="bell")
    alone = render_template_string(PIECE + "{{ sprite() }}", value="icons", name="bell")
    assert 'id="i-bell"' in alone
    assert 'id="i-star"' not in alone
    assert not g.get("icons")
