"""What entries of the audit trail say in words. The trail keeps codes; a person reads sentences.

`tests/portal/test_acts.py` holds these lists against every act that the code records.
"""

from __future__ import annotations

from typing import Any

from citevents.core.audit import AuditEntry
from citevents.core.languages import gettext as _
from citevents.core.languages import lazy_gettext as _l

#: (act, subject): what was done, without who. `%(…)s` are details of the entry.
WORDS: dict[tuple[str, str], Any] = {
    ("make", "organization"): _l("made the organization"),
    ("create", "conference"): _l("made a new conference"),
    ("change", "conference"): _l("changed the conference"),
    ("open", "conference"): _l("opened registration"),
    ("close", "conference"): _l("closed registration"),
    ("publish", "conference"): _l("made the conference public"),
    ("unpublish", "conference"): _l("hid the conference again"),
    ("cancel", "conference"): _l("cancelled the conference"),
    ("create", "room"): _l("added a room"),
    ("change", "room"): _l("changed a room"),
    ("remove", "room"): _l("removed a room"),
    ("create", "quota"): _l("added a quota"),
    ("change", "quota"): _l("changed a quota"),
    ("remove", "quota"): _l("removed a quota"),
    ("create", "ticket_type"): _l("added a ticket"),
    ("change", "ticket_type"): _l("changed a ticket"),
    ("remove", "ticket_type"): _l("removed a ticket"),
    ("create", "question"): _l("added a question to the form"),
    ("change", "question"): _l("changed a question of the form"),
    ("remove", "question"): _l("removed a question from the form"),
    ("publish", "agenda"): _l("published version %(version)s of the agenda"),
    ("add", "track"): _l("added a track"),
    ("remove", "track"): _l("removed a track"),
    ("add", "session"): _l("added a session"),
    ("edit", "session"): _l("changed a session"),
    ("cancel", "session"): _l("cancelled a session"),
    ("restore", "session"): _l("brought a session back"),
    ("place", "agenda"): _l("moved a session"),
    ("unplace", "agenda"): _l("took a session out of the grid"),
    ("apply", "agenda"): _l("moved several sessions"),
    ("undo", "agenda"): _l("undid a step of the agenda"),
    ("cancel", "order"): _l("cancelled an order"),
    ("check_in", "registration"): _l("checked somebody in"),
    ("undo_check_in", "registration"): _l("took back a check-in"),
    ("export", "conference"): _l("exported a list"),
    ("export", "news"): _l("exported the list for news"),
    ("read", "sensitive_answers"): _l("read what people need"),
    ("compare", "conference"): _l("had payments compared with the payment processor"),
    ("refund", "payment"): _l("refunded money"),
    ("book_difference", "payment"): _l("booked what the payment processor holds otherwise"),
    ("settle", "refund"): _l("decided how a refund goes on"),
    ("retry", "refund"): _l("had waiting refunds asked for again"),
    ("close", "money_case"): _l("decided a case about money"),
    ("configure", "survey"): _l("changed when the survey goes out"),
    ("question", "survey"): _l("changed a survey question"),
    ("remove_question", "survey"): _l("removed a survey question"),
    ("open", "exchange_round"): _l("opened an exchange round"),
    ("close", "exchange_round"): _l("closed an exchange round"),
    ("run", "exchange_round"): _l("ran an exchange round"),
    ("propose", "exchange_round"): _l("sent the proposals of a round"),
    ("stop", "exchange_run"): _l("told a run to stop"),
    ("fail", "exchange_run"): _l("gave up a run that was lost"),
    ("reply", "exchange_request"): _l("wrote back to a program that asked for an exchange"),
    ("cancel", "exchange"): _l("cancelled an exchange"),
    ("grant", "person"): _l("gave somebody a role"),
    ("revoke", "person"): _l("took a role back"),
    ("add_passkey", "person"): _l("made a passkey"),
    ("remove_passkey", "person"): _l("removed a passkey"),
    ("correct_address", "person"): _l("corrected an address that refused emails"),
    ("erase", "person"): _l("was forgotten, as asked"),
    ("retry", "delivery"): _l("tried something again that had failed"),
    ("retry_all", "delivery"): _l("tried everything of one kind again that had failed"),
    ("act", "desk"): _l("did something at a desk"),
}

#: What was acted on; the number of the entry stands beside it.
SUBJECTS: dict[str, Any] = {
    "agenda": _l("agenda of a conference"),
    "conference": _l("conference"),
    "delivery": _l("job"),
    "desk": _l("page of a desk"),
    "exchange": _l("exchange"),
    "exchange_request": _l("request for an exchange"),
    "exchange_round": _l("exchange round"),
    "exchange_run": _l("run of a round"),
    "organization": _l("organization"),
    "money_case": _l("case about money"),
    "news": _l("list for news"),
    "order": _l("order"),
    "payment": _l("payment"),
    "person": _l("person"),
    "question": _l("question of the form"),
    "quota": _l("quota"),
    "refund": _l("refund"),
    "registration": _l("registration"),
    "room": _l("room"),
    "sensitive_answers": _l("what people need"),
    "session": _l("session"),
    "survey": _l("survey"),
    "ticket_type": _l("ticket"),
    "track": _l("track"),
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


def subject_in_words(entry: AuditEntry) -> str:
    """What was acted on: "session"."""
    return str(SUBJECTS.get(entry.subject, entry.subject))


def acts() -> list[tuple[str, str]]:
    """Every act as (its code, its words), in the order of the words: `("publish agenda", "published a version …")`."""
    named = [(f"{act} {subject}", str(words) % {"version": "…"}) for (act, subject), words in WORDS.items()]
    return sorted(named, key=lambda each: each[1])
