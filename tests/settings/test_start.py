"""Processes that serve or carry out do not start half told; commands that sign nothing do."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from citevents import create_app
from citevents.core.db import Organization, transaction
from citevents.engines import EngineError
from citevents.engines.options import Choices
from citevents.engines.topology import plan
from citevents.people import services
from tests.settings.secret import SECRET
from workers.commands import add_commands

ROOT = Path(__file__).resolve().parents[2]
BARE = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SSL_CERT_FILE") if name in os.environ}
GUNICORN = ["-m", "gunicorn", "--bind", "127.0.0.1:0"]
SERVING = {
    "gunicorn as it is documented": [*GUNICORN, "--config", "citevents/engines/gunicorn.py", "app:app"],
    "gunicorn by itself": [*GUNICORN, "app:app"],
    "flask run": ["-m", "flask", "--app", "app", "run", "--port", "0"],
    "a worker": ["-m", "workers.process", "money"],
    "the relay": ["-m", "workers.relay"],
}
PUBLIC = {
    "DATABASE_URL": "postgresql:///nowhere",
    "REDIS_URL": "redis://nowhere",
    "CITEVENTS_BASE_URL": "https://events.example",
}


def run(command: list[str], tmp_path: Path, **env: str) -> tuple[int, str]:
    """The exit status of a process and all that it said."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**BARE, "CITEVENTS_DATA": str(tmp_path), "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("what", SERVING)
def test_nothing_serves_or_carries_out_without_a_secret(what: str, tmp_path: Path) -> None:
    status, said = run(
        SERVING[what], tmp_path, DATABASE_URL="postgresql:///nowhere", REDIS_URL="redis://nowhere"
    )
    assert status != 0
    assert "CITEVENTS_SECRET is missing: it signs sign-ins and links." in said
    assert "Traceback" not in said


@pytest.mark.parametrize("what", ["gunicorn as it is documented", "a worker"])
def test_nor_with_a_laptops_defaults_on_a_public_address(what: str, tmp_path: Path) -> None:
    status, said = run(SERVING[what], tmp_path, **PUBLIC, CITEVENTS_SECRET=SECRET, CITEVENTS_DEMO="1")
    assert status != 0
    for name in (
        "CITEVENTS_DEMO=1 fills",
        "SMTP_URL is missing",
        "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are missing",
    ):
        assert f"- {name}" in said
    assert "CITEVENTS_SECRET" not in said


def test_an_address_of_a_mail_server_that_is_none_is_said_at_the_start(tmp_path: Path) -> None:
    status, said = run(
        SERVING["the relay"],
        tmp_path,
        **PUBLIC,
        CITEVENTS_SECRET=SECRET,
        SMTP_URL="smtps//cit:s3cret@mail.example",
    )
    assert (status, said.splitlines()[0].partition(".")[0]) == (
        3,
        "SMTP_URL must begin with smtp:// or smtps://",
    )
    assert "s3cret" not in said


@pytest.mark.parametrize("command", [["house"], ["words", "missing"], ["people", "--help"]])
def test_a_command_that_signs_nothing_needs_no_secret(command: list[str], tmp_path: Path) -> None:
    assert run(["-m", "flask", "--app", "app", *command], tmp_path, **PUBLIC)[0] == 0


def test_a_command_that_signs_says_what_it_needs(
    app: Flask, session: Session, organization: Organization
) -> None:
    with transaction():
        services.find_or_make("olu@cit.example", "Olu")
    bare = add_commands(create_app(replace(app.config["SETTINGS"], secret="")))
    with bare.app_context():
        said = bare.test_cli_runner().invoke(args=["people", "link", "olu@cit.example"])
    assert (said.exit_code, said.output.partition(",")[0]) == (1, "Error: CITEVENTS_SECRET is not set")


# ---------- the supervisor ----------


def planned(data: Path, **environ: str) -> list[str]:
    made = plan(Choices.read({"CITEVENTS_DATA": str(data), **environ}))
    return [*(child.name for child in made.children), *(step.name for step in made.steps)]


def test_the_supervisor_refuses_before_it_makes_anything(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as refused:
        planned(tmp_path / "data", CITEVENTS_BASE_URL="https://events.example")
    lines = str(refused.value).splitlines()
    assert [line.split()[1] for line in lines[1:-2]] == ["CITEVENTS_SECRET", "SMTP_URL", "STRIPE_SECRET_KEY"]
    assert not (tmp_path / "data").exists()
    status, said = run(
        ["-m", "citevents.engines"], tmp_path / "data", CITEVENTS_BASE_URL="https://events.example"
    )
    assert (status, "CITEVENTS_SECRET is missing" in said, "Traceback" in said) == (1, True, False)


def test_what_is_meant_so_is_said_and_then_planned(tmp_path: Path) -> None:
    base = {"CITEVENTS_BASE_URL": "https://events.example", "CITEVENTS_SECRET": SECRET}
    mail = {"SMTP_URL": "smtp://cit:dZ81kq@mail.internal:587"}
    product = ["relay", "worker", "bulk", "runs", "web"]
    assert planned(tmp_path, **base, **mail, CITEVENTS_ALLOW="no-payments") == [*product, "migrate"]
    assert planned(tmp_path, **base, CITEVENTS_ALLOW="outbox,stand-in,demo", CITEVENTS_DEMO="1") == [
        "mail",
        "stripe",
        *product,
        "migrate",
        "demo",
    ]


def test_nothing_of_a_laptop_is_switched_on_by_a_stand_in_elsewhere(tmp_path: Path) -> None:
    environ = {
        "CITEVENTS_DATA": str(tmp_path),
        "CITEVENTS_BASE_URL": "https://events.example",
        "CITEVENTS_SECRET": SECRET,
        "CITEVENTS_ALLOW": "outbox, stand-in",
    }
    env = plan(Choices.read(environ)).env
    assert (env["CITEVENTS_DEVELOPMENT"], env["CITEVENTS_DEMO"]) == ("0", "0")
