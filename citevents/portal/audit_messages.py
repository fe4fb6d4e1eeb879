"""What entries of the audit trail say in words: the trail keeps codes, a person reads sentences. Each slice brings its own."""

from __future__ import annotations

from functools import cache
from typing import Any

from citevents.core.audit import AuditEntry
from citevents.locale.languages import gettext as _
from citevents.slices import slices


@cache
def _words() -> dict[tuple[str, str], Any]:
    return {act: words for each in slices() for act, words in each.acts.items()}


@cache
def _subjects() -> dict[str, Any]:
    return {subject: words for each in slices() for subject, words in each.subjects.items()}


def in_words(entry: AuditEntry) -> str:
    """What was done, without who: "published version 2 of the agenda"."""
    sentence = _words().get((entry.act, entry.subject))
    if sentence is None:
        return str(
            _("%(act)s: %(subject)s %(id)s", act=entry.act, subject=entry.subject, id=entry.subject_id)
        )
    words: str = str(sentence) % {"version": "?", **entry.details}
    return words


def subject_in_words(entry: AuditEntry) -> str:
    """What was acted on: "session"."""
    return str(_subjects().get(entry.subject, entry.subject))


def acts() -> list[tuple[str, str]]:
    """Every act as (its code, its words), in the order of the words: `("publish agenda", "published a version …")`."""
    named = [
        (f"{act} {subject}", str(words) % {"version": "…"}) for (act, subject), words in _words().items()
    ]
    return sorted(named, key=lambda each: each[1])
