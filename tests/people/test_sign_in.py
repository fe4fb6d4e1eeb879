"""Coming in by mail: one answer for every address, links that scanners do not use up, new cookies, and the way out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.people import queries, services
from citevents.people.models import LinkPurpose, Proof, SignIn, SignInLink
from citevents.people.sign_in import services as sign_in
from tests.people.world import a_person, csrf, letter_to, sign_in_as, staff, submit, text_of

Settle = Callable[[], int]


def ask(client: FlaskClient, mail: str, next: str = "") -> Any:
    return submit(client, "/sign-in", page="/sign-in", mail=mail, next=next)


def mailed_path(outbox: Any, mail: str) -> str:
    text = text_of(letter_to(outbox, mail))
    found = re.search(r"http://localhost(/sign-in/\S+)", text)
    assert found, text
    return found[1]


def signed_in_as(client: FlaskClient) -> str:
    """The address on the settings page, or "" when the browser is sent to sign in."""
    page = client.get("/me/settings")
    found = re.search(r"<bdi dir=\"ltr\">([^<]+@[^<]+)</bdi>", page.text)
    return found[1] if found else ""


def test_the_mailed_link_signs_in_once_by_its_button(
    client: FlaskClient, settle: Settle, outbox: Any, session: Session
) -> None:
    person_id = a_person("Amina Haddad", mail="amina@cit.example", language="en")
    assert ask(client, "Amina@cit.example", next="/me/passkeys").headers["Location"] == "/sign-in/sent"
    assert "Amina@cit.example" in client.get("/sign-in/sent").text
    settle()
    path = mailed_path(outbox, "amina@cit.example")

    scanner = client.application.test_client()
    for _ in range(3):
        page = scanner.get(path)
        assert page.status_code == 200
        assert "A•••@cit.example" in page.text
        assert "mina@" not in page.text
    assert signed_in_as(scanner) == ""

    answer = submit(client, path, page=path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me/passkeys")
    assert signed_in_as(client) == "amina@cit.example"
    assert queries.person(person_id).name == "Amina Haddad"

    again = submit(scanner, path, page="/sign-in")
    assert again.status_code == 410
    assert "no longer opens" in again.text
    assert scanner.get(path).status_code == 410


def test_an_unknown_address_gets_the_same_answer_and_becomes_a_person_by_the_link(
    client: FlaskClient, settle: Settle, outbox: Any, app: Flask
) -> None:
    a_person(mail="known@cit.example")
    other = app.test_client()
    answers = [ask(client, "known@cit.example"), ask(other, "newer@cit.example")]
    assert answers[0].data == answers[1].data
    assert answers[0].status_code == answers[1].status_code == 303
    pages = [
        re.sub(r'value="[^"]{40,}"|nonce="[^"]+"', "", browser.get("/sign-in/sent").text).replace(mail, "")
        for browser, mail in ((client, "known@cit.example"), (other, "newer@cit.example"))
    ]
    assert pages[0] == pages[1]
    assert queries.by_mail("newer@cit.example") is None, "asking makes nobody"
    settle()
    path = mailed_path(outbox, "newer@cit.example")
    answer = submit(other, path, page=path)
    assert answer.headers["Location"].startswith("/me/settings?next=")
    assert "what is your name" in other.get(answer.headers["Location"]).text
    assert queries.by_mail("newer@cit.example") is not None


def test_asking_reads_nothing_about_the_address(client: FlaskClient, app: Flask) -> None:
    a_person(mail="known@cit.example")
    token = csrf(client, "/sign-in")
    counted: dict[str, list[str]] = {}
    for mail in ("known@cit.example", "nobody@cit.example"):
        said: list[str] = []

        def listen(_c: Any, _u: Any, statement: str, *_: Any, said: list[str] = said) -> None:
            if "SAVEPOINT" not in statement:
                said.append(statement)

        sa.event.listen(sa.Engine, "before_cursor_execute", listen)
        client.post("/sign-in", data={"csrf_token": token, "mail": mail})
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
        counted[mail] = said
    assert counted["known@cit.example"] == counted["nobody@cit.example"]
    assert not any(" person " in statement for statement in counted["nobody@cit.example"])


def test_asking_too_often_is_refused_per_address_and_a_header_does_not_help(
    client: FlaskClient, session: Session
) -> None:
    token = csrf(client, "/sign-in")

    def once(mail: str, forwarded: str = "") -> int:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return client.post("/sign-in", data={"csrf_token": token, "mail": mail}, headers=headers).status_code

    assert [once("many@cit.example") for _ in range(6)] == [303] * 5 + [429]
    assert once("MANY@cit.example", "203.0.113.9") == 429
    assert once("other@cit.example") == 303
    with transaction():
        session.execute(sa.text("UPDATE tries SET count = :most"), {"most": sign_in.ASKS_PER_CALLER})
    refused = client.post(
        "/sign-in",
        data={"csrf_token": token, "mail": "third@cit.example"},
        headers={
            "X-Forwarded-For": "203.0.113.7",
            "X-Real-IP": "203.0.113.7",
            "Forwarded": "for=203.0.113.7",
        },
    )
    assert refused.status_code == 429
    assert "third@cit.example" in refused.text, "what was typed stays"


@pytest.mark.parametrize(
    "mail",
    [
        "",
        "x",
        "a@",
        "a@b",
        "a\x00b@cit.example",
        "a@cit.example\r\nBcc: b@cit.example",
        "a" * 300 + "@cit.example",
    ],
)
def test_what_is_no_address_is_refused_at_the_field(client: FlaskClient, mail: str, session: Session) -> None:
    answer = ask(client, mail)
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(SignInLink)) == 0


def test_a_forged_token_is_as_good_as_none(client: FlaskClient, session: Session) -> None:
    person_id = a_person()
    with transaction():
        path = services.sign_in_path(person_id)
    public_id, code = path.rpartition("/")[2].split(".")
    for token in (
        public_id,
        f"{public_id}.",
        f"{public_id}.{'0' * 32}",
        f"{public_id}.{code[:-1]}",
        f"{public_id[:-1]}B.{code}",
        f".{code}",
        "x",
        "ü.ü",
        "\x00.\x00",
    ):
        assert client.get(f"/sign-in/{token}").status_code == 410
        assert submit(client, f"/sign-in/{token}", page="/sign-in").status_code == 410
    assert client.get(path).status_code == 200


def test_the_database_alone_opens_nothing(session: Session, organization: Organization) -> None:
    person_id = a_person()
    path = services.sign_in_path(person_id)
    stored = session.execute(sa.text("SELECT * FROM sign_in_link")).one()
    assert path.rpartition(".")[2] not in [str(value) for value in stored]


def test_links_expire(client: FlaskClient, session: Session, settle: Settle, outbox: Any) -> None:
    ask(client, "late@cit.example")
    settle()
    path = mailed_path(outbox, "late@cit.example")
    with transaction():
        session.execute(sa.update(SignInLink).values(expires_at=now() - timedelta(seconds=1)))
    assert client.get(path).status_code == 410
    assert submit(client, path, page="/sign-in").status_code == 410
    sign_in.forget_expired(now())
    assert session.scalar(sa.select(sa.func.count()).select_from(SignInLink)) == 0


def test_a_link_in_a_letter_opens_own_pages_again_and_again_but_no_desk(
    client: FlaskClient, app: Flask
) -> None:
    person_id = a_person(mail="org@cit.example")
    with transaction():
        services.grant(person_id, Role.ORGANIZER)
        path = services.sign_in_path(person_id, "/me/settings", now() + timedelta(days=10))
    browsers = [client, app.test_client()]
    for browser in browsers:
        assert submit(browser, path, page=path).headers["Location"] == "/me/settings"
        for closed in (
            "/desk/people",
            "/me/passkeys",
            "/me/data",
            "/me/data/export",
            "/me/data/erase",
            "/me/settings",
        ):
            answer = browser.get(closed)
            assert answer.status_code == 302, closed
            assert answer.headers["Location"] == f"/sign-in?next={closed}"
        assert browser.get("/sign-out").status_code == 200
        page = browser.get("/sign-in?next=/desk/people")
        assert "Once more" in page.text
        assert browser.get(path).headers["Location"] == "/me/settings", "no button for who is in already"
    everywhere = submit(client, "/sign-out", page="/sign-out", everywhere="1")
    assert everywhere.headers["Location"] == "/sign-in?next=/sign-out", "a forwarded letter locks nobody out"


def test_a_fresh_sign_in_sleeps_after_half_a_day(client: FlaskClient, session: Session) -> None:
    staff(client, Role.ORGANIZER)
    assert client.get("/desk/people").status_code == 200
    with transaction():
        session.execute(sa.update(SignIn).values(started_at=now() - timedelta(hours=12)))
    assert client.get("/desk/people").headers["Location"] == "/sign-in?next=/desk/people"
    assert client.get("/sign-out").status_code == 200
    with transaction():
        session.execute(sa.update(SignIn).values(expires_at=now()))
    assert client.get("/sign-out").headers["Location"] == "/sign-in?next=/sign-out"


def test_a_cookie_planted_before_does_not_survive_the_sign_in(client: FlaskClient) -> None:
    person_id = a_person()
    with client.session_transaction() as cookie:
        cookie["planted"] = "yes"
    token = csrf(client, "/sign-in")
    before = client.get_cookie("citevents")
    with transaction():
        path = services.sign_in_path(person_id)
    client.post(path, data={"csrf_token": token})
    after = client.get_cookie("citevents")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    with client.session_transaction() as cookie:
        assert set(cookie) == {"_permanent", "sign_in"}
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 400, (
        "the old CSRF secret is gone"
    )


def test_two_sign_ins_are_two_sessions(client: FlaskClient, app: Flask, session: Session) -> None:
    person_id = a_person(mail="two@cit.example")
    other = app.test_client()
    sign_in_as(client, person_id)
    sign_in_as(other, person_id)
    assert submit(client, "/sign-out", page="/sign-out").headers["Location"] == "/sign-in"
    assert signed_in_as(client) == ""
    assert signed_in_as(other) == "two@cit.example"


def test_a_stolen_cookie_ends_with_the_sign_out(client: FlaskClient, app: Flask) -> None:
    person_id = a_person(mail="stolen@cit.example")
    sign_in_as(client, person_id)
    stolen = client.get_cookie("citevents")
    assert stolen is not None
    thief = app.test_client()
    thief.set_cookie("citevents", stolen.value)
    assert signed_in_as(thief) == "stolen@cit.example"
    submit(client, "/sign-out", page="/sign-out")
    assert signed_in_as(thief) == ""


def test_signing_out_everywhere_ends_every_browser_and_old_letters(client: FlaskClient, app: Flask) -> None:
    person_id = a_person(mail="all@cit.example")
    with transaction():
        letter = services.sign_in_path(person_id)
    other = sign_in_as(app.test_client(), person_id)
    sign_in_as(client, person_id, Proof.PASSKEY)
    submit(client, "/sign-out", page="/sign-out", everywhere="1")
    assert signed_in_as(client) == ""
    assert signed_in_as(other) == ""
    assert client.get(letter).status_code == 410


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\n//evil.example",
        "evil.example",
    ],
)
def test_a_link_leads_nowhere_but_here(client: FlaskClient, session: Session, target: str) -> None:
    ask(client, "next@cit.example", next=target)
    link = session.scalars(sa.select(SignInLink)).one()
    assert link.purpose is LinkPurpose.ASKED
    assert link.next == ""
    sign_in_as(client, a_person())
    assert client.get("/sign-in", query_string={"next": target}).headers["Location"] in (
        "/me",
        "/me/settings",
    )


def test_the_link_in_the_letter_is_on_our_own_host_whatever_the_request_says(
    client: FlaskClient, settle: Settle, outbox: Any
) -> None:
    token = csrf(client, "/sign-in")
    client.post(
        "/sign-in",
        data={"csrf_token": token, "mail": "host@cit.example"},
        headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"},
    )
    settle()
    text = text_of(letter_to(outbox, "host@cit.example"))
    assert "evil.example" not in text
    assert "http://localhost/sign-in/" in text


def test_identity_costs_nothing_for_strangers_and_one_query_for_others(
    client: FlaskClient, app: Flask
) -> None:
    from citevents.core import access

    said: list[str] = []

    def listen(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    person_id = a_person()
    browser = staff(app.test_client(), Role.FINANCE)
    sign_in_as(client, person_id)
    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        with app.app_context(), app.test_request_context("/"):
            app.preprocess_request()
            said.clear()
            assert access.current() is None
            assert said == []
        for who, roles in ((client, 0), (browser, 1)):
            cookie = who.get_cookie("citevents")
            assert cookie is not None
            with (
                app.app_context(),
                app.test_request_context("/", headers={"Cookie": f"citevents={cookie.value}"}),
            ):
                app.preprocess_request()
                said.clear()
                found = access.current()
                assert access.current() is found
                assert found is not None
                assert len(found.grants) == roles
                assert len(said) == 1
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
