"""Registration as buyers meet it: orders per second through the public flow, beside the bare floor.

    .venv/bin/python -m benchmarks.registration [--orders 1000] [--rounds 3] [--old 0,100000]

Embedded PostgreSQL with durable commits, two gunicorn workers each as in production, 16 buyers at once on the same machine.
A buyer opens the form, sends it, and opens the confirmation: a free ticket, everybody new. `--old N` fills the conference
with N confirmed registrations first; several numbers are several houses. Houses and floor take turns, so that a noisy
neighbour hits all, and the database's CPU per order is compared.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import urlencode

import psutil
import sqlalchemy as sa

from benchmarks import floor
from citevents import create_app
from citevents.config import Settings
from citevents.core.db import Model, Organization, as_organization, current_organization_id, db, session
from citevents.engines.postgres import Postgres

BUYERS = 16
ROOT = Path(__file__).parents[1]
Steps = dict[str, list[float]]


# ---------- servers ----------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(app: str, environment: dict[str, str], log: Path) -> Iterator[tuple[int, psutil.Process]]:
    """Two workers of `app` on a free port of this machine."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", "citevents/engines/gunicorn.py"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--max-requests", "0", app]
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        for _attempt in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"{app} does not answer: {log.read_text()[-2000:]}")
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(15)


def cpu(*roots: psutil.Process) -> float:
    """CPU seconds of these processes and their children, dead ones included."""
    used = 0.0
    for root in roots:
        for each in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                used += times.user + times.system
        times = root.cpu_times()
        used += times.children_user + times.children_system
    return used


# ---------- a browser, as small as can be ----------


@dataclass
class Browser:
    """Keeps cookies; every request is a connection, as sync workers serve them."""

    port: int
    steps: Steps
    lock: threading.Lock
    cookies: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    #: A crowd comes from as many networks, which the proxy in front names; of one the house takes only its share.
    address: str = field(default_factory=lambda: str(IPv4Address(secrets.randbits(32))))

    def ask(
        self, step: str, method: str, path: str, fields: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        """(status, where it redirects to, body)."""
        body = urlencode(fields or {}).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Accept-Language: en", "Connection: close"]
        lines.append(f"X-Forwarded-For: {self.address}")
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        began = time.perf_counter()
        with socket.create_connection(("127.0.0.1", self.port), 30) as wire:
            wire.sendall("\r\n".join([*lines, "", ""]).encode() + (body if method == "POST" else b""))
            answer = b"".join(iter(lambda: wire.recv(65536), b""))
        took = time.perf_counter() - began
        head, _, content = answer.partition(b"\r\n\r\n")
        text = head.decode("latin-1")
        for name, value in re.findall(r"(?im)^set-cookie: ([^=]+)=([^;\r]*)", text):
            self.cookies[name] = value
        where = re.search(r"(?im)^location: (\S+)", text)
        self.requests += 1
        with self.lock:
            self.steps[step].append(took)
        return int(text.split(" ", 2)[1]), where[1] if where else "", content.decode()


def buy_at_house(browser: Browser, ticket: str) -> bool:
    """The public flow: form, order, confirmation."""
    _status, _to, page = browser.ask("GET form", "GET", "/c/bench/register")
    form = page[page.index('class="split"') :]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    mail = f"{secrets.token_hex(8)}@buyers.example"
    fields |= {"ticket": ticket, "name": "Aino Lehtonen", "mail": mail, "country": "FI", "terms": "y"}
    status, to, _page = browser.ask("POST order", "POST", "/c/bench/register", fields)
    if status != 303:
        return False
    status, _to, page = browser.ask("GET confirmation", "GET", to)
    return status == 200 and "You are registered, Aino Lehtonen" in page


def buy_at_floor(browser: Browser, _ticket: str) -> bool:
    """The same three requests, on the floor."""
    browser.ask("GET form", "GET", "/form")
    fields = {"name": "Aino Lehtonen", "mail": f"{secrets.token_hex(8)}@buyers.example"}
    status, to, _page = browser.ask("POST order", "POST", "/orders", fields)
    if status != 303:
        return False
    status, _to, page = browser.ask("GET confirmation", "GET", to)
    return status == 200 and "You are registered, Aino Lehtonen" in page


def post_at_floor(browser: Browser, _ticket: str) -> bool:
    """Its transaction alone."""
    fields = {"name": "Aino Lehtonen", "mail": f"{secrets.token_hex(8)}@buyers.example"}
    return browser.ask("POST order", "POST", "/orders", fields)[0] == 303


def look_at_event(browser: Browser, _ticket: str) -> bool:
    """The public page, by somebody who has never been here."""
    return browser.ask("GET event", "GET", "/c/bench")[0] == 200


# ---------- runs ----------


@dataclass
class Run:
    orders: int
    seconds: float
    requests: int
    web_ms: float
    database_ms: float
    steps: Steps

    @property
    def cpu_ms(self) -> float:
        return self.web_ms + self.database_ms

    @property
    def per_second(self) -> float:
        return self.orders / self.seconds


Buy = Callable[[Browser, str], bool]


def rush(
    buy: Buy, port: int, ticket: str, count: int, at_once: int, web: psutil.Process, database: psutil.Process
) -> Run:
    """`count` buyers, `at_once` at a time; CPU is that of the servers, not of the buyers."""
    steps: Steps = defaultdict(list)
    lock, todo = threading.Lock(), iter(range(count))
    done, requests = [0], [0]

    def work() -> None:
        while True:
            with lock:
                if next(todo, None) is None:
                    return
            browser = Browser(port, steps, lock)
            bought = buy(browser, ticket)
            with lock:
                done[0] += bought
                requests[0] += browser.requests

    before, began = (cpu(web), cpu(database)), time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    used = [(cpu(part) - past) * 1000 / count for part, past in zip((web, database), before, strict=True)]
    return Run(done[0], seconds, requests[0], *used, steps)


def prepare(url: str, capacity: int, old: int) -> str:
    """A conference with one free ticket type, and `old` confirmed registrations; the ticket type's public id."""
    from tests.conferences.world import a_conference, a_question, a_quota, a_ticket_type

    app = create_app(Settings(database_url=url))
    with app.app_context():
        Model.metadata.create_all(db.engine)
        organization = Organization(name="CIT International (sample)", sample=True)
        session().add(organization)
        session().commit()
        with as_organization(organization.id):
            conference = a_conference("bench")
            quota = a_quota(conference, capacity=capacity + old)
            ticket = a_ticket_type(conference, quota)
            a_ticket_type(conference, amount=4000, name="Awards luncheon", add_on=True)
            a_question(conference)
            public_id = ticket.public_id
            if old:
                fill(old, conference.id, ticket.id, quota.id)
        db.engine.dispose()
    return public_id


FILL = """
WITH p AS (INSERT INTO person (organization_id, public_id, name, call_name, mail, mail_key, country, agency, created_at)
  SELECT :organization, 'old' || i, 'Old ' || i, '', 'old' || i || '@old.example', 'old' || i || '@old.example', 'FI', '', now()
  FROM generate_series(1, :old) i RETURNING id),
o AS (INSERT INTO "order" (organization_id, public_id, conference_id, person_id, state, form, fingerprint, currency, net,
    tax, total, terms, language, placed_at, confirmed_at)
  SELECT :organization, 'order' || id, :conference, id, 'confirmed', 'form' || id, '', 'CAD', 0, 0, 0, '', 'en', now(), now() FROM p
  RETURNING id, person_id),
r AS (INSERT INTO registration (organization_id, conference_id, order_id, person_id, ticket_type_id, state, name, call_name,
    agency, country, answers, confirmed_at)
  SELECT :organization, :conference, id, person_id, :ticket, 'confirmed', 'Old', '', '', 'FI', '{}', now() FROM o
  RETURNING id, order_id),
l AS (INSERT INTO order_line (organization_id, order_id, registration_id, ticket_type_id, name, step, net, tax, total,
    tax_basis_points, quota_ids, counted)
  SELECT :organization, order_id, id, :ticket, 'Full conference', '', 0, 0, 0, 0, ARRAY[CAST(:quota AS bigint)], false FROM r)
INSERT INTO ticket (organization_id, registration_id, public_id, code, issued_at)
  SELECT :organization, id, 'ticket' || id, 'OLD' || id, now() FROM r
"""


def fill(old: int, conference_id: int, ticket_id: int, quota_id: int) -> None:
    """Registrations of earlier days, by the database alone."""
    values = {"old": old, "conference": conference_id, "ticket": ticket_id, "quota": quota_id}
    values |= {"organization": current_organization_id()}
    session().execute(sa.text("SET LOCAL statement_timeout = 0"))
    session().execute(sa.text(FILL), values)
    session().execute(
        sa.text("UPDATE places SET taken = taken + :n WHERE quota_id = :q"), {"n": old, "q": quota_id}
    )
    session().commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


def know(postgres: Postgres) -> None:
    """Statistics as autovacuum leaves them within a minute: before, tables made a moment ago are planned as if empty."""
    with postgres.connect("bench") as connection:
        connection.execute("ANALYZE")


OVERSOLD = """SELECT count(*) FROM places p WHERE p.taken > p.capacity OR p.taken <> (
  SELECT count(*) FROM order_line l JOIN registration r ON r.organization_id = l.organization_id AND r.id = l.registration_id
  WHERE r.state IN ('held', 'confirmed') AND p.quota_id = ANY (l.quota_ids))"""


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def report(title: str, runs: list[Run]) -> None:
    rate = statistics.median(run.per_second for run in runs)
    rates = " ".join(f"{run.per_second:.0f}" for run in runs)
    web, database = (
        statistics.median(getattr(run, part) for run in runs) for part in ("web_ms", "database_ms")
    )
    asked = sum(run.requests for run in runs) / max(1, sum(run.orders for run in runs))
    print(
        f"{title}: {rate:.1f}/s (rounds: {rates}); CPU {web + database:.2f} ms each "
        f"(web {web:.2f}, database {database:.2f}); {asked:.2f} requests each"
    )
    for step in runs[0].steps:
        took = [each for run in runs for each in run.steps[step]]
        figures = "  ".join(
            f"p{round(share * 100)} {percentile(took, share):.1f}" for share in (0.5, 0.95, 0.99)
        )
        print(f"    {step:<17} {figures} ms")


@dataclass(frozen=True)
class House:
    """The product on a database server of its own, so that nothing of another's work is counted here."""

    old: int
    ticket: str
    port: int
    web: psutil.Process
    postgres: Postgres

    @property
    def title(self) -> str:
        return f"house, {self.old:,} before, buyer's flow"


@contextmanager
def house(folder: Path, old: int, capacity: int) -> Iterator[House]:
    """A house that has sold `old` registrations."""
    with Postgres(folder / f"pg-{old}") as postgres:
        url = postgres.create_database("bench")
        ticket = prepare(url, capacity, old)
        settings = {"DATABASE_URL": url, "CITEVENTS_SECRET": "benchmark", "CITEVENTS_DATA": str(folder)}
        settings["CITEVENTS_PROXIES"] = "1"
        with served("app:app", settings, folder / "web.log") as (port, web):
            yield House(old, ticket, port, web, postgres)


@contextmanager
def bare(folder: Path) -> Iterator[House]:
    """The floor."""
    with Postgres(folder / "pg-floor") as postgres:
        url = postgres.create_database("bench")
        floor.prepare(url, capacity=10_000_000)
        with served("benchmarks.floor:create_app()", {"FLOOR_URL": url}, folder / "web.log") as (port, web):
            yield House(0, "", port, web, postgres)


def take_turns(houses: list[House], ground: House, count: int, rounds: int) -> dict[str, list[Run]]:
    """Every kind of load in every round; the runs by title."""
    kinds: list[tuple[str, Buy, House, int]] = [
        *((each.title, buy_at_house, each, BUYERS) for each in houses),
        ("floor, buyer's flow", buy_at_floor, ground, BUYERS),
        ("floor, POST alone", post_at_floor, ground, BUYERS),
        ("house, event page, one after another", look_at_event, houses[0], 1),
    ]
    runs: dict[str, list[Run]] = defaultdict(list)
    for number in range(rounds + 1):
        if number == 1:
            for each in (*houses, ground):
                know(each.postgres)
        for title, buy, at, at_once in kinds:
            size = count if number else 100  # the first round warms everybody up
            run = rush(buy, at.port, at.ticket, size, at_once, at.web, psutil.Process(at.postgres.pid))
            if number:
                runs[title].append(run)
    return runs


def compare(houses: list[House], runs: dict[str, list[Run]], count: int, rounds: int) -> None:
    """What was lost, and how the figures stand to each other."""

    def median(title: str, part: str) -> float:
        return statistics.median(getattr(run, part) for run in runs[title])

    first = houses[0]
    flow = median(first.title, "per_second") / median("floor, buyer's flow", "per_second")
    print(f"house flow / floor flow: {flow:.2f}")
    for each in houses:
        with each.postgres.connect("bench") as connection:
            oversold = connection.execute(OVERSOLD).fetchone()
        lost = count * rounds - sum(run.orders for run in runs[each.title])
        ratio = median(each.title, "database_ms") / median(first.title, "database_ms")
        print(
            f"{each.old:,} before: oversold or miscounted quotas: {oversold and oversold[0]}; lost: {lost}; "
            f"database CPU per order: {ratio:.2f} times that of {first.old:,} before"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000, help="orders per round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--old", default="0", help="registrations that are there before: 0,100000 in turns")
    options = parser.parse_args()
    count, rounds = options.orders, options.rounds
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        houses = [
            stack.enter_context(house(folder, int(old), count * rounds + 200))
            for old in options.old.split(",")
        ]
        ground = stack.enter_context(bare(folder))
        runs = take_turns(houses, ground, count, rounds)
        for title, found in runs.items():
            report(title, found)
        compare(houses, runs, count, rounds)


if __name__ == "__main__":
    main()
