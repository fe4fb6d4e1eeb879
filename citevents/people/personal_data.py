"""What this slice and the core keep of a person: for the export, and for the page before erasing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from citevents.core.audit import AuditEntry
from citevents.core.db import must, session
from citevents.core.mail import Letter
from citevents.core.personal_data import keeps
from citevents.locale.languages import lazy_gettext as _l
from citevents.people import passkeys, queries
from citevents.people.models import Person, SignIn


@keeps(
    "person",
    _l("Who you are: name, address, country, agency, language, clock"),
    erased=_l("Gone. A number without a name stays, so that sums stay right."),
)
def profile(person_id: int) -> dict[str, Any]:
    row = must(Person, person_id)
    fields = (
        "name",
        "call_name",
        "mail",
        "country",
        "agency",
        "language",
        "zone",
        "created_at",
        "mail_proven_at",
    )
    return {name: getattr(row, name) for name in fields}


@keeps(
    "access",
    _l("How you come in: passkeys, browsers you are signed in with, roles"),
    erased=_l("Gone, at once."),
)
def ways_in(person_id: int) -> dict[str, Any]:
    browsers = session().execute(
        sa.select(SignIn.started_at, SignIn.proof, SignIn.expires_at).where(SignIn.person_id == person_id)
    )
    return {
        "passkeys": passkeys.passkeys_of(person_id),
        "signed_in": [dict(row) for row in browsers.mappings()],
        "roles": queries.grants_of(person_id),
    }


@keeps(
    "consents",
    _l("What you agreed to"),
    erased=_l("Ended, and kept without your name as proof that we asked."),
)
def consents(person_id: int) -> list[queries.ConsentView]:
    return queries.consents_of(person_id)


@keeps(
    "letters",
    _l("Which emails we sent you, and when"),
    erased=_l("No longer tied to you. Emails in your mailbox are yours."),
)
def letters(person_id: int) -> list[dict[str, Any]]:
    rows = session().execute(
        sa.select(Letter.kind, Letter.accepted_at).where(Letter.person_id == person_id).order_by(Letter.id)
    )
    return [dict(row) for row in rows.mappings()]


@keeps(
    "acts",
    _l("What you did at a desk of ours"),
    erased=_l("Kept without your name: the trail of a desk must not have holes."),
)
def acts(person_id: int) -> list[dict[str, Any]]:
    rows = session().execute(
        sa.select(AuditEntry.at, AuditEntry.act, AuditEntry.subject, AuditEntry.subject_id)
        .where(AuditEntry.person_id == person_id)
        .order_by(AuditEntry.id)
    )
    return [dict(row) for row in rows.mappings()]
