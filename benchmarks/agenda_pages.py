"""Agenda pages and calendars: 150 sessions, 1,200 people with 8 favourites each.

    .venv/bin/python -m benchmarks.agenda_pages [--requests 400] [--rounds 3] [--cold 15]

Warm: two gunicorn workers as in production, 4 readers at once on the same machine; CPU is of web and database together.
Cold: one process that has forgotten everything before each request. Fan-out: version 2 moves every tenth session.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import sqlalchemy as sa
from flask import Flask

from benchmarks.registration import Browser, cpu, fill, served
from citevents import create_app
from citevents.calendars import sessions as calendars
from citevents.calendars import views as calendar_views
from citevents.config import Settings
from citevents.core.db import Model, Organization, as_organization, db, session, transaction
from citevents.engines.postgres import Postgres
from citevents.scheduling import agenda, page_cache, published, queries, services
from citevents.scheduling.services import Wish
from tests.conferences.world import a_conference, a_quota, a_room, a_ticket_type

SESSIONS, ROOMS, PER_DAY, PEOPLE, WISHES, READERS = 150, 10, 5, 1200, 8, 4
FIRST = datetime(2027, 8, 23, 16, 0, tzinfo=UTC)
ABSTRACT = (
    "How police, clinicians, families and people with lived experience answer together; “élan”, notes. " * 6
)

AGENDA = "/c/bench/agenda"
ASKED = {
    "iCal, 150 sessions": f"{AGENDA}.ics",
    "JSON, 150 sessions": f"{AGENDA}.json",
    "agenda page, one day of 50": f"{AGENDA}?day=2027-08-23",
    "session page": "",
}


def build(url: str) -> tuple[Flask, int]:
    """A published agenda, people with places, their favourites; the application and the conference's id."""
    app = create_app(Settings(database_url=url, secret="benchmark", base_url="http://localhost"))
    with app.app_context():
        Model.metadata.create_all(db.engine)
        session().add(Organization(name="Benchmark", sample=True))
        session().commit()
        with as_organization(1):
            conference = a_conference("bench")
            rooms = [a_room(conference, f"Room {n}", capacity=120, position=n) for n in range(ROOMS)]
            quota = a_quota(conference, capacity=PEOPLE)
            ticket = a_ticket_type(conference, quota)
            fill(PEOPLE, conference.id, ticket.id, quota.id)
            with transaction():
                tracks = [services.add_track(conference.id, f"Track {n}") for n in range(6)]
                made = [
                    services.add_session(
                        conference.id,
                        title=f"Session {n}: listening, first of all",
                        abstract=ABSTRACT,
                        track_id=tracks[n % 6].id,
                        speakers=[Wish(name=f"Aino Lehtonen {n}"), Wish(name=f"高橋 美咲 {n}")],
                    ).id
                    for n in range(SESSIONS)
                ]
                services.apply(
                    conference.id,
                    {
                        session_id: (rooms[n % ROOMS].id, when(n // ROOMS))
                        for n, session_id in enumerate(made)
                    },
                )
            session().execute(
                sa.text(
                    """INSERT INTO favourite (organization_id, session_id, person_id, conference_id, created_at)
                       SELECT 1, :first + (p.id * 37 + k * 11) % :sessions, p.id, :conference, now()
                       FROM person p, generate_series(1, :wishes) k WHERE p.name LIKE 'Old %' ON CONFLICT DO NOTHING"""
                ),
                {"first": made[0], "sessions": SESSIONS, "wishes": WISHES, "conference": conference.id},
            )
            session().commit()
            publish(conference.id)
            return app, conference.id


def when(slot: int) -> datetime:
    return FIRST + timedelta(days=slot // PER_DAY, minutes=90 * (slot % PER_DAY))


def publish(conference_id: int) -> None:
    """The draft as it is, as the next version."""
    with transaction():
        current, step = queries.current(conference_id), agenda.newest_step(conference_id)
        services.publish(
            conference_id, seen_version=current.number if current else 0, seen_step=step.id if step else 0
        )


def forget() -> None:
    """What this process remembers of agendas."""
    published._published.cache_clear()
    published._sessions.cache_clear()
    page_cache._pages._kept.clear()
    calendar_views._feeds._kept.clear()


def cold(app: Flask, path: str, count: int, database: psutil.Process) -> tuple[float, float]:
    """Median CPU ms of this process, and mean CPU ms of the database, for a request that finds nothing remembered."""
    client, took = app.test_client(), []
    client.get(path)
    before = cpu(database)
    for _ in range(count):
        forget()
        began = time.process_time()
        answer = client.get(path)
        took.append((time.process_time() - began) * 1000)
        assert answer.status_code == 200, answer.status
    return statistics.median(took), (cpu(database) - before) * 1000 / count


def warm(port: int, path: str, count: int, processes: tuple[psutil.Process, ...]) -> tuple[float, float]:
    """(requests per second, CPU ms each of web and database) with READERS at once."""
    readers = [Browser(port, defaultdict(list), threading.Lock()) for _ in range(READERS)]

    def read(reader: Browser) -> None:
        for _ in range(count // READERS):
            status, _to, _body = reader.ask("GET", "GET", path)
            assert status == 200, status

    for reader in readers:
        reader.ask("GET", "GET", path)
    before, began = cpu(*processes), time.perf_counter()
    with ThreadPoolExecutor(READERS) as pool:
        list(pool.map(read, readers))
    took = time.perf_counter() - began
    return count / took, (cpu(*processes) - before) * 1000 / count


def fan_out(app: Flask, conference_id: int, database: psutil.Process) -> None:
    """Publication to invitations: the reaction alone, letters not counted."""
    with app.app_context(), as_organization(1):
        for title in ("version 1, everyone's first", "version 2, every tenth session moved"):
            if title.startswith("version 2"):
                placed = agenda.content(conference_id).items
                services_moves = {
                    item.session_id: (item.place.room_id, item.place.start + timedelta(minutes=15))
                    for item in placed[::10]
                }
                with transaction():
                    services.apply(conference_id, services_moves)
                publish(conference_id)
            before, began, clock = cpu(database), time.process_time(), time.perf_counter()
            with transaction():
                count = calendars.follow_agenda(conference_id)
            own, wall = time.process_time() - began, time.perf_counter() - clock
            print(
                f"fan-out, {title}: {count:,} entries in {wall:.2f} s; "
                f"{(own + cpu(database) - before) * 1000 / max(count, 1):.3f} CPU ms each (web + database)"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=400, help="warm requests per round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cold", type=int, default=15, help="cold requests")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Postgres(Path(folder) / "pg") as postgres,
    ):
        url = postgres.create_database("agenda")
        app, conference_id = build(url)
        database = psutil.Process(postgres.pid)
        with app.app_context(), as_organization(1):
            public = queries.current(conference_id)
            assert public
            ASKED["session page"] = f"{AGENDA}/sessions/{public.content.items[0].public_id}"
        for title, path in ASKED.items():
            own, base = cold(app, path, options.cold, database)
            print(f"cold {title:<28} {own:6.1f} CPU ms web, {base:5.1f} database")
        environment = {"DATABASE_URL": url, "CITEVENTS_SECRET": "benchmark", "CITEVENTS_DATA": folder}
        with served("app:app", environment, Path(folder) / "web.log") as (port, web):
            measure_warm(port, options.requests, options.rounds, (web, database))
        fan_out(app, conference_id, database)
        with app.app_context():
            db.engine.dispose()


def measure_warm(port: int, count: int, rounds: int, processes: tuple[psutil.Process, ...]) -> None:
    """Rounds take turns, so that a noisy neighbour hits every kind of page."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for number in range(rounds + 1):
        for title, path in ASKED.items():
            run = warm(port, path, count if number else 40, processes)
            if number:
                found[title].append(run)
    for title, runs in found.items():
        rate, work = (statistics.median(run[at] for run in runs) for at in (0, 1))
        rates = " ".join(f"{run[0]:.0f}" for run in runs)
        print(f"warm {title:<28} {rate:6.0f} /s (rounds: {rates}); {work:5.2f} CPU ms each (web + database)")


if __name__ == "__main__":
    main()
