"""What has to be said before anything is served or sent: one message with all of it, instead of a start with a laptop's defaults.

Pure: settings in, sentences out. The web application, the workers and the relay ask it, and the supervisor before all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from citevents.config import Settings, SettingsError, is_loopback

#: Characters of a secret on a public address; elsewhere it only has to be one.
LEAST_SECRET, LEAST_ANYWHERE, LEAST_TOKEN = 32, 8, 16
MAKE_ONE = "Make one: python3 -c 'import secrets; print(secrets.token_hex(32))'"
#: What stands in samples and tutorials where a secret belongs.
SAMPLE = re.compile(
    r"\.\.\.|…|<.*>|change.?me|not.?a.?secret|replace.?(me|this|with)|place.?holder|insert.?(your|a)|your.?(own)?.?(secret|token|key|password)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Lack:
    """Something missing, as a sentence; `word` of CITEVENTS_ALLOW says that it is meant so, where that is allowed.

    `said`: the sentence names the word itself.
    """

    sentence: str
    word: str = ""
    said: bool = False


def refuse_unless_ready(settings: Settings, *, queue: bool = False) -> None:
    """Raise `SettingsError` with everything that is missing for a process that serves, signs or sends."""
    found = lacks(settings)
    if queue and not settings.redis_url:
        found.append(Lack("REDIS_URL is missing: redis://queue.internal:6379/0"))
    if found:
        raise SettingsError(in_words(settings, found))


def lacks(settings: Settings, *, secret_is_made: bool = False) -> list[Lack]:
    """What keeps an installation with these settings from starting. `secret_is_made`: the supervisor makes one for a laptop."""
    found = [_secret(settings, secret_is_made), *_keys(settings)]
    if settings.public:
        found += [*_open_doors(settings), *_stand_ins(settings)]
        found += [
            _sample_in(name, url)
            for name, url in (
                ("DATABASE_URL", settings.database_url),
                ("REDIS_URL", settings.redis_url),
                ("SMTP_URL", settings.smtp_url),
            )
        ]
    return [each for each in found if each and each.word not in settings.allow]


def in_words(settings: Settings, found: list[Lack]) -> str:
    """The whole message, a line for each."""
    if len(found) == 1 and not settings.public:
        return found[0].sentence
    lines = ["citevents does not start: something is missing."]
    if settings.public:
        lines = [
            f"citevents does not start: it is to be reached at {settings.base_url}, and what is meant for one laptop holds on "
            "loopback only."
        ]
    lines += [
        f"- {each.sentence}"
        + (f" If it is meant so: CITEVENTS_ALLOW={each.word}." if each.word and not each.said else "")
        for each in found
    ]
    if sum(bool(each.word) for each in found) + len(settings.allow) > 1:
        lines.append("CITEVENTS_ALLOW takes several words, with commas between them.")
    lines.append("docs/PRODUCTION.md has a whole file of settings.")
    return "\n".join(lines)


def _secret(settings: Settings, is_made: bool) -> Lack | None:
    secret = settings.secret
    least = LEAST_SECRET if settings.public else LEAST_ANYWHERE
    if not secret:
        if is_made and not settings.public:
            return None
        return Lack(f"CITEVENTS_SECRET is missing: it signs sign-ins and links. {MAKE_ONE}")
    if SAMPLE.search(secret):
        return Lack(f"CITEVENTS_SECRET is that of a sample. {MAKE_ONE}")
    if len(secret) < least or (settings.public and len(set(secret)) < LEAST_ANYWHERE):
        return Lack(
            f"CITEVENTS_SECRET can be guessed: it needs {least} characters at least, made by chance. {MAKE_ONE}"
        )
    return None


def _keys(settings: Settings) -> list[Lack]:
    """Stripe's two secrets belong together, on every address."""
    key, webhook = settings.stripe_secret_key, settings.stripe_webhook_secret
    if bool(key) != bool(webhook):
        return [Lack("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET belong together: set both or neither.")]
    if key and "no-payments" in settings.allow:
        return [Lack("CITEVENTS_ALLOW says no-payments, and STRIPE_SECRET_KEY is set: keep one of the two.")]
    return [
        Lack(f"{name} is that of a sample.")
        for name, value in (("STRIPE_SECRET_KEY", key), ("STRIPE_WEBHOOK_SECRET", webhook))
        if SAMPLE.search(value)
    ]


def _open_doors(settings: Settings) -> list[Lack | None]:
    return [
        None
        if settings.base_url.startswith("https://")
        else Lack(
            f"CITEVENTS_BASE_URL is {settings.base_url}: without https everybody on the way can read along.",
            "http",
        ),
        Lack(
            "CITEVENTS_DEVELOPMENT is for a laptop: it opens /metrics to everybody. Set it to 0, or not at all."
        )
        if settings.development
        else None,
        Lack(
            "CITEVENTS_DEMO=1 fills an empty database with a sample world, whose people anybody knows. Set it to 0.",
            "demo",
        )
        if settings.demo
        else None,
        Lack(
            f"CITEVENTS_METRICS_TOKEN is too short or that of a sample: {LEAST_TOKEN} characters at least, or none at all."
        )
        if settings.metrics_token
        and (len(settings.metrics_token) < LEAST_TOKEN or SAMPLE.search(settings.metrics_token))
        else None,
    ]


def _stand_ins(settings: Settings) -> list[Lack | None]:
    no_mail = not settings.smtp_url or settings.outbox_url
    no_money = (
        not (settings.stripe_secret_key or settings.stripe_webhook_secret)
        and "no-payments" not in settings.allow
    )
    stood_in = bool(settings.stripe_api_base) and is_loopback(urlsplit(settings.stripe_api_base).hostname)
    return [
        Lack(
            "SMTP_URL is missing, like smtp://user:password@mail.example:587. Without it every email stays in the outbox of "
            "this machine, and nobody elsewhere can sign in.",
            "outbox",
        )
        if no_mail
        else None,
        Lack(
            "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are missing: nobody can pay. Where a stand-in shall take payments that "
            "move no money: CITEVENTS_ALLOW=stand-in. Where every conference is free: CITEVENTS_ALLOW=no-payments.",
            "no-payments",
            said=True,
        )
        if no_money and "stand-in" not in settings.allow
        else None,
        Lack("STRIPE_API_BASE is this machine: a stand-in would take payments that are none.", "stand-in")
        if stood_in
        else None,
    ]


def _sample_in(name: str, url: str) -> Lack | None:
    """The password of a sample in an address; the address itself is not repeated."""
    try:
        password = unquote(urlsplit(url).password or "")
    except ValueError:
        return None  # no address at all: whoever uses it says so
    if password.lower() in ("password", "secret") or (password and SAMPLE.search(password)):
        return Lack(f"{name} has the password of a sample.")
    return None
