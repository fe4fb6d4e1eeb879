"""Rules for every template: it compiles, uses parts that exist, carries no colour, style or script of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from citevents.web.icons import ICONS, SHAPES
from citevents.web.parts import FILES
from tests.house.pages import TEMPLATES, page_app

PAGES = sorted(TEMPLATES.rglob("*.html"))
LETTERS = sorted((TEMPLATES / "emails").rglob("*.txt"))
#: Where a letter must carry its own style: mail has no other way.
STYLED = {"emails/_layout.html"}


@pytest.fixture(scope="module")
def frame() -> Flask:
    return page_app()


def named(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def source(path: Path) -> str:
    """The template without its comments."""
    return re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)


@pytest.mark.parametrize("path", [*PAGES, *LETTERS], ids=named)
def test_every_template_compiles(frame: Flask, path: Path) -> None:
    assert frame.jinja_env.get_template(named(path)).name == named(path)


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_template_uses_parts_and_icons_that_exist(frame: Flask, path: Path) -> None:
    text = source(path)
    parts = {
        name
        for file in FILES
        for name in dir(frame.jinja_env.get_template(f"_parts/{file}.html").module)
        if not name.startswith("_")
    }
    assert set(re.findall(r"\bp\.([a-z_]+)\(", text)) - parts == set()
    assert set(re.findall(r"\bicon(?:_name)?(?:=|\()['\"]([a-z]+)['\"]", text)) - set(ICONS) == set()
    assert set(re.findall(r"\bshape\(['\"]([a-z]+)['\"]", text)) - set(SHAPES) == set()


@pytest.mark.parametrize("path", [path for path in PAGES if named(path) not in STYLED], ids=named)
def test_colour_and_behaviour_live_in_their_own_files(path: Path) -> None:
    text = source(path)
    assert re.findall(r"\sstyle=|<style|\son[a-z]+=\"|javascript:", text) == []
    assert re.findall(r"(?<!&)#[0-9a-fA-F]{6}\b|\brgba?\(", text) == []
    assert re.findall(r"<script(?![^>]*\bnonce=\"\{\{ csp_nonce\(\) \}\}\")", text) == []
    assert re.findall(r"(?:src|href|action)=\"https?://", text) == []  # no third party is asked for anything


@pytest.mark.parametrize("path", [path for path in PAGES if "emails/" not in named(path)], ids=named)
def test_physical_sides_are_not_named(path: Path) -> None:
    """`left` and `right` would be wrong for half of the readers of a page that mirrors."""
    assert re.findall(r'class="[^"]*\b(?:left|right)\b', source(path)) == []


def test_every_part_is_explained_and_shown(frame: Flask) -> None:
    explained = (TEMPLATES.parent / "docs" / "LOOK.md").read_text("utf-8")
    gallery = "".join(source(path) for path in (TEMPLATES / "_parts").glob("*.html"))
    for file in FILES:
        for name in dir(frame.jinja_env.get_template(f"_parts/{file}.html").module):
            if not name.startswith("_"):
                assert (name, f"{name}(" in explained) == (name, True)
                assert (name, len(re.findall(rf"\b{name}\(", gallery)) > 1 or name in FRAME) == (name, True)


#: Parts of the frame itself, used by the layouts.
FRAME = {"brand", "nav", "flash", "preferences_form", "progress_poll", "check_list"}


def test_every_letter_has_a_plain_twin() -> None:
    whole = {
        path.with_suffix("")
        for path in (TEMPLATES / "emails").rglob("*.html")
        if not path.name.startswith("_")
    }
    plain = {path.with_suffix("") for path in LETTERS if not path.name.startswith("_")}
    assert {named(path) for path in whole ^ plain} == set()


def test_the_stylesheet_names_no_physical_sides_and_no_strange_addresses() -> None:
    style = re.sub(
        r"/\*.*?\*/", "", (TEMPLATES.parent / "static" / "citevents.css").read_text("utf-8"), flags=re.S
    )
    assert (
        re.findall(
            r"(?<![\w-])(?:margin|padding|border)-(?:left|right)\b|text-align:\s*(?:left|right)|float:\s*(?:left|right)",
            style,
        )
        == []
    )
    assert re.findall(r"letter-spacing|text-transform", style) == []  # both break joined scripts
    assert re.findall(r"url\((?!\"data:)|@import", style) == []


#: Names of moments that end something; the end itself is not included.
ENDS = (
    r"(?:closes_at|refund_until|transfer_until|on_sale_until|answer_by|expires_at|price\.until|step\.until)"
)


@pytest.mark.parametrize("path", [*PAGES, *LETTERS], ids=named)
def test_a_deadline_is_shown_as_the_last_moment_on_which_it_holds(path: Path) -> None:
    """`|deadline(zone)` or `deadline_when(...)`: a day or a clock made of the end itself would promise one moment too many."""
    text = source(path)
    assert re.findall(rf"[\w.]*{ENDS}\s*\|\s*(?:day|when|clock)\b", text) == []
    assert re.findall(rf"(?<![.\w])when\(\s*[\w.]*{ENDS}", text) == []
