"""The routes of the whole product, and paths that lead to them."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import AnyConverter, BuildError, IntegerConverter, Rule

from citevents import create_app
from citevents.config import Settings
from citevents.core.access import Access

SLUG = "here"
#: The routes of the whole product, read once; no database is touched.
APP = create_app(Settings(secret="only for its routes"))
RULES = sorted(APP.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))


def declared(rule: Rule) -> Access:
    """Who may enter."""
    found = getattr(APP.view_functions[rule.endpoint], "access", None)
    assert found is not None
    return found  # type: ignore[no-any-return]


def name(rule: Rule) -> str:
    """As a test is called: `GET/POST /desk/people`."""
    return f"{'/'.join(sorted((rule.methods or set()) - {'HEAD', 'OPTIONS'}))} {rule.rule}"


def made_up(rule: Rule, method: str = "") -> str:
    """A path that leads to this route, to things that do not exist (but for the conference)."""
    values = {argument: an_argument(rule, argument) for argument in rule.arguments}
    try:
        return APP.url_map.bind("localhost").build(rule.endpoint, values, method=method or a_method(rule))
    except BuildError:
        pytest.fail(f"{rule.rule} cannot be built")


def an_argument(rule: Rule, argument: str) -> Any:
    converter = rule._converters[argument]
    if argument == "conference":
        return SLUG
    if isinstance(converter, IntegerConverter):
        return 4711
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return "not-there"


def a_method(rule: Rule) -> str:
    return "GET" if "GET" in (rule.methods or ()) else "POST"
