"""Letters: built in the reader's language, sent once, remembered by their Message-ID."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import sqlalchemy as sa
from flask import current_app, render_template

from citevents.config import Settings, is_loopback
from citevents.core import circuits
from citevents.core.clock import now
from citevents.core.db import Mapped, Organization, Row, current_organization_id, mapped_column, session
from citevents.core.errors import Later, Never
from citevents.core.headers import OUTGOING
from citevents.core.tokens import keyed
from citevents.locale.languages import in_language
from citevents.locale.text_cleaning import ISOLATES, JOINERS

#: A mail server that is there takes a call within this; each of its answers may take longer, all of them together not
#: as long as one attempt of a reaction may.
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0
CONVERSATION_SECONDS = 45.0
MAIL = "mail"
"""The mail server, as a destination of `Later`."""


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


class TwoEmails(RuntimeError):
    """One delivery wanted to send a second email: were it refused, the first would be sent again."""


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

    The template's first line of text is its subject. False when this letter went out before. Raises `Later` or `Never` as
    `send` does; when it is tried again, it has the same Message-ID. `TwoEmails` for the second one of a delivery.
    """
    if running := circuits.attempt():
        running.person_id = person_id
    seen = session().scalar(sa.select(Letter.id).where(Letter.key == key))
    if seen is not None:
        return False
    if running:
        if running.posted not in (None, key):
            raise TwoEmails(f"{running.posted} and {key}: each email is a delivery of its own")
        running.posted = key
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
        organization=organization,
    )
    send(message)
    session().add(Letter(key=key, kind=template, person_id=person_id, message_id=message_id))
    return True


def _attach(message: EmailMessage, attachment: Attachment, *, spoken: bool) -> None:
    """A file of an email; one that is `spoken` is its alternative for calendars already."""
    maintype, _, subtype = attachment.mimetype.partition("/")
    if spoken:
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
    organization: Organization | None = None,
) -> EmailMessage:
    """A multipart letter: text, HTML, a calendar part as an alternative that calendars act on, and files.

    It is from the `organization`, whose own address answers get.

    A letter has one alternative for calendars; further calendar parts are attached, each with its method.
    """
    message = EmailMessage(policy=OUTGOING)
    message["Subject"] = one_line(subject)
    sender = sender_of(organization)
    message["From"] = sender
    if organization and organization.mail and organization.mail != sender.addr_spec:
        message["Reply-To"] = Address(display_name=sender.display_name, addr_spec=organization.mail)
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
        _attach(message, attachment, spoken=attachment is spoken)
    message["Content-Language"] = language  # last: setting content drops every Content- header
    return message


def sender_of(organization: Organization | None) -> Address:
    """Whose name stands on an email, with the address that the mail server sends for: CITEVENTS_MAIL_FROM, else their own."""
    name, address = parseaddr(_settings().mail_from)
    if organization:
        name, address = organization.name, address or organization.mail
    return Address(
        display_name=one_line(name) or "citevents", addr_spec=address or "no-reply@citevents.example"
    )


def one_line(text: str) -> str:
    """A header value: controls (line breaks, NUL, direction overrides) become spaces, runs of blanks one.

    What sets a number or a name apart in a sentence from right to left stays where each beginning has its end.
    """
    marks = JOINERS + (ISOLATES if _paired(text) else "")
    kept = "".join(char if char.isprintable() or char in marks else " " for char in text)
    return " ".join(kept.split())


def _paired(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == ISOLATES[0]) - (char == ISOLATES[1])
        if depth < 0:
            return False
    return depth == 0


def send(message: EmailMessage) -> None:
    """Have one message accepted by the configured server (smtp://, smtps://; user and password in the URL).

    Outside this machine the conversation is inside TLS, with a server that has shown who it is; `?plain` says otherwise.

    `Later` with destination "mail" when nobody's mail gets through (away, hanging, 421, our sender or password refused),
    without one when this recipient or message has to wait (450 greylisting, 451). `Never` for a 5xx to this recipient or message.
    Once the server said 250, nothing that follows makes it fail.
    """
    with circuits.calling(MAIL):
        server = _greeted(urlsplit(_settings().smtp_url))
        try:
            server.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            raise _failure(error) from error
        finally:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()


def _greeted(url: SplitResult) -> smtplib.SMTP:
    """A server that lets us in. What fails until then is about us and it, whoever the mail is for."""
    if not url.hostname:
        raise Later("not_configured", "SMTP_URL is not set", destination=MAIL)
    where: dict[str, Any] = {"local_hostname": _own_name(), "timeout": ANSWER_SECONDS}
    try:
        if url.scheme == "smtps":
            server: _Conversation = _TlsConversation(url.hostname, url.port or 0, context=_trust(), **where)
        else:
            server = _Conversation(url.hostname, url.port or 0, **where)
        try:
            if _starts_tls(url):
                server.starttls(context=_trust())
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
    except (smtplib.SMTPException, OSError) as error:
        raise Later(_code(error), destination=MAIL) from error
    return server


def _starts_tls(url: SplitResult) -> bool:
    """Whether a conversation that begins in plain text goes on only in TLS: everywhere but on this machine, unless `?plain`."""
    options = url.query.split("&")
    return url.scheme == "smtp" and (
        "starttls" in options or not ("plain" in options or is_loopback(url.hostname))
    )


def _trust() -> ssl.SSLContext:
    """The server shows a certificate for its name, by somebody whom this machine (or SSL_CERT_FILE) trusts, or nothing is said."""
    return ssl.create_default_context()


@cache
def _own_name() -> str:
    """Asked once: where the name server is away, each question takes its time."""
    return socket.getfqdn()


#: What a server may say to MAIL FROM about the message (its size, its encoding), and not about the sender.
ABOUT_THE_MESSAGE = (552, 555)


def _failure(error: Exception) -> Later | Never:
    """The class of what went wrong once the server had let us in."""
    if isinstance(error, smtplib.SMTPNotSupportedError):  # an address beyond ASCII, a server without SMTPUTF8
        return Never("no_smtputf8")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(code for code, _ in error.recipients.values())
    elif isinstance(error, smtplib.SMTPDataError) or (
        isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code in ABOUT_THE_MESSAGE
    ):
        code = error.smtp_code
    else:
        return Later(_code(error), destination=MAIL)
    if 500 <= code < 600:
        return Never(str(code))
    return Later(str(code), destination=MAIL if code == 421 else None)


def _code(error: Exception) -> str:
    """A short word for what the server said or did; no address in it."""
    return str(getattr(error, "smtp_code", 0) or type(error).__name__)


class _Conversation(smtplib.SMTP):
    """Waits less for the call to be taken than for an answer, and for all answers together no longer than it may."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._until = time.monotonic() + CONVERSATION_SECONDS
        made: socket.socket = super()._get_socket(host, port, CONNECT_SECONDS)  # type: ignore[misc]
        made.settimeout(timeout)
        return made

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout(max(0.01, min(ANSWER_SECONDS, self._until - time.monotonic())))
        return super().getreply()


class _TlsConversation(_Conversation, smtplib.SMTP_SSL):
    """The same inside TLS from the first byte."""


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _domain(organization: Organization) -> str:
    """The right side of Message-IDs and calendar UIDs: stable, and not a machine's name."""
    return organization.host or sender_of(organization).domain
