"""Verbs of coming in and going out by mailed link. Call them inside a `transaction()`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from citevents.core import rate_limits
from citevents.core.clock import now
from citevents.core.db import ALL_ORGANIZATIONS, current_organization_id, must, session
from citevents.core.events import emit
from citevents.core.links import path_to
from citevents.core.tokens import keyed, same
from citevents.people import policy
from citevents.people.errors import LinkSpent
from citevents.people.events import SignedIn, SignInAsked
from citevents.people.models import LinkPurpose, PasskeyChallenge, Person, Proof, SignIn, SignInLink

#: Per quarter of an hour. Many people share one address of a conference hotel.
ASKS_PER_MAIL = 5
ASKS_PER_CALLER = 100
ASKED_MINUTES = int(policy.ASKED_LINK_LASTS.total_seconds() // 60)


@dataclass(frozen=True, kw_only=True)
class Entered:
    """A sign-in just made: the cookie carries `public_id`; `next` is where the link leads ("" for home)."""

    public_id: str
    person_id: int
    next: str


def count_ask(mail: str, caller: str) -> None:
    """Raise TooOften when this address or this caller asked too often. A transaction of its own."""
    rate_limits.limit("sign-in mail", policy.mail_key(mail), ASKS_PER_MAIL)
    rate_limits.limit("sign-in caller", caller, ASKS_PER_CALLER)


def ask_link(mail: str, *, next: str, language: str) -> None:
    """Have a link mailed to an address. Whether somebody here has that address is not even looked up."""
    emit(SignInAsked(sign_in_link_id=_asked(mail, next, language).id))


def _asked(mail: str, next: str, language: str | None) -> SignInLink:
    link = SignInLink(
        purpose=LinkPurpose.ASKED,
        mail=mail.strip(),
        mail_key=policy.mail_key(mail),
        language=language,
        next=next,
        expires_at=now() + policy.ASKED_LINK_LASTS,
    )
    session().add(link)
    session().flush()
    return link


def sign_in_path(person_id: int, next: str = "", until: datetime | None = None) -> str:
    """The path of a link for a letter to this person: it signs in, again and again until `until` (180 days by default).

    Such a sign-in shows the person's own pages. Desks, passkeys, export and erasing want a fresh one: letters are forwarded.
    """
    link = SignInLink(
        purpose=LinkPurpose.LETTER,
        person_id=person_id,
        next=next,
        expires_at=until or now() + policy.LETTER_LINK_LASTS,
    )
    session().add(link)
    session().flush()
    return path_of(link)


def fresh_sign_in_path(person_id: int, next: str = "") -> str:
    """The path of an asked link without the mail, for operators, `flask demo links` and tests: it opens the person's desks."""
    return path_of(_asked(must(Person, person_id).mail or "", next, None))


def path_of(link: SignInLink) -> str:
    """The address of a link: its public id and a code made with the installation's secret."""
    return path_to("people.open_link", token=f"{link.public_id}.{_code(link.public_id)}")


def _code(public_id: str) -> str:
    return keyed("sign-in link", f"{current_organization_id()}:{public_id}")[:32]


def find_link(token: str, *, lock: bool = False) -> SignInLink:
    """The link of a token while it works. LinkSpent for every other token, whatever is wrong with it."""
    public_id, _dot, code = token.partition(".")
    if not same(code, _code(public_id)):
        raise LinkSpent()
    query = sa.select(SignInLink).where(SignInLink.public_id == public_id, SignInLink.expires_at > now())
    link = session().scalar(query.with_for_update() if lock else query)
    if link is None or link.used_at is not None:
        raise LinkSpent()
    return link


def use_link(token: str, language: str) -> Entered:
    """Sign in by a link. An asked one works once, proves the address, and makes a person of who is new here."""
    link = find_link(token, lock=True)
    if link.purpose is LinkPurpose.LETTER and link.person_id is not None:
        emit(SignedIn(person_id=link.person_id))
        return enter(link.person_id, Proof.LETTER, link.next)
    link.used_at = now()
    person = _owner_of(link.mail or "", language)
    person.mail_proven_at = person.mail_proven_at or link.used_at
    emit(SignedIn(person_id=person.id))
    return enter(person.id, Proof.LINK, link.next)


def _owner_of(mail: str, language: str) -> Person:
    from citevents.people.services import find_or_make

    return must(Person, find_or_make(mail, "", language=language), lock=True)


def enter(person_id: int, proof: Proof, next: str = "") -> Entered:
    """Record a signed-in browser."""
    made = SignIn(person_id=person_id, proof=proof, expires_at=now() + policy.SIGN_IN_LASTS)
    session().add(made)
    session().flush()
    return Entered(public_id=made.public_id, person_id=person_id, next=next)


def leave(public_id: str) -> None:
    """Sign one browser out."""
    session().execute(sa.delete(SignIn).where(SignIn.public_id == public_id))


def leave_everywhere(person_id: int) -> int:
    """Sign every browser out and end the links in old letters; how many browsers it were."""
    session().execute(sa.delete(SignInLink).where(SignInLink.person_id == person_id))
    gone = session().execute(sa.delete(SignIn).where(SignIn.person_id == person_id).returning(SignIn.id))
    return len(gone.all())


def forget_expired(at: datetime) -> None:
    """Drop what can no longer open anything, in every organization."""
    for kind in (SignInLink, SignIn, PasskeyChallenge):
        session().execute(sa.delete(kind).where(kind.expires_at < at).execution_options(**ALL_ORGANIZATIONS))
