"""iCalendar bytes: nothing that people type can add a line; other readers read what was meant."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from citevents.calendars import ics
from citevents.calendars.ics import Entry, Method, Party
from citevents.locale.languages import in_language

START = datetime(2027, 8, 23, 16, 45, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def _application(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def an_entry(**changes: object) -> Entry:
    values: dict[str, object] = {
        "uid": "0f3a@citevents",
        "sequence": 3,
        "stamp": datetime(2027, 5, 1, 12, tzinfo=UTC),
        "start": START,
        "end": START + timedelta(hours=1),
        "title": "Dispatch as the first contact",
        "place": "Cedar, Harbour Hall, Vancouver",
        "url": "https://cit.example/c/cit-2027/agenda/sessions/x",
        "zone": "America/Vancouver",
    }
    return Entry(**(values | changes))  # type: ignore[arg-type]


def read(content: bytes) -> dict[str, object]:
    """The one event, by icalendar's parser."""
    [event] = Calendar.from_ical(content).walk("VEVENT")
    return {name: value.dt if hasattr(value := event[name], "dt") else str(value) for name in event}


def test_a_session_is_an_instant_in_utc_whose_zone_is_named() -> None:
    content = ics.calendar([an_entry()], method=Method.PUBLISH)
    assert b"DTSTART:20270823T164500Z\r\n" in content
    assert b"DTEND:20270823T174500Z\r\n" in content
    assert b"VTIMEZONE" not in content
    assert read(content)["DESCRIPTION"] == "At the venue: Mon 23 August, 09:45–10:45, Vancouver (MST, UTC−7)"


def test_the_zone_is_named_in_the_language_of_the_reader() -> None:
    with in_language("ar"):
        told = read(ics.calendar([an_entry()], method=Method.PUBLISH))["DESCRIPTION"]
    assert "فانكوفر" in str(told)


def test_a_conference_is_days_of_which_the_last_counts() -> None:
    part = ics.invitation(
        Entry(
            uid="c@citevents",
            sequence=0,
            stamp=START,
            title="CIT International Conference (sample)",
            start=date(2027, 8, 22),
            end=date(2027, 8, 25),
            zone="America/Vancouver",
            place="Harbour Hall",
            url="https://cit.example/c/cit-2027",
        ),
        organizer=Party(name="CIT International (sample)", mail="hello@cit.example"),
        attendee=Party(name="Aino Lehtonen", mail="aino@tampere.example"),
    )
    assert (part.method, part.mimetype, part.name) == ("REQUEST", "text/calendar", "invite.ics")
    event = read(part.content)
    assert (event["DTSTART"], event["DTEND"]) == (date(2027, 8, 22), date(2027, 8, 26))
    assert event["TRANSP"] == "TRANSPARENT"
    assert event["ATTENDEE"] == "mailto:aino@tampere.example"
    assert event["ORGANIZER"] == "mailto:hello@cit.example"


def test_a_cancelled_entry_says_so_twice() -> None:
    part = ics.invitation(
        an_entry(cancelled=True),
        organizer=Party(name="CIT", mail="hello@cit.example"),
        attendee=Party(name="Aino", mail="aino@tampere.example"),
    )
    assert part.method == "CANCEL"
    assert b"METHOD:CANCEL\r\n" in part.content
    assert read(part.content)["STATUS"] == "CANCELLED"


def test_the_same_entry_is_the_same_bytes() -> None:
    first, second = (ics.calendar([an_entry()], method=Method.REQUEST) for _ in range(2))
    assert first == second


#: Everything people can type, the nastiest of it often.
NASTY = [
    "\r\n", "\n", "\r", "\x00", "\u202e", "\u2028", "\x85", '"', ";", ":", ",", "\\", "\\n", "BEGIN:VEVENT",
    "END:VCALENDAR", "ATTENDEE:mailto:eve@evil.example", "é", "مرحبا", "👩\u200d⚖️", " ", "x" * 80, "漢" * 40,
]  # fmt: skip
typed = st.text(max_size=200) | st.lists(st.sampled_from(NASTY), max_size=12).map("".join)


@given(title=typed, place=typed, description=typed, name=typed, mail=typed, url=typed)
def test_nothing_that_is_typed_adds_a_line(
    title: str, place: str, description: str, name: str, mail: str, url: str
) -> None:
    entry = an_entry(title=title, place=place, description=description, url=url, zone="")
    content = ics.calendar(
        [entry],
        method=Method.REQUEST,
        organizer=Party(name=name, mail=mail),
        attendee=Party(name=name, mail=mail),
        name=name,
    )
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    for line in lines:
        line.decode()  # never cut inside a character
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert set(event) <= {
        "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "DESCRIPTION", "URL", "STATUS",
        "ORGANIZER", "ATTENDEE",
    }  # fmt: skip
    assert str(event["SUMMARY"]) == " ".join(ics.plain(title).split())
    assert str(event.get("DESCRIPTION", "")) == ics.plain(description)
    assert event["UID"] == "0f3a@citevents"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400))
def test_folding_is_undone_by_unfolding(text: str) -> None:
    line = "X-TEXT:" + ics.plain(text).replace("\n", "")
    assert ics._folded(line).replace(b"\r\n ", b"").decode() == line + "\r\n"


READER = """
const ical = require(process.argv[1]);
const root = new ical.Component(ical.parse(require('fs').readFileSync(0, 'utf8')));
console.log(JSON.stringify(root.getAllSubcomponents('vevent').map(one => new ical.Event(one)).map(one => ({
  uid: one.uid, sequence: one.sequence, summary: one.summary, location: one.location, description: one.description,
  start: one.startDate.toJSDate().toISOString(), end: one.endDate.toJSDate().toISOString(),
  method: root.getFirstPropertyValue('method'), attendees: one.attendees.map(each => each.getFirstValue())}))));
"""


@pytest.mark.slow
def test_thunderbirds_reader_reads_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not here")
    folder = tmp_path_factory.mktemp("reader")
    installed = subprocess.run(
        [
            "npm",
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix",
            str(folder),
            "ical.js@1.5.0",
        ],
        capture_output=True,
        timeout=120,
    )
    if installed.returncode:
        pytest.skip("no package registry at hand")
    title = "“Two in the morning”; a film, with talk: مرحبا 漢字 👩‍⚖️ " + "long " * 30
    content = ics.calendar(
        [an_entry(title=title, description="One.\n\nTwo, three; four \\ five")],
        method=Method.REQUEST,
        organizer=Party(name='CIT "International"; (sample)', mail="hello@cit.example"),
        attendee=Party(name="ليلى الحداد", mail="layla@agency.example"),
    )
    told = subprocess.run(
        ["node", "-e", READER, str(folder / "node_modules" / "ical.js")],
        input=content,
        capture_output=True,
        check=True,
        timeout=60,
    )
    [event] = json.loads(told.stdout)
    assert event == {
        "uid": "0f3a@citevents",
        "sequence": 3,
        "summary": " ".join(title.split()),
        "location": "Cedar, Harbour Hall, Vancouver",
        "description": "At the venue: Mon 23 August, 09:45–10:45, Vancouver (MST, UTC−7)\n\nOne.\n\nTwo, three; four \\ five",
        "start": "2027-08-23T16:45:00.000Z",
        "end": "2027-08-23T17:45:00.000Z",
        "method": "REQUEST",
        "attendees": ["mailto:layla@agency.example"],
    }
