"""The books of the stand-ins against those of the product: what Stripe did, what the mail server accepted.

Each function gives one line per violation; none means that the promise held.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from icalendar import Calendar

from tests.attack.house import House


def violations(house: House, answered: list[str]) -> list[str]:
    """Everything that is wrong at rest; `answered` are the survey links whose answer a page confirmed."""
    record, mails = house.record(), accepted(house.folder / "mail")
    return [
        *money(house, record),
        *refunds(house, record),
        *notices(house, record),
        *seats(house),
        *confirmations(house, mails),
        *calendars(house, mails),
        *surveys(house, mails),
        *survey_answers(house, answered),
        *dead(house),
    ]


def money(house: House, record: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """M1: what Stripe says was paid is what is recorded, amount and currency; and nothing else is."""
    theirs = Counter(
        (each["metadata"].get("payment"), each["id"], each["amount_received"], each["currency"].upper())
        for each in record["payment_intents"]
        if each["status"] == "succeeded"
    )
    ours = Counter(
        house.sql(
            "SELECT public_id, intent_id, amount, currency FROM payment WHERE state = 'succeeded' AND intent_id NOT LIKE 'pi_sample%%'"
        )
    )
    yield from (f"M1  paid at Stripe, not recorded: {each}" for each in theirs - ours)
    yield from (f"M1  recorded, not paid at Stripe: {each}" for each in ours - theirs)


def refunds(house: House, record: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """M2: the same of what went back."""
    theirs = Counter(
        (each["id"], each["payment_intent"], each["amount"], each["status"]) for each in record["refunds"]
    )
    ours = Counter(
        house.sql(
            """SELECT r.processor_id, p.intent_id, r.amount, r.state FROM refund r
               JOIN payment p ON p.organization_id = r.organization_id AND p.id = r.payment_id
               WHERE r.processor_id IS NOT NULL"""
        )
    )
    yield from (f"M2  refunded at Stripe, not recorded: {each}" for each in theirs - ours)
    yield from (f"M2  recorded, not refunded at Stripe: {each}" for each in ours - theirs)
    unasked = house.sql(
        "SELECT public_id, state FROM refund WHERE processor_id IS NULL AND state <> 'failed'"
    )
    yield from (f"M2  a refund never reached Stripe: {each}" for each in unasked)


def notices(house: House, record: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """E4, E5: what was answered with 2xx is stored once; what Stripe never made is not stored, nor answered with 2xx."""
    stored = Counter(id for (id,) in house.sql("SELECT processor_id FROM notice"))
    made = {each["id"] for each in record["events"]}
    told = set()
    for each in record["deliveries"]:
        if any(attempt["status"] and 200 <= attempt["status"] < 300 for attempt in each["attempts"]):
            if each["disguise"]:
                yield f"E5  a {each['disguise']} notice was taken: {each['event']}"
            else:
                told.add(each["event"])
    yield from (f"E4  answered but not stored: {id}" for id in sorted(told - set(stored)))
    yield from (f"E4  stored {n} times: {id}" for id, n in stored.items() if n > 1)
    yield from (f"E5  stored but never sent: {id}" for id in sorted(set(stored) - made))


def seats(house: House) -> Iterator[str]:
    """C1, counted anew from the lines of live registrations."""
    for quota, capacity, live in house.sql(
        """SELECT q.id, q.capacity, count(r.id) FROM quota q
           JOIN order_line l ON l.organization_id = q.organization_id AND q.id = ANY (l.quota_ids)
           JOIN registration r ON r.organization_id = l.organization_id AND r.id = l.registration_id
                AND r.state IN ('held', 'confirmed')
           GROUP BY 1, 2 HAVING count(r.id) > q.capacity"""
    ):
        yield f"C1  oversold: quota {quota} has {capacity} places and {live} people"


# ---------- mails ----------


@dataclass(frozen=True)
class Mail:
    """A message that the mail server accepted, in order of arrival."""

    number: int
    to: str
    message_id: str
    message: EmailMessage


def accepted(folder: Path) -> list[Mail]:
    """Read from the outbox's own folder: each file is one line of envelope, then the message as it came."""
    found = []
    for path in sorted(folder.glob("*.eml")):
        message = message_from_bytes(path.read_bytes().partition(b"\n")[2], policy=policy.default)
        assert isinstance(message, EmailMessage)
        to = str(message["To"].addresses[0].addr_spec)
        found.append(Mail(int(path.stem), to, str(message["Message-ID"]).strip(), message))
    return found


def confirmations(house: House, mails: list[Mail]) -> Iterator[str]:
    """F2: one confirmation for each confirmed order; a second copy is the same message."""
    orders = dict(
        house.sql(
            """SELECT t.code, r.order_id FROM ticket t
               JOIN registration r ON r.organization_id = t.organization_id AND r.id = t.registration_id"""
        )
    )
    told: dict[int, Counter[str]] = defaultdict(Counter)
    for mail in mails:
        for part in mail.message.iter_attachments():
            ticket = re.fullmatch(r"ticket-(\w+)\.pdf", part.get_filename() or "")
            if ticket and ticket[1] in orders:
                told[orders[ticket[1]]][mail.message_id] += 1
    due = house.sql(
        """SELECT o.id FROM "order" o WHERE o.state = 'confirmed' AND EXISTS (SELECT FROM state_change s
           WHERE s.organization_id = o.organization_id AND s.kind = 'order' AND s.subject_id = o.id
           AND s.became = 'confirmed')"""
    )
    yield from (f"F2  no confirmation for order {id}" for (id,) in due if id not in told)
    yield from (
        f"F2  {len(ids)} different confirmations for order {id}" for id, ids in told.items() if len(ids) > 1
    )


def calendars(house: House, mails: list[Mail]) -> Iterator[str]:
    """F3, F4, F5: SEQUENCE never falls, and the last word of each calendar is what the database says now."""
    last: dict[tuple[str, str], tuple[int, str, Any]] = {}
    for mail in mails:
        for part in mail.message.walk():
            if part.get_content_type() != "text/calendar":
                continue
            read = Calendar.from_ical(part.get_content())
            for entry in read.walk("VEVENT"):
                key, sequence = (str(entry["UID"]), mail.to), int(entry.get("SEQUENCE", 0))
                if key in last and sequence < last[key][0]:
                    yield f"F3  SEQUENCE of {key[0]} fell from {last[key][0]} to {sequence} in mail {mail.number}"
                last[key] = sequence, str(read["METHOD"]), entry.decoded("DTSTART")
    rows = house.sql(
        """SELECT i.uid, p.mail, i.sequence, i.sent_sequence, i.state, i.facts->>'start', i.kind,
                  i.sent_at IS DISTINCT FROM (SELECT min(sent_at) FROM invitation),
                  i.state = 'cancelled' AND i.sent_at IS NULL AND i.told = '{}'
           FROM invitation i JOIN person p ON p.organization_id = i.organization_id AND p.id = i.person_id
           WHERE p.mail IS NOT NULL"""
    )
    known = set()
    for uid, mail, sequence, sent, state, start, kind, recent, taken_back_unheard in rows:
        known.add((uid, mail))
        heard = last.get((uid, mail))
        if heard is None:
            # Cancelled before its first email went: nobody heard of it, and nobody is told that it is off.
            first = kind == "registration" and sequence == 0
            if recent and sent >= 0 and not first and not taken_back_unheard:
                yield f"F4  {kind} {uid}: said to be told, but no mail has it"
            continue
        method = "REQUEST" if state == "live" else "CANCEL"
        truth = datetime.fromisoformat(start) if "T" in start else date.fromisoformat(start)
        if heard != (sequence, method, truth):
            yield f"F4  {kind} {uid}: calendars heard {heard}, true is {(sequence, method, truth)}"
    yield from (f"F5  a calendar entry that nobody knows: {key[0]}" for key in last if key not in known)
    yield from agenda_in_calendars(house)


def agenda_in_calendars(house: House) -> Iterator[str]:
    """F4 against the public agenda itself: whoever has a place and chose a session has it at its time, and only then."""
    missing = house.sql(
        """WITH public AS (
             SELECT DISTINCT ON (v.conference_id) v.organization_id, v.conference_id, v.content FROM agenda_version v
             ORDER BY v.conference_id, v.number DESC),
           item AS (
             SELECT p.organization_id, p.conference_id, (i->>'session_id')::bigint AS session_id, i FROM public p,
             jsonb_array_elements(p.content->'items') i)
           SELECT f.session_id, f.person_id FROM favourite f
           JOIN item ON item.organization_id = f.organization_id AND item.session_id = f.session_id
           JOIN registration r ON r.organization_id = f.organization_id AND r.person_id = f.person_id
                AND r.conference_id = item.conference_id AND r.state = 'confirmed'
           LEFT JOIN invitation v ON v.organization_id = f.organization_id AND v.kind = 'session'
                AND v.subject_id = f.session_id AND v.person_id = f.person_id
           WHERE coalesce(v.state, 'none') <> CASE WHEN (item.i->>'cancelled')::boolean THEN 'cancelled' ELSE 'live' END
             AND NOT (v.id IS NULL AND (item.i->>'cancelled')::boolean)"""
    )
    yield from (
        f"F4  session {session} and person {person}: the calendar is not what the agenda says"
        for session, person in missing
    )


def surveys(house: House, mails: list[Mail]) -> Iterator[str]:
    """Everybody who was asked got one letter, whoever was checked in is asked, nobody else is."""
    links = Counter(
        token
        for mail in {mail.message_id: mail for mail in mails}.values()
        for token in set(re.findall(r"/surveys/([\w-]+)", mail.message.get_body(("plain",)).get_content()))  # type: ignore[union-attr]
    )
    asked = {
        token
        for (token,) in house.sql(
            """SELECT i.public_id FROM survey_invitation i JOIN survey s ON s.organization_id = i.organization_id
               AND s.id = i.survey_id JOIN conference c ON c.organization_id = s.organization_id AND c.id = s.conference_id
               WHERE c.slug = 'cit-international' AND i.asked_at IS NOT NULL"""
        )
    }
    yield from (f"F2  {n} different letters ask for one survey" for n in links.values() if n > 1)
    yield from ("F2  somebody was asked for a survey, but no mail has the link" for _ in asked - set(links))
    strangers = house.sql(
        """SELECT r.person_id FROM check_in k JOIN registration r ON r.organization_id = k.organization_id
           AND r.id = k.registration_id JOIN survey s ON s.organization_id = r.organization_id
           AND s.conference_id = r.conference_id AND s.state <> 'draft'
           WHERE r.state = 'confirmed' AND NOT EXISTS (SELECT FROM survey_invitation i
             WHERE i.organization_id = r.organization_id AND i.survey_id = s.id AND i.person_id = r.person_id)"""
    )
    yield from (f"S1  person {person} was there and is not asked" for (person,) in strangers)


def survey_answers(house: House, answered: list[str]) -> Iterator[str]:
    """Answers are never lost, and never doubled: as many as links were used, those that a page confirmed among them."""
    for id, answers, used in house.sql(
        """SELECT s.id, s.answered,
                  (SELECT count(*) FROM survey_invitation i
                   WHERE i.organization_id = s.organization_id AND i.survey_id = s.id AND i.used) FROM survey s"""
    ):
        if answers != used:
            yield f"S2  survey {id} has {answers} answers, and {used} links were used"
    used_links = {token for (token,) in house.sql("SELECT public_id FROM survey_invitation WHERE used")}
    yield from (
        f"S2  an answer that was confirmed is lost: {token}" for token in answered if token not in used_links
    )


def dead(house: House) -> Iterator[str]:
    """E2: whatever died, no reaction was given up."""
    for handler, error, n in house.sql(
        "SELECT handler, error, count(*) FROM delivery WHERE dead_at IS NOT NULL GROUP BY 1, 2"
    ):
        yield f"E2  {n} dead: {handler}: {error}"
