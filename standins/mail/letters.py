"""A letter: one accepted message, taken apart for reading."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

from standins.mail.calendars import calendar_events

_LINK = re.compile(r"https?://[^\s<>\"')\]]+")


def text_of(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain",))
    return str(part.get_content()) if part else ""


def html_of(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("html",))
    return str(part.get_content()) if part else ""


def numbered_parts(message: EmailMessage) -> Iterator[tuple[int, EmailMessage]]:
    """Every part that holds something, with the number under which it can be downloaded."""
    for number, part in enumerate(message.walk()):
        if not part.is_multipart():
            yield number, part


def attachments_of(message: EmailMessage) -> list[dict[str, Any]]:
    """Everything that is not the letter's own text: name, content type, size in bytes, number of the part."""
    body = {id(message.get_body(preferencelist=(kind,))) for kind in ("plain", "html")}
    return [
        {
            "part": number,
            "name": part.get_filename() or f"part-{number}",
            "type": part.get_content_type(),
            "size": len(bytes_of(part)),
        }
        for number, part in numbered_parts(message)
        if id(part) not in body
    ]


def bytes_of(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


class _Hrefs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def links_of(message: EmailMessage) -> list[str]:
    """The links in both versions of the text, each once, in reading order."""
    hrefs = _Hrefs()
    hrefs.feed(html_of(message))
    found = [link.rstrip(".,;") for link in _LINK.findall(text_of(message))]
    return list(dict.fromkeys(found + [link for link in hrefs.found if link.startswith("http")]))


def taken_apart(message: EmailMessage) -> dict[str, Any]:
    """The whole letter as JSON."""
    return {
        "headers": [[name, str(value)] for name, value in message.items()],
        "text": text_of(message),
        "html": html_of(message),
        "links": links_of(message),
        "calendar": calendar_events(message),
        "attachments": attachments_of(message),
    }
