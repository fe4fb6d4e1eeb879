"""Times: stored UTC, shown in the venue's zone first and the reader's beside it, each zone named."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton

from citevents.core.errors import DomainError
from citevents.locale.languages import current_locale
from citevents.locale.languages import lazy_gettext as _l
from citevents.locale.zones import city, offset

Occurrence = Literal["first", "second"]
CLOCK = "HH:mm"
#: Outside of them stands a slip of the keyboard, and zones are no longer known.
YEARS = range(1970, 2201)

# Where CLDR's own pattern would put a comma into one form of a day and none into the other.
PATTERNS = {("en_GB", "yMMMMEd"): "E d MMMM y"}


class UnreadableTime(DomainError):
    code = "unreadable_time"
    message = _l("Enter a day and a time like 2027-08-23 18:00.")


class TimeDoesNotExist(DomainError):
    code = "time_does_not_exist"
    message = _l(
        "Clocks in %(city)s jump over %(asked)s on that day. Choose a time before it, or from %(next)s on."
    )


class TimeHappensTwice(DomainError):
    code = "time_happens_twice"
    message = _l(
        "Clocks in %(city)s go back on that day, so %(asked)s happens twice. "
        "Say whether you mean the first (%(first)s) or the second (%(second)s)."
    )


@dataclass(frozen=True, slots=True)
class When:
    """What the two-clocks part shows. `you` is empty when the reader's clock shows the same."""

    iso: str
    venue: str
    venue_zone: str
    you: str = ""
    you_zone: str = ""


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC. A datetime without a zone is a mistake in the program: ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)


def parse_local(text: str, zone: str, occurrence: Occurrence | None = None) -> datetime:
    """What a person typed, or what an `<input type=datetime-local>` sends, in `zone`: as UTC.

    `TimeDoesNotExist` in the gap when clocks go forward; `TimeHappensTwice` in the overlap when they go
    back, unless `occurrence` says which one; `UnreadableTime` for anything else.
    """
    wall = _wall(text)
    place = ZoneInfo(zone)
    first = wall.replace(tzinfo=place, fold=0)
    second = wall.replace(tzinfo=place, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    asked = wall.strftime("%H:%M")
    if (
        first.astimezone(UTC).astimezone(place).replace(tzinfo=None) != wall
    ):  # the gap: this wall time never comes
        raise TimeDoesNotExist(city=city(zone), asked=asked, next=_after_gap(wall, place).strftime("%H:%M"))
    if occurrence is None:
        raise TimeHappensTwice(city=city(zone), asked=asked, first=offset(first), second=offset(second))
    return (first if occurrence == "first" else second).astimezone(UTC)


def local_input(moment: datetime, zone: str) -> str:
    """What `<input type=datetime-local>` holds for this instant in `zone`."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def zone_name(moment: datetime, zone: str, locale: Locale | None = None) -> str:
    """`Vancouver (MST, UTC−7)`: the city in the reader's language, the abbreviation where it says more than a
    number, the offset at that moment."""
    local = moment.astimezone(ZoneInfo(zone))
    short = local.tzname() or ""
    inside = [short] if re.fullmatch("[A-Z]{3,4}", short) and short not in ("UTC", "GMT") else []
    return f"{city(zone, locale)} ({', '.join([*inside, offset(local)])})"


def format_when(
    moment: datetime,
    venue_zone: str,
    reader_zone: str | None = None,
    locale: Locale | None = None,
    *,
    only_clock: bool = False,
    under: date | None = None,
    year: bool = False,
    until: datetime | None = None,
) -> When:
    """The venue's time with its zone; the reader's too if their clock shows something else at that moment.

    The reader's day is named when it differs. `only_clock` leaves the day out, under a heading that names it, and names
    zones by city alone; `under` is the day of that heading (the venue's own day, if nothing is said): a clock of another
    day says which. `year` adds the year; `until` makes it a span.
    """
    locale = locale or current_locale()
    here = moment.astimezone(ZoneInfo(venue_zone))
    there = moment.astimezone(ZoneInfo(reader_zone)) if reader_zone else here
    heading = under or here.date()
    end = _until(here, until, locale)
    if only_clock:
        venue, end = clock(here, locale=locale), end + _other_day(here, heading, locale)
    else:
        venue = _day_and_clock(here, locale, year)

    def name(zone: str) -> str:
        return city(zone, locale) if only_clock else zone_name(moment, zone, locale)

    if there.replace(tzinfo=None) == here.replace(tzinfo=None):
        return When(iso=moment.isoformat(), venue=venue + end, venue_zone=name(venue_zone))
    you = clock(there, locale=locale) + _until(there, until, locale)
    if only_clock:
        you += _other_day(there, heading, locale)
    elif there.date() != here.date():
        you = _day_and_clock(there, locale, year) + _until(there, until, locale)
    return When(
        iso=moment.isoformat(),
        venue=venue + end,
        venue_zone=name(venue_zone),
        you=you,
        you_zone=name(str(reader_zone)),
    )


def format_span(
    start: datetime,
    end: datetime,
    venue_zone: str,
    reader_zone: str | None = None,
    locale: Locale | None = None,
    *,
    only_clock: bool = False,
    under: date | None = None,
) -> When:
    """From start to end on both clocks: `Sun 22 August, 13:00–17:00` and `23:00–03:00`."""
    locale = locale or current_locale()
    return format_when(start, venue_zone, reader_zone, locale, only_clock=only_clock, under=under, until=end)


def last_moment(end: datetime, zone: str) -> datetime:
    """The last minute in which something holds that ends at `end` (not included): for an end at midnight in `zone`, or
    where clocks jump over midnight, the minute before; for any other, the end itself, which is what was typed.
    """
    before = end - timedelta(minutes=1)
    place = ZoneInfo(zone)
    return before if before.astimezone(place).date() != end.astimezone(place).date() else end


def deadline_typed(moment: datetime, zone: str) -> datetime:
    """What a deadline typed on the clock of `zone` means: who types the last minute of a day means the whole day."""
    after = moment + timedelta(minutes=1)
    place = ZoneInfo(zone)
    return after if after.astimezone(place).date() != moment.astimezone(place).date() else moment


def format_deadline(end: datetime, zone: str, locale: Locale | None = None) -> str:
    """Until when something holds, for every deadline in pages and messages: `Fri 27 November 2026` where it holds to the
    end of that day in `zone`; `Sat 28 November 2026, 12:00 (Vancouver)` where it ends within the day.
    """
    locale = locale or current_locale()
    last = last_moment(end, zone)
    if deadline_typed(last, zone) != last:
        return format_day(last, zone, locale)
    return f"{_day_and_clock(last.astimezone(ZoneInfo(zone)), locale, year=True)} ({city(zone, locale)})"


def clock(moment: datetime, zone: str | None = None, locale: Locale | None = None) -> str:
    """`18:00`. The zone must be named beside it, or by the heading above."""
    local = moment.astimezone(ZoneInfo(zone)) if zone else moment
    return str(format_datetime(local.replace(tzinfo=None), CLOCK, locale=locale or current_locale()))


def format_day(
    day: date | datetime,
    zone: str | None = None,
    locale: Locale | None = None,
    *,
    weekday: bool = True,
    year: bool = True,
) -> str:
    """`Mon 23 August 2027`. A datetime needs the zone in which its day is meant."""
    if isinstance(day, datetime):
        if zone is None:
            raise ValueError("which day a moment falls on depends on the zone")
        day = day.astimezone(ZoneInfo(zone)).date()
    skeleton = ("y" if year else "") + "MMMM" + ("E" if weekday else "") + "d"
    locale = locale or current_locale()
    return _first_of_month(_skeleton(day, skeleton, locale), locale)


def format_days(first: date, last: date, locale: Locale | None = None) -> str:
    """`22–25 August 2027`; one day alone when both are the same."""
    locale = locale or current_locale()
    if first == last:
        return format_day(first, locale=locale, weekday=False)
    field = "y" if first.year != last.year else "M" if first.month != last.month else "d"
    parts = _interval(str(locale), field)
    if not parts:
        return f"{format_day(first, locale=locale, weekday=False)} – {format_day(last, locale=locale, weekday=False)}"
    written = (
        str(format_date(day, part, locale=locale)) for day, part in zip((first, last), parts, strict=True)
    )
    return _first_of_month("".join(written), locale)


def days_between(first: date, last: date) -> list[date]:
    """Every day from first to last, both included."""
    return [first + timedelta(days=index) for index in range((last - first).days + 1)]


def venue_days(start: datetime, end: datetime, zone: str) -> list[date]:
    """The days, on the venue's calendar, that something from start until end touches."""
    place = ZoneInfo(zone)
    last = max(start, end - timedelta(microseconds=1))
    return days_between(start.astimezone(place).date(), last.astimezone(place).date())


def _wall(text: str) -> datetime:
    clean = "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in text.strip().replace("\u200e", "").replace("\u200f", "")
    )
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?", clean):
        raise UnreadableTime()
    try:
        wall = datetime.fromisoformat(clean)
    except ValueError as wrong:
        raise UnreadableTime() from wrong
    if wall.year not in YEARS:
        raise UnreadableTime()
    return wall


def _after_gap(wall: datetime, place: ZoneInfo) -> datetime:
    """The first wall time after the gap that holds `wall`: where the clocks jump to."""
    # In a gap (PEP 495) fold=1 reads the clock of after, so lands before the jump; fold=0 the other way round.
    low = wall.replace(tzinfo=place, fold=1).astimezone(UTC)
    high = wall.replace(tzinfo=place, fold=0).astimezone(UTC)
    before = low.astimezone(place).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (middle, high) if middle.astimezone(place).utcoffset() == before else (low, middle)
    return high.astimezone(place)


def _day_and_clock(local: datetime, locale: Locale, year: bool = False) -> str:
    day = format_day(local.date(), locale=locale, year=year)
    return f"{day}{'، ' if locale.language == 'ar' else ', '}{clock(local, locale=locale)}"


def _other_day(local: datetime, heading: date, locale: Locale) -> str:
    """What follows a clock that stands under the heading of another day: ` Fri`."""
    if local.date() == heading:
        return ""
    return f" {format_date(local.date(), 'EEE', locale=locale)}"


def _until(start: datetime, until: datetime | None, locale: Locale) -> str:
    """What follows the start of a span, on the start's own clock; its day only when a day or more lies between."""
    if until is None:
        return ""
    end = until.astimezone(start.tzinfo)
    if until - start < timedelta(hours=24):
        return f"–{clock(end, locale=locale)}"
    return f" – {_day_and_clock(end, locale)}"


@lru_cache(maxsize=256)
def _pattern(locale: str, skeleton: str) -> str | None:
    """CLDR's own pattern for a skeleton, or that of its short month with the month written out."""
    known = Locale.parse(locale).datetime_skeletons
    if (locale, skeleton) in PATTERNS:
        return PATTERNS[locale, skeleton]
    if skeleton in known:
        return str(known[skeleton].pattern)
    short = known.get(skeleton.replace("MMMM", "MMM"))
    return re.sub("M{3,}", "MMMM", str(short.pattern)) if short else None


@lru_cache(maxsize=64)
def _interval(locale: str, field: str) -> tuple[str, str] | None:
    """CLDR's patterns for the two ends of a range of days whose largest difference is `field`, months written out."""
    known = Locale.parse(locale).interval_formats
    parts = (known.get("yMMMMd") or known.get("yMMMd") or {}).get(field)
    if not parts or len(parts) != 2:
        return None
    # CLDR puts thin spaces around some dashes; not every font has them.
    return tuple(re.sub("M{3,}", "MMMM", part).replace("\u2009", " ") for part in parts)  # type: ignore[return-value]


def _first_of_month(text: str, locale: Locale) -> str:
    """French writes the first day of a month as an ordinal (CLDR has no field for it): `1er septembre`, `1er–3 septembre`."""
    return re.sub(r"(?<!\d)1(?=(?:–\d+)? [^\W\d])", "1er", text) if locale.language == "fr" else text


def _skeleton(day: date, skeleton: str, locale: Locale) -> str:
    pattern = _pattern(str(locale), skeleton)
    if pattern:
        return str(format_date(day, pattern, locale=locale))
    return str(format_skeleton(skeleton, datetime(day.year, day.month, day.day), locale=locale))  # noqa: DTZ001
