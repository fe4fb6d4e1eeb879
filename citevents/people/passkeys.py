"""Passkeys: a device proves who somebody is. The only file that knows the webauthn library.

Passkeys here are discoverable and verified by the device (finger, face, code), so that one is enough without a name.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from citevents.core import audit
from citevents.core.clock import now
from citevents.core.db import must, session
from citevents.core.errors import NotYours
from citevents.core.events import emit
from citevents.locale.text_cleaning import tidy
from citevents.people import policy
from citevents.people.errors import PasskeyRefused
from citevents.people.events import PasskeyAdded
from citevents.people.models import Passkey, PasskeyChallenge, Person, Proof
from citevents.people.sign_in.services import Entered, enter

#: What a broken or forged answer can raise on its way through the library.
_FORGED = (WebAuthnException, KeyError, TypeError, ValueError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Site:
    """Where the browser is: passkeys belong to a host name, answers to an origin."""

    name: str
    host: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class PasskeyView:
    """A passkey as its owner sees it."""

    public_id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def passkeys_of(person_id: int) -> list[PasskeyView]:
    """A person's passkeys, oldest first."""
    return [
        PasskeyView(
            public_id=row.public_id, name=row.name, created_at=row.created_at, last_used_at=row.last_used_at
        )
        for row in _rows(person_id)
    ]


def _rows(person_id: int) -> list[Passkey]:
    return list(
        session().scalars(sa.select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id))
    )


def offer_adding(person_id: int, site: Site) -> dict[str, Any]:
    """What the browser needs to make a passkey for this person."""
    person = must(Person, person_id)
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=person.public_id.encode(),
        user_name=person.mail or "",
        user_display_name=person.name or person.mail or "",
        challenge=_challenge(person_id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(row.credential_id))
            for row in _rows(person_id)
        ],
    )
    return json.loads(options_to_json(options))  # type: ignore[no-any-return]


def add(person_id: int, answer: Any, name: str, site: Site) -> None:
    """Keep the passkey that the browser made. PasskeyRefused when the answer is not to our question."""
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=_spend_challenge(answer, person_id),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _FORGED as error:
        raise PasskeyRefused() from error
    credential_id = bytes_to_base64url(made.credential_id)
    if session().scalar(sa.select(Passkey.id).where(Passkey.credential_id == credential_id)):
        raise PasskeyRefused()
    passkey = Passkey(
        person_id=person_id,
        name=tidy(name)[:100],
        credential_id=credential_id,
        public_key=made.credential_public_key,
        uses=made.sign_count,
    )
    session().add(passkey)
    session().flush()
    emit(PasskeyAdded(person_id=person_id, passkey_id=passkey.id))
    audit.record("add_passkey", "person", person_id, passkey_id=passkey.id)


def remove(person_id: int, public_id: str) -> None:
    """Forget one of a person's passkeys. NotYours for any other."""
    gone = session().execute(
        sa.delete(Passkey)
        .where(Passkey.person_id == person_id, Passkey.public_id == public_id)
        .returning(Passkey.id)
    )
    passkey_id = gone.scalar()
    if passkey_id is None:
        raise NotYours()
    audit.record("remove_passkey", "person", person_id, passkey_id=passkey_id)


def offer_entering(site: Site) -> dict[str, Any]:
    """What the browser needs to sign in with whatever passkey it has for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=_challenge(None),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return json.loads(options_to_json(options))  # type: ignore[no-any-return]


def enter_with(answer: Any, site: Site) -> Entered:
    """Sign in by a passkey. PasskeyRefused for an unknown one and for a wrong signature alike."""
    try:
        expected = _spend_challenge(answer, None)
        passkey = session().scalar(
            sa.select(Passkey).where(Passkey.credential_id == str(answer["id"])).with_for_update()
        )
        if passkey is None:
            raise PasskeyRefused()
        proven = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=expected,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.uses,
            require_user_verification=True,
        )
    except _FORGED as error:
        raise PasskeyRefused() from error
    passkey.uses = proven.new_sign_count
    passkey.last_used_at = now()
    return enter(passkey.person_id, Proof.PASSKEY)


def _challenge(person_id: int | None) -> bytes:
    made = PasskeyChallenge(
        challenge=secrets.token_bytes(32),
        person_id=person_id,
        expires_at=now() + policy.CHALLENGE_LASTS,
    )
    session().add(made)
    return made.challenge


def _spend_challenge(answer: Any, person_id: int | None) -> bytes:
    """The challenge that an answer claims to sign, if we asked it of this person; nobody can use it again."""
    said = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
    challenge = base64url_to_bytes(said["challenge"])
    found = session().execute(
        sa.delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge == challenge,
            PasskeyChallenge.person_id.is_not_distinct_from(person_id),
            PasskeyChallenge.expires_at > now(),
        )
        .returning(PasskeyChallenge.id)
        .execution_options(synchronize_session=False)
    )
    if found.first() is None:
        raise PasskeyRefused()
    return challenge
