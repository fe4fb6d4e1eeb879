"""What nobody types by mistake, sent to every form there is: a sentence or a refusal, never a fall."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Rule

from citevents.core.access import Door, Role
from citevents.core.db import Organization
from tests.house.addressed import World
from tests.house.forms import ALWAYS
from tests.house.routes import RULES, declared, name
from tests.people.world import csrf, staff

POSTS = [rule for rule in RULES if "POST" in (rule.methods or ()) and declared(rule).door is not Door.MACHINE]

#: What a field is sent. Bytes that are no UTF-8 stand for themselves.
ODD: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b"   ",
    "nul": b"Am\0ina",
    "right to left": "\u202eevil\u202c \u2066x".encode(),
    "markup": b"<script>alert(1)</script>{{7*7}}",
    "lines": b"a\r\nBcc: x@y.example\r\n\r\nb",
    "formula": b"=cmd|'/C calc'!A0",
    "bad utf-8": b"%FF%C0%80%ED%A0%80",
    "small number": b"-1",
    "large number": b"9" * 30,
    "endless number": b"9" * 5000,
    "raised number": "²".encode(),
    "other digits": "٣".encode(),
    "not finite": b"NaN",
    "first day": b"0001-01-01",
    "last day": b"9999-12-31",
    "last minute": b"9999-12-31T23:59",
    "brackets": b"[" * 100_000,
    "too much": b"x" * 200_000,
}


@pytest.fixture
def world(organization: Organization, session: Session) -> World:
    return World()


@pytest.fixture
def owner(client: FlaskClient, world: World) -> Iterator[FlaskClient]:
    """What falls is answered with 500, as in life, and not raised."""
    yield staff(client, Role.OWNER)


def fields(page: str) -> set[str]:
    """The names that the forms of a page ask for."""
    return set(re.findall(r'<(?:input|select|textarea|button)[^>]* name="([^"]+)"', page))


@pytest.mark.parametrize("rule", POSTS, ids=name)
def test_no_form_falls_over(owner: FlaskClient, world: World, rule: Rule) -> None:
    path = world.path(rule)
    token = csrf(owner)
    asked = (fields(owner.get(path).text) | ALWAYS) - {"csrf_token"}
    fallen = []
    for kind, odd in ODD.items():
        if kind == "too much":
            asked = set(sorted(asked)[:9])  # what is larger than a whole body may be is refused before
        body = b"&".join(
            [
                b"csrf_token=" + token.encode(),
                *(each.encode() + b"=" + quoted(kind, odd) for each in sorted(asked)),
            ]
        )
        try:
            answer = owner.post(path, data=body, content_type="application/x-www-form-urlencoded")
        except Exception as error:
            fallen.append(f"{kind}: {type(error).__name__} {error}"[:200])
            continue
        if answer.status_code >= 500 and rule.endpoint != "payments.checkout":  # nobody can pay here: 503
            fallen.append(f"{kind}: {answer.status_code}")
        assert "<script>alert" not in answer.text, kind
        if rule.endpoint == "people.sign_out":
            break
    assert fallen == []


def quoted(kind: str, odd: bytes) -> bytes:
    """As a browser writes it; bytes that are no UTF-8 are written as they stand."""
    from urllib.parse import quote_plus

    return odd if kind == "bad utf-8" else quote_plus(odd).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"[" * 100_000,
        b'{"answer":' * 50_000,
        b"\xff",
        b'{"answer":{"id":"\\ud800"}}',
    ],
)
def test_no_passkey_that_is_none_falls_over(client: FlaskClient, body: bytes) -> None:
    token = csrf(client, "/sign-in")
    answer = client.post(
        "/sign-in/passkey", data=body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answer.status_code in (400, 401, 403, 409, 422)


def test_converters_are_those_that_paths_are_made_for() -> None:
    """A new kind of argument in a path needs a value above."""
    kinds = {type(each) for rule in POSTS for each in rule._converters.values()}
    assert {kind.__name__ for kind in kinds} <= {
        "Slug",
        "UnicodeConverter",
        "IntegerConverter",
        "AnyConverter",
    }
    assert IntegerConverter in kinds
