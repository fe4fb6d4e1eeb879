"""/health says what works; /metrics answers only those who may read it."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents.core.db import transaction
from citevents.core.events import EventRow


def test_without_queue_and_relay_the_web_is_up_and_the_whole_is_degraded(
    client: FlaskClient, session: Session
) -> None:
    answer = client.get("/health")
    assert answer.status_code == 503
    body = answer.get_json()
    assert (body["database"], body["queue"], body["relay"], body["status"]) == (
        "up",
        "away",
        "away",
        "degraded",
    )
    assert client.get("/health/web").status_code == 200


def test_metrics_want_their_token(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/metrics").status_code == 404
    settings = dataclasses.replace(app.config["SETTINGS"], metrics_token="s3cret")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    answer = client.get("/metrics", headers={"Authorization": "Bearer s3cret"})
    assert answer.status_code == 200
    assert b"citevents_events_unrouted 0.0" in answer.data


def test_metrics_count_what_waits(
    app: Flask, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch, organization: object
) -> None:
    settings = dataclasses.replace(app.config["SETTINGS"], development=True)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    with transaction():
        session.add(EventRow(organization_id=organization.id, name="test.nobody_knows", payload={}))  # type: ignore[attr-defined]
    assert b"citevents_events_unrouted 1.0" in client.get("/metrics").data
