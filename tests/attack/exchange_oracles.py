"""What the exchange promises, seen from outside: what leaders were told by pages and letters, against what the database says."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from tests.attack.exchange import Memory
from tests.attack.house import House
from tests.attack.oracles import Mail, accepted

SIDES = """SELECT m.public_id, m.state, m.proposed_at, p.mail, s.accepted, x.public_id, x.state, x.agreed_at,
                  x.starts_at, x.zone
           FROM exchange_side s
           JOIN exchange_match m ON m.organization_id = s.organization_id AND m.id = s.match_id
           JOIN program g ON g.organization_id = s.organization_id AND g.id = s.program_id
           JOIN person p ON p.organization_id = s.organization_id AND p.id = g.leader_id
           LEFT JOIN exchange x ON x.organization_id = m.organization_id AND x.match_id = m.id
           WHERE p.mail LIKE 'leader-%%@attack.example' ORDER BY m.id, s.position"""


def violations(house: House, memory: Memory) -> list[str]:
    """Everything that is wrong at rest."""
    sides, mails = house.sql(SIDES), accepted(house.folder / "mail")
    return [
        *memory.wrong,
        *agreed(sides),
        *answers(sides, memory),
        *apart(sides, memory),
        *calendars(sides, mails),
        *letters(sides, mails),
        *names(sides, mails, memory),
    ]


def agreed(sides: list[tuple[Any, ...]]) -> Iterator[str]:
    """One live exchange for each proposal that all accepted, none for any other."""
    matches: dict[tuple[str, str], list[tuple[bool | None, str | None]]] = defaultdict(list)
    for match, state, _at, _mail, accepted_it, exchange, *_ in sides:
        matches[match, state].append((accepted_it, exchange))
    for (match, state), answered in matches.items():
        exchanges = {exchange for _, exchange in answered}
        if state == "agreed" and (not all(yes for yes, _ in answered) or exchanges == {None}):
            yield f"X1  match {match} is agreed without everybody's yes, or without an exchange"
        if state != "agreed" and exchanges != {None}:
            yield f"X1  match {match} is {state} and has an exchange"
        if len(exchanges) > 1:
            yield f"X1  match {match} has {len(exchanges)} exchanges"


def answers(sides: list[tuple[Any, ...]], memory: Memory) -> Iterator[str]:
    """An answer that a page confirmed is kept."""
    kept = {(match, mail): yes for match, _state, _at, mail, yes, *_ in sides}
    for key, answered in memory.answers.items():
        if kept.get(key) is not answered:
            yield f"X2  {key[1]} answered {answered} to {key[0]}; kept is {kept.get(key)}"


def apart(sides: list[tuple[Any, ...]], memory: Memory) -> Iterator[str]:
    """P1: who said not to be matched with another is not proposed to them afterwards, and does not agree with them."""
    together: dict[str, dict[str, tuple[Any, Any]]] = defaultdict(dict)
    for match, _state, proposed_at, mail, _yes, _exchange, _xstate, agreed_at, *_ in sides:
        together[match][mail] = (proposed_at, agreed_at)
    for match, who in together.items():
        for one, other, since in memory.avoided:
            if {one, other} <= who.keys():
                proposed_at, agreed_at = who[one]
                if proposed_at > since or (agreed_at and agreed_at > since):
                    yield f"P1  {one} and {other} were matched ({match}) after one said not to be"


def calendars(sides: list[tuple[Any, ...]], mails: list[Mail]) -> Iterator[str]:
    """F4: the last word of each party's calendar about their exchange is its dates of now, or its end."""
    last: dict[tuple[str, str], tuple[str, Any]] = {}
    for mail in mails:
        for part in mail.message.walk():
            if part.get_content_type() == "text/calendar":
                read = Calendar.from_ical(part.get_content())
                for entry in read.walk("VEVENT"):
                    if found := re.search(r"/exchange/exchanges/([\w-]+)", str(entry.get("URL", ""))):
                        last[mail.to, found[1]] = str(read["METHOD"]), entry.decoded("DTSTART")
    for _match, _state, _at, mail, _yes, exchange, state, _agreed, starts_at, zone in sides:
        if exchange is None:
            continue
        heard = last.get((mail, exchange))
        if state == "cancelled":
            if heard is not None and heard[0] != "CANCEL":
                yield f"F4  exchange {exchange} is cancelled, and {mail} still has it"
            continue
        begins = heard and heard[1]
        true = (
            begins == starts_at if isinstance(begins, datetime) else begins == _day(starts_at, zone)
        ) and heard is not None
        if not true or heard[0] != "REQUEST":
            yield f"F4  exchange {exchange}: {mail} heard {heard}, true is {starts_at}"


def _day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def letters(sides: list[tuple[Any, ...]], mails: list[Mail]) -> Iterator[str]:
    """F2: each letter about a proposal or an exchange once; everybody who agreed knows."""
    ids: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    named = set()
    for mail in mails:
        body = mail.message.get_body(("plain",))
        text = body.get_content() if body else ""
        calendar = any(part.get_content_type() == "text/calendar" for part in mail.message.walk())
        for public_id in set(re.findall(r"/exchange/(?:proposals|exchanges)/([\w-]+)", text)):
            if not calendar:
                ids[mail.to, public_id, str(mail.message["Subject"])].add(mail.message_id)
                named.add((mail.to, public_id))
    yield from (f"F2  {len(found)} different letters: {key}" for key, found in ids.items() if len(found) > 1)
    for _match, state, _at, mail, _yes, exchange, how, *_ in sides:
        # What was called off before the letter went out names nobody.
        if state == "agreed" and how == "planned" and (mail, exchange) not in named:
            yield f"F2  {mail} agreed to {exchange} and was never told the names"


def names(sides: list[tuple[Any, ...]], mails: list[Mail], memory: Memory) -> Iterator[str]:
    """No letter names a program or its leader to another before everybody accepted."""
    together: dict[str, set[str]] = defaultdict(set)
    for _match, _state, _at, mail, _yes, exchange, *_ in sides:
        if exchange:
            together[exchange].add(mail)
    known = {pair for who in together.values() for pair in permutations(who, 2)}
    told: dict[str, str] = defaultdict(str)
    for mail in mails:
        if mail.to.startswith("leader-"):
            told[mail.to] += mail.message.as_string()
            body = mail.message.get_body(("plain",))
            told[mail.to] += body.get_content() if body else ""
    for me, other in permutations(memory.leaders, 2):
        if (me.mail, other.mail) not in known and any(
            word in told[me.mail] for word in (other.mail, other.name, other.program)
        ):
            yield f"P7  a letter named {other.program} to {me.mail}, who never agreed with them"
