"""/health says what works; /metrics answers only those who may read it."""

from __future__ import annotations

import dataclasses

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session

from citevents.core import circuits
from citevents.core.clock import now
from citevents.core.db import Organization, transaction
from citevents.core.errors import Later
from citevents.core.events import EventRow
from citevents.engines.figures import Figures
from citevents.operations import disks, metrics


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


def test_an_event_of_a_kind_that_nobody_knows_is_no_alarm_and_one_that_is_known_is(
    client: FlaskClient, session: Session, organization: Organization
) -> None:
    """A newer version's event waits for a relay that knows it; an old one of ours means that no relay works."""
    old = sa.text("UPDATE event SET recorded_at = now() - interval '1 hour'")
    session.add(EventRow(organization_id=organization.id, name="future.thing", payload={}))
    session.flush()
    session.execute(old)
    assert client.get("/health").get_json()["relay_lag_seconds"] == 0
    session.add(
        EventRow(organization_id=organization.id, name="conference.opened", payload={"conference_id": 1})
    )
    session.flush()
    session.execute(old)
    assert client.get("/health").get_json()["relay_lag_seconds"] > 3000


def test_who_is_away_outside_is_named(client: FlaskClient, session: Session) -> None:
    assert client.get("/health").get_json()["away"] == []
    with circuits.attempting(1):
        circuits.failed(Later("421", destination="mail"), 1, now(), 1.0)
    assert client.get("/health").get_json()["away"] == ["mail"]


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


def test_requests_are_counted_by_how_long_they_took(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "REQUESTS", Figures(width=16))
    monkeypatch.setitem(app.config, "SETTINGS", dataclasses.replace(app.config["SETTINGS"], development=True))
    for seconds in (0.001, 0.03, 99.0):
        metrics.observe("portal.home", "GET", 200, seconds)
    metrics.observe("portal.home", "BREW", 405, 0.2)
    counted = {
        (sample.labels["method"], sample.labels.get("le", sample.name.rpartition("_")[2])): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if family.name == "citevents_request_seconds" and sample.labels["endpoint"] == "portal.home"
    }
    asked = {le: value for (method, le), value in counted.items() if method == "GET"}
    assert (asked["0.002"], asked["0.025"], asked["0.05"], asked["10.0"], asked["+Inf"]) == (1, 1, 2, 2, 3)
    assert (asked["count"], asked["sum"]) == (3, pytest.approx(99.031))
    assert counted["other", "count"] == 1


def test_a_full_folder_is_named(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disks, "FULL_BELOW", 10**18)
    monkeypatch.setattr(disks, "_no_room", lambda disk: disk.f_bavail * disk.f_frsize < disks.FULL_BELOW)
    body = client.get("/health").get_json()
    assert body["full"][0] == "data"
    assert body["status"] == "degraded"


def test_a_database_that_refused_for_want_of_room_counts_as_full_for_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(disks, "_refusals", Figures(width=1, parts=1, rows=1))
    assert not disks.database_refused(1000.0)
    disks._refusals.add("database", {0: 1000.0})
    assert disks.database_refused(1059.0)
    assert not disks.database_refused(1061.0)


def test_the_figures_are_open_on_a_laptop_only(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever development mode says elsewhere, and for whoever reaches the laptop under another name."""
    laptop = dataclasses.replace(app.config["SETTINGS"], development=True)
    monkeypatch.setitem(app.config, "SETTINGS", laptop)
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"Host": "events.example"}).status_code == 404
    monkeypatch.setitem(
        app.config, "SETTINGS", dataclasses.replace(laptop, base_url="https://events.example")
    )
    assert client.get("/metrics").status_code == 404
