"""Mail leaves the machine inside TLS, and only to the server whose name was given: nothing is said to any other."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Flask

from citevents.core import mail
from citevents.core.errors import Later
from citevents.engines.ports import free_port
from tests.core.emails import letter

NAME = "mail.agency.example"


@dataclass(frozen=True)
class Certificate:
    """With the key that it was made for, in files."""

    whole: Path
    subject: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def certificate(
    folder: Path, name: str, signed_by: Certificate | None = None, *, until: timedelta = timedelta(days=30)
) -> Certificate:
    """For this name, signed by itself or by an authority of ours."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signed_by.subject.subject if signed_by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=signed_by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(
                (signed_by.key if signed_by else key).public_key()
            ),
            critical=False,
        )
    )
    if signed_by:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    signed = made.sign((signed_by or Certificate(folder, None, key)).key, hashes.SHA256())  # type: ignore[arg-type]
    pem = signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name}-{signed.serial_number}.pem"
    file.write_bytes(pem)
    return Certificate(file, signed, key)


@dataclass
class Heard:
    """What a server was told, and whether inside TLS."""

    passwords: list[bytes] = field(default_factory=list)
    letters: list[tuple[bool, list[str]]] = field(default_factory=list)

    def authenticate(
        self, server: Any, session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        self.passwords.append(data.password)
        return AuthResult(success=True)

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802 - a hook of aiosmtpd
        self.letters.append((bool(server.transport.get_extra_info("ssl_object")), envelope.rcpt_tos))
        return "250 OK"


class _Tls(Controller):
    """aiosmtpd looks whether it runs by a greeting in plain text: not here."""

    def _trigger_server(self) -> None:
        socket.create_connection((self.hostname, self.port), 5).close()


@contextmanager
def serving(certificate: Certificate | None, *, at_once: bool = False) -> Iterator[tuple[int, Heard]]:
    """A mail server with this certificate: TLS from the first byte (`at_once`), after STARTTLS, or (None) never."""
    heard, options = Heard(), dict[str, Any]()
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.whole)
        options = {"ssl_context": context} if at_once else {"tls_context": context}
    port = free_port(1 << 16)
    server = _Tls(
        heard,
        hostname="127.0.0.1",
        port=port,
        authenticator=heard.authenticate,
        auth_require_tls=False,
        **options,
    )
    server.start()
    try:
        yield port, heard
    finally:
        server.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("authority"), "An authority of ours")


@pytest.fixture
def sender(app: Flask, authority: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`sender(url)` sends one letter; the name of the server leads to this machine, our authority is trusted."""
    asked = socket.getaddrinfo

    def looked_up(host: Any, *more: Any, **named: Any) -> Any:
        return asked("127.0.0.1" if host in (NAME, "elsewhere.example") else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.whole))

    def send(url: str) -> None:
        monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], smtp_url=url))
        mail.send(letter())

    with app.app_context():
        yield send


def url(scheme: str, port: int, name: str = NAME, options: str = "") -> str:
    return f"{scheme}://cit:s3cret@{name}:{port}{options}"


TO = ["ana@example.org"]
both = pytest.mark.parametrize("scheme", ["smtps", "smtp"])


@both
def test_a_server_whose_authority_is_trusted_gets_mail_inside_tls(
    sender: Any, authority: Certificate, tmp_path: Path, scheme: str
) -> None:
    with serving(certificate(tmp_path, NAME, authority), at_once=scheme == "smtps") as (port, heard):
        sender(url(scheme, port))
        sender(url(scheme, port, options="" if scheme == "smtps" else "?starttls"))
    assert (heard.passwords, heard.letters) == ([b"s3cret"] * 2, [(True, TO)] * 2)


@both
@pytest.mark.parametrize("wrong", ["signed by itself", "of another name", "expired"])
def test_a_server_that_cannot_show_who_it_is_hears_nothing(
    sender: Any, authority: Certificate, tmp_path: Path, scheme: str, wrong: str
) -> None:
    """Neither password nor letter; and the letter waits, since the operator can mend it."""
    shown = {
        "signed by itself": lambda: certificate(tmp_path, NAME),
        "of another name": lambda: certificate(tmp_path, "evil.example", authority),
        "expired": lambda: certificate(tmp_path, NAME, authority, until=timedelta(days=-1)),
    }[wrong]()
    with serving(shown, at_once=scheme == "smtps") as (port, heard), pytest.raises(Later) as failed:
        sender(url(scheme, port))
    assert (failed.value.code, failed.value.destination) == ("SSLCertVerificationError", "mail")
    assert (heard.passwords, heard.letters) == ([], [])


def test_a_certificate_counts_on_this_machine_too(sender: Any, tmp_path: Path) -> None:
    with serving(certificate(tmp_path, "evil.example"), at_once=True) as (port, heard), pytest.raises(Later):
        sender(url("smtps", port, "localhost"))
    assert (heard.passwords, heard.letters) == ([], [])


def test_a_server_without_tls_elsewhere_hears_nothing_unless_that_is_said(sender: Any) -> None:
    with serving(None) as (port, heard):
        with pytest.raises(Later) as failed:
            sender(url("smtp", port))
        assert (failed.value.code, failed.value.destination) == ("SMTPNotSupportedError", "mail")
        assert (heard.passwords, heard.letters) == ([], [])
        sender(url("smtp", port, options="?plain"))
    assert (heard.passwords, heard.letters) == ([b"s3cret"], [(False, TO)])


def test_on_this_machine_plain_text_is_enough(sender: Any) -> None:
    with serving(None) as (port, heard):
        for name in ("localhost", "127.0.0.1"):
            sender(f"smtp://{name}:{port}")
        with pytest.raises(Later):
            sender(f"smtp://localhost:{port}?starttls")
    assert heard.letters == [(False, TO)] * 2
