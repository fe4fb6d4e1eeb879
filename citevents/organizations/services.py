"""Verbs of making organizations. Call them inside a `transaction()`: of two at the same second, one makes the first."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import current_app

from citevents.config import Settings
from citevents.core import audit
from citevents.core.access import Role
from citevents.core.db import Organization, as_organization, session
from citevents.core.events import emit
from citevents.core.links import path_to
from citevents.core.tokens import keyed, same
from citevents.organizations import policy
from citevents.organizations.errors import AlreadySetUp, HostNeeded, HostTaken, SetUpLinkOver
from citevents.organizations.events import OrganizationMade
from citevents.people import services as people

#: One after the other, everywhere: what is asked before (is there one? whose is this host?) still holds when it is written.
IN_TURN = sa.text("SELECT pg_advisory_xact_lock(hashtext('organizations.add'))")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A new organization and the person who owns it."""

    organization_id: int
    owner_id: int
    host: str | None


def is_set_up() -> bool:
    """Whether there is an organization at all."""
    return session().scalar(sa.select(sa.exists(sa.select(Organization.id)))) is True


def set_up_path(at: datetime) -> str:
    """The path of a link that makes the first organization, good for half an hour. It is signed; nothing is stored."""
    made = f"{policy.ends(at)}-{secrets.token_hex(8)}"
    return path_to("organizations.set_up", token=f"{made}-{_code(made)}")


def set_up_link(at: datetime) -> str:
    """The same with the address of the installation."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.base_url + set_up_path(at)


def check_link(token: str, at: datetime) -> None:
    """Raise AlreadySetUp or SetUpLinkOver where a link opens nothing."""
    made, _dash, code = token.rpartition("-")
    if not same(code, _code(made)):
        raise SetUpLinkOver()
    if is_set_up():
        raise AlreadySetUp()
    if policy.is_over(int(made.partition("-")[0]), at):
        raise SetUpLinkOver()


def _code(made: str) -> str:
    return keyed("set-up link", made)[:32]


def set_up(
    token: str, at: datetime, *, name: str, mail: str, host: str, owner: str, owner_mail: str, language: str
) -> Made:
    """Make the first organization by a link, which is spent then."""
    session().execute(IN_TURN)
    check_link(token, at)
    return _make(name=name, mail=mail, host=host, owner=owner, owner_mail=owner_mail, language=language)


def add(*, name: str, mail: str, host: str, owner: str, owner_mail: str, language: str | None = None) -> Made:
    """Make an organization, the first or a further one, with its owner."""
    session().execute(IN_TURN)
    return _make(name=name, mail=mail, host=host, owner=owner, owner_mail=owner_mail, language=language)


def _make(*, name: str, mail: str, host: str, owner: str, owner_mail: str, language: str | None) -> Made:
    kept = policy.a_host(host)
    row = Organization(
        name=policy.a_name(name),
        host=kept,
        mail=policy.an_address(mail or owner_mail, "mail" if mail else "owner_mail"),
    )
    address = policy.an_address(owner_mail, "owner_mail")
    if session().scalar(sa.select(Organization.id).where(Organization.host.is_not_distinct_from(kept))):
        raise HostTaken() if kept else HostNeeded()
    session().add(row)
    session().flush()
    with as_organization(row.id):
        owner_id = people.find_or_make(address, owner, language=language)
        people.grant(owner_id, Role.OWNER)
        audit.record("make", "organization", row.id)
        emit(OrganizationMade(person_id=owner_id))
        session().flush()
    return Made(organization_id=row.id, owner_id=owner_id, host=kept)
