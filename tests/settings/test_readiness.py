"""What an installation on a public address must have been told, in one message; and what it may say yes to."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from citevents.config import ALLOWABLE, Settings, SettingsError
from citevents.readiness import lacks, refuse_unless_ready
from tests.settings.secret import SECRET

WHOLE = Settings(
    database_url="postgresql+psycopg://citevents:dZ81kq@db.internal/citevents",
    redis_url="redis://:kq81dZ@queue.internal:6379/0",
    smtp_url="smtp://cit:dZ81kq@mail.internal:587",
    stripe_secret_key="sk_live_51Habc",
    stripe_webhook_secret="whsec_77abc",
    secret=SECRET,
    base_url="https://events.example",
    metrics_token="0123456789abcdef",
)
#: Nothing set but the address, as somebody does who moves the laptop's start to a server.
BARE = Settings(base_url="https://events.example", demo=True, development=True)


def said(settings: Settings) -> list[str]:
    """What is missing, by the first word of each sentence."""
    return [each.sentence.split()[0] for each in lacks(settings)]


def test_an_installation_that_was_told_everything_starts() -> None:
    refuse_unless_ready(WHOLE, queue=True)


def test_a_laptop_starts_with_a_secret_alone_and_the_supervisor_makes_that() -> None:
    laptop = Settings(demo=True, development=True)
    assert said(laptop) == ["CITEVENTS_SECRET"]
    assert lacks(laptop, secret_is_made=True) == []
    assert said(replace(laptop, secret="of a laptop")) == []
    assert lacks(replace(laptop, base_url="https://events.example"), secret_is_made=True)[
        0
    ].sentence.startswith("CITEVENTS_SECRET is missing")


def test_everything_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        refuse_unless_ready(replace(BARE, base_url="http://events.example"), queue=True)
    assert str(refused.value) == (
        "citevents does not start: it is to be reached at http://events.example, and what is meant for one laptop holds on "
        "loopback only.\n"
        "- CITEVENTS_SECRET is missing: it signs sign-ins and links. Make one: python3 -c 'import secrets; "
        "print(secrets.token_hex(32))'\n"
        "- CITEVENTS_BASE_URL is http://events.example: without https everybody on the way can read along. If it is meant so: "
        "CITEVENTS_ALLOW=http.\n"
        "- CITEVENTS_DEVELOPMENT is for a laptop: it opens /metrics to everybody. Set it to 0, or not at all.\n"
        "- CITEVENTS_DEMO=1 fills an empty database with a sample world, whose people anybody knows. Set it to 0. If it is "
        "meant so: CITEVENTS_ALLOW=demo.\n"
        "- SMTP_URL is missing, like smtp://user:password@mail.example:587. Without it every email stays in the outbox of "
        "this machine, and nobody elsewhere can sign in. If it is meant so: CITEVENTS_ALLOW=outbox.\n"
        "- STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are missing: nobody can pay. Where a stand-in shall take payments that "
        "move no money: CITEVENTS_ALLOW=stand-in. Where every conference is free: CITEVENTS_ALLOW=no-payments.\n"
        "- REDIS_URL is missing: redis://queue.internal:6379/0\n"
        "CITEVENTS_ALLOW takes several words, with commas between them.\n"
        "docs/PRODUCTION.md has a whole file of settings."
    )


def test_free_conferences_need_no_stripe_where_that_is_said() -> None:
    free = replace(WHOLE, stripe_secret_key="", stripe_webhook_secret="")
    assert said(free) == ["STRIPE_SECRET_KEY"]
    refuse_unless_ready(replace(free, allow=frozenset({"no-payments"})))
    with pytest.raises(SettingsError, match="keep one of the two"):
        refuse_unless_ready(replace(WHOLE, allow=frozenset({"no-payments"})))


def test_a_sample_world_for_everybody_to_see_is_said_word_by_word() -> None:
    shown = replace(
        WHOLE,
        demo=True,
        smtp_url="smtp://127.0.0.1:8002",
        outbox_url="http://127.0.0.1:8001/",
        stripe_secret_key="sk_test_7f",
        stripe_api_base="http://127.0.0.1:8003",
    )
    assert said(shown) == ["CITEVENTS_DEMO=1", "SMTP_URL", "STRIPE_API_BASE"]
    refuse_unless_ready(replace(shown, allow=frozenset({"demo", "outbox", "stand-in"})))
    assert said(
        replace(shown, development=True, allow=frozenset({"demo", "outbox", "stand-in", "http"}))
    ) == ["CITEVENTS_DEVELOPMENT"]


@pytest.mark.parametrize(
    "secret",
    [
        "not-a-secret-set-CITEVENTS_SECRET", "change-me", "changeme" * 8, "change_me_" + SECRET, "...", "…", "<your secret>", "short",
        "0123456789abcdef0123456789abcde", "a" * 64, "ab" * 32, "your-secret-key-that-is-long-enough-to-pass", "replace me with something long, please",
    ],
)  # fmt: skip
def test_secrets_that_are_none(secret: str) -> None:
    assert said(replace(WHOLE, secret=secret)) == ["CITEVENTS_SECRET"]


@pytest.mark.parametrize(
    "secret", ["", "...", "change-me-please", "not-a-secret-set-CITEVENTS_SECRET", "short"]
)
def test_nor_are_they_on_a_laptop(secret: str) -> None:
    assert said(Settings(secret=secret)) == ["CITEVENTS_SECRET"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"metrics_token": "..."}, "CITEVENTS_METRICS_TOKEN"),
        ({"metrics_token": "short"}, "CITEVENTS_METRICS_TOKEN"),
        ({"stripe_secret_key": "sk_live_..."}, "STRIPE_SECRET_KEY"),
        ({"stripe_webhook_secret": "whsec_..."}, "STRIPE_WEBHOOK_SECRET"),
        ({"stripe_webhook_secret": ""}, "STRIPE_SECRET_KEY"),
        ({"stripe_secret_key": ""}, "STRIPE_SECRET_KEY"),
        ({"smtp_url": "smtp://user:password@mail.internal:587"}, "SMTP_URL"),
        ({"database_url": "postgresql+psycopg://citevents:change-me@db.internal/citevents"}, "DATABASE_URL"),
        ({"redis_url": "redis://:change-me-too@queue.internal"}, "REDIS_URL"),
    ],
)
def test_other_secrets_of_samples(changes: dict[str, str], name: str) -> None:
    found = lacks(replace(WHOLE, **changes))
    assert [each.sentence.split()[0] for each in found] == [name]
    assert not re.search(r"change-me|:password|whsec_|sk_live", found[0].sentence)


def test_a_token_for_the_figures_may_be_missing_they_are_closed_then() -> None:
    assert said(replace(WHOLE, metrics_token="")) == []


def test_two_halves_of_stripe_belong_together_on_a_laptop_too() -> None:
    assert said(Settings(secret="of a laptop", stripe_secret_key="sk_test_7f")) == ["STRIPE_SECRET_KEY"]


def test_a_server_for_mail_on_this_machine_is_one() -> None:
    refuse_unless_ready(replace(WHOLE, smtp_url="smtp://127.0.0.1:25"))


def test_what_works_off_the_queue_needs_one() -> None:
    with pytest.raises(SettingsError, match="REDIS_URL is missing"):
        refuse_unless_ready(replace(WHOLE, redis_url=""), queue=True)
    refuse_unless_ready(replace(WHOLE, redis_url=""))


def sample() -> dict[str, str]:
    """The file of settings in docs/PRODUCTION.md."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "PRODUCTION.md").read_text("utf-8")
    [block] = re.findall(r"```sh\n(DATABASE_URL=.*?)```", text, re.S)
    return dict(line.split("=", 1) for line in block.splitlines())


def test_the_documented_file_is_whole_once_its_samples_are_filled_in() -> None:
    """And as long as it is not, each sample in it is named."""
    given = sample()
    assert said(Settings.from_environment(given)) == [
        "CITEVENTS_SECRET",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "CITEVENTS_METRICS_TOKEN",
        "DATABASE_URL",
        "REDIS_URL",
        "SMTP_URL",
    ]
    filled = {
        name: SECRET if value == "..." else value.replace("...", "51Habc").replace("change-me", "dZ81kq")
        for name, value in given.items()
    }
    settings = Settings.from_environment(filled)
    refuse_unless_ready(settings, queue=True)
    assert (settings.demo, settings.proxies, settings.smtp_url) == (
        False,
        1,
        "smtp://citevents:dZ81kq@mail.internal:587",
    )


def test_every_word_that_may_be_allowed_is_documented() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "PRODUCTION.md").read_text("utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \| ", text, re.M)[: len(ALLOWABLE)] == [
        "no-payments",
        "outbox",
        "stand-in",
        "demo",
        "http",
    ]
    assert set(ALLOWABLE) == {"no-payments", "outbox", "stand-in", "demo", "http"}
