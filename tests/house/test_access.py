"""Who may enter, asked of every route there is; and what attackers try on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule

from citevents import create_app
from citevents.conferences.models import ConferenceState
from citevents.config import Settings
from citevents.core import access, audit
from citevents.core.access import Door, Grant, Identity, Role
from citevents.core.audit import AuditEntry
from citevents.core.db import Organization, transaction
from tests.conferences.world import a_conference
from tests.house.routes import APP, RULES, SLUG, a_method, declared, made_up, name
from tests.people.world import a_person, csrf, sign_in_as, staff


def those(*doors: Door) -> list[Rule]:
    return [rule for rule in RULES if _has(rule, *doors)]


def _has(rule: Rule, *doors: Door) -> bool:
    found = getattr(APP.view_functions[rule.endpoint], "access", None)
    return found is not None and found.door in doors


every_rule = pytest.mark.parametrize("rule", RULES, ids=name)


# ---------- declarations ----------


@every_rule
def test_every_route_says_who_may_enter(rule: Rule) -> None:
    assert getattr(APP.view_functions[rule.endpoint], "access", None) is not None, (
        f"{rule.endpoint}: put @public, @by_link, @signed_in, @freshly_signed_in, @allowed or @machine under the route"
    )


@every_rule
def test_every_declaration_is_whole(rule: Rule) -> None:
    what = declared(rule)
    assert (what.door is Door.ROLE) == bool(what.roles)
    assert (what.door is Door.MACHINE) == bool(what.proof), "a machine's route says what it verifies"
    if rule.rule.startswith("/desk"):
        assert what.door is Door.ROLE, "desks are for roles"
    if what.door is Door.LINK:
        assert rule.arguments, "a link has something to look up"
    if what.anywhere:
        assert "conference" not in rule.arguments, (
            "a page of one conference is not opened by a role for another"
        )


def test_a_route_without_a_declaration_is_refused_when_it_is_asked_for(app: Flask) -> None:
    made = create_app(Settings(secret="x"))
    made.testing = True
    made.add_url_rule("/forgotten", "assets.forgotten", lambda: "open")
    made.before_request_funcs[None] = [access.enforce]
    with pytest.raises(RuntimeError, match="does not say who may enter"):
        made.test_client().get("/forgotten")


# ---------- the guard, as each kind of person ----------


@contextmanager
def asking(app: Flask, rule: Rule, identity: Identity | None) -> Iterator[None]:
    """Inside a request to this route by this person, before the view."""
    path = made_up(rule)
    with app.app_context(), app.test_request_context(path, method=a_method(rule)) as context:
        context.match_request()
        g.identity = identity
        yield


def verdict(app: Flask, rule: Rule, identity: Identity | None) -> str:
    with asking(app, rule, identity):
        try:
            answer = access.enforce()
        except NotFound:
            return "404"
    if answer is None:
        return "in"
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].startswith("/sign-in")
    return "sign in"


def somebody(*grants: Grant, fresh: bool = True) -> Identity:
    held = frozenset(grants)
    return Identity(
        person_id=1,
        name="Somebody",
        call_name="Somebody",
        mail="somebody@cit.example",
        fresh=fresh,
        grants=held if fresh else frozenset(),
        asleep=frozenset() if fresh else held,
    )


@pytest.fixture
def here(app: Flask, organization: Organization) -> int:
    """The id of the conference that made-up paths name."""
    return a_conference(slug=SLUG).id


@every_rule
def test_who_is_let_in(app: Flask, here: int, rule: Rule) -> None:
    """The whole matrix: strangers, people, people of an old letter, and each role here, there and everywhere."""
    what = declared(rule)
    stranger, person = verdict(app, rule, None), verdict(app, rule, somebody())
    old_letter = verdict(app, rule, somebody(fresh=False))
    if what.door in (Door.PUBLIC, Door.LINK, Door.MACHINE):
        assert (stranger, person, old_letter) == ("in", "in", "in")
    elif what.door is Door.SIGNED_IN:
        assert (stranger, person, old_letter) == ("sign in", "in", "in")
    elif what.door is Door.FRESH:
        assert (stranger, person, old_letter) == ("sign in", "in", "sign in")
    else:
        assert (stranger, person, old_letter) == ("sign in", "404", "404")
    if what.door is not Door.ROLE:
        return
    of_one = "conference" in rule.arguments
    for role in Role:
        fits = role in what.roles or role is Role.OWNER
        for conference_id in (None, here, here + 1):
            grant = Grant(role, conference_id)
            may = fits and (what.anywhere or conference_id is None or (of_one and conference_id == here))
            assert verdict(app, rule, somebody(grant)) == ("in" if may else "404"), grant
            assert verdict(app, rule, somebody(grant, fresh=False)) == ("sign in" if may else "404"), grant


@pytest.mark.parametrize(
    "rule", [rule for rule in those(Door.ROLE) if "conference" in rule.arguments], ids=name
)
def test_a_conference_that_is_not_there_is_not_found_for_an_owner_either(
    app: Flask, organization: Organization, rule: Rule
) -> None:
    assert verdict(app, rule, somebody(Grant(Role.OWNER))) == "404"


# ---------- over the wire ----------


@pytest.mark.parametrize(
    "rule", [rule for rule in those(Door.SIGNED_IN, Door.FRESH, Door.ROLE) if "GET" in rule.methods], ids=name
)
def test_strangers_are_sent_to_the_door_and_back(client: FlaskClient, here: int, rule: Rule) -> None:
    path = made_up(rule)
    answer = client.get(f"{path}?x=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/sign-in?next={path}?x%3D1"


@pytest.mark.parametrize("rule", [rule for rule in those(Door.ROLE) if "GET" in rule.methods], ids=name)
def test_what_is_not_yours_looks_like_what_is_not_there(
    client: FlaskClient, organization: Organization, rule: Rule
) -> None:
    """A draft that one may not know of answers like a conference that nobody ever thought of."""
    a_conference(slug=SLUG, state=ConferenceState.DRAFT)
    sign_in_as(client, a_person())
    path = made_up(rule)
    nowhere = path.replace(f"/{SLUG}", "/else") if "conference" in rule.arguments else "/nothing-here"
    closed, absent = client.get(path), client.get(nowhere)
    assert closed.status_code == absent.status_code == 404
    assert _without_secrets(closed.text, path) == _without_secrets(absent.text, nowhere)


def _without_secrets(page: str, path: str) -> str:
    page = re.sub(r'nonce="[^"]*"|name="csrf_token" value="[^"]*"', "", page)
    return page.replace(path, "PATH").replace(f"/c/{SLUG}", "/c/else")


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if {"POST", "PUT", "DELETE", "PATCH"} & (rule.methods or set())], ids=name
)
def test_forms_without_their_token_are_refused(client: FlaskClient, here: int, rule: Rule) -> None:
    """Even for an owner, whose browser another site makes send the form."""
    if declared(rule).door is Door.MACHINE:
        pytest.skip("proves itself: " + declared(rule).proof)
    staff(client, Role.OWNER)
    path = made_up(rule, "POST")
    for sent in ({}, {"csrf_token": "x"}, {"csrf_token": csrf(client.application.test_client(), "/sign-in")}):
        assert client.post(path, data=sent).status_code == 400
    assert client.post(path, json={}).status_code == 400


@pytest.mark.parametrize(
    "rule",
    [
        rule
        for rule in those(Door.PUBLIC, Door.LINK)
        if "GET" in rule.methods and rule.endpoint != "assets.parts"
    ],
    ids=name,
)
def test_every_open_page_carries_the_headers_and_sets_nobody_up(
    client: FlaskClient, here: int, rule: Rule
) -> None:
    answer = client.get(made_up(rule))
    assert answer.status_code < 500 or rule.endpoint.startswith("operations."), (
        "health may say that all is not well"
    )
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert re.search(r"script-src 'nonce-[\w-]{20,}'", policy)
    # Kept pages share a nonce: a second policy allows files of ours only, nonce or not.
    assert policy.endswith(", script-src 'self'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    if answer.mimetype == "text/html":
        nonces = set(re.findall(r'<script nonce="([^"]*)"', answer.text))
        assert len(nonces) <= 1
        assert all(nonce in policy for nonce in nonces)
        assert "<script>" not in answer.text
        assert not re.search(r"<[^>]+ (style|on[a-z]+)=", answer.text)


@pytest.mark.parametrize("rule", [rule for rule in RULES if "GET" in rule.methods], ids=name)
def test_strange_ids_are_not_found_and_break_nothing(client: FlaskClient, here: int, rule: Rule) -> None:
    """NUL, markup, a number beyond every number, another script: no page may fall over."""
    staff(client, Role.OWNER)
    texts = [argument for argument in rule.arguments if argument != "conference"]
    if not texts:
        pytest.skip("nothing to vary")
    for strange in ("%00", "%3Cscript%3E", "9" * 25, "%D8%A3", "a" * 500):
        path = re.sub(r"<(?:[^:<>]+:)?(?!conference>)[^<>]+>", strange, rule.rule)
        path = re.sub(r"<[^<>]*conference>", SLUG, path)
        answer = client.get(path)
        assert answer.status_code < 500, f"{path}: {answer.status_code}"
        assert "<script>" not in answer.text


# ---------- hosts, proxies, cookies ----------


def built(**settings: Any) -> Flask:
    made = create_app(Settings(secret="test-secret", **settings))
    made.testing = True
    return made


def test_a_host_that_is_not_ours_is_refused_where_ours_are_named(
    session: Session, organization: Organization
) -> None:
    client = built(trusted_hosts=("cit.example",)).test_client()
    assert client.get("/sign-in", headers={"Host": "cit.example"}).status_code == 200
    for host in ("evil.example", "cit.example.evil.example", "cit.example@evil.example", "evil.example:80"):
        answer = client.get("/sign-in", headers={"Host": host})
        assert answer.status_code == 400, host
        assert "evil" not in answer.text


def test_proxy_headers_count_only_where_a_proxy_is_declared(
    session: Session, organization: Organization
) -> None:
    from citevents.core import rate_limits

    sent = {
        "X-Forwarded-For": "198.51.100.1, 203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "front.example",
    }
    seen: list[tuple[str, str]] = []
    for proxies in (0, 1):
        made = built(proxies=proxies)
        made.before_request_funcs[None].append(  # type: ignore[arg-type]
            lambda: seen.append((rate_limits.caller(), __import__("flask").request.host_url))
        )
        made.test_client().get("/sign-in", headers=sent)
    assert seen == [("127.0.0.1", "http://localhost/"), ("203.0.113.9", "https://front.example/")]


def test_cookies_are_for_our_pages_only(session: Session, organization: Organization) -> None:
    https = built(base_url="https://cit.example").test_client()
    answer = https.get("/sign-in", base_url="https://cit.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-citevents=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Strict-Transport-Security" not in built().test_client().get("/sign-in").headers


def test_pages_of_somebody_are_kept_by_nobody(client: FlaskClient) -> None:
    assert client.get("/sign-in").headers["Cache-Control"] == "private, no-cache"
    sign_in_as(client, a_person())
    answer = client.get("/sign-out")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize("rule", [rule for rule in those(Door.ROLE) if "POST" in rule.methods], ids=name)
def test_no_act_of_a_desk_goes_without_an_entry(app: Flask, session: Session, here: int, rule: Rule) -> None:
    """Whatever a desk's form changes: where the service wrote no entry of its own, the edge's transaction does."""
    with app.app_context(), app.test_request_context(made_up(rule, "POST"), method="POST") as context:
        context.match_request()
        g.identity = None
        with transaction():
            session.add(Organization(name="Changed", host="changed.example"))
        [entry] = session.scalars(sa.select(AuditEntry)).all()
        assert (entry.act, entry.subject, entry.details["route"]) == ("act", "desk", rule.endpoint)
        assert entry.subject_id == (here if "conference" in rule.arguments else 0)
        with transaction():
            audit.record("publish", "agenda", 1)
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 2


def test_acts_elsewhere_and_refused_ones_leave_none(app: Flask, session: Session, here: int) -> None:
    for path, method in (("/preferences", "POST"), (f"/desk/c/{SLUG}/settings", "GET")):
        with app.app_context(), app.test_request_context(path, method=method) as context:
            context.match_request()
            with transaction():
                session.add(Organization(name="Changed", host=f"{method}.example"))
    with (
        app.app_context(),
        app.test_request_context(f"/desk/c/{SLUG}/settings", method="POST") as context,
        pytest.raises(NotFound),
    ):
        context.match_request()
        with transaction():
            raise NotFound()
    assert session.scalars(sa.select(AuditEntry)).all() == []


def test_no_template_escapes_the_policy() -> None:
    """No inline script or style, no marking of foreign text as safe."""
    wrong = []
    for path in (Path(__file__).parents[2] / "templates").rglob("*.html"):
        if "emails" in path.parts:
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if re.search(
                r"\|\s*safe\b|autoescape false|<script(?![^>]*nonce=)|<style|\sstyle=|\son[a-z]+=\"", line
            ):
                wrong.append(f"{path.name}:{number}")
    assert wrong == []
