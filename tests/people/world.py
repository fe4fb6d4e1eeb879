"""People for tests, and browsers they are signed in with."""

from __future__ import annotations

import re
from email.message import EmailMessage
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from citevents.core.access import Role
from citevents.core.db import transaction
from citevents.people import services
from citevents.people.models import Proof
from citevents.people.sign_in import identity
from citevents.people.sign_in import services as sign_in

_numbers = count(1)


def a_person(name: str = "Amina Haddad", *, mail: str = "", **more: str) -> int:
    """The id of somebody new."""
    with transaction():
        return services.find_or_make(mail or f"person-{next(_numbers)}@cit.example", name, **more)


def sign_in_as(client: FlaskClient, person_id: int, proof: Proof = Proof.LINK) -> FlaskClient:
    """The browser, signed in as this person by an asked link (or another proof)."""
    with transaction():
        entered = sign_in.enter(person_id, proof)
    with client.session_transaction() as cookie:
        cookie.clear()
        cookie[identity.KEY] = entered.public_id
    return client


def staff(client: FlaskClient, role: Role, conference_id: int | None = None) -> FlaskClient:
    """The browser of somebody new with this role."""
    person_id = a_person(f"Sam {role.value}")
    with transaction():
        services.grant(person_id, role, conference_id)
    return sign_in_as(client, person_id)


def csrf(client: FlaskClient, path: str = "/sign-in/sent") -> str:
    """A CSRF token of this browser's session, as any page with a form carries it."""
    page = client.get(path, follow_redirects=True).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, f"no form on {path}"
    return found[1]


def submit(client: FlaskClient, path: str, *, page: str = "/sign-in/sent", **fields: str) -> TestResponse:
    """Send a form to `path` with the token of a page of this browser."""
    return client.post(path, data={"csrf_token": csrf(client, page), **fields})


def letter_to(outbox: Any, mail: str) -> EmailMessage:
    """The newest letter that the mail server took for this address."""
    found = [message for message in outbox.messages() if mail in str(message["To"])]
    assert found, f"no letter to {mail}"
    last: EmailMessage = found[-1]
    return last


def text_of(letter: EmailMessage) -> str:
    """Its plain text."""
    part = letter.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text
