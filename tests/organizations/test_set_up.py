"""From nothing to an organization with an owner: by the page of the start's link, or by a command."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from citevents import create_app
from citevents.config import Settings
from citevents.core import mail
from citevents.core.access import Grant, Role
from citevents.core.audit import AuditEntry
from citevents.core.clock import now
from citevents.core.db import Model, Organization, as_organization, db, transaction
from citevents.core.errors import DomainError
from citevents.engines.postgres import Postgres
from citevents.organizations import services
from citevents.organizations.slice import greet
from citevents.people import queries as people
from standins.mail import Outbox
from tests.people.world import text_of
from workers.commands import add_commands

FIELDS = {
    "name": "Nordic CIT",
    "mail": "hello@nordic.example",
    "owner": "Aino Lehtonen",
    "owner_mail": "aino@nordic.example",
    "host": "",
}


@pytest.fixture
def browser(app: Flask, session: Session) -> FlaskClient:
    """Somebody at an installation in which there is nothing."""
    return app.test_client()


@pytest.fixture
def path(session: Session) -> str:
    return services.set_up_path(now())


def send(browser: FlaskClient, path: str, **changes: str) -> TestResponse:
    """Fill in the page and send it."""
    page = browser.get(path)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.status_code
    return browser.post(path, data=FIELDS | changes | {"csrf_token": found[1]})


def organizations(session: Session) -> list[tuple[str, str | None, str, bool]]:
    session.expire_all()
    return [
        (row.name, row.host, row.mail, row.sample)
        for row in session.scalars(sa.select(Organization).order_by(Organization.id))
    ]


# ---------- before ----------


@pytest.mark.parametrize("path", ["/", "/sign-in", "/desk", "/c/here", "/nothing", "/about/help", "/me"])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Nobody has set this up yet"),
        ("es", "Nadie ha configurado esto todavía"),
        ("fr", "Personne n’a encore configuré ce site"),
        ("ar", "لم يُعِدّ أحد هذا الموقع بعد"),
    ],
)
def test_every_page_says_that_nobody_has_set_it_up_and_what_to_do(
    browser: FlaskClient, path: str, language: str, words: str
) -> None:
    with browser.session_transaction() as cookie:
        cookie["sign_in"] = "of another database, on the same host"
    page = browser.get(path, query_string={"lang": language})
    assert page.status_code == 404
    assert f"<h1>{words}</h1>" in page.text
    assert "flask --app app organizations add NAME --owner MAIL" in page.text


def test_a_language_can_be_chosen_and_the_health_asked_on_any_host(app: Flask, browser: FlaskClient) -> None:
    page = browser.get("/")
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found
    kept = browser.post("/preferences", data={"lang": "fr", "zone": "", "next": "/", "csrf_token": found[1]})
    assert (kept.status_code, "Personne" in browser.get("/").text) == (303, True)
    strict = create_app(replace(app.config["SETTINGS"], trusted_hosts=("events.example",)))
    strict.testing = True
    stranger = strict.test_client()
    for path in ("/health/web", services.set_up_path(now())):
        assert stranger.get(path, headers={"Host": "10.0.0.7:8000"}).status_code == 200, path
    assert stranger.get("/", headers={"Host": "10.0.0.7:8000"}).status_code == 400


def test_roles_are_given_when_there_is_an_organization(app: Flask, session: Session) -> None:
    said = app.test_cli_runner().invoke(args=["people", "grant", "olu@cit.example", "owner"])
    assert (said.exit_code, said.output) == (
        1,
        "Error: Nobody has set this up yet. Make an organization: organizations add NAME --owner MAIL\n",
    )


# ---------- the page ----------


def test_the_page_makes_the_organization_and_leads_its_owner_to_an_empty_desk(
    browser: FlaskClient, session: Session, path: str
) -> None:
    done = send(browser, path)
    assert (done.status_code, done.location) == (303, "/desk")
    assert organizations(session) == [("Nordic CIT", None, "hello@nordic.example", False)]
    desk = browser.get("/desk").text
    assert "The organization is made, and you own it." in desk
    assert ("No conference yet" in desk, "New conference" in desk, "ample data" in desk) == (
        True,
        True,
        False,
    )
    [organization_id] = session.scalars(sa.select(Organization.id))
    with as_organization(organization_id):
        owner = people.by_mail("aino@nordic.example")
        assert owner
        assert (owner.name, people.grants_of(owner.id)) == ("Aino Lehtonen", [Grant(Role.OWNER)])
        acts = session.execute(sa.select(AuditEntry.act, AuditEntry.subject).order_by(AuditEntry.id)).all()
    assert [tuple(act) for act in acts] == [("grant", "person"), ("make", "organization")]
    assert browser.get("/").status_code == 200
    assert "made the organization" in browser.get("/desk/audit").text


def test_a_link_is_used_once(browser: FlaskClient, app: Flask, session: Session, path: str) -> None:
    other = services.set_up_path(now())
    assert send(browser, path).status_code == 303
    for again in (path, other):
        answer = app.test_client().get(again)
        assert answer.status_code == 410
        assert "This installation is set up already." in answer.text
        assert browser.post(again, data=FIELDS).status_code in (400, 410)
    assert len(organizations(session)) == 1


def test_a_late_link_says_so_and_how_to_get_another(browser: FlaskClient, session: Session) -> None:
    fresh = browser.get(services.set_up_path(now() - timedelta(minutes=29)))
    assert fresh.status_code == 200
    late = browser.get(services.set_up_path(now() - timedelta(minutes=30)))
    assert late.status_code == 410
    assert "each is good for 30 minutes" in late.text
    assert "flask --app app organizations link" in late.text


@pytest.mark.parametrize(
    "token", ["x", "9999999999-00-00", "-", "99-%D8%A3", "a" * 500, "9999999999-0011223344556677-" + "0" * 32]
)
def test_a_link_that_nobody_made_opens_nothing(browser: FlaskClient, session: Session, token: str) -> None:
    assert browser.get(f"/set-up/{token}").status_code == 410


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Fill this in."),
        ("name", "…", "Enter a name with letters or digits in it"),
        ("name", "\x00\u202e", "Fill this in."),
        ("name", "x" * 121, "Use at most 120 characters."),
        ("mail", "hello", "Enter an email address like amina@agency.example."),
        ("mail", "hello@nordic.example\r\nBcc: x@y.example", "Enter an email address like amina@agency.example."),
        ("owner", " ", "Fill this in."),
        ("owner_mail", "aino@", "Enter an email address like amina@agency.example."),
        ("owner_mail", "aino@nordic.example, bo@nordic.example", "Enter an email address like amina@agency.example."),
        ("host", "https://events.example", "Enter the name alone, like events.example"),
        ("host", "events.example:8000", "Enter the name alone, like events.example"),
        ("host", "events.example/desk", "Enter the name alone, like events.example"),
        ("host", "events example", "Enter the name alone, like events.example"),
        ("host", "10.0.0.7", "Enter the name alone, like events.example"),
        ("host", "-events.example", "Enter the name alone, like events.example"),
        ("host", "events", "Enter the name alone, like events.example"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_said_beside_its_field_and_nothing_is_lost(
    browser: FlaskClient, session: Session, path: str, field: str, typed: str, said: str
) -> None:
    answer = send(browser, path, **{field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'href="#{field}"' in answer.text
    other = "owner" if field != "owner" else "name"
    assert f'value="{FIELDS[other]}"' in answer.text
    assert organizations(session) == []
    assert send(browser, path).status_code == 303


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Events.EXAMPLE. ", "events.example"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("", None),
        ("localhost", "localhost"),
    ],
)
def test_hosts_are_kept_as_browsers_send_them(
    browser: FlaskClient, session: Session, path: str, typed: str, kept: str | None
) -> None:
    done = send(browser, path, host=typed)
    assert done.status_code == 303
    assert organizations(session)[0][1] == kept


def test_who_names_another_host_goes_on_there(browser: FlaskClient, session: Session, path: str) -> None:
    """A cookie of this host would not be sent to that one: a link signs in."""
    done = send(browser, path, host="events.example")
    assert re.fullmatch(r"http://events\.example/sign-in/\S+", done.location)
    assert browser.get(done.location, base_url="http://events.example").status_code == 200
    assert browser.get("/", headers={"Host": "unknown.example"}).status_code == 400


def test_markup_in_names_is_text(browser: FlaskClient, session: Session, path: str) -> None:
    assert send(browser, path, name="<b>Nordic</b>  & co", owner="{{ 7*7 }}<i>").status_code == 303
    page = browser.get("/desk").text
    assert "&lt;b&gt;Nordic&lt;/b&gt; &amp; co" in page
    assert ("<b>Nordic" in page, "49<i>" in page) == (False, False)


# ---------- the command ----------


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    said = app.test_cli_runner().invoke(args=["organizations", *arguments])
    return said.exit_code, said.output


def test_the_command_does_the_same_and_its_owner_comes_in_by_a_printed_link(
    app: Flask, browser: FlaskClient, session: Session
) -> None:
    status, said = run(
        app, "add", "Nordic CIT", "--mail", "hello@nordic.example", "--owner", "aino@nordic.example"
    )
    assert status == 0
    first, link = said.splitlines()
    assert (
        first
        == "Nordic CIT is made. aino@nordic.example owns it and signs in by this link, once, within 30 minutes:"
    )
    assert organizations(session) == [("Nordic CIT", None, "hello@nordic.example", False)]
    opened = link.removeprefix("http://localhost")
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(opened).text)
    assert found
    assert browser.post(opened, data={"csrf_token": found[1]}).status_code == 303
    assert browser.get("/desk").status_code == 200
    assert run(app, "link") == (
        1,
        "Error: There is an organization already. Make a further one with: organizations add\n",
    )


def test_a_further_organization_needs_a_host_of_its_own(app: Flask, session: Session) -> None:
    assert run(app, "add", "One", "--owner", "a@one.example")[0] == 0
    assert run(app, "add", "Two", "--owner", "a@two.example") == (
        1,
        "Error: --host: Another organization here answers every other host. Give this one a host of its own.\n",
    )
    assert run(app, "add", "Two", "--owner", "a@two.example", "--host", "TWO.example")[0] == 0
    assert run(app, "add", "Three", "--owner", "a@x.example", "--host", "two.example.") == (
        1,
        "Error: --host: Another organization here has this host already. Choose another one.\n",
    )
    assert [(name, host) for name, host, *_ in organizations(session)] == [
        ("One", None),
        ("Two", "two.example"),
    ]
    assert [line.split()[0] for line in run(app, "list")[1].splitlines()] == [
        str(id) for id in session.scalars(sa.select(Organization.id).order_by(Organization.id))
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["\n", "--owner", "a@one.example"],
            "NAME: Enter a name with letters or digits in it, of at most 120 characters.",
        ),
        (["One", "--owner", "a"], "--owner: Enter an email address like amina@agency.example."),
        (
            ["One", "--owner", "a@one.example", "--mail", "x@"],
            "--mail: Enter an email address like amina@agency.example.",
        ),
        (
            ["One", "--owner", "a@one.example", "--host", "one.example:80"],
            "--host: Enter the name alone, like events.example: without https://, a port, a path or blanks.",
        ),
    ],
)
def test_what_the_command_refuses(app: Flask, session: Session, arguments: list[str], said: str) -> None:
    assert run(app, "add", *arguments) == (1, f"Error: {said}\n")
    assert organizations(session) == []


def test_the_owner_hears_of_it_by_an_email_from_the_organization(
    app: Flask, browser: FlaskClient, session: Session, settle: Callable[[], int], outbox: Outbox
) -> None:
    outbox.clear()
    assert (
        run(app, "add", "Nordic CIT", "--mail", "hello@nordic.example", "--owner", "aino@nordic.example")[0]
        == 0
    )
    settle()
    [letter] = outbox.messages()
    assert (letter["To"], letter["From"]) == ("aino@nordic.example", "Nordic CIT <hello@nordic.example>")
    assert letter["Subject"] == "You own Nordic CIT"
    [link] = re.findall(r"http://localhost(/sign-in/\S+)", text_of(letter))
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(link).text)
    assert found
    assert browser.post(link, data={"csrf_token": found[1]}).status_code == 303


@pytest.mark.parametrize(
    ("mail_from", "sender", "answers"),
    [
        ("", "Nordic CIT <hello@nordic.example>", None),
        (
            "Events <no-reply@events.example>",
            "Nordic CIT <no-reply@events.example>",
            "Nordic CIT <hello@nordic.example>",
        ),
        ("hello@nordic.example", "Nordic CIT <hello@nordic.example>", None),
    ],
)
def test_emails_are_from_the_organization_and_answers_go_to_it(
    app: Flask,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    mail_from: str,
    sender: str,
    answers: str | None,
) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], mail_from=mail_from))
    row = Organization(name="Nordic CIT", mail="hello@nordic.example")
    made = mail.compose(
        to="ana@x.example",
        name="",
        subject="x",
        text="x",
        html="x",
        message_id="<x@x>",
        language="en",
        organization=row,
    )
    assert (made["From"], made["Reply-To"]) == (sender, answers)


# ---------- at the start, and two at once ----------


def test_a_start_prints_a_link_while_nothing_is_set_up(
    app: Flask,
    browser: FlaskClient,
    session: Session,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(db.engine, "dispose", lambda: None)
    greet(app)
    greet(app)
    links = re.findall(r"Open this within 30 minutes: http://localhost(/set-up/\S+)", capsys.readouterr().out)
    assert len(set(links)) == 2
    assert send(browser, links[1]).status_code == 303
    greet(app)
    assert capsys.readouterr().out == ""


def test_a_start_without_its_database_goes_on(tmp_path: Path) -> None:
    greet(
        create_app(
            Settings(secret="of a laptop", database_url=f"postgresql+psycopg://nobody@/none?host={tmp_path}")
        )
    )


@pytest.fixture
def separate(postgres: Postgres) -> Iterator[Flask]:
    """On a database whose transactions are real."""
    made = add_commands(
        create_app(
            Settings(
                secret="test-secret",
                database_url=postgres.create_database("set_up"),
                base_url="http://localhost",
            )
        )
    )
    with made.app_context():
        Model.metadata.create_all(db.engine)
        yield made
        db.session.remove()
        Model.metadata.drop_all(db.engine)


def test_of_two_at_the_same_second_one_makes_it(separate: Flask) -> None:
    token = services.set_up_path(now()).rpartition("/")[2]
    start, answers = threading.Barrier(4), list[Any]()

    def act(number: int) -> None:
        with separate.app_context():
            start.wait()
            try:
                with transaction():
                    services.set_up(
                        token,
                        now(),
                        name=f"By {number}",
                        mail="",
                        host="",
                        owner="",
                        owner_mail=f"{number}@x.example",
                        language="en",
                    )
                answers.append("made")
            except DomainError as refusal:
                answers.append(refusal.code)

    threads = [threading.Thread(target=act, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["already_set_up"] * 3 + ["made"]
