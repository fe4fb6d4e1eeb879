"""Which language and clock a reader gets, that the choice sticks, and that nobody is sent away by it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from citevents.core import access
from citevents.locale.languages import (
    LANGUAGES,
    current_language,
    gettext,
    in_language,
    is_zone,
    lazy_gettext,
    ngettext,
    text_direction,
)
from tests.house.pages import page_app


@pytest.fixture(scope="module")
def frame() -> Flask:
    app = page_app()
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def reader(frame: Flask) -> Iterator[FlaskClient]:
    with frame.test_client() as client:
        yield client


def spoken(client: FlaskClient, path: str = "/error/404", **how: object) -> tuple[str, str]:
    """The `lang` and `dir` of a page."""
    page = client.get(path, **how).get_data(as_text=True)
    found = re.search(r'<html lang="([a-z]+)" dir="([a-z]+)">', page)
    assert found
    return found[1], found[2]


def test_a_link_chooses_and_the_choice_sticks(reader: FlaskClient) -> None:
    assert spoken(reader, "/error/404?lang=ar") == ("ar", "rtl")
    assert spoken(reader) == ("ar", "rtl")
    assert spoken(reader, "/error/404?lang=xx") == ("ar", "rtl")
    assert spoken(reader, "/error/404?lang=en") == ("en", "ltr")
    assert spoken(reader) == ("en", "ltr")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.5", "fr"),
        ("ar-JO", "ar"),
        ("fi", "en"),
        ("", "en"),
        ("es;q=0.1, fr;q=0.9", "fr"),
        ("*", "en"),
        ("q=;;", "en"),
    ],
)
def test_else_the_browser_is_asked(reader: FlaskClient, header: str, language: str) -> None:
    assert spoken(reader, headers={"Accept-Language": header})[0] == language


def test_the_persons_own_choice_comes_after_the_cookie(
    reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = access.Identity(
        person_id=1, name="Aino", call_name="Aino", mail="a@agency.example", language="es", zone="Asia/Amman"
    )
    monkeypatch.setattr(access, "_identify", lambda: person)
    assert spoken(reader, headers={"Accept-Language": "fr"}) == ("es", "ltr")
    assert "Ammán" in reader.get("/error/404").get_data(as_text=True)
    reader.set_cookie("lang", "ar")
    assert spoken(reader, headers={"Accept-Language": "fr"}) == ("ar", "rtl")


def test_a_database_that_is_away_takes_nobodys_language(
    reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr(access, "_identify", away)
    assert spoken(reader, "/away", headers={"Accept-Language": "es"}) == ("es", "ltr")


def test_saving_keeps_both_choices_and_goes_back(reader: FlaskClient) -> None:
    answer = reader.post(
        "/preferences", data={"lang": "fr", "zone": "Asia/Amman", "next": "/error/404?lang=en&day=2"}
    )
    assert (answer.status_code, answer.location) == (303, "/error/404?day=2")
    cookies = {name: reader.get_cookie(name).value for name in ("lang", "zone")}  # type: ignore[union-attr]
    assert cookies == {"lang": "fr", "zone": "Asia/Amman"}
    assert spoken(reader) == ("fr", "ltr")
    reader.post("/preferences", data={"lang": "fr", "zone": "", "next": "/"})
    assert reader.get_cookie("zone") is None


def test_what_is_not_known_changes_nothing(reader: FlaskClient) -> None:
    reader.set_cookie("lang", "ar")
    answer = reader.post("/preferences", data={"lang": "../../etc", "zone": "../../etc/passwd", "next": "/x"})
    assert (answer.status_code, answer.location, answer.headers.getlist("Set-Cookie")) == (303, "/x", [])


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:1",
        "",
        "/a\r\nSet-Cookie: x=1",
        None,
    ],
)
def test_nobody_is_sent_elsewhere(reader: FlaskClient, target: str | None) -> None:
    answer = reader.post("/preferences", data={"lang": "en", **({} if target is None else {"next": target})})
    assert answer.location == "/"


def test_a_forged_post_changes_nothing() -> None:
    with page_app().test_client() as reader:
        answer = reader.post("/preferences", data={"lang": "ar"})
        assert (answer.status_code, reader.get_cookie("lang")) == (400, None)


def test_a_page_says_its_language_and_that_it_depends_on_the_reader(reader: FlaskClient) -> None:
    answer = reader.get("/error/404?lang=es")
    assert (answer.headers["Content-Language"], sorted(answer.vary)) == ("es", ["Accept-Language", "Cookie"])
    cookie = answer.headers["Set-Cookie"]
    assert [word in cookie for word in ("lang=es", "HttpOnly", "SameSite=Lax", "Path=/")] == [True] * 4


def test_reading_does_not_choose_by_post(reader: FlaskClient) -> None:
    reader.post("/preferences?lang=ar", data={"next": "/"})
    assert reader.get_cookie("lang") is None


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Asia/Amman", True),
        ("UTC", True),
        ("Asia", False),
        ("../etc/passwd", False),
        ("/etc/passwd", False),
        ("", False),
        (None, False),
        ("a\0b", False),
    ],
)
def test_only_zones_are_zones(name: str | None, known: bool) -> None:
    assert is_zone(name) is known


def test_letters_are_written_in_the_language_of_whoever_reads(frame: Flask) -> None:
    with frame.app_context():
        assert current_language() == "en"
        with in_language("ar"):
            assert (current_language(), text_direction()) == ("ar", "rtl")
            with in_language("xx"):
                assert current_language() == "en"
            assert current_language() == "ar"
        assert current_language() == "en"


def test_without_an_application_sentences_are_english() -> None:
    assert (gettext("Save"), str(lazy_gettext("Save")), current_language()) == ("Save", "Save", "en")


def test_the_product_speaks_four_languages_each_by_its_own_name() -> None:
    assert LANGUAGES == {"en": "English", "es": "Español", "fr": "Français", "ar": "العربية"}


def test_the_page_of_zones_lists_them_all_and_marks_the_readers(reader: FlaskClient) -> None:
    reader.set_cookie("zone", "Asia/Kathmandu")
    page = reader.get("/preferences?next=/error/404").get_data(as_text=True)
    assert (
        page.count('<option value="Asia/Kathmandu" selected>Kathmandu (UTC+5:45)</option>') == 2
    )  # the page and the footer
    assert page.count("<option") > 400
    assert '<input type="hidden" name="next" value="/error/404">' in page


def test_thousands_in_a_counted_sentence_are_set_apart_as_the_reader_does(frame: Flask) -> None:
    said = []
    with frame.test_request_context():
        for language in ("en", "es", "fr", "ar"):
            with in_language(language):
                one, many = "Publish and tell %(num)s person", "Publish and tell %(num)s people"
                said.append([re.sub(r"[^\d.,\u202f]", "", ngettext(one, many, num)) for num in (999, 12020)])
    assert said == [["999", "12,020"], ["999", "12.020"], ["999", "12\u202f020"], ["999", "12,020"]]
