"""What the desk shows of people: who has roles, who is found by a search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.core.access import Grant, Role
from citevents.core.db import session
from citevents.people.models import Consent, Person, Purpose, RoleGrant
from citevents.people.queries import PersonView, _view

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """A person and their roles."""

    person: PersonView
    grants: tuple[Grant, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """One page of a search; `last` is the number of the last page."""

    colleagues: list[Colleague]
    total: int
    last: int


def find(text: str = "", role: Role | None = None, page: int = 1) -> Found:
    """People whose name or address contains `text`; without one, those who have a role (this one, when given)."""
    wanted: list[sa.ColumnElement[bool]] = [Person.erased_at.is_(None)]
    if text:
        wanted.append(
            sa.or_(Person.name.icontains(text, autoescape=True), Person.mail.icontains(text, autoescape=True))
        )
    if role or not text:
        holders = sa.select(RoleGrant.person_id)
        wanted.append(Person.id.in_(holders.where(RoleGrant.role == role) if role else holders))
    total = session().scalar(sa.select(sa.func.count()).select_from(Person).where(*wanted)) or 0
    last = max(1, -(-total // PER_PAGE))
    rows = session().scalars(
        sa.select(Person)
        .where(*wanted)
        .order_by(Person.name, Person.id)
        .limit(PER_PAGE)
        .offset((min(page, last) - 1) * PER_PAGE)
    )
    people = [_view(row) for row in rows]
    grants = _grants([person.id for person in people])
    return Found(
        colleagues=[Colleague(person=each, grants=tuple(grants.get(each.id, ()))) for each in people],
        total=total,
        last=last,
    )


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Somebody who wants news of later events, and since when."""

    name: str
    mail: str
    language: str
    since: datetime


def readers() -> list[Reader]:
    """Whoever agrees to get news at this moment, by name. Only addresses that were proven: anybody can type somebody else's."""
    rows = session().execute(
        sa.select(Person.name, Person.mail, Person.language, sa.func.min(Consent.given_at).label("since"))
        .join(
            Consent,
            sa.and_(Consent.organization_id == Person.organization_id, Consent.person_id == Person.id),
        )
        .where(
            Consent.purpose == Purpose.NEWS,
            Consent.withdrawn_at.is_(None),
            Person.erased_at.is_(None),
            Person.mail_proven_at.is_not(None),
        )
        .group_by(Person.organization_id, Person.id)
        .order_by(Person.name, Person.id)
    )
    return [
        Reader(name=row.name, mail=row.mail or "", language=row.language or "", since=row.since)
        for row in rows
    ]


def _grants(person_ids: list[int]) -> dict[int, list[Grant]]:
    found: dict[int, list[Grant]] = {}
    rows = session().execute(
        sa.select(RoleGrant.person_id, RoleGrant.role, RoleGrant.conference_id)
        .where(RoleGrant.person_id.in_(person_ids))
        .order_by(RoleGrant.conference_id.nulls_first(), RoleGrant.id)
    )
    for person_id, role, conference_id in rows:
        found.setdefault(person_id, []).append(Grant(role, conference_id))
    return found
