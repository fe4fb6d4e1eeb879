"""Reactions about people: links are mailed, the erased leave no letters behind, what expired goes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from citevents.core.clock import now
from citevents.core.db import get, session
from citevents.core.links import absolute, link_to
from citevents.core.mail import Letter, post
from citevents.people import queries
from citevents.people.events import PasskeyAdded, PersonErased, SignInAsked
from citevents.people.models import Passkey, SignInLink
from citevents.people.sign_in import services
from workers.clock import every
from workers.handles import handles


@handles(SignInAsked, queue="waiting")
def mail_link(fact: SignInAsked, key: str) -> None:
    """Mails the link, unless it is too late for it already."""
    link = get(SignInLink, fact.sign_in_link_id)
    if link is None or link.used_at or link.expires_at <= now() or not link.mail:
        return
    person = queries.by_mail(link.mail)
    post(
        f"person.sign_in_asked:{link.id}",
        "people/sign_in",
        to=person.mail if person else link.mail,
        name=person.greeting if person else "",
        language=(person.language if person else link.language) or "",
        person_id=person.id if person else None,
        url=absolute(services.path_of(link)),
        minutes=services.ASKED_MINUTES,
    )


@handles(PasskeyAdded, queue="waiting")
def tell_of_passkey(fact: PasskeyAdded, key: str) -> None:
    """Mails the owner that a passkey was added, in case it was not them."""
    passkey, person = get(Passkey, fact.passkey_id), queries.person(fact.person_id)
    if passkey is None or person.erased:
        return
    post(
        f"person.passkey_added:{passkey.id}",
        "people/passkey_added",
        to=person.mail,
        name=person.greeting,
        language=person.language,
        person_id=person.id,
        passkey=passkey.name,
        url=link_to("me.keys"),
    )


@handles(PersonErased, queue="waiting")
def forget_letters(fact: PersonErased, key: str) -> None:
    """Which letters somebody got is no longer known."""
    session().execute(sa.update(Letter).where(Letter.person_id == fact.person_id).values(person_id=None))


@every(seconds=600)
def forget_expired(at: datetime) -> None:
    """Sign-in links, sign-ins and passkey challenges that expired are deleted."""
    services.forget_expired(at)
