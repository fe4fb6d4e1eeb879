"""What other slices and pages may know of people: frozen rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.core.access import Grant, Role
from citevents.core.db import current_organization_id, session
from citevents.locale.languages import DEFAULT
from citevents.locale.languages import gettext as _
from citevents.people.models import Consent, Person, Purpose, RoleGrant
from citevents.people.policy import WORDINGS, Wording, mail_key


@dataclass(frozen=True, kw_only=True)
class PersonView:
    """A person. `call_name` is never empty where `name` is not; `mail` is "" once erased; `language` is always a code.

    `proven`: whoever reads the mail of this address signed in by it. Until then anybody may have typed the name.
    """

    id: int
    public_id: str
    name: str
    call_name: str
    mail: str
    country: str
    agency: str
    language: str
    zone: str | None
    erased: bool = False
    proven: bool = False

    @property
    def greeting(self) -> str:
        """How emails greet and address them; "" for an address that is not proven: no stranger's words go out as our greeting."""
        return self.call_name if self.proven else ""


@dataclass(frozen=True, kw_only=True)
class ConsentView:
    """One consent as given; standing while `withdrawn_at` is None."""

    purpose: Purpose
    wording_version: str
    source: str
    given_at: datetime
    withdrawn_at: datetime | None


def wording(purpose: Purpose) -> Wording:
    """What a person agrees to today: the sentence beside the box, and the version to keep with the consent."""
    return WORDINGS[purpose]


def _view(row: Person) -> PersonView:
    name = row.name or (_("Erased person") if row.erased_at else "")
    return PersonView(
        id=row.id,
        public_id=row.public_id,
        name=name,
        call_name=row.call_name or name,
        mail=row.mail or "",
        country=row.country,
        agency=row.agency,
        language=row.language or DEFAULT,
        zone=row.zone,
        erased=row.erased_at is not None,
        proven=row.mail_proven_at is not None,
    )


def person(person_id: int) -> PersonView:
    """The person with this id; LookupError where there is none. One erased still answers, without identity."""
    row = session().get(Person, (current_organization_id(), person_id))
    if row is None:
        raise LookupError(f"person {person_id} is not in organization {current_organization_id()}")
    return _view(row)


def people(person_ids: Iterable[int]) -> dict[int, PersonView]:
    """Several people by id, in one query; unknown ids are left out."""
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = session().scalars(sa.select(Person).where(Person.id.in_(wanted)))
    return {row.id: _view(row) for row in rows}


def by_mail(mail: str) -> PersonView | None:
    """The person with this address, whatever its case."""
    row = session().scalar(sa.select(Person).where(Person.mail_key == mail_key(mail)))
    return _view(row) if row else None


def by_public_id(public_id: str) -> PersonView | None:
    """The person of a desk's URL."""
    row = session().scalar(sa.select(Person).where(Person.public_id == public_id))
    return _view(row) if row else None


def reachable() -> sa.Select[int]:
    """The ids of everybody with a mail address, as a subquery."""
    return sa.select(Person.id).where(
        Person.organization_id == current_organization_id(), Person.mail.is_not(None)
    )


def with_role(role: Role, conference_id: int | None = None) -> list[PersonView]:
    """Everyone with this role, everywhere or (when given) for this conference, by name. Owners are not added."""
    there: sa.ColumnElement[bool] = RoleGrant.conference_id.is_(None)
    if conference_id is not None:
        there = sa.or_(there, RoleGrant.conference_id == conference_id)
    holders = sa.select(RoleGrant.person_id).where(RoleGrant.role == role, there)
    rows = session().scalars(sa.select(Person).where(Person.id.in_(holders)).order_by(Person.name, Person.id))
    return [_view(row) for row in rows]


def grants_of(person_id: int) -> list[Grant]:
    """The roles of a person, those that hold everywhere first."""
    rows = session().execute(
        sa.select(RoleGrant.role, RoleGrant.conference_id)
        .where(RoleGrant.person_id == person_id)
        .order_by(RoleGrant.conference_id.nulls_first(), RoleGrant.role)
    )
    return [Grant(role, conference_id) for role, conference_id in rows]


def consents_of(person_id: int) -> list[ConsentView]:
    """Everything a person agreed to, newest first, the withdrawn included."""
    rows = session().scalars(
        sa.select(Consent)
        .where(Consent.person_id == person_id)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
    )
    return [
        ConsentView(
            purpose=row.purpose,
            wording_version=row.wording_version,
            source=row.source,
            given_at=row.given_at,
            withdrawn_at=row.withdrawn_at,
        )
        for row in rows
    ]


def agreed(person_id: int, purpose: Purpose) -> bool:
    """Whether a consent to this purpose stands."""
    return agreed_of([person_id], purpose) == {person_id}


def agreed_of(person_ids: Iterable[int], purpose: Purpose) -> set[int]:
    """Which of these people stand by their consent to this purpose."""
    return set(agreed_since(person_ids, purpose))


def agreed_since(person_ids: Iterable[int], purpose: Purpose, *, hold: bool = False) -> dict[int, datetime]:
    """Since when each of these people stands by a consent to this purpose; who does not is left out.

    `hold`: nobody can take theirs back before this transaction ends. For what must not be done without consent.
    """
    standing = (
        sa.select(Consent.person_id, Consent.given_at)
        .where(
            Consent.person_id.in_(set(person_ids)),
            Consent.purpose == purpose,
            Consent.withdrawn_at.is_(None),
        )
        .order_by(Consent.id)
    )
    since: dict[int, datetime] = {}
    for person_id, given_at in session().execute(standing.with_for_update(read=True) if hold else standing):
        since[person_id] = min(given_at, since.get(person_id, given_at))
    return since


def agreeing(
    purpose: Purpose, until: datetime | sa.orm.InstrumentedAttribute[datetime] | None = None
) -> sa.Select[int]:
    """The ids of everybody who stands by a consent to this purpose, given `until` then, as a subquery."""
    which = [
        Consent.organization_id == current_organization_id(),
        Consent.purpose == purpose,
        Consent.withdrawn_at.is_(None),
    ]
    return sa.select(Consent.person_id).where(*which, *([] if until is None else [Consent.given_at <= until]))


def withdrawn_at(person_id: int, purpose: Purpose) -> datetime | None:
    """When this person last took back a consent to this purpose."""
    return session().scalar(
        sa.select(sa.func.max(Consent.withdrawn_at)).where(
            Consent.person_id == person_id, Consent.purpose == purpose
        )
    )


__all__ = [
    "ConsentView",
    "PersonView",
    "Purpose",
    "Wording",
    "agreed",
    "agreed_of",
    "agreed_since",
    "agreeing",
    "by_mail",
    "by_public_id",
    "consents_of",
    "grants_of",
    "mail_key",
    "people",
    "person",
    "reachable",
    "with_role",
    "withdrawn_at",
    "wording",
]
