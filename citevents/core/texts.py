"""What people type, made fit to keep, to show and to send."""

from __future__ import annotations

import unicodedata

#: What our own sentences set apart what is filled in with, where they run from right to left. Nobody types them.
ISOLATES = "\u2068\u2069"
#: Zero-width joiners: invisible, and letters of some scripts and emoji need them.
JOINERS = "\u200c\u200d"


def tidy(text: str) -> str:
    """One line: NFC, controls and direction overrides gone, runs of blanks one. Joiners inside words stay."""
    kept = "".join(
        char if char.isprintable() or char in JOINERS else " " for char in unicodedata.normalize("NFC", text)
    )
    return " ".join(kept.split()).strip(JOINERS + " ")


def line(text: str | None) -> str:
    """A filter of form fields: one tidy line; "" for nothing."""
    return tidy(text or "")


def lines(text: str | None) -> str:
    """A filter of form fields: several lines, each tidy; none at the ends is empty."""
    return "\n".join(tidy(each) for each in (text or "").splitlines()).strip()
