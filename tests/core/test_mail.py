"""How a mail server can fail, and what it means: nobody gets through, this one has to wait, or never."""

from __future__ import annotations

import dataclasses
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from citevents.core import mail
from citevents.core.errors import Later, Never
from standins.mail import Outbox
from tests.core.emails import letter

EVERYBODY, THIS_ONE = "mail", None


@pytest.fixture
def server(app: Flask, outbox: Outbox) -> Iterator[Outbox]:
    outbox.clear()
    with app.app_context():
        yield outbox
    outbox.clear()


def failing(to: str = "ana@example.org") -> tuple[type[Exception], str, str | None]:
    """Class, code and destination of the failure to send."""
    with pytest.raises((Later, Never)) as caught:
        mail.send(letter(to))
    return caught.type, caught.value.code, getattr(caught.value, "destination", None)


@pytest.mark.parametrize(
    ("place", "code", "meaning"),
    [
        ("connect", 421, (Later, "421", EVERYBODY)),
        ("connect", 554, (Later, "554", EVERYBODY)),
        ("mail", 421, (Later, "421", EVERYBODY)),
        ("mail", 451, (Later, "451", EVERYBODY)),
        ("mail", 550, (Later, "550", EVERYBODY)),  # our sender: for the operator to mend, nobody bounced
        ("mail", 552, (Never, "552", None)),  # this message is too large
        ("rcpt", 421, (Later, "421", EVERYBODY)),
        ("rcpt", 450, (Later, "450", THIS_ONE)),
        ("rcpt", 452, (Later, "452", THIS_ONE)),
        ("rcpt", 550, (Never, "550", None)),
        ("rcpt", 553, (Never, "553", None)),
        ("data", 421, (Later, "421", EVERYBODY)),
        ("data", 451, (Later, "451", THIS_ONE)),
        ("data", 554, (Never, "554", None)),
    ],
)
def test_what_an_answer_means(server: Outbox, place: str, code: int, meaning: tuple[Any, ...]) -> None:
    server.fault(place, "refuse", code=code)
    assert failing() == meaning
    mail.send(letter())
    assert [each.to for each in server.accepted()] == [("ana@example.org",)]


def test_one_recipient_who_has_to_wait_keeps_nobody_else(server: Outbox) -> None:
    server.fault("rcpt", "refuse", code=450, on="bo@*", times=9)
    assert failing("bo@example.org") == (Later, "450", THIS_ONE)
    mail.send(letter())
    assert failing("bo@example.org") == (Later, "450", THIS_ONE)
    assert [each.to for each in server.accepted()] == [("ana@example.org",)]


def test_nobody_at_the_address(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    _use(app, monkeypatch, f"smtp://127.0.0.1:{port}")
    with app.app_context():
        assert failing() == (Later, "ConnectionRefusedError", EVERYBODY)


def test_no_server_is_configured(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    _use(app, monkeypatch, "")
    with app.app_context():
        assert failing() == (Later, "not_configured", EVERYBODY)


def test_a_server_that_asks_for_a_password_it_does_not_know(
    app: Flask, server: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _use(app, monkeypatch, server.smtp_url.replace("//", "//cit:wrong@"))
    assert failing() == (Later, "SMTPNotSupportedError", EVERYBODY)


def test_a_server_that_takes_the_call_and_is_silent(server: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.1)
    server.fault("connect", "delay", seconds=5.0)
    assert failing() == (Later, "SMTPServerDisconnected", EVERYBODY)
    server.fault("data", "silence", seconds=5.0)
    assert failing() == (Later, "SMTPServerDisconnected", EVERYBODY)


def test_a_server_that_hangs_up(server: Outbox) -> None:
    server.fault("connect", "drop")
    assert failing() == (Later, "SMTPServerDisconnected", EVERYBODY)
    server.fault("data", "drop")
    assert failing() == (Later, "SMTPServerDisconnected", EVERYBODY)


def test_slow_answers_together_take_no_longer_than_a_conversation_may(
    server: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.4)
    monkeypatch.setattr(mail, "CONVERSATION_SECONDS", 0.5)
    for place in ("mail", "rcpt", "data"):
        server.fault(place, "delay", seconds=0.3)
    assert failing() == (Later, "SMTPServerDisconnected", EVERYBODY)
    assert server.accepted() == []


def test_an_address_beyond_ascii_where_the_server_cannot(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with PlainServer() as port:
        _use(app, monkeypatch, f"smtp://127.0.0.1:{port}")
        with app.app_context():
            assert failing("ana@bücher.example") == (Never, "no_smtputf8", None)


def test_a_goodbye_that_goes_wrong_does_not_take_back_what_was_accepted(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PlainServer(goodbye=b"421 busy\r\n") as port:
        _use(app, monkeypatch, f"smtp://127.0.0.1:{port}")
        with app.app_context():
            mail.send(letter())


def _use(app: Flask, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    changed = dataclasses.replace(app.config["SETTINGS"], smtp_url=url)
    monkeypatch.setitem(app.config, "SETTINGS", changed)


class PlainServer:
    """One conversation with a server that knows no extension, and says `goodbye` as told."""

    def __init__(self, goodbye: bytes = b"221 bye\r\n") -> None:
        self.goodbye = goodbye

    def __enter__(self) -> int:
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._talk, daemon=True).start()
        return int(self.socket.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def _talk(self) -> None:
        peer, _ = self.socket.accept()
        with peer, peer.makefile("rwb") as lines:
            self._say(lines, b"220 plain\r\n")
            reading = False
            for line in lines:
                if reading and line != b".\r\n":
                    continue
                verb = line[:4].upper()
                answer = {b"EHLO": b"500 no\r\n", b"DATA": b"354 go on\r\n", b"QUIT": self.goodbye}
                self._say(lines, b"250 ok\r\n" if reading else answer.get(verb, b"250 ok\r\n"))
                reading = not reading and verb == b"DATA"

    @staticmethod
    def _say(lines: Any, answer: bytes) -> None:
        lines.write(answer)
        lines.flush()
