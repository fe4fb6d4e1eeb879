"""Tables of people: who they are, what they may do, how they come in, what they agreed to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from citevents.core.access import Role
from citevents.core.clock import now
from citevents.core.db import Mapped, Row, belongs_to, mapped_column
from citevents.core.tokens import new_public_id


class Person(Row):
    """Somebody known to the organization. An erased person keeps the row and its number, and nothing else."""

    __tablename__ = "person"

    #: Also the user handle of passkeys.
    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    #: The whole name, as its owner writes it, in any script.
    name: Mapped[str] = mapped_column(default="")
    #: What to call them.
    call_name: Mapped[str] = mapped_column(default="")
    #: As typed, for sending; NULL when erased.
    mail: Mapped[str | None] = mapped_column(default=None)
    #: `policy.mail_key(mail)`: for finding.
    mail_key: Mapped[str | None] = mapped_column(default=None)
    #: Set once a link mailed to the address was used: from then on the profile is theirs.
    mail_proven_at: Mapped[datetime | None] = mapped_column(default=None)
    #: ISO 3166-1 alpha-2.
    country: Mapped[str] = mapped_column(default="")
    agency: Mapped[str] = mapped_column(default="")
    language: Mapped[str | None] = mapped_column(default=None)
    #: IANA zone.
    zone: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=now)
    erased_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.UniqueConstraint("organization_id", "mail_key"),
        sa.CheckConstraint("(mail IS NULL) = (mail_key IS NULL)", name="mail_and_key"),
        sa.CheckConstraint("erased_at IS NULL OR (mail IS NULL AND name = '')", name="erased_is_nobody"),
    )


class RoleGrant(Row):
    """A role of a person: for one conference, or everywhere when `conference_id` is NULL."""

    __tablename__ = "role_grant"

    person_id: Mapped[int]
    role: Mapped[Role]
    conference_id: Mapped[int | None] = mapped_column(default=None)
    granted_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        belongs_to("person", ondelete="CASCADE"),
        belongs_to("conference", ondelete="CASCADE"),
        sa.UniqueConstraint(
            "organization_id", "person_id", "role", "conference_id", postgresql_nulls_not_distinct=True
        ),
        sa.Index("role_grant_role", "organization_id", "role", "conference_id"),
        sa.Index("role_grant_conference", "organization_id", "conference_id"),
    )


class LinkPurpose(StrEnum):
    ASKED = "asked"  # somebody typed the address at the sign-in page: used once, soon
    LETTER = "letter"  # stands in a letter of ours: works until it expires, for the person's own pages only


class SignInLink(Row):
    """A link that signs in. Its token is the public id and a keyed code: this table alone opens nothing."""

    __tablename__ = "sign_in_link"

    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    purpose: Mapped[LinkPurpose]
    person_id: Mapped[int | None] = mapped_column(default=None)
    #: Where an asked link goes; the person may not exist yet.
    mail: Mapped[str | None] = mapped_column(default=None)
    mail_key: Mapped[str | None] = mapped_column(default=None)
    language: Mapped[str | None] = mapped_column(default=None)
    #: Where it leads: a path of this site.
    next: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default_factory=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("person", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.CheckConstraint("(mail IS NOT NULL) = (purpose = 'asked')", name="asked_by_mail"),
        sa.CheckConstraint("(mail IS NULL) = (mail_key IS NULL)", name="mail_and_key"),
        sa.CheckConstraint("person_id IS NOT NULL OR purpose = 'asked'", name="letter_to_person"),
        sa.Index("sign_in_link_person", "organization_id", "person_id"),
        sa.Index("sign_in_link_mail", "organization_id", "mail_key"),
        sa.Index("sign_in_link_expiry", "expires_at"),
    )


class Proof(StrEnum):
    """How somebody showed who they are, in rising strength."""

    LETTER = "letter"
    LINK = "link"
    PASSKEY = "passkey"


class SignIn(Row):
    """A browser in which somebody is signed in. The cookie carries its public id, signed."""

    __tablename__ = "sign_in"

    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    person_id: Mapped[int]
    proof: Mapped[Proof]
    started_at: Mapped[datetime] = mapped_column(default_factory=now)
    expires_at: Mapped[datetime]

    __table_args__ = (
        belongs_to("person", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.Index("sign_in_person", "organization_id", "person_id"),
        sa.Index("sign_in_expiry", "expires_at"),
    )


class Passkey(Row):
    """A public key whose private half is in a person's device."""

    __tablename__ = "passkey"

    public_id: Mapped[str] = mapped_column(default_factory=new_public_id)
    person_id: Mapped[int]
    #: What the person calls it.
    name: Mapped[str]
    #: base64url, as the browser sends it.
    credential_id: Mapped[str]
    public_key: Mapped[bytes]
    uses: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default_factory=now)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("person", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "public_id"),
        sa.UniqueConstraint("organization_id", "credential_id"),
        sa.Index("passkey_person", "organization_id", "person_id"),
    )


class PasskeyChallenge(Row):
    """What a device must sign, once. NULL `person_id`: for signing in."""

    __tablename__ = "passkey_challenge"

    challenge: Mapped[bytes]
    person_id: Mapped[int | None] = mapped_column(default=None)
    expires_at: Mapped[datetime]

    __table_args__ = (
        belongs_to("person", ondelete="CASCADE"),
        sa.UniqueConstraint("organization_id", "challenge"),
        sa.Index("passkey_challenge_expiry", "expires_at"),
        sa.Index("passkey_challenge_person", "organization_id", "person_id"),
    )


class Purpose(StrEnum):
    """What a person can agree to and take back. Each is asked, read and taken back somewhere: tests/house/test_purposes.py."""

    SENSITIVE_ANSWERS = "sensitive_answers"
    EXCHANGE = "exchange"
    FOLLOW_UP = "follow_up"
    NEWS = "news"


class Consent(Row):
    """That a person agreed to one wording, when, where; and when they took it back. Kept as proof."""

    __tablename__ = "consent"

    person_id: Mapped[int]
    purpose: Mapped[Purpose]
    wording_version: Mapped[str]
    #: Where it was given: registration, settings, exchange, ...
    source: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime] = mapped_column(default_factory=now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        belongs_to("person", ondelete="CASCADE"),
        sa.Index("consent_person", "organization_id", "person_id"),
        sa.Index(
            "consent_standing",
            "organization_id",
            "person_id",
            "purpose",
            "wording_version",
            unique=True,
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )
