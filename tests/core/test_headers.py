"""Whatever is typed into a subject or a name is read again as it was typed, by a reader that is not ours."""

from __future__ import annotations

from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from citevents.core.headers import OUTGOING
from citevents.core.mail import compose, one_line

WORDS = [
    "Annulé",
    ":",
    "Conférence",
    "Genève",
    "et",
    "Québec",
    "–",
    "crise",
    "29",
    "août",
    "المؤتمر",
    "الأزمات،",
    "東京",
    "x" * 70,
    "é" * 40,
    "CIT",
]
FAULT = "Annulé : Conférence internationale des équipes d’intervention de crise – Montréal, Genève et Québec"  # F25
ARABIC = "تم تسجيلك: المؤتمر السنوي لفرق التدخل في الأزمات، 29–31 أكتوبر 2027 في عمّان والقاهرة وتونس"
sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=25).map(" ".join)


def sent(subject: str = "x", name: str = "") -> bytes:
    """A message as it goes over the wire."""
    message = EmailMessage(policy=OUTGOING)
    message["Subject"] = subject
    message["To"] = Address(display_name=name, addr_spec="ana@agency.example")
    message.set_content("x")
    return bytes(message)


def header(raw: bytes, name: str) -> str:
    """The header as the older reader of the standard library unfolds it: it knows nothing of how headers are written."""
    value = str(BytesHeaderParser(policy=compat32).parsebytes(raw)[name])
    return value.replace("\r\n", "").replace("\n", "").strip()


def read(raw: bytes, name: str = "Subject") -> str:
    return str(make_header(decode_header(header(raw, name))))


@given(sentences)
@example(FAULT)
@example(ARABIC)
def test_a_subject_is_read_as_it_was_typed(subject: str) -> None:
    assert read(sent(subject)) == subject


@given(st.text(min_size=1, max_size=200).map(one_line).filter(bool))
def test_a_subject_of_any_signs_is_read_as_it_was_typed(subject: str) -> None:
    assert read(sent(subject)) == subject


@given(sentences.map(lambda name: name[:150].strip()).filter(bool))
@example("Équipe d’intervention de crise – Montréal, Genève et Québec (exemple)")
def test_a_name_is_read_as_it_was_typed_beside_its_address(name: str) -> None:
    [(shown, address)] = getaddresses([header(sent(name=name), "To")])
    assert (str(make_header(decode_header(shown))), address) == (name, "ana@agency.example")


@given(sentences)
@example(FAULT)
@example(ARABIC)
def test_lines_are_ascii_and_no_longer_than_mail_servers_take(subject: str) -> None:
    lines = sent(subject, subject[:100].strip()).split(b"\r\n\r\n")[0].split(b"\r\n")
    assert [line for line in lines if len(line) > 78 and b"=?" in line] == []
    assert all(line.isascii() for line in lines)


@pytest.mark.parametrize("subject", [FAULT, ARABIC])
def test_an_email_of_ours_is_sent_so(app: Flask, subject: str) -> None:
    with app.app_context():
        message = compose(
            to="ana@agency.example", name="Amélie, Québec", subject=subject, text="x\n", html="<p>x</p>",
            message_id="<one@agency.example>", language="fr",
        )  # fmt: skip
    raw = bytes(message)
    [(shown, address)] = getaddresses([header(raw, "To")])
    assert (read(raw), str(make_header(decode_header(shown))), address) == (
        subject,
        "Amélie, Québec",
        "ana@agency.example",
    )
