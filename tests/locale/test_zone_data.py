"""The newest rules of time zones at hand are used, whoever has them; an operator can see which."""

from __future__ import annotations

import subprocess
import sys
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from citevents.core.times import local_input, parse_local
from citevents.locale import zone_data
from citevents.locale.zone_data import (
    WHEEL,
    ZoneData,
    newest,
    of_the_machine,
    of_the_wheel,
    order,
    release_in,
)


def test_releases_are_ordered_as_they_came_out() -> None:
    came_out = [
        "",
        "1999a",
        "2024z",
        "2025a",
        "2025b",
        "2026a",
        "2026f",
        "2026z",
        "2026za",
        "2026zb",
        "2027a",
    ]
    assert sorted({*came_out}, key=order) == came_out
    assert order("nonsense") == order("") == order("2026.6")


@pytest.mark.parametrize(
    ("wheel", "machine", "used"),
    [
        ("2026f", "2025b", "wheel"),
        ("2026f", "2026f", "wheel"),  # the one that was tested
        ("2026f", "2026g", "machine"),
        ("2026f", "2027a", "machine"),
        ("2026z", "2026za", "machine"),
        ("2026f", "", "wheel"),
        ("", "2025b", "machine"),
    ],
)
def test_the_newest_is_used(wheel: str, machine: str, used: str) -> None:
    found = newest([ZoneData(wheel, WHEEL), ZoneData(machine, "/somewhere/zoneinfo")])
    assert str(found) == f"{found.release} ({used})"
    assert found.release == {"wheel": wheel, "machine": machine}[used]


@pytest.mark.parametrize(
    ("name", "text", "release"),
    [
        ("tzdata.zi", "# version 2025b\n# redo posix_only\nR A 1916 o", "2025b"),
        ("tzdata.zi", "# version 2026a-dirty\n", "2026a"),
        ("+VERSION", "2026c\n", "2026c"),
        ("tzdata.zi", "R A 1916 o - Jun 14 23s 1 S\n", ""),
        ("tzdata.zi", "", ""),
        ("leapseconds", "# version 2026c\n", ""),
    ],
)
def test_a_folder_says_which_release_it_holds(tmp_path: Path, name: str, text: str, release: str) -> None:
    (tmp_path / name).write_text(text)
    assert release_in(tmp_path) == release
    assert of_the_machine([str(tmp_path), str(tmp_path / "absent")]) == [ZoneData(release, str(tmp_path))]


def test_a_folder_of_bytes_that_are_no_text_is_of_no_known_release(tmp_path: Path) -> None:
    (tmp_path / "tzdata.zi").write_bytes(b"\xff\xfe\x00" * 1000)
    assert release_in(tmp_path) == ""


def test_the_product_runs_on_the_newest_and_says_so(client: FlaskClient) -> None:
    used = zone_data.use_newest()
    assert order(used.release) == max(order(each.release) for each in [of_the_wheel(), *of_the_machine()])
    told = client.get("/health").get_json()["zone_data"]
    assert told == str(used)
    assert order(told.split()[0]) >= order("2026f")


# Laws that changed after the machines of 2025 were made, in the wheel's 2026f: British Columbia stays on UTC-7.
CHANGED = [("America/Vancouver", "2027-12-06 09:00", datetime(2027, 12, 6, 16, 0, tzinfo=UTC))]


@pytest.mark.parametrize(("zone", "typed", "moment"), CHANGED)
def test_hours_follow_laws_of_2026(zone: str, typed: str, moment: datetime) -> None:
    assert parse_local(typed, zone) == moment
    assert local_input(moment, zone) == typed.replace(" ", "T")


def test_commands_and_workers_use_the_same_rules(tmp_path: Path) -> None:
    """A process of its own, as a machine starts it: with Python's own search path, which puts the machine's rules first."""
    asked = (
        "from citevents import create_app; from citevents.config import Settings; create_app(Settings());"
        "from zoneinfo import ZoneInfo; from datetime import datetime;"
        "print(datetime(2027, 12, 6, 9, tzinfo=ZoneInfo('America/Vancouver')).isoformat())"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin", "CITEVENTS_DATA": str(tmp_path)},
    )
    assert told.stdout.strip() == "2027-12-06T09:00:00-07:00"


def test_every_zone_that_is_offered_can_be_read() -> None:
    from citevents.locale.zones import COMMON_ZONES, zone_countries

    for zone in {*zone_countries(), *COMMON_ZONES}:
        assert str(zoneinfo.ZoneInfo(zone)) == zone
