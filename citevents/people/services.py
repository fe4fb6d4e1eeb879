"""Verbs about people: who they are, what they agreed to, what they may do. Call them inside a `transaction()`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from citevents.core import audit, jobs
from citevents.core.access import Grant, Role
from citevents.core.clock import now
from citevents.core.db import current_organization_id, must, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.core.tokens import new_public_id
from citevents.locale.text_cleaning import tidy
from citevents.people import policy, queries
from citevents.people.errors import (
    AddressTaken,
    AddressWorks,
    LastOwner,
    NotYourAddressToCorrect,
    NotYourRoleToGive,
)
from citevents.people.events import ConsentWithdrawn, PersonErased
from citevents.people.models import (
    Consent,
    Passkey,
    PasskeyChallenge,
    Person,
    Purpose,
    RoleGrant,
    SignIn,
    SignInLink,
)
from citevents.people.sign_in.services import sign_in_path


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """What is known of somebody who may be new here."""

    mail: str
    name: str
    call_name: str = ""
    country: str = ""
    agency: str = ""
    language: str | None = None
    zone: str | None = None


#: Built once: placing an order waits for it.
MAKE = (
    insert(cast(sa.Table, Person.__table__))
    .on_conflict_do_nothing(index_elements=["organization_id", "mail_key"])
    .returning(Person.mail_key, Person.id)
)
AGREE = insert(cast(sa.Table, Consent.__table__)).on_conflict_do_nothing()


def find_or_make(
    mail: str,
    name: str,
    *,
    call_name: str = "",
    country: str = "",
    agency: str = "",
    language: str | None = None,
    zone: str | None = None,
) -> int:
    """The id of the person with this address; made from what was typed if there is none.

    Somebody who exists keeps the profile as it is: anybody can type an address. Letters go to the address on the
    profile, never to the one just typed.
    """
    newcomer = Newcomer(
        mail=mail,
        name=name,
        call_name=call_name,
        country=country,
        agency=agency,
        language=language,
        zone=zone,
    )
    return find_or_make_all([newcomer])[0]


def find_or_make_all(newcomers: Sequence[Newcomer]) -> list[int]:
    """`find_or_make` for many, in their order, in two statements at most. Safe beside others doing the same."""
    ids: dict[str, int] = {}
    values = {policy.mail_key(each.mail): _new_row(each) for each in newcomers}
    keys = sorted(values)  # one order for everybody: two lists cannot wait for each other
    if keys:
        made = session().execute(MAKE, [values[key] for key in keys])
        ids = {key: id for key, id in made if key}
    missing = [key for key in keys if key not in ids]
    if missing:
        found = session().execute(sa.select(Person.mail_key, Person.id).where(Person.mail_key.in_(missing)))
        ids |= {key: id for key, id in found if key}
    return [ids[policy.mail_key(each.mail)] for each in newcomers]


def _new_row(newcomer: Newcomer) -> dict[str, object]:
    return {
        "organization_id": current_organization_id(),
        "public_id": new_public_id(),
        "name": tidy(newcomer.name),
        "call_name": tidy(newcomer.call_name),
        "mail": newcomer.mail.strip(),
        "mail_key": policy.mail_key(newcomer.mail),
        "country": newcomer.country,
        "agency": tidy(newcomer.agency),
        "language": newcomer.language,
        "zone": newcomer.zone,
        "created_at": now(),
    }


def change_profile(
    person_id: int,
    *,
    name: str,
    call_name: str,
    country: str,
    agency: str,
    language: str | None,
    zone: str | None,
) -> None:
    """What a person says of themselves."""
    person = must(Person, person_id, lock=True)
    person.name = tidy(name)
    person.call_name = tidy(call_name)
    person.country = country
    person.agency = tidy(agency)
    person.language = language
    person.zone = zone


def correct_mail(person_id: int, mail: str, *, corrector: Iterable[Grant]) -> int:
    """Correct an address that refused our emails, and send again what it refused; how many emails that is.

    Whoever reads the new address can sign in as this person. So only where the old one refuses, and where the person has a
    role only by an owner. Links mailed to the old address open nothing any more; the new one is not proven yet.
    """
    person = must(Person, person_id, lock=True)
    if person.erased_at:
        raise NotYours()
    if not jobs.refused_to([person_id]):
        raise AddressWorks()
    if not policy.may_correct_address(corrector, queries.grants_of(person_id)):
        raise NotYourAddressToCorrect()
    key = policy.mail_key(mail)
    taken = session().scalar(sa.select(Person.id).where(Person.mail_key == key, Person.id != person_id))
    if taken is not None:
        raise AddressTaken()
    session().execute(sa.delete(SignInLink).where(SignInLink.mail_key == person.mail_key))
    person.mail, person.mail_key, person.mail_proven_at = mail.strip(), key, None
    audit.record("correct_address", "person", person_id)
    return len(jobs.retry_refused_to(person_id))


def keep_choice(person_id: int, language: str | None, zone: str | None) -> None:
    """The language and clock chosen in a page's footer stay with the person. None leaves one as it is, "" clears it."""
    person = must(Person, person_id, lock=True)
    if language is not None:
        person.language = language or None
    if zone is not None:
        person.zone = zone or None


def give_consent(
    person_id: int, purpose: Purpose, wording_version: str, source: str = "", at: datetime | None = None
) -> None:
    """Record that a person agreed to this wording. Twice is once."""
    session().execute(
        AGREE,
        {
            "organization_id": current_organization_id(),
            "person_id": person_id,
            "purpose": purpose,
            "wording_version": wording_version,
            "source": source,
            "given_at": at or now(),
        },
    )


def withdraw_consent(person_id: int, purpose: Purpose) -> bool:
    """Take back whatever wording of this purpose stands; False when none does.

    Waits for whoever is doing something because of it (`queries.agreed_since(hold=True)`): that was in time.
    """
    if not _end_consents(Consent.person_id == person_id, Consent.purpose == purpose):
        return False
    emit(ConsentWithdrawn(person_id=person_id, purpose=purpose))
    return True


def _end_consents(*which: sa.ColumnElement[bool]) -> bool:
    """End the consents that stand of these; whether there were any."""
    standing = (
        session()
        .scalars(
            sa.select(Consent)
            .where(Consent.withdrawn_at.is_(None), *which)
            .order_by(Consent.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .all()
    )
    at = now()  # only now: what was done because of them while we waited came before
    for consent in standing:
        consent.withdrawn_at = at
    session().flush()
    return bool(standing)


def grant(
    person_id: int,
    role: Role,
    conference_id: int | None = None,
    *,
    granter: Iterable[Grant] | None = None,
) -> bool:
    """Give a role, for one conference or everywhere. False when the person had it.

    `granter`: the roles of whoever gives it; None is the house itself (commands, sample data).
    """
    _may(granter, role, conference_id)
    if must(Person, person_id, lock=True).erased_at:
        raise NotYours()
    made = session().execute(
        insert(RoleGrant)
        .values(
            organization_id=current_organization_id(),
            person_id=person_id,
            role=role,
            conference_id=conference_id,
            granted_at=now(),
        )
        .on_conflict_do_nothing()
        .returning(RoleGrant.id)
    )
    if made.first() is None:
        return False
    audit.record("grant", "person", person_id, role=role.value, conference_id=conference_id)
    return True


def revoke(
    person_id: int,
    role: Role,
    conference_id: int | None = None,
    *,
    granter: Iterable[Grant] | None = None,
) -> bool:
    """Take a role back. False when the person did not have it. The last owner stays."""
    _may(granter, role, conference_id)
    if role is Role.OWNER and conference_id is None:
        _keep_an_owner(person_id)
    gone = session().execute(
        sa.delete(RoleGrant)
        .where(
            RoleGrant.person_id == person_id,
            RoleGrant.role == role,
            RoleGrant.conference_id.is_not_distinct_from(conference_id),
        )
        .returning(RoleGrant.id)
        .execution_options(synchronize_session=False)
    )
    if not gone.all():
        return False
    audit.record("revoke", "person", person_id, role=role.value, conference_id=conference_id)
    return True


def _may(granter: Iterable[Grant] | None, role: Role, conference_id: int | None) -> None:
    if granter is not None and not policy.may_grant(granter, role, conference_id):
        raise NotYourRoleToGive()


def _keep_an_owner(person_id: int) -> None:
    """Refuse to lose the last owner; the lock makes two owners who leave at once queue up."""
    owners = session().scalars(
        sa.select(RoleGrant.person_id)
        .where(RoleGrant.role == Role.OWNER, RoleGrant.conference_id.is_(None))
        .order_by(RoleGrant.id)
        .with_for_update()
    )
    if list(owners) == [person_id]:
        raise LastOwner()


def erase(person_id: int) -> None:
    """Forget who a person is, here and (by the event) in every slice. Twice is once. The last owner stays."""
    person = must(Person, person_id, lock=True)
    if person.erased_at:
        return
    _keep_an_owner(person_id)
    for kind in (RoleGrant, SignIn, Passkey, PasskeyChallenge, SignInLink):
        session().execute(sa.delete(kind).where(kind.person_id == person_id))
    session().execute(sa.delete(SignInLink).where(SignInLink.mail_key == person.mail_key))
    _end_consents(Consent.person_id == person_id)
    person.erased_at = now()
    person.name = person.call_name = person.country = person.agency = ""
    person.mail = person.mail_key = person.language = person.zone = person.mail_proven_at = None
    emit(PersonErased(person_id=person_id))
    audit.record("erase", "person", person_id)


__all__ = [
    "Newcomer",
    "change_profile",
    "correct_mail",
    "erase",
    "find_or_make",
    "find_or_make_all",
    "give_consent",
    "grant",
    "keep_choice",
    "revoke",
    "sign_in_path",
    "withdraw_consent",
]
