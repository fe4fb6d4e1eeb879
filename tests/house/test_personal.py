"""Where words about a person stand: every column is declared, exported, and empty once the person is erased."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

import citevents.core.mail  # noqa: F401 - its table is declared here
from citevents.core.clock import now
from citevents.core.db import Model, as_organization, transaction
from citevents.core.personal_data import everything_of
from citevents.operations.invariants import violations
from citevents.people import services as people
from citevents.portal.demo.load import load

Settle = Callable[[], int]

#: Words about a person, by table: whose row it is (SQL, of :person), and the columns.
PERSONAL: dict[str, tuple[str, str]] = {
    "person": ("id = :person", "name call_name mail mail_key country agency language zone"),
    "passkey": ("person_id = :person", "name"),
    "registration": ("person_id = :person", "name call_name agency country mail answers end_note"),
    "sensitive_answer": (
        "registration_id IN (SELECT id FROM registration WHERE person_id = :person)",
        "answer",
    ),
    "invoice": ('order_id IN (SELECT id FROM "order" WHERE person_id = :person)', "buyer_name buyer_agency"),
    "program": ("leader_id = :person", "name city about"),
    "avoided": ("program_id IN (SELECT id FROM program WHERE leader_id = :person)", "words"),
    "exchange_request": ("program_id IN (SELECT id FROM program WHERE leader_id = :person)", "reply"),
    "speaker": ("person_id = :person", "name name_key about"),
}
#: Made of another column, which is exported.
DERIVED = {"person.mail_key", "speaker.name_key"}

#: Words that may be about a person and are nobody's row, each with what keeps them from being an identity that stays.
ELSEWHERE: dict[str, str] = {
    "agenda_version.content": "speakers' names leave published versions too: tests/scheduling/test_draft.py",
    "draft.typed": "what was typed and not sent is gone a day later; nobody knows whose it is",
    "draft.token_digest": "of a token in a cookie",
    "survey_box.sealed": "counts and words of everybody together, sealed; joined to nobody; the page asks for no names",
    "survey_result.content": "what is shown of all answers together; joined to nobody",
    "survey_result.digest": "of what is shown",
    "payment.asked": "with what its page is opened; emptied as soon as that is open or over: tests/payments/test_keys.py",
    "notice.decision": "the command asks for no names",
    "money_case.decision": "the page asks for no names",
    "order.fingerprint": "a keyed digest of the form",
    "order.agreed": "names of purposes, emptied with the person",
    "order.browser": "a keyed digest of a cookie, emptied with the person",
    "order.caller": "a keyed digest of a network, gone once the order is paid, over or its address proven",
    "order.language": "a language alone is nobody",
    "invoice.buyer_country": "the invoice's place of supply; a country alone is nobody",
    "passkey.credential_id": "the row goes",
    "passkey.public_key": "the row goes",
    "passkey_challenge.challenge": "the row goes",
    "sign_in_link.mail": "the row goes with the address that it was sent to",
    "sign_in_link.mail_key": "the row goes",
    "sign_in_link.language": "the row goes",
    "sign_in_link.next": "the row goes",
    "feed.issue": "the row goes",
    "feed.digest": "the row goes",
    "delivery.error": "the kind of error, without what it quotes",
    "exchange.place": "of a meeting of two programs; both leaders see it",
    "invitation.facts": "title, place and time of a meeting",
    "invitation.told": "title, place and time of a meeting",
}

#: No words about anybody: names of things, codes, ids, keys, texts for everybody.
IMPERSONAL: dict[str, str] = {
    "agenda_version": "digest summary",
    "audit_entry": "act subject details mac",
    "conference": "slug name summary description wording venue address city country access_note zone currency cancel_note",
    "consent": "wording_version source",
    "circuit": "destination code",
    "delivery": "handler queue waits_for",
    "draft_step": "changes",
    "event": "name payload",
    "exchange": "zone public_id",
    "exchange_match": "shape weeks directions public_id",
    "exchange_request": "modes weeks floor visas_closed",
    "exchange_round": "name public_id",
    "exchange_run": "mode progress answer asked_as",
    "invitation": "uid",
    "invoice": "public_id series seller_name seller_mail subject currency lines digest",
    "invoice_series": "name",
    "ledger_entry": "currency",
    "letter": "key kind message_id",
    "balance_look": "after unheard",
    "money_case": "details",
    "notice": "processor_id kind subject intent_id charge_id payment_public_id refund_public_id",
    "order": "public_id form currency terms",
    "order_line": "name step quota_ids",
    "organization": "name host mail",
    "passkey": "public_id",
    "payment": "public_id currency checkout_id checkout_url intent_id charge_id",
    "person": "public_id",
    "posting": "cause",
    "processor_balance": "currency fee_currency",
    "price": "name",
    "program": "public_id country zone languages roles stage structure legal size strengths needs",
    "question": "label wording options reason",
    "quota": "name",
    "refund": "public_id currency processor_id problem",
    "dispute": "processor_id currency status reason covers fee_currency",
    "room": "name features",
    "session": "public_id title abstract wording audience language needs",
    "sign_in": "public_id",
    "sign_in_link": "public_id",
    "state_change": "kind was became",
    "survey": "title wording",
    "survey_invitation": "public_id",
    "survey_question": "label options wording",
    "ticket": "public_id code",
    "ticket_type": "public_id name description wording",
    "track": "public_id name short wording",
    "tries": "key",
}


def holds_words(column: sa.Column[Any]) -> bool:
    if isinstance(column.type, sa.Enum):
        return False
    return isinstance(column.type, sa.String | sa.JSON | sa.LargeBinary | sa.ARRAY)


def declared() -> dict[str, list[str]]:
    """Where each column is declared."""
    found: dict[str, list[str]] = {}
    for where, columns in (
        ("personal", [f"{table}.{each}" for table, (_, names) in PERSONAL.items() for each in names.split()]),
        ("elsewhere", list(ELSEWHERE)),
        (
            "impersonal",
            [f"{table}.{each}" for table, names in IMPERSONAL.items() for each in names.split()],
        ),
    ):
        for column in columns:
            found.setdefault(column, []).append(where)
    return found


def test_every_column_that_holds_words_says_whether_they_are_about_a_person(app: Flask) -> None:
    """A new one: export and erase what is about somebody (`personal_data.py`, a reaction to `person.erased`), and declare it above."""
    words = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.tables.values()
        for column in table.columns
        if holds_words(column)
    }
    said = declared()
    assert words - set(said) == set(), "undeclared"
    assert set(said) - words == set(), "declared, but not there"
    assert {column: places for column, places in said.items() if len(places) > 1} == {}


@pytest.fixture
def demo(session: Session) -> Iterator[None]:
    with transaction():
        made = load(now(), registrations=300)
    with as_organization(made.id):
        yield


def mark(column: str) -> str:
    return "mark-" + column.replace("_", "-").replace(".", "-")


def marked(session: Session, person: int) -> set[str]:
    """Put a mark into every personal word of this person; which columns there are."""
    found = set()
    for table, (theirs, names) in PERSONAL.items():
        for name in names.split():
            column = Model.metadata.tables[table].c[name]
            said = mark(f"{table}.{name}")
            if table == "exchange_request" or table == "program" or not isinstance(column.type, JSONB):
                value: str = said
            else:
                value = json.dumps({"1": said} if table == "registration" else [said])
            changed = session.execute(
                sa.text(f'UPDATE "{table}" SET "{name}" = :value WHERE {theirs}'),
                {"value": value, "person": person},
            )
            if changed.rowcount:  # type: ignore[attr-defined]
                found.add(f"{table}.{name}")
    session.expire_all()
    return found


def everything(session: Session) -> str:
    return "\n".join(
        str(row[0])
        for table in Model.metadata.tables
        for row in session.execute(sa.text(f'SELECT to_jsonb(t)::text FROM "{table}" t'))
    )


def a_person(session: Session, sql: str) -> int:
    return int(session.execute(sa.text(sql)).scalar_one())


def test_all_of_it_is_exported_and_gone_once_the_person_is_erased(
    session: Session, demo: None, settle: Settle
) -> None:
    """Of somebody who pays, of a leader, of a speaker: together they have words of almost every kind."""
    settle()
    chosen = [
        a_person(session, 'SELECT person_id FROM "order" WHERE total > 0 ORDER BY id LIMIT 1'),
        a_person(session, "SELECT leader_id FROM program WHERE leader_id IS NOT NULL ORDER BY id LIMIT 1"),
        a_person(session, "SELECT person_id FROM speaker WHERE person_id IS NOT NULL ORDER BY id LIMIT 1"),
    ]
    seen: set[str] = set()
    for person in dict.fromkeys(chosen):
        with transaction():
            _complete(session, person)
            session.execute(sa.text("SET LOCAL session_replication_role = replica"))
            here = marked(session, person)
            session.execute(sa.text("SET LOCAL session_replication_role = origin"))
        seen |= here
        exported = json.dumps(everything_of(person), default=str)
        assert {each for each in here - DERIVED if mark(each) not in exported} == set(), "not exported"
        with transaction():
            people.erase(person)
        settle()
        kept = everything(session)
        assert {each for each in here if mark(each) in kept} == set(), "still there"
    assert {each for each in declared() if declared()[each] == ["personal"]} - seen == set(), "never tried"
    assert [each for each in violations() if each.code == "P4"] == []


def _complete(session: Session, person: int) -> None:
    """A row of each kind that the demo world does not have of everybody."""
    for statement in (
        """INSERT INTO passkey (organization_id, public_id, person_id, name, credential_id, public_key, uses, created_at)
           SELECT organization_id, 'planted' || id, id, 'x', 'c' || id, 'k'::bytea, 0, now() FROM person WHERE id = :person""",
        """INSERT INTO avoided (organization_id, program_id, words, created_at)
           SELECT organization_id, id, 'x', now() FROM program WHERE leader_id = :person""",
        """INSERT INTO sensitive_answer (organization_id, conference_id, registration_id, question_id, answer, erase_at)
           SELECT r.organization_id, r.conference_id, r.id, (SELECT min(id) FROM question), '["x"]', now() + interval '1 day'
           FROM registration r WHERE r.person_id = :person
             AND NOT EXISTS (SELECT FROM sensitive_answer s WHERE s.registration_id = r.id) LIMIT 1""",
    ):
        session.execute(sa.text(statement), {"person": person})
