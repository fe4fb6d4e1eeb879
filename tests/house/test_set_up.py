"""What set-up leaves behind is what the product was tested with: an Arabic invoice, read by eye, after `./script/setup`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from citevents import create_app
from citevents.core.db import Organization, must
from citevents.locale import languages
from citevents.payments import queries
from citevents.payments.queries import InvoiceDocument
from citevents.registration.models import Order
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.house.paper import lines
from tests.registration.world import a_paid_order

ROOT = Path(__file__).resolve().parents[2]
SUM = "{ pwd; cat requirements/app.txt; } | cksum"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of the sources whose libraries are there already, as before the last step of `./script/setup`."""
    place = tmp_path_factory.mktemp("installed")
    (place / "script").mkdir()
    shutil.copy(ROOT / "script" / "setup", place / "script")
    shutil.copytree(ROOT / "requirements", place / "requirements")
    shutil.copytree(
        ROOT / "translations", place / "translations", ignore=shutil.ignore_patterns("*.mo", "*.pot")
    )
    (place / "citevents").symlink_to(ROOT / "citevents")
    (place / ".venv" / "bin").mkdir(parents=True)
    python = place / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    checksum = subprocess.run(["/bin/sh", "-c", SUM], cwd=place, capture_output=True, text=True, check=True)
    (place / ".venv" / ".made").write_text(f"app {checksum.stdout}")
    return place


def set_up(place: Path) -> list[str]:
    """What `./script/setup` says."""
    done = subprocess.run(
        ["./script/setup", "app"], cwd=place, capture_output=True, text=True, env=dict(os.environ), check=True
    )
    return done.stdout.splitlines()


@pytest.fixture
def invoice(session: Session, organization: Organization, settle: Callable[[], int]) -> InvoiceDocument:
    """Of a place that Amina paid for."""
    here = a_conference()
    placed = a_paid_order(here, a_ticket_type(here, a_quota(here), amount=10_000), name="Amina Yusuf")
    settle()
    [paper] = queries.papers(placed.order_id)
    return paper


@pytest.fixture
def browser(
    installed: Path, app: Flask, session: Session, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    """Somebody who reads Arabic, at the product as set-up left it."""
    set_up(installed)
    monkeypatch.setattr(languages, "TRANSLATIONS", installed / "translations")
    made = create_app(app.config["SETTINGS"])
    made.testing = True
    client = made.test_client()
    client.set_cookie("lang", "ar")
    return client


def test_an_arabic_invoice_is_read_as_it_is_written(browser: FlaskClient, invoice: InvoiceDocument) -> None:
    assert re.fullmatch(r"\d{4}-\d{6}", invoice.label)
    order = session_of(invoice)
    page = browser.get(f"/orders/{order}/receipts")
    assert page.status_code == 200
    assert f"فاتورة \u2068{invoice.label}\u2069" in page.text
    pdf = browser.get(f"/receipts/{invoice.invoice.public_id}.pdf")
    read = lines(pdf.get_data())
    assert [line.split()[0] for line in read if "ةروتاف" in line] == [invoice.label], read
    assert not any(invoice.label.replace("-", "") in line.replace("-", "")[::-1] for line in read)


def session_of(invoice: InvoiceDocument) -> str:
    return must(Order, invoice.invoice.order_id).public_id


def test_set_up_compiles_once_and_again_what_was_compiled_otherwise(installed: Path) -> None:
    """Also where the other file is newer: by an older version, by another compiler, by a copy with other dates."""
    compiled = installed / "translations" / "ar" / "LC_MESSAGES" / "messages.mo"
    compiled.unlink(missing_ok=True)
    assert set_up(installed) == ["setup     | Compiled the translations"]
    whole = compiled.read_bytes()
    assert "\u2068%(number)s\u2069".encode() in whole
    assert set_up(installed) == []
    source = compiled.with_suffix(".po")
    with source.open("rb") as read, compiled.open("wb") as write:
        write_mo(write, read_po(read))
    os.utime(compiled, (2**32, 2**32))
    assert "\u2068%(number)s\u2069".encode() not in compiled.read_bytes()
    assert set_up(installed) == ["setup     | Compiled the translations"]
    assert compiled.read_bytes() == whole


def test_there_is_one_compiler() -> None:
    """Nothing that a person or a machine runs compiles words by other means."""
    runs = [*(ROOT / "script").iterdir(), *(ROOT / ".ci").iterdir(), *(ROOT / "docs").glob("*.md")]
    runs += [
        ROOT / name for name in ("README.md", "CONTRIBUTING.md", "pyproject.toml", ".pre-commit-config.yaml")
    ]
    wrong = [
        path.name
        for path in runs
        if re.search(r"babel\.messages|pybabel|msgfmt|setup\.py compile", path.read_text("utf-8"))
    ]
    product = [*(ROOT / "citevents").rglob("*.py"), *(ROOT / "workers").glob("*.py")]
    writes = {path.name for path in product if "write_mo" in path.read_text("utf-8")}
    assert (wrong, writes) == ([], {"translations_cli.py"})
