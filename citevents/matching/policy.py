"""Decisions of the exchange over plain values: no database, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from citevents.core.texts import without_marks

#: Shapes whose programs meet online.
ONLINE = frozenset({"virtual", "mentoring", "circle"})
#: Who asks for an exchange is answered within this time ...
REPLY = timedelta(hours=48)
#: ... and has a proposal, or a reason why not, within this.
MATCH = timedelta(days=14)
#: A leader who has not answered a proposal is reminded once, after this.
REMIND = timedelta(days=7)
#: A run that gave no sign of life for so long is not coming back.
SILENCE = timedelta(minutes=30)
#: Words that nearly every program has in its name: alone they name nobody.
EVERYDAY = frozenset(
    (
        "cit",
        "crisis",
        "intervention",
        "team",
        "program",
        "programme",
        "the",
        "of",
        "and",
        "for",
        "police",
        "city",
    )
)


def name_words(text: str) -> frozenset[str]:
    """Its words, without case, marks and punctuation: `Programa São-Paulo` -> {programa, sao, paulo}."""
    plain = without_marks(text.casefold())
    return frozenset("".join(char if char.isalnum() else " " for char in plain).split())


def says_enough(words: str) -> bool:
    """Whether these words name some program rather than all of them."""
    return bool(name_words(words) - EVERYDAY)


def answers_to(words: str, name: str, city: str, mail: str) -> bool:
    """Whether a program is meant by words: its leader's address, or words that all stand in its name and city.

    In doubt it is meant: to keep two apart who could have met is the smaller mistake.
    """
    if "@" in words:
        return bool(mail) and words.strip().casefold() == mail.strip().casefold()
    meant = name_words(words) - EVERYDAY
    return bool(meant) and meant <= name_words(name) | name_words(city)


def weeks_between(first: date, last: date) -> list[str]:
    """The ISO weeks whose Monday to Friday lie within first..last: ["2027-W40", "2027-W41"]."""
    monday = first + timedelta(days=-first.weekday() % 7)
    weeks = []
    while monday + timedelta(days=4) <= last:
        year, week, _ = monday.isocalendar()
        weeks.append(f"{year}-W{week:02d}")
        monday += timedelta(days=7)
    return weeks


def monday_of(week: str) -> date:
    """The Monday of an ISO week "2027-W40"."""
    year, _, number = week.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def first_dates(shape: str, weeks: Sequence[str], zone: str, at: datetime) -> tuple[datetime, datetime]:
    """Dates to start from, UTC, which the leaders may change: Monday to Friday of the first common week, or an hour online.

    Online meetings begin at 14:00 of `zone`; without a common week ahead, in the week that begins four weeks from now.
    """
    today = at.astimezone(ZoneInfo(zone)).date()
    ahead = [monday_of(week) for week in sorted(weeks) if monday_of(week) > today]
    later = today + timedelta(days=28)
    monday = ahead[0] if ahead else later + timedelta(days=-later.weekday() % 7)
    clock = ZoneInfo(zone)
    if shape in ONLINE:
        start = datetime.combine(monday, time(14), clock)
        end = start.astimezone(UTC) + timedelta(hours=1)
    else:
        start = datetime.combine(monday, time(9), clock)
        end = datetime.combine(monday + timedelta(days=4), time(16), clock)
    return start.astimezone(UTC), end.astimezone(UTC)
