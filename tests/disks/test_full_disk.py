"""A disk that is full to its last byte, one after the other: pages are read, orders are taken or refused whole, /health says which.

The real web server, PostgreSQL and Valkey, each on a small disk of its own.
"""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import redis
import requests
import sqlalchemy as sa

from citevents import create_app
from citevents.config import Settings
from citevents.core.db import Model, Organization, as_organization, db, session, transaction
from citevents.engines.console import Console
from citevents.engines.ports import free_port
from citevents.engines.postgres import Postgres
from citevents.engines.secret import kept, written
from citevents.engines.valkey import Valkey
from citevents.operations.invariants import violations
from citevents.registration.models import Order
from standins.mail import Outbox
from tests.attack.browser import Browser, Page
from tests.conferences.world import a_conference, a_quota, a_ticket_type
from tests.conftest import carried_out
from tests.cost.stand import SECRET, Server
from tests.disks.small import fill, small
from tests.patience import eventually

ONE_STORY = True  # the last test looks whether all is whole after the others

ROOT = Path(__file__).parents[2]
_guests = count(1)
READ = (
    "/",
    "/c/open",
    "/c/open/register",
    "/sign-in",
    "/about/help",
    "/preferences",
    "/health/web",
)


@dataclass
class Small:
    """The product on small disks: `disks` by the name of what lies on them."""

    app: Any
    home: str
    disks: dict[str, Path]
    queue: redis.Redis
    ticket: str

    def health(self) -> dict[str, Any]:
        return dict(requests.get(f"{self.home}/health", timeout=20).json())

    def reads(self) -> list[str]:
        """Pages that could not be read."""
        return [path for path in READ if requests.get(self.home + path, timeout=20).status_code != 200]

    def order(self) -> requests.Response:
        """Somebody new registers, by the form."""
        browser, number = Browser(self.home), next(_guests)
        page = browser.get("/c/open/register")
        assert isinstance(page, Page)
        form = page.form("/register")
        changes = {
            "ticket": self.ticket,
            "name": f"Guest {number}",
            "mail": f"guest{number}@full.example",
            "country": "FI",
            "terms": "y",
            "go": "",
        }
        values = form.values | {name: [value] for name, value in changes.items()}
        return browser.session.post(
            f"{self.home}/c/open/register", data=values, timeout=60, allow_redirects=False
        )

    def orders(self) -> int:
        with self.app.app_context():
            found = session().scalar(
                sa.select(sa.func.count()).select_from(Order).execution_options(all_organizations=True)
            )
            return int(found or 0)


@pytest.fixture(scope="module")
def house(outbox: Outbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    import workers.reactions  # noqa: F401

    root = tmp_path_factory.mktemp("disks")
    with ExitStack() as stack:
        disks = {
            name: stack.enter_context(small(root / name, megabytes))
            for name, megabytes in {"database": 300, "queue": 24, "data": 24, "temporary": 24}.items()
        }
        postgres = stack.enter_context(Postgres(disks["database"] / "pg"))
        valkey = stack.enter_context(Valkey(disks["queue"] / "valkey"))
        url = postgres.create_database("citevents")
        app = create_app(
            Settings(
                database_url=url,
                smtp_url=outbox.smtp_url,
                redis_url=valkey.url,
                secret=SECRET,
                base_url="http://localhost",
                data=root,
            )
        )
        with app.app_context():
            Model.metadata.create_all(db.engine)
            with transaction() as current:
                current.add(
                    made := Organization(name="Small (sample)", mail="hello@cit.example", sample=True)
                )
                current.flush()
                number = made.id
            with as_organization(number):
                conference = a_conference(slug="open")
                ticket = a_ticket_type(conference, a_quota(conference, capacity=100_000), amount=0).public_id
            session().close()
        env = {
            "DATABASE_URL": url,
            "REDIS_URL": valkey.url,
            "CITEVENTS_SECRET": SECRET,
            "CITEVENTS_BASE_URL": "http://localhost",
            "CITEVENTS_DATA": str(disks["data"]),
            "TMPDIR": str(disks["temporary"]),
        }
        server = stack.enter_context(Server("app:app", env))
        yield Small(app, f"http://127.0.0.1:{server.port}", disks, redis.Redis.from_url(valkey.url), ticket)
        with app.app_context():
            session().close()
            db.engine.dispose()


@pytest.mark.parametrize(("disk", "named"), [("data", "data"), ("temporary", "temporary files")])
def test_a_folder_of_ours_is_full_and_everything_goes_on(house: Small, disk: str, named: str) -> None:
    filler = fill(house.disks[disk])
    try:
        assert house.health()["full"] == [named]
        assert house.reads() == []
        assert house.order().status_code == 303
    finally:
        filler.unlink()
    assert house.health()["full"] == []


def test_the_queue_is_full_and_orders_are_taken(house: Small) -> None:
    filler = fill(house.disks["queue"])
    try:
        with pytest.raises(redis.ResponseError):  # MISCONF: it takes nothing more
            for _ in range(200):
                house.queue.set("probe", "x" * 4096)
                time.sleep(0.05)
        assert house.health()["queue"] == "full"
        assert house.reads() == []
        assert house.order().status_code == 303
    finally:
        filler.unlink()
    assert eventually(lambda: house.health()["queue"] == "up")
    house.queue.set("probe", "again")


def test_the_database_is_full_and_nothing_is_taken_by_halves(house: Small) -> None:
    """Reading goes on; an order is refused on a page that says so, with the time to come back; then all is whole."""
    before, answers = house.orders(), list[int]()
    filler = fill(house.disks["database"])
    try:
        refused = None
        while refused is None and len(answers) < 300:  # some fit into pages that are there already
            answer = house.order()
            answers.append(answer.status_code)
            refused = answer if answer.status_code == 503 else None
        assert refused is not None
        assert int(refused.headers["Retry-After"]) > 0
        assert "<h1" in refused.text
        assert house.health()["database"] == "full"
        # A rush at a full disk: each is answered, and the database lives.
        answers += [house.order().status_code for _ in range(40)]
        assert house.reads() == []
    finally:
        filler.unlink()
    assert eventually(lambda: answers.append(house.order().status_code) or answers[-1] == 303)
    assert set(answers) == {303, 503}
    assert house.orders() == before + answers.count(303)


def test_all_is_whole_after_it(house: Small, outbox: Outbox) -> None:
    """What waits is carried out, and every invariant holds: as many emails as orders, none lost, none twice."""
    with house.app.app_context():
        carried_out()
        assert violations() == []
        session().close()
    guests = [str(each["To"]) for each in outbox.messages() if "@full.example" in str(each["To"])]
    assert len(guests) == len(set(guests)) == house.orders() > 3


def test_a_log_without_room_stops_nobody_and_is_written_on_when_there_is_some(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as nowhere:
        console = Console(nowhere)
        console.say("this line is lost")
        console.line("web", "and this one")
        assert console._out is nowhere, "the next line is tried again"
        with suppress(OSError):
            nowhere.close()


def test_a_mail_server_without_room_says_that_it_is_a_matter_of_time(tmp_path: Path) -> None:
    with small(tmp_path / "mail", 4) as folder, Outbox(folder) as outbox:
        filler = fill(folder)
        host, port = outbox.smtp_url.removeprefix("smtp://").split(":")
        with smtplib.SMTP(host, int(port)) as client, pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail("a@x.example", "b@x.example", "Subject: x\r\n\r\n" + "xyz\r\n" * 20_000)
        assert refusal.value.smtp_code == 452
        filler.unlink()
        with smtplib.SMTP(host, int(port)) as client:
            client.sendmail("a@x.example", "b@x.example", "Subject: x\r\n\r\nx")
        assert len(outbox.messages()) == 1


def test_a_start_on_a_full_disk_says_so_and_leaves_no_half_a_secret(tmp_path: Path) -> None:
    with small(tmp_path / "data", 8) as folder:
        filler = fill(folder)
        started = subprocess.run(
            [sys.executable, "-m", "citevents.engines"],
            cwd=ROOT,
            env=os.environ | {"CITEVENTS_DATA": str(folder), "CITEVENTS_PORT": str(free_port(1 << 16))},
            capture_output=True,
            text=True,
        )
        assert started.returncode == 1
        assert "is full. Make room, then start again." in started.stdout
        assert "Traceback" not in started.stderr
        assert [path.name for path in folder.glob("*secret*")] == []
        filler.unlink()
        assert len(kept(folder / "secret")) == 64
        assert (folder / "secret").stat().st_mode & 0o777 == 0o600


def test_what_runs_already_set_up_starts_without_room_for_its_environment(tmp_path: Path) -> None:
    with small(tmp_path / "data", 8) as folder:
        fill(folder)
        with written(folder / "environment", {"A": "b" * 5000}):
            assert not (folder / "environment").exists()


def test_a_secret_of_nothing_is_none(tmp_path: Path) -> None:
    """Left by a start on a full disk, once."""
    (tmp_path / "secret").touch()
    made = kept(tmp_path / "secret", "sk_test_")
    assert made.startswith("sk_test_")
    assert kept(tmp_path / "secret") == made
