"""What cannot be meant is said at the start, by the name of the variable, and never with a password in it."""

from __future__ import annotations

import pytest

from citevents.config import Settings, SettingsError, is_loopback


def read(**env: str) -> Settings:
    return Settings.from_environment({"DATABASE_URL": "postgresql:///x", **env})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "smtp://mail.example",
        "smtp://mail.example:587/",
        "smtp://user:p%40ss%23word@mail.example:587?starttls",
        "smtp://mail.example:25?plain",
        "smtps://user:pass@mail.example",
        "smtps://mail.example:465",
        "smtp://[::1]:2525",
        "  smtp://127.0.0.1:1025 ",
    ],
)
def test_addresses_of_mail_servers(url: str) -> None:
    assert read(SMTP_URL=url).smtp_url == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        "mail.example:587",
        "mail.example",
        "http://mail.example",
        "SMTP",
        "smtp:mail.example",
        "smtp://",
        "smtp://:587",
        "smtp://user:s3cret@",
        "smtp://mail.example:port",
        "smtp://mail.example:0",
        "smtp://mail.example:99999",
        "smtp://user:s3c/ret@mail.example:587",
        "smtp://user:s3c#ret@mail.example:587",
        "smtp://user:s3c?ret@mail.example:587",
        "smtp://:s3cret@mail.example",
        "smtp://mail.example/inbox",
        "smtp://mail.example?tls",
        "smtp://mail.example?plain=0",
        "smtp://mail.example?plain&starttls",
        "smtps://mail.example?plain",
        "smtps://mail.example?starttls",
        "smtp://mail. example",
        "smtp://[::1",
    ],
)
def test_what_is_no_address_of_a_mail_server_is_said_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as said:
        read(SMTP_URL=url)
    assert str(said.value).startswith("SMTP_URL ")
    assert not {"s3c", "ret@"} & set(str(said.value).split()) and "s3c" not in str(said.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://events.example", "https://events.example"),
        ("https://events.example/", "https://events.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        (" https://events.example:8443 ", "https://events.example:8443"),
        ("", "http://localhost:8000"),
    ],
)
def test_the_address_of_the_installation(given: str, kept: str) -> None:
    assert read(CITEVENTS_BASE_URL=given).base_url == kept


@pytest.mark.parametrize(
    "url",
    ["events.example", "https://", "ftp://events.example", "https://events.example/desk", "https://events.example?x", "//events.example",
     "https://ana:s3@events.example", "https://events.example:port", "https://events .example", "https://events.example:0"],
)  # fmt: skip
def test_what_is_no_address_of_an_installation(url: str) -> None:
    with pytest.raises(
        SettingsError, match=r"^CITEVENTS_BASE_URL must be an address like https://events\.example"
    ):
        read(CITEVENTS_BASE_URL=url)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CITEVENTS_ALLOW", "demo, everything", "CITEVENTS_ALLOW knows no 'everything'. It is a list of: no-payments, stand-in, outbox, demo, http; with a comma between them."),
        ("CITEVENTS_DEMO", "maybe", "CITEVENTS_DEMO must be 1 or 0, not 'maybe'."),
        ("CITEVENTS_DEVELOPMENT", "2", "CITEVENTS_DEVELOPMENT must be 1 or 0, not '2'."),
        ("CITEVENTS_PROXIES", "one", "CITEVENTS_PROXIES must be a whole number, not 'one'."),
        ("CITEVENTS_PROXIES", "²", "CITEVENTS_PROXIES must be a whole number, not '²'."),
        ("CITEVENTS_MAIL_FROM", "Events", 'CITEVENTS_MAIL_FROM must be a sender like "Events <no-reply@events.example>".'),
        ("CITEVENTS_MAIL_FROM", "Events <a@b>\nBcc: x@y.example", 'CITEVENTS_MAIL_FROM must be a sender like "Events <no-reply@events.example>".'),
    ],
)  # fmt: skip
def test_other_values_that_cannot_be_meant(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as said:
        read(**{name: value})
    assert str(said.value) == sentence


@pytest.mark.parametrize("word", ["0", "no", "false", "off", "FALSE"])
def test_no_is_said_in_several_ways(word: str) -> None:
    assert read(CITEVENTS_DEMO=word).demo is False


def test_the_sample_world_is_what_a_laptop_begins_with_and_nobody_else() -> None:
    assert (read().demo, read(CITEVENTS_BASE_URL="https://events.example").demo) == (True, False)
    assert read(CITEVENTS_BASE_URL="https://events.example", CITEVENTS_DEMO="1").demo is True


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True), ("LOCALHOST", True), ("localhost.", True), ("events.localhost", True), ("127.0.0.1", True),
        ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("::ffff:127.0.0.1", True),
        ("localhost.example", False), ("127.0.0.1.example", False), ("events.example", False), ("10.0.0.1", False),
        ("192.168.1.5", False), ("0.0.0.0", False), ("::", False), ("2130706433", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_what_is_the_machine_itself(host: str | None, here: bool) -> None:
    assert is_loopback(host) is here
