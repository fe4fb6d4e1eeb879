"""The sample world keeps to itself: no door of it opens by itself on a public address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from citevents.core.access import Role
from citevents.core.db import Organization, transaction
from citevents.people import services
from citevents.portal.demo.load import PERSONAS, persona


@pytest.fixture
def public(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    settings = replace(app.config["SETTINGS"], base_url="https://events.example")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    return app


@pytest.fixture
def personas(organization: Organization) -> None:
    with transaction():
        ids = dict(zip(PERSONAS, services.find_or_make_all([persona(key) for key in PERSONAS]), strict=True))
        services.grant(ids["organizer"], Role.OWNER)
        services.grant(ids["coordinator"], Role.EXCHANGE_COORDINATOR)


def links(app: Flask) -> dict[str, bool]:
    """Which of the four get a link."""
    said = app.test_cli_runner().invoke(args=["demo", "links"]).output
    return {line.split()[0]: "/sign-in/" in line for line in said.splitlines()}


def test_a_laptop_gets_all_four_links(app: Flask, personas: Any) -> None:
    assert links(app) == dict.fromkeys(PERSONAS, True)


def test_on_a_public_address_nobody_with_a_role_gets_one(public: Flask, personas: Any) -> None:
    assert links(public) == {"attendee": True, "organizer": False, "leader": True, "coordinator": False}


def test_a_real_organization_has_no_sample_people(
    app: Flask, personas: Any, organization: Organization
) -> None:
    with transaction():
        organization.sample = False
    assert links(app) == {}


def test_the_sample_world_is_not_loaded_on_a_public_address(public: Flask, session: Session) -> None:
    said = public.test_cli_runner().invoke(args=["demo", "load"])
    assert said.exit_code == 1
    assert "If it is meant so: CITEVENTS_ALLOW=demo." in said.output
