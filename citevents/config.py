"""One frozen `Settings`, read from the environment once. README lists what each variable means."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

#: What an operator may say yes to on a public address, in CITEVENTS_ALLOW.
ALLOWABLE = ("no-payments", "stand-in", "outbox", "demo", "http")
#: What may follow the ? of SMTP_URL.
SMTP_OPTIONS = ("plain", "starttls")


class SettingsError(ValueError):
    """A setting that cannot be meant. The text names the variable and says what to do; it repeats no password."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation chooses. Empty strings mean "not set"; without a secret nothing can be signed."""

    database_url: str = "postgresql+psycopg:///citevents"
    redis_url: str = ""
    smtp_url: str = ""
    #: The sender of emails; empty: each organization's own address.
    mail_from: str = ""
    stripe_secret_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_api_base: str = ""
    secret: str = ""
    base_url: str = "http://localhost:8000"
    data: Path = Path(".data")
    outbox_url: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    #: How many orders one caller may try in a quarter of an hour, and may keep at once unpaid or of unproven addresses.
    unpaid_per_caller: int = 60
    #: How much of a quota, in percent, one caller may keep at once in that way.
    share_per_caller: int = 25
    pool_size: int = 10
    metrics_token: str = ""
    development: bool = False
    demo: bool = False
    allow: frozenset[str] = frozenset()

    @property
    def public(self) -> bool:
        """Whether it is to be reached from other machines. The defaults of a laptop hold only where it is not."""
        return not is_loopback(urlsplit(self.base_url).hostname)

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the process's environment (or `env`). Raises `SettingsError` naming the variable that is wrong.

        Where no database is named, what runs on the data folder lends its own settings: commands meet the running product.
        """
        env = os.environ if env is None else env
        if not env.get("DATABASE_URL"):
            given = {name: value for name, value in env.items() if value}
            env = {**_running(Path(env.get("CITEVENTS_DATA") or ".data")), **given}
        port = env.get("CITEVENTS_PORT") or "8000"
        base_url = _base_url(env.get("CITEVENTS_BASE_URL") or f"http://localhost:{port}")
        return cls(
            database_url=_psycopg(env.get("DATABASE_URL") or cls.database_url),
            redis_url=env.get("REDIS_URL", ""),
            smtp_url=_smtp_url(env.get("SMTP_URL", "").strip()),
            mail_from=_mail_from(env.get("CITEVENTS_MAIL_FROM", "").strip()),
            stripe_secret_key=env.get("STRIPE_SECRET_KEY", ""),
            stripe_webhook_secret=env.get("STRIPE_WEBHOOK_SECRET", ""),
            stripe_api_base=env.get("STRIPE_API_BASE", ""),
            secret=env.get("CITEVENTS_SECRET", ""),
            base_url=base_url,
            data=Path(env.get("CITEVENTS_DATA") or ".data"),
            outbox_url=env.get("CITEVENTS_OUTBOX_URL", ""),
            trusted_hosts=tuple(h.strip() for h in env.get("CITEVENTS_HOSTS", "").split(",") if h.strip()),
            proxies=_whole(env, "CITEVENTS_PROXIES", 0),
            unpaid_per_caller=_whole(env, "CITEVENTS_UNPAID_PER_CALLER", cls.unpaid_per_caller),
            share_per_caller=_whole(env, "CITEVENTS_SHARE_PER_CALLER", cls.share_per_caller),
            pool_size=_whole(env, "CITEVENTS_POOL", 10),
            metrics_token=env.get("CITEVENTS_METRICS_TOKEN", ""),
            development=_yes(env, "CITEVENTS_DEVELOPMENT", False),
            demo=_yes(env, "CITEVENTS_DEMO", is_loopback(urlsplit(base_url).hostname)),
            allow=_allowed(env.get("CITEVENTS_ALLOW", "")),
        )


def is_loopback(host: str | None) -> bool:
    """Whether this name or number is the machine itself. A name that only resolves there does not count: names change."""
    name = (host or "").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        number = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None)
    return (mapped or number).is_loopback


def _running(data: Path) -> dict[str, str]:
    """The variables that `python -m citevents.engines` runs with on this folder; none while it does not run."""
    try:
        lines = (data / "environment").read_text().splitlines()
    except OSError:
        return {}
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def _psycopg(url: str) -> str:
    """Hosting services say postgres://; SQLAlchemy wants the driver named."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _base_url(text: str) -> str:
    """The public address without a slash at its end: scheme, host and perhaps a port, nothing more."""
    url = text.strip().rstrip("/")
    good = "an address like https://events.example, with nothing after the host"
    try:
        parts = urlsplit(url)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:  # a port that is none, a bracket that does not close
        wrong = True
    else:
        wrong = wrong or bool(parts.path or parts.query or parts.fragment or parts.username is not None)
    if wrong or any(char.isspace() for char in url):
        raise SettingsError(f"CITEVENTS_BASE_URL must be {good}, not {text!r}.")
    return url


def _smtp_url(url: str) -> str:
    """Empty, or an address of a mail server that can be meant. What is wrong is said without the password in it."""
    if not url:
        return ""
    good = (
        "an address like smtp://user:password@mail.example:587 (STARTTLS) or smtps://user:password@mail.example (TLS from the "
        "start), with special characters of name and password percent-encoded"
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError(f"SMTP_URL has a port that is no number. It must be {good}.") from None
    options = [each for each in parts.query.split("&") if each]
    if parts.scheme not in ("smtp", "smtps"):
        raise SettingsError(f"SMTP_URL must begin with smtp:// or smtps://. It must be {good}.")
    if not parts.hostname or port == 0 or any(char.isspace() for char in url):
        raise SettingsError(f"SMTP_URL names no mail server. It must be {good}.")
    if parts.path not in ("", "/") or parts.fragment or (parts.password and not parts.username):
        raise SettingsError(
            f"SMTP_URL has something after the server, or a password without a name. It must be {good}."
        )
    if set(options) - set(SMTP_OPTIONS) or len(set(options)) > 1 or (parts.scheme == "smtps" and options):
        raise SettingsError(
            "SMTP_URL may end with ?plain (no TLS) or ?starttls after smtp://, with one of them at most, and with nothing "
            "after smtps://."
        )
    return url


def _mail_from(text: str) -> str:
    """Empty, or a sender with an address in it."""
    _name, address = parseaddr(text)
    local, _at, host = address.rpartition("@")
    if text and not (local and host and text.isprintable()):
        raise SettingsError('CITEVENTS_MAIL_FROM must be a sender like "Events <no-reply@events.example>".')
    return text


def _allowed(text: str) -> frozenset[str]:
    words = frozenset(word.strip().lower() for word in text.split(",") if word.strip())
    unknown = sorted(words - set(ALLOWABLE))
    if unknown:
        raise SettingsError(
            f"CITEVENTS_ALLOW knows no {unknown[0]!r}. It is a list of: {', '.join(ALLOWABLE)}; with a comma between them."
        )
    return words


def _yes(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if text in ("1", "yes", "true", "on"):
        return True
    if text in ("0", "no", "false", "off"):
        return False
    if text:
        raise SettingsError(f"{name} must be 1 or 0, not {text!r}.")
    return default


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise SettingsError(f"{name} must be a whole number, not {text!r}.")
    return int(text)
