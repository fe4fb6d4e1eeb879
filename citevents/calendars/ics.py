"""iCalendar bytes (RFC 5545, 5546): the only file that writes them. Readers by others check it in the tests.

Events are single and in UTC, because generated VTIMEZONEs are read wrongly by calendars that people use; the venue's
zone is named in the description. The same entry gives the same bytes: UID, SEQUENCE and DTSTAMP are told, never made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote

from citevents.core.mail import Attachment
from citevents.core.times import as_utc, format_days, format_span
from citevents.locale.languages import current_language
from citevents.locale.languages import gettext as _

PRODUCT = "-//citevents//citevents//EN"
#: RFC 5545 wants no content line longer than this many octets, its line break not counted.
MOST_OCTETS = 75
#: How often a subscribed feed may be fetched again.
REFRESH = "PT1H"

# Controls, direction overrides and lone surrogates; joiners stay, because scripts and names need them.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Method(StrEnum):
    """What a calendar is to do with the entries."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True, kw_only=True)
class Party:
    """Who asks, or who is asked: a name and an address."""

    name: str
    mail: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One calendar entry. `start` and `end` are both instants, or both days of which `end` is the last one.

    `place` and `description` are plain text; `zone` is the IANA zone of the venue, named in the description. `stamp` is when
    this SEQUENCE came to be.
    """

    uid: str
    sequence: int
    stamp: datetime
    start: datetime | date
    end: datetime | date
    title: str
    place: str = ""
    description: str = ""
    url: str = ""
    zone: str = ""
    cancelled: bool = False


def calendar(
    entries: Iterable[Entry],
    *,
    method: Method,
    organizer: Party | None = None,
    attendee: Party | None = None,
    name: str = "",
) -> bytes:
    """A VCALENDAR with these entries, in the language of the moment. `name` is shown by those who subscribe.

    Text from people can neither add a property nor a line.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", f"METHOD:{method}"]
    if _line(name):
        lines += [f"X-WR-CALNAME:{_text(_line(name))}", f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}"]
        lines += [f"X-PUBLISHED-TTL:{REFRESH}"]
    for entry in entries:
        lines += _event(entry, organizer, attendee)
    lines.append("END:VCALENDAR")
    return b"".join(map(_folded, lines))


def invitation(entry: Entry, *, organizer: Party, attendee: Party) -> Attachment:
    """The part of a letter that puts the entry into one person's calendar, moves it there, or (cancelled) takes it out."""
    method = Method.CANCEL if entry.cancelled else Method.REQUEST
    return Attachment(
        name="cancel.ics" if entry.cancelled else "invite.ics",
        content=calendar([entry], method=method, organizer=organizer, attendee=attendee),
        mimetype="text/calendar",
        method=method.value,
    )


def plain(text: str) -> str:
    """Text without what could break a line or turn its direction; line breaks inside become `\\n`."""
    return _HARMFUL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _event(entry: Entry, organizer: Party | None, attendee: Party | None) -> list[str]:
    lines = ["BEGIN:VEVENT", f"UID:{_word(entry.uid)}", f"SEQUENCE:{int(entry.sequence)}"]
    lines.append(f"DTSTAMP:{_instant(entry.stamp)}")
    if isinstance(entry.start, datetime) and isinstance(entry.end, datetime):
        lines += [f"DTSTART:{_instant(entry.start)}", f"DTEND:{_instant(entry.end)}"]
    else:  # whole days: DTEND is the day after
        after = entry.end + timedelta(days=1)
        lines += [f"DTSTART;VALUE=DATE:{entry.start:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}"]
        lines += ["TRANSP:TRANSPARENT"]
    lines.append(f"SUMMARY:{_text(_line(entry.title))}")
    if _line(entry.place):
        lines.append(f"LOCATION:{_text(_line(entry.place))}")
    description = plain("\n\n".join(part for part in (_when(entry), entry.description) if part))
    if description:
        lines.append(f"DESCRIPTION:{_text(description)}")
    if _word(entry.url):
        lines.append(f"URL:{_word(entry.url)}")
    lines.append("STATUS:CANCELLED" if entry.cancelled else "STATUS:CONFIRMED")
    if organizer:
        lines.append(f"ORGANIZER{_named(organizer)}:{_address(organizer)}")
    if attendee:
        asked = f"ATTENDEE{_named(attendee)};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE"
        lines.append(f"{asked}:{_address(attendee)}")
    lines.append("END:VEVENT")
    return lines


def _when(entry: Entry) -> str:
    """The venue's clock, in words: a reader elsewhere sees their own hour above and this one below."""
    if not entry.zone:
        return ""
    if isinstance(entry.start, datetime) and isinstance(entry.end, datetime):
        return _hours(entry.start, entry.end, entry.zone, current_language())
    return str(
        _(
            "Days at the venue: %(days)s (time zone %(zone)s)",
            days=format_days(entry.start, entry.end),
            zone=entry.zone,
        )
    )


@lru_cache(
    maxsize=1024
)  # the sessions of one slot share the sentence, and so do the letters about one session
def _hours(start: datetime, end: datetime, zone: str, language: str) -> str:
    at = format_span(start, end, zone)
    return str(_("At the venue: %(time)s, %(zone)s", time=at.venue, zone=at.venue_zone))


def _instant(moment: datetime) -> str:
    return f"{as_utc(moment):%Y%m%dT%H%M%SZ}"


def _named(party: Party) -> str:
    """The CN parameter, quoted; RFC 6868 for what quotes cannot hold."""
    name = _line(party.name).replace("^", "^^").replace('"', "^'")
    return f';CN="{name}"' if name else ""


def _address(party: Party) -> str:
    return "mailto:" + quote(_word(party.mail), safe="@+!#$&'*/=?^_`{|}~.-")


def _text(text: str) -> str:
    """A TEXT value: what separates values, and line breaks, escaped."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _line(text: str) -> str:
    """One line, runs of blanks one."""
    return " ".join(plain(text).split())


def _word(text: str) -> str:
    """A value without blanks: nothing in it can begin another line."""
    return "".join(plain(text).split())


def _folded(line: str) -> bytes:
    """One content line in pieces of at most 75 octets, never inside a character."""
    whole = line.encode()
    if len(whole) <= MOST_OCTETS:
        return whole + b"\r\n"
    return b"\r\n ".join(_pieces(whole)) + b"\r\n"


def _pieces(whole: bytes) -> Iterator[bytes]:
    start, room = 0, MOST_OCTETS
    while start < len(whole):
        end = min(start + room, len(whole))
        while end < len(whole) and whole[end] & 0xC0 == 0x80:
            end -= 1
        yield whole[start:end]
        start, room = end, MOST_OCTETS - 1  # the blank that continues a line counts
