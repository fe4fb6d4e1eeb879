"""What is kept of a form that was not sent: what could be sent, a page at most, and not without end."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from citevents.conferences.models import Conference, QuestionKind, TicketType
from citevents.core.db import must
from citevents.registration import form_drafts
from citevents.registration.forms import LARGEST_DRAFT
from citevents.registration.models import Draft
from tests.conferences.world import a_conference, a_question, a_quota, a_ticket_type
from tests.people.world import csrf

REGISTER = "/c/open/register"


@pytest.fixture
def kind(session: Session, organization: object) -> TicketType:
    conference = a_conference(slug="open")
    return a_ticket_type(conference, a_quota(conference), amount=0)


def update(client: FlaskClient, **fields: Any) -> TestResponse:
    """What the page's script sends when something was chosen."""
    return client.post(
        REGISTER,
        data={"csrf_token": csrf(client), "update": "1", **fields},
        headers={"HX-Request": "true"},
    )


def kept(session: Session) -> list[dict[str, Any]]:
    return list(session.scalars(sa.select(Draft.typed).order_by(Draft.id)))


def asked(ticket: TicketType, /, **changes: Any) -> Any:
    plain = {"sensitive": False, "reason": "", "erase_after_days": None}
    return a_question(must(Conference, ticket.conference_id), **plain | changes)


def test_only_what_the_form_offers_is_kept(client: FlaskClient, session: Session, kind: TicketType) -> None:
    one = asked(kind, label="You come as", kind=QuestionKind.ONE, options=["Officer", "Peer"])
    many = asked(kind, label="You like", kind=QuestionKind.MANY, options=["Tea", "Coffee"])
    answer = update(
        client,
        ticket="x" * 5000,
        add_ons=["no-such"] * 900,
        name="Aino",
        country="<b>",
        **{f"q{one.id}": "Emperor", f"q{many.id}": ["Tea", "Tea", "Gin"] * 30},
    )
    assert answer.status_code == 200
    assert kept(session) == [{"name": "Aino", f"q{many.id}": ["Tea"]}]


def test_what_can_be_sent_is_there_again(client: FlaskClient, session: Session, kind: TicketType) -> None:
    one = asked(kind, label="You come as", kind=QuestionKind.ONE, options=["Officer", "Peer"])
    text = asked(kind, label="Hopes", kind=QuestionKind.TEXT, options=[])
    sent = {
        "ticket": kind.public_id,
        "name": "Aino",
        "mail": "a@b.example",
        "country": "FI",
        f"q{one.id}": "Peer",
        f"q{text.id}": "Rest",
    }
    update(client, **sent)
    assert kept(session) == [sent]
    assert 'value="a@b.example"' in client.get(REGISTER).text


def test_a_kept_form_is_a_page_and_no_book(client: FlaskClient, session: Session, kind: TicketType) -> None:
    questions = [
        asked(kind, label=f"Question {number}", kind=QuestionKind.TEXT, options=[]) for number in range(5)
    ]
    update(client, name="n" * 9000, agency="ü" * 9000, **{f"q{each.id}": "字" * 9000 for each in questions})
    [typed] = kept(session)
    assert typed["name"] == "n" * 200
    assert typed["agency"] == "ü" * 200
    assert f"q{questions[0].id}" in typed
    assert len(json.dumps(typed, ensure_ascii=False).encode()) <= LARGEST_DRAFT


def test_one_browser_keeps_one_form(client: FlaskClient, session: Session, kind: TicketType) -> None:
    for name in ("Aino", "Aino L", "Aino Lehtonen"):
        update(client, name=name)
    assert kept(session) == [{"name": "Aino Lehtonen"}]


def test_one_caller_keeps_so_many_and_is_answered_all_the_same(
    app: Flask, session: Session, kind: TicketType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_drafts, "NEW_PER_CALLER", 3)
    monkeypatch.setattr(form_drafts, "AGAIN_PER_CALLER", 5)
    first = app.test_client()
    for number in range(5):
        answer = update(first if number == 0 else app.test_client(), name=f"Guest {number}")
        assert answer.status_code == 200
    assert [each["name"] for each in kept(session)] == ["Guest 0", "Guest 1", "Guest 2"]
    for name in ("again", "once more", "too often"):
        assert update(first, name=name).status_code == 200
    assert [each["name"] for each in kept(session)] == ["once more", "Guest 1", "Guest 2"]
