"""What people type, made fit to keep, to show and to send, at a cost that grows with its length and no faster."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

#: What our own sentences set apart what is filled in with, where they run from right to left. Nobody types them.
ISOLATES = "\u2068\u2069"
#: Zero-width joiners: invisible, and letters of some scripts and emoji need them.
JOINERS = "\u200c\u200d"
#: Characters, four times what the longest field takes. The rest is cut before anything looks at it.
LONGEST = 40_000
#: Marks that a letter may carry (Unicode's Stream-Safe Text Format). No script needs a third of them.
MOST_MARKS = 30
#: Not marks by their class, but made of them: two-part vowel signs of Tibetan, half-width voicing marks of Katakana.
DISGUISED = "\u0f73\u0f75\u0f81\uff9e\uff9f"


def tidy(text: str) -> str:
    """One line: NFC, controls and direction overrides gone, runs of blanks one. Joiners inside words stay."""
    kept = normalized(text)
    if not kept.isprintable():
        unseen = (char for char in set(kept) if not char.isprintable() and char not in JOINERS)
        kept = kept.translate(dict.fromkeys(map(ord, unseen), " "))
    return " ".join(kept.split()).strip(JOINERS + " ")


def line(text: str | None) -> str:
    """A filter of form fields: one tidy line; "" for nothing."""
    return tidy(text or "")


def lines(text: str | None) -> str:
    """A filter of form fields: several lines, each tidy; none at the ends is empty."""
    return "\n".join(tidy(each) for each in (text or "")[:LONGEST].splitlines()).strip()


def normalized(text: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"] = "NFC") -> str:
    """Unicode normalization of the first `LONGEST` characters. Everything here that normalizes does it by this function.

    Marks are put into their order by an insertion sort in older Pythons (python/cpython#149079): 80,000 of them took half a
    minute. What stands beyond `MOST_MARKS` on one letter is dropped.
    """
    text = text[:LONGEST]
    if text.isascii():
        return text
    # Before, so that there is little to sort; and after, when one character may have become several.
    cut = _too_many_marks()
    return cut.sub(r"\1", unicodedata.normalize(form, cut.sub(r"\1", text)))


def folded(text: str) -> str:
    """How two texts are compared that a reader would call the same: compatible letters, case ignored."""
    return normalized(text, "NFKC").casefold()


def without_marks(text: str) -> str:
    """Compatible letters without their accents and other marks: how names of places are looked for."""
    return "".join(char for char in normalized(text, "NFKD") if not unicodedata.combining(char))


@lru_cache
def _too_many_marks() -> re.Pattern[str]:
    """A run of characters that would be sorted, longer than any letter needs; its beginning is what is kept."""
    marks = "".join(char for char in map(chr, range(0x300, 0x20000)) if unicodedata.combining(char))
    return re.compile(f"([{marks}{DISGUISED}]{{{MOST_MARKS}}})[{marks}{DISGUISED}]+")


def sort_key(text: str) -> str:
    """Letters without their marks, case ignored: Åland stands with A, and آ with ا."""
    return without_marks(text).casefold()


def as_listed(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """(code, name) pairs in the order in which a reader looks for the names."""
    return tuple(sorted(pairs, key=lambda pair: (sort_key(pair[1]), pair[0])))
