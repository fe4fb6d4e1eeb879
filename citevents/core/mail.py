"""Letters: built in the reader's language, sent once, remembered by their Message-ID."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from flask import current_app, render_template

from citevents.config import Settings
from citevents.core.clock import now
from citevents.core.db import Mapped, Organization, Row, current_organization_id, mapped_column, session
from citevents.core.languages import in_language
from citevents.core.tokens import keyed

TIMEOUT_SECONDS = 20


class Letter(Row):
    """A letter that the mail server accepted. `key` names its cause, so that the same cause sends one letter."""

    __tablename__ = "letter"

    key: Mapped[str]
    kind: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(default=None)
    message_id: Mapped[str]
    accepted_at: Mapped[datetime] = mapped_column(default_factory=now)

    __table_args__ = (
        sa.UniqueConstraint("organization_id", "key"),
        sa.Index("letter_person", "organization_id", "person_id"),
    )


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file, or a calendar part when `method` is set (REQUEST, CANCEL)."""

    name: str
    content: bytes
    mimetype: str
    method: str = ""


def post(
    key: str,
    template: str,
    *,
    to: str,
    name: str,
    language: str,
    person_id: int | None = None,
    attachments: Iterable[Attachment] = (),
    **values: Any,
) -> bool:
    """Render `templates/emails/<template>.{txt,html}` and have it accepted by the mail server, once per `key`.

    The template's first line of text is its subject. False when this letter went out before. Raises smtplib.SMTPException
    or OSError when the server refuses or is away: the reaction fails and is tried again with the same Message-ID.
    """
    seen = session().scalar(sa.select(Letter.id).where(Letter.key == key))
    if seen is not None:
        return False
    organization = session().get_one(Organization, current_organization_id())
    with in_language(language):
        values |= {"organization": organization, "name": name, "language": language}
        subject, _, text = render_template(f"emails/{template}.txt", **values).strip().partition("\n")
        html = render_template(f"emails/{template}.html", subject=subject, **values)
    message_id = f"<{keyed('message-id', f'{organization.id}:{key}')[:40]}@{_domain(organization)}>"
    message = compose(
        to=to,
        name=name,
        subject=subject,
        text=text.strip() + "\n",
        html=html,
        message_id=message_id,
        language=language,
        attachments=attachments,
    )
    send(message)
    session().add(Letter(key=key, kind=template, person_id=person_id, message_id=message_id))
    return True


def compose(
    *,
    to: str,
    name: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    language: str,
    attachments: Iterable[Attachment] = (),
) -> EmailMessage:
    """A multipart letter: text, HTML, a calendar part as an alternative that calendars act on, and files.

    A letter has one alternative for calendars; further calendar parts are attached, each with its method.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(subject)
    message["From"] = _settings().mail_from
    message["To"] = Address(display_name=one_line(name), addr_spec=one_line(to))
    message["Date"] = format_datetime(now())
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    files = list(attachments)
    spoken = next((each for each in files if each.method), None)
    if spoken:
        message.add_alternative(
            spoken.content.decode(),
            subtype="calendar",
            params={"method": spoken.method, "name": spoken.name},
        )
    for attachment in files:
        maintype, _, subtype = attachment.mimetype.partition("/")
        if attachment is spoken:
            message.add_attachment(
                attachment.content, maintype="application", subtype="ics", filename=attachment.name
            )
        elif attachment.method:
            message.add_attachment(
                attachment.content.decode(),
                subtype="calendar",
                params={"method": attachment.method},
                filename=attachment.name,
            )
        else:
            message.add_attachment(
                attachment.content, maintype=maintype, subtype=subtype, filename=attachment.name
            )
    message["Content-Language"] = language  # last: setting content drops every Content- header
    return message


def one_line(text: str) -> str:
    """A header value: controls (line breaks, NUL, direction overrides) become spaces, runs of blanks one."""
    kept = "".join(" " if not char.isprintable() and char != " " else char for char in text)
    return " ".join(kept.split())


def send(message: EmailMessage) -> None:
    """Hand one message to the configured server (smtp://, smtps://; user and password in the URL) within 20 seconds."""
    url = urlsplit(_settings().smtp_url)
    if not url.hostname:
        raise OSError("SMTP_URL is not set")
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with kind(url.hostname, url.port or 0, timeout=TIMEOUT_SECONDS) as server:
        if "starttls" in url.query:
            server.starttls(context=ssl.create_default_context())
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _domain(organization: Organization) -> str:
    """The right side of Message-IDs and calendar UIDs: stable, and not a machine's name."""
    return organization.host or parseaddr(_settings().mail_from)[1].partition("@")[2] or "citevents.example"
