"""What a request may be at most: refused by its size alone, in plain words, before anything is done with it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from citevents.web import intake
from tests.people.world import csrf

FORM = "application/x-www-form-urlencoded"


def test_a_form_with_more_fields_than_any_is_refused_both_ways_of_sending(client: FlaskClient) -> None:
    token = csrf(client)

    def sent(count: int, kind: str) -> int:
        fields = {"csrf_token": token, "mail": "", **{f"f{number}": "1" for number in range(count - 2)}}
        return client.post("/sign-in", data=fields, content_type=kind).status_code

    for kind in (FORM, "multipart/form-data"):
        assert sent(intake.MOST_FIELDS, kind) == 422
        assert sent(intake.MOST_FIELDS + 1, kind) == 413


def test_a_body_that_is_too_large_is_said_on_a_page(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data=b"mail=" + b"a" * intake.LARGEST_BODY, content_type=FORM)
    assert answer.status_code == 413
    assert "That is too much at once" in answer.text


@pytest.mark.parametrize("name", ["tongues-²-tongue", "tongues-" + "9" * 5000, "a" * 101, "naïve"])
def test_a_name_that_no_form_has_is_no_form_of_ours(client: FlaskClient, name: str) -> None:
    """Numbers in names become numbers: there are digits that are none, and numbers without end."""
    for kind in (FORM, "multipart/form-data"):
        answer = client.post("/sign-in", data={"csrf_token": csrf(client), name: "1"}, content_type=kind)
        assert answer.status_code == 400


def test_a_head_that_no_browser_sends_is_refused_without_a_session(client: FlaskClient) -> None:
    cases = [
        (431, "/", {"Accept-Language": "xx," * 6000}),
        (431, "/", {"X-Whatever": "a" * intake.LONGEST_HEADERS}),
        (414, "/?q=" + "a" * intake.LONGEST_ADDRESS, {}),
        (414, "/" + "a" * intake.LONGEST_ADDRESS, {}),
        (400, "/", {"Host": "a" * 300}),
    ]
    for status, path, headers in cases:
        answer = client.get(path, headers=headers)
        assert answer.status_code == status
        assert answer.mimetype == "text/plain"
        assert answer.text.endswith(".\n")
        assert "Set-Cookie" not in answer.headers


def test_full_cookies_and_a_long_search_are_no_trouble(client: FlaskClient) -> None:
    client.set_cookie("somebody-elses", "x" * 4000)
    assert client.get("/sign-in?" + "q=" + "a" * 3000).status_code == 200


@pytest.mark.parametrize(
    "host", ["..", "a..b", "[", "é.example", "", "localhost:99999999", "a" * 64 + ".example"]
)
def test_a_host_that_cannot_be_is_no_reason_to_fall(client: FlaskClient, host: str) -> None:
    headers = Headers({"Host": host.encode().decode("latin-1")})
    answer = client.get("/sign-in", headers=headers)
    assert answer.status_code in (200, 400)


def test_json_where_a_form_is_expected_is_an_empty_form(client: FlaskClient) -> None:
    headers = {"X-CSRFToken": csrf(client)}
    for sent in ('{"mail": {"a": 1}}', '{"mail": ["a@b.example"]}', "[1]", "[" * 100_000, "9" * 5000):
        answer = client.post("/sign-in", data=sent, content_type="application/json", headers=headers)
        assert answer.status_code == 422
        assert "Enter your email address." in answer.text
