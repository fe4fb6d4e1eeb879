"""Decisions about organizations: which names and hosts can be, how long a link for setting up is good."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from email_validator import EmailNotValidError, validate_email

from citevents.locale.text_cleaning import tidy
from citevents.organizations.errors import AddressNeeded, HostNotAName, NameNeeded

LINK_LASTS = timedelta(minutes=30)
LONGEST_NAME, LONGEST_HOST, LONGEST_TEXT = 120, 253, 1000
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def a_name(text: str) -> str:
    """The name as it is kept: one line, without controls. NameNeeded for what is none."""
    name = tidy(text[:LONGEST_TEXT])
    if not any(char.isalnum() for char in name) or len(name) > LONGEST_NAME:
        raise NameNeeded()
    return name


def an_address(text: str, field: str) -> str:
    """A mail address of the right shape, its host in small letters. AddressNeeded for what is none."""
    try:
        return str(validate_email(text.strip()[:LONGEST_TEXT], check_deliverability=False).normalized)
    except EmailNotValidError:
        raise AddressNeeded(field=field) from None


def a_host(text: str) -> str | None:
    """The host as browsers send it: small letters, other scripts in their ASCII form. None for nothing.

    HostNotAName for an address, a port, a number, blanks.
    """
    given = text.strip().lower().rstrip(".")
    if not given:
        return None
    try:
        host = given if given.isascii() else given[:LONGEST_HOST].encode("idna").decode()
    except UnicodeError:
        raise HostNotAName() from None
    labels = host.split(".")
    if len(host) > LONGEST_HOST or not all(LABEL.fullmatch(label) for label in labels):
        raise HostNotAName()
    if labels[-1].isdigit() or (len(labels) == 1 and host != "localhost"):
        raise HostNotAName()
    return host


def ends(at: datetime) -> int:
    """Until when a link made now is good, in seconds of the epoch."""
    return int((at + LINK_LASTS).timestamp())


def is_over(ends: int, at: datetime) -> bool:
    """Whether a link's time is over."""
    return datetime.fromtimestamp(ends, UTC) <= at
