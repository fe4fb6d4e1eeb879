"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import re
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from citevents.core import events
from citevents.slices import SLICES
from workers import switchboard

ROOT = Path(__file__).resolve().parents[2]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PRODUCT = [*sorted((ROOT / "citevents").rglob("*.py")), *sorted((ROOT / "workers").glob("*.py"))]

#: A foreign library is touched in one file.
ONE_FILE = {
    "stripe": "citevents/payments/gateway.py",
    "webauthn": "citevents/people/passkeys.py",
    "cryptography": "citevents/core/sealing.py",
    "typst": "citevents/documents/pdf.py",
    "smtplib": "citevents/core/mail.py",
    "flask_babel": "citevents/locale/languages.py",
}
VAGUE = {"utils", "helpers", "common", "manager", "base", "misc", "services2"}

#: What one slice may take from another: reads, facts and refusals.
DOORS = {"queries", "events", "errors"}
#: Further doors, each with its reason.
MORE_DOORS = {
    "citevents.people.sign_in": "whoever sets an organization up is signed in by it, at once or by a printed link",
    "citevents.people.services": "a person is found or made, and consent kept, in the transaction of the order",
    "citevents.conferences.catalog": "what a conference sells, read once a change: the other half of its queries",
    "citevents.conferences.features": "what rooms have and sessions need is one vocabulary",
    "citevents.registration.page_cache": "upper floors add sections to the public page and share its cache",
    "citevents.conferences.services.touch": "a published agenda changes the public page's cache key",
    "citevents.registration.returns": "who keeps the money owes what an order promises, in the same transaction",
    "citevents.scheduling.page_cache": "the cache of public pages and feeds of one agenda",
}


def is_word(name: str) -> bool:
    """A state or kind (StrEnum) is a word that everybody may say."""
    module, _, attribute = name.rpartition(".")
    if not module.endswith(".models"):
        return name.endswith(".models")  # `from x.models import Word` names the module too
    found = getattr(import_module(module), attribute, None)
    return isinstance(found, type) and issubclass(found, StrEnum)


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Of its source, read once for all rules."""
    return tuple(ast.walk(ast.parse(path.read_text())))


@cache
def imports(path: Path) -> tuple[str, ...]:
    found: list[str] = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    return tuple(found)


def where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize(("library", "home"), ONE_FILE.items())
def test_a_foreign_library_is_touched_in_one_file(library: str, home: str) -> None:
    found = {where(path) for path in PRODUCT for name in imports(path) if name.split(".")[0] == library}
    assert found == {home}


def test_no_vague_file_names() -> None:
    assert [where(path) for path in PRODUCT if path.stem in VAGUE] == []


def test_work_on_what_was_typed_is_bounded_in_one_place() -> None:
    """Texts are normalized with their caps, and every form is done with a field at its first refusal (tests/cost)."""
    sources = {where(path): path.read_text() for path in PRODUCT}
    said = {name for name, text in sources.items() if re.search(r"unicodedata\.normalize\(", text)}
    assert said == {"citevents/locale/text_cleaning.py"}
    forms = {
        name
        for name, text in sources.items()
        if re.search(r"import FlaskForm|wtforms import (.*\b)?Form\b|^    Form,$", text, re.M)
    }
    assert forms == {"citevents/web/forms.py"}


def test_a_slice_enters_another_through_its_doors() -> None:
    wrong = []
    for path in (ROOT / "citevents").rglob("*.py"):
        home = path.relative_to(ROOT / "citevents").parts[0]
        if home not in SLICES or home in ("portal", "operations"):
            continue
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != "citevents" or len(parts) < 3 or parts[1] not in SLICES or parts[1] == home:
                continue
            if name.count(".") == 2 and parts[2] == "services":
                continue  # the module; what is taken from it is named next
            if parts[2] not in DOORS and not name.startswith(tuple(MORE_DOORS)) and not is_word(name):
                wrong.append(f"{where(path)} imports {name}")
    assert wrong == []


def test_events_carry_no_personal_data() -> None:
    personal = re.compile(r"(^|_)(name|mail|email|phone|address|answer|text|note|reason)(_|$)")
    wrong = []
    for name, kind in events.kinds().items():
        if name.split(".")[0] in ("test", "fault", "bench"):
            continue
        for field, annotation in kind.__annotations__.items():
            kind_of = annotation if isinstance(annotation, str) else annotation.__name__
            if personal.search(field) or kind_of not in ("int", "str", "bool", "int | None", "str | None"):
                wrong.append(f"{name}.{field}: {kind_of}")
        assert kind.__doc__, f"{name} does not say what it promises"
    assert wrong == []


def test_the_switchboard_is_what_the_documentation_says() -> None:
    product = [
        line for line in switchboard.text().splitlines() if not re.match(r"\| `(test|fault|bench)\.", line)
    ]
    assert (ROOT / "docs" / "EVENTS.md").read_text() == "\n".join(product) + "\n"


def test_every_event_has_an_emitter() -> None:
    emitted = switchboard.emitters()
    silent = [
        name
        for name, kind in events.kinds().items()
        if name.split(".")[0] not in ("test", "fault", "bench") and kind.__name__ not in emitted
    ]
    assert silent == []


def test_every_reaction_says_in_which_queue_it_runs() -> None:
    """One forgotten would make those wait who wait for a link or a ticket."""
    silent = [
        f"{path.stem}.{function.name}"
        for path in sorted((ROOT / "workers").glob("*.py"))
        for function in nodes(path)
        if isinstance(function, ast.FunctionDef)
        for call in function.decorator_list
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "handles"
        if "queue" not in {keyword.arg for keyword in call.keywords}
    ]
    assert silent == []


def test_no_test_imports_from_a_test() -> None:
    """What several tests need stands in a file of its own: a test that is read for its makers cannot be moved or deleted."""
    wrong = [
        f"{where(path)} imports {name}"
        for path in TESTS
        for name in imports(path)
        if name.split(".")[0] == "tests" and any(part.startswith("test_") for part in name.split("."))
    ]
    assert wrong == []


def test_a_property_says_how_many_examples_in_one_way() -> None:
    """`examples(n)` is n on every run and more in a deep one; no deadline is set, the profiles have none (tests/examples.py)."""
    wrong = [
        f"{where(path)}:{call.lineno}"
        for path in TESTS
        for call in nodes(path)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "settings"
        for keyword in call.keywords
        if keyword.arg == "deadline"
        or (keyword.arg == "max_examples" and not ast.unparse(keyword.value).startswith("examples("))
    ]
    assert wrong == []
