"""What a calendar would see: the events in a mail's calendar parts."""

from datetime import date, datetime
from email.message import EmailMessage
from typing import Any

from icalendar import Calendar


def calendar_parts(message: EmailMessage) -> list[bytes]:
    """The mail's calendar parts, inline or attached, as bytes."""
    return [
        part.get_payload(decode=True)  # type: ignore[misc]
        for part in message.walk()
        if part.get_content_type() in ("text/calendar", "application/ics")
        or (part.get_filename() or "").lower().endswith(".ics")
    ]


def calendar_events(message: EmailMessage) -> list[dict[str, Any]]:
    """Each event of each part: method, uid, sequence, status, summary, start, end, location, organizer, attendees.

    Times are ISO 8601; a part that cannot be read gives one entry with `error`.
    """
    found: list[dict[str, Any]] = []
    for part in calendar_parts(message):
        try:
            calendar = Calendar.from_ical(part)
        except ValueError as problem:
            found.append({"error": str(problem)})
            continue
        found.extend(_event(event, str(calendar.get("METHOD", ""))) for event in calendar.walk("VEVENT"))
    return found


def _event(event: Any, method: str) -> dict[str, Any]:
    attendees = event.get("ATTENDEE", [])
    return {
        "method": method,
        "uid": str(event.get("UID", "")),
        "sequence": int(event.get("SEQUENCE", 0)),
        "status": str(event.get("STATUS", "")),
        "summary": str(event.get("SUMMARY", "")),
        "start": _moment(event.get("DTSTART")),
        "end": _moment(event.get("DTEND")),
        "location": str(event.get("LOCATION", "")),
        "organizer": str(event.get("ORGANIZER", "")),
        "attendees": [str(a) for a in (attendees if isinstance(attendees, list) else [attendees])],
    }


def _moment(value: Any) -> str | None:
    moment = getattr(value, "dt", None)
    return moment.isoformat() if isinstance(moment, (date, datetime)) else None
