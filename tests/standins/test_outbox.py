"""The mail outbox, driven by the standard library's SMTP client as the product drives it."""

import json
import smtplib
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from standins.faults import UnknownFault
from standins.mail import Outbox
from tests.standins.emails import letter


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    with Outbox() as running:
        yield running


def send(outbox: Outbox, message: EmailMessage, timeout: float = 5) -> None:
    with smtplib.SMTP("127.0.0.1", outbox.smtp_port, timeout=timeout) as smtp:
        smtp.send_message(message)


def get(url: str) -> tuple[Any, bytes]:
    with urllib.request.urlopen(url) as answer:
        return answer.headers, answer.read()


def call(url: str, method: str, body: object = None) -> Any:
    request = urllib.request.Request(
        url,
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null")


def test_an_accepted_message_is_kept_as_it_was_sent(outbox: Outbox) -> None:
    sent = letter("Ваш билет 🎟")
    send(outbox, sent)
    (kept,) = outbox.messages()
    assert kept["Subject"] == "Ваш билет 🎟"
    assert [part.get_payload(decode=True) for part in kept.iter_attachments()] == [
        part.get_payload(decode=True) for part in sent.iter_attachments()
    ]
    (mail,) = outbox.accepted()
    assert (mail.sender, mail.to, mail.message_id, mail.answered) == (
        "house@example.org",
        ("ana@example.org",),
        "<one@example.org>",
        True,
    )


def test_a_mail_is_taken_apart_for_tests(outbox: Outbox) -> None:
    send(outbox, letter())
    taken = call(f"{outbox.web_url}/_messages/000001", "GET")
    assert taken["links"] == ["https://example.org/in/abc"]
    assert [(a["name"], a["type"]) for a in taken["attachments"]] == [
        ("part-5", "image/png"),
        ("ticket.pdf", "application/pdf"),
        ("invite.ics", "text/calendar"),
    ]
    assert taken["calendar"] == [
        {
            "method": "REQUEST",
            "uid": "session-7@example.org",
            "sequence": 3,
            "status": "",
            "summary": "De-escalation",
            "start": "2027-06-01T09:00:00+00:00",
            "end": "2027-06-01T10:00:00+00:00",
            "location": "Room 2",
            "organizer": "",
            "attendees": [],
        }
    ]


def test_a_calendar_part_that_is_broken_is_said_so(outbox: Outbox) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "house@example.org", "ana@example.org"
    message.set_content("BEGIN:VCALENDAR\r\nnonsense", subtype="calendar")
    send(outbox, message)
    (event,) = call(f"{outbox.web_url}/_messages/000001", "GET")["calendar"]
    assert list(event) == ["error"]


def test_the_pages_show_the_mails_and_run_nothing(outbox: Outbox) -> None:
    send(outbox, letter("<script>alert(1)</script>"))
    _, listed = get(outbox.web_url)
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in listed
    headers, page = get(f"{outbox.web_url}/m/000001")
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; frame-src 'self'"
    )
    assert b"session-7@example.org" in page
    headers, html = get(f"{outbox.web_url}/m/000001/html")
    assert "script-src" not in headers["Content-Security-Policy"]
    assert (
        "sandbox allow-top-navigation-by-user-activation allow-popups" in headers["Content-Security-Policy"]
    )
    assert b'src="/m/000001/part/5"' in html
    headers, pdf = get(f"{outbox.web_url}/m/000001/part/6")
    assert (headers["Content-Disposition"], pdf) == ("attachment; filename=ticket.pdf", b"%PDF-")
    assert get(f"{outbox.web_url}/m/000001/raw")[1].startswith(b"From: house@example.org")


def test_the_list_narrows_to_a_recipient_and_says_when_there_is_none(outbox: Outbox) -> None:
    assert b"No mail yet" in get(outbox.web_url)[1]
    send(outbox, letter("First", "ana@example.org"))
    send(outbox, letter("Second", "bo@example.org"))
    found = call(f"{outbox.web_url}/_messages?to=bo@", "GET")["messages"]
    assert [mail["subject"] for mail in found] == ["Second"]
    assert b"No mail was sent to" in get(f"{outbox.web_url}/?to=cy")[1]
    call(f"{outbox.web_url}/_messages", "DELETE")
    assert outbox.accepted() == []


def test_a_long_list_shows_the_latest_and_says_so(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("standins.mail.pages.SHOWN", 1)
    send(outbox, letter("First"))
    send(outbox, letter("Second"))
    page = get(outbox.web_url)[1].decode()
    assert "2 mails, newest first; the latest 1 are shown." in page
    assert ("First" in page, "Second" in page) == (False, True)


@pytest.mark.parametrize(
    "path", ["/m/999999", "/m/..%2f..", "/m/abc/raw", "/m/999999/part/1", "/_messages/x"]
)
def test_a_mail_that_is_not_there_is_not_found(outbox: Outbox, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(outbox.web_url + path)
    assert refused.value.code == 404


@pytest.mark.parametrize("code", [450, 550])
def test_a_recipient_is_refused_for_the_next_messages_only(outbox: Outbox, code: int) -> None:
    outbox.fault("rcpt", "refuse", code=code, on="ana@*", times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(outbox, letter())
        assert refused.value.recipients["ana@example.org"][0] == code
    send(outbox, letter(to="bo@example.org"))
    send(outbox, letter())
    assert [mail.to for mail in outbox.accepted()] == [("bo@example.org",), ("ana@example.org",)]


@pytest.mark.parametrize("code", [451, 554])
def test_a_message_is_refused_after_it_was_read(outbox: Outbox, code: int) -> None:
    call(f"{outbox.web_url}/_faults", "POST", {"place": "data", "kind": "refuse", "code": code, "skip": 1})
    send(outbox, letter())
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(outbox, letter())
    assert refused.value.smtp_code == code
    assert len(outbox.accepted()) == 1


def test_the_server_is_not_available(outbox: Outbox) -> None:
    outbox.fault("mail", "refuse")
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(outbox, letter())
    assert refused.value.smtp_code == 421
    assert outbox.accepted() == []


def test_a_connection_cut_after_data_leaves_an_accepted_message_of_which_the_sender_knows_nothing(
    outbox: Outbox,
) -> None:
    outbox.fault("data", "drop")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(outbox, letter())
    send(outbox, letter())
    assert [(mail.message_id, mail.answered) for mail in outbox.accepted()] == [
        ("<one@example.org>", False),
        ("<one@example.org>", True),
    ]


def test_silence_after_data_runs_out_the_senders_time(outbox: Outbox) -> None:
    outbox.fault("data", "silence", seconds=5.0)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(outbox, letter(), timeout=0.2)
    assert [mail.answered for mail in outbox.accepted()] == [False]
    outbox.fault("data", "silence", seconds=0.05)
    send(outbox, letter())
    assert [mail.answered for mail in outbox.accepted()] == [False, True]


def test_a_slow_server_does_not_accept_from_a_sender_that_gave_up(outbox: Outbox) -> None:
    outbox.fault("data", "delay", seconds=0.5)
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(outbox, letter("given up"), timeout=0.1)
    send(outbox, letter("patient"))
    assert [mail.subject for mail in outbox.accepted()] == ["patient"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": "data", "kind": "explode"},
        {"place": "nowhere", "kind": "refuse"},
        {"place": "data", "kind": "refuse", "colour": "red"},
        {"place": "data", "kind": "refuse", "code": "451"},
        {"place": "data", "kind": "refuse", "times": 0},
    ],
)
def test_a_switch_that_does_not_exist_is_refused(outbox: Outbox, wrong: dict[str, Any]) -> None:
    with pytest.raises(UnknownFault):
        outbox.fault(**wrong)
    with pytest.raises(urllib.error.HTTPError) as refused:
        call(f"{outbox.web_url}/_faults", "POST", wrong)
    assert refused.value.code == 400


def test_switches_are_listed_and_cleared(outbox: Outbox) -> None:
    outbox.fault("data", "drop", times=3)
    second = outbox.fault("rcpt", "refuse")
    url = f"{outbox.web_url}/_faults"
    assert [(f["kind"], f["times"]) for f in call(url, "GET")["faults"]] == [("drop", 3), ("refuse", 1)]
    call(f"{url}/{second.id}", "DELETE")
    assert [f["kind"] for f in call(url, "GET")["faults"]] == ["drop"]
    call(url, "DELETE")
    send(outbox, letter())
    assert [mail.answered for mail in outbox.accepted()] == [True]


def test_the_process_keeps_its_mails_over_a_kill(tmp_path: Path) -> None:
    def started() -> tuple[subprocess.Popen[str], dict[str, Any]]:
        process = subprocess.Popen(
            [sys.executable, "-m", "standins.mail", "--data", str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        return process, json.loads(process.stdout.readline())

    process, at = started()
    with smtplib.SMTP("127.0.0.1", at["smtp_port"]) as smtp:
        smtp.send_message(letter())
    process.kill()
    process.communicate()

    process, at = started()
    with smtplib.SMTP("127.0.0.1", at["smtp_port"]) as smtp:
        smtp.send_message(letter("Another"))
    listed = call(f"{at['http_url']}/_messages", "GET")["messages"]
    assert [(mail["id"], mail["subject"]) for mail in listed] == [
        ("000001", "Your ticket"),
        ("000002", "Another"),
    ]
    process.terminate()
    process.communicate()
    assert process.returncode == 0
