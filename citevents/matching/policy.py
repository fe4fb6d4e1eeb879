"""Decisions of the exchange over plain values: no database, no clock. Who may be proposed to whom is in proposing.py."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from citevents.locale.text_cleaning import without_marks
from citevents.matching.models import MatchState

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


class Stage(StrEnum):
    """How a proposal stands for one of its leaders. Every page, message and refusal is a function of it."""

    ASKED = "asked"  # my answer is asked for
    ACCEPTED = "accepted"  # I accepted; not everybody has so far
    AGREED = "agreed"  # everybody accepted: there is an exchange
    CALLED_OFF = "called_off"  # there was one, and it was cancelled
    DECLINED = "declined"  # I declined
    LEFT = "left"  # I left the round, or took my agreement back
    MISSED = "missed"  # the time to answer is over, and I did not
    OVER = "over"  # not everybody accepted; why is told to nobody


def stage_of(
    state: MatchState,
    my_answer: bool | None,
    *,
    late: bool = False,
    left: bool = False,
    i_agree: bool = True,
    they_agree: bool = True,
    called_off: bool = False,
) -> Stage:
    """How a proposal stands for the side that answered `my_answer`.

    `late`: the time to answer is over, whether or not the clock has ended the proposal. `left`: it ended because I left.
    `i_agree`, `they_agree`: to be matched, ever since the proposal was made; who took that back has ended it, whether or not
    that was carried out. `called_off`: the exchange that came of it was cancelled.
    """
    is_open = state is MatchState.PROPOSED
    if state is MatchState.AGREED:
        return Stage.CALLED_OFF if called_off else Stage.AGREED
    if left or (is_open and not i_agree):
        return Stage.LEFT
    if my_answer is False:
        return Stage.DECLINED
    if is_open and they_agree and not late:
        return Stage.ACCEPTED if my_answer else Stage.ASKED
    lapsed = state is MatchState.LAPSED or (is_open and they_agree)
    return Stage.MISSED if lapsed and my_answer is None else Stage.OVER


class Outlook(StrEnum):
    """How a request stands, as its leader reads it."""

    PROPOSED = "proposed"  # a proposal is out
    PARTNER = "partner"  # there is an exchange
    AGAIN = "again"  # a proposal ended; it waits for another
    NOBODY = "nobody"  # proposals went out, none to it
    LOOKING = "looking"


def outlook(stages: Collection[Stage], asked_at: datetime, sent_at: datetime | None) -> Outlook:
    """How a request stands. `stages`: of the proposals that came of it; `sent_at`: when proposals of its round last went out."""
    if {Stage.ASKED, Stage.ACCEPTED} & set(stages):
        return Outlook.PROPOSED
    if Stage.AGREED in stages:
        return Outlook.PARTNER
    if stages:
        return Outlook.AGAIN
    return Outlook.NOBODY if sent_at and sent_at >= asked_at else Outlook.LOOKING


def may_ask(*, closed: bool, in_time: bool, asked: bool, placed: bool) -> bool:
    """Whether a program may ask something of a round, or change what it asked.

    Until the round's last day for requests, everybody. After it who asked and waits, until the round is `closed`; not who
    is `placed`: has a proposal that is out, or an exchange.
    """
    return not closed and (in_time or (asked and not placed))


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
