"""What entries of the audit trail say in words, for the desk; the trail itself shows them as they are kept."""

from __future__ import annotations

from typing import Any

from citevents.core.audit import AuditEntry
from citevents.core.languages import gettext as _
from citevents.core.languages import lazy_gettext as _l

WORDS: dict[tuple[str, str], Any] = {
    ("publish", "agenda"): _l("published version %(version)s of the agenda"),
    ("add", "session"): _l("added a session"),
    ("edit", "session"): _l("changed a session"),
    ("cancel", "session"): _l("cancelled a session"),
    ("restore", "session"): _l("brought a session back"),
    ("place", "agenda"): _l("moved a session"),
    ("unplace", "agenda"): _l("took a session out of the grid"),
    ("apply", "agenda"): _l("moved several sessions"),
    ("undo", "agenda"): _l("took back a step of the draft"),
    ("cancel", "order"): _l("cancelled an order"),
    ("check_in", "registration"): _l("checked somebody in"),
    ("undo_check_in", "registration"): _l("took back a check-in"),
    ("refund", "payment"): _l("gave money back"),
    ("close", "money_case"): _l("decided a case about money"),
    ("change", "conference"): _l("changed the conference"),
    ("open", "conference"): _l("opened registration"),
    ("close", "conference"): _l("closed registration"),
    ("publish", "conference"): _l("made the conference public"),
    ("cancel", "conference"): _l("cancelled the conference"),
    ("export", "conference"): _l("exported a list"),
    ("read", "sensitive_answers"): _l("read what people need"),
    ("grant", "person"): _l("gave somebody a role"),
    ("revoke", "person"): _l("took a role back"),
    ("retry", "delivery"): _l("tried something again that had failed"),
    ("open", "exchange_round"): _l("opened an exchange round"),
    ("run", "exchange_round"): _l("ran an exchange round"),
    ("propose", "exchange_round"): _l("sent the proposals of a round"),
    ("configure", "survey"): _l("changed when the survey goes out"),
    ("question", "survey"): _l("changed a survey question"),
}


def in_words(entry: AuditEntry) -> str:
    """What was done, without who: "published version 2 of the agenda"."""
    sentence = WORDS.get((entry.act, entry.subject))
    if sentence is None:
        return str(
            _("%(act)s: %(subject)s %(id)s", act=entry.act, subject=entry.subject, id=entry.subject_id)
        )
    words: str = str(sentence) % {"version": "?", **entry.details}
    return words
