"""Decisions about people: which address is which, how long a link or a sign-in holds, who may give which role."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from citevents.core.access import Grant, Role
from citevents.locale.languages import lazy_gettext as _l
from citevents.people.models import Proof, Purpose

#: A link somebody asked for: long enough to fetch mail, short enough to be worthless tomorrow.
ASKED_LINK_LASTS = timedelta(minutes=30)
#: A link in a letter of ours, where the sender names no end.
LETTER_LINK_LASTS = timedelta(days=180)
#: A sign-in, then the mailed link or passkey again.
SIGN_IN_LASTS = timedelta(days=30)
#: How long after it a sign-in opens desks and what cannot be undone.
FRESH_LASTS = timedelta(hours=12)
CHALLENGE_LASTS = timedelta(minutes=5)
#: What names a host at most (RFC 1035); the rest of the world cannot be written to.
LONGEST_HOST = 255

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def mail_key(mail: str) -> str:
    """Under which an address is found: ASCII letters in lower case, the host in its ASCII form.

    Only ASCII is folded: Unicode folding makes one of two addresses (`ß` and `ss`, `K` and the Kelvin sign) that
    belong to different people.
    """
    local, at, host = mail.strip().rpartition("@")
    if not host.isascii() and len(host) <= LONGEST_HOST:
        with suppress(UnicodeError):
            host = host.encode("idna").decode()
    return f"{local}{at}{host}".translate(_LOWER)


def is_fresh(proof: Proof, started_at: datetime, at: datetime) -> bool:
    """Whether a sign-in opens desks: a passkey or an asked link of today. A link in a letter may have been forwarded."""
    return proof is not Proof.LETTER and at - started_at < FRESH_LASTS


def may_correct_address(corrector: Iterable[Grant], theirs: Iterable[Grant]) -> bool:
    """Whoever reads an address can sign in with it: that of somebody with a role is an owner's to correct."""
    return not list(theirs) or any(
        grant.role is Role.OWNER and grant.conference_id is None for grant in corrector
    )


def may_grant(granter: Iterable[Grant], role: Role, conference_id: int | None) -> bool:
    """Whether somebody with these roles may give or take `role` there.

    Owners everything. Organizers of everything: each role but owner and organizer-of-everything. Organizers of one
    conference: the working roles of that conference.
    """
    for grant in granter:
        if grant.role is Role.OWNER and grant.conference_id is None:
            return True
        if grant.role is not Role.ORGANIZER or role is Role.OWNER:
            continue
        if grant.conference_id is None and (role, conference_id) != (Role.ORGANIZER, None):
            return True
        if grant.conference_id == conference_id and role is not Role.ORGANIZER:
            return True
    return False


@dataclass(frozen=True)
class Wording:
    """What a person agrees to. A changed sentence gets a new version; old consents keep theirs."""

    purpose: Purpose
    version: str
    #: What stands beside the box or button, wherever it is asked.
    sentence: Any
    #: What happens when it is taken back.
    withdrawing: Any
    #: Whether it can be given under "My data", too, and not only where it is needed.
    anywhere: bool = False


WORDINGS: dict[Purpose, Wording] = {
    wording.purpose: wording
    for wording in (
        Wording(
            Purpose.SENSITIVE_ANSWERS,
            "2027-01",
            _l("You may keep my answers on access, diet and lived experience to prepare this event."),
            _l("Your answers to those questions are erased."),
        ),
        Wording(
            Purpose.EXCHANGE,
            "2027-01",
            _l(
                "You may use my program's profile to look for a peer program, and show it to possible partners."
            ),
            _l(
                "Your program leaves every matching round, and proposals that are out end. Exchanges already agreed stay."
            ),
        ),
        Wording(
            Purpose.FOLLOW_UP,
            "2027-01",
            _l("You may ask me by email, months later, what became of what I learned."),
            _l("You get no more surveys that come a month or later after an event."),
            anywhere=True,
        ),
        Wording(
            Purpose.NEWS,
            "2027-01",
            _l("You may send me news of later events."),
            _l("You leave the list for news; emails about what you registered for still come."),
            anywhere=True,
        ),
    )
}


__all__ = [
    "ASKED_LINK_LASTS",
    "CHALLENGE_LASTS",
    "FRESH_LASTS",
    "LETTER_LINK_LASTS",
    "SIGN_IN_LASTS",
    "WORDINGS",
    "Wording",
    "is_fresh",
    "mail_key",
    "may_grant",
]
