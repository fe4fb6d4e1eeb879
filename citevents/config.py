"""One frozen `Settings`, read from the environment once. README lists what each variable means."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Only ever used where nobody set CITEVENTS_SECRET: tests and commands that sign nothing.
THROWAWAY_SECRET = "not-a-secret-set-CITEVENTS_SECRET"  # noqa: S105


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation chooses. Empty strings mean "not set"."""

    database_url: str = "postgresql+psycopg:///citevents"
    redis_url: str = ""
    smtp_url: str = ""
    mail_from: str = "citevents <no-reply@citevents.example>"
    stripe_secret_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_api_base: str = ""
    secret: str = THROWAWAY_SECRET
    base_url: str = "http://localhost:8000"
    data: Path = Path(".data")
    outbox_url: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    #: How many orders one caller may leave unpaid in a quarter of an hour: each holds places that others want.
    unpaid_per_caller: int = 60
    pool_size: int = 10
    metrics_token: str = ""
    development: bool = False

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the process's environment (or `env`). Raises ValueError naming the variable that is wrong.

        Where no database is named, what runs on the data folder lends its own settings: commands meet the running product.
        """
        env = os.environ if env is None else env
        if not env.get("DATABASE_URL"):
            given = {name: value for name, value in env.items() if value}
            env = {**_running(Path(env.get("CITEVENTS_DATA") or ".data")), **given}
        port = env.get("CITEVENTS_PORT", "8000")
        return cls(
            database_url=_psycopg(env.get("DATABASE_URL", cls.database_url)),
            redis_url=env.get("REDIS_URL", ""),
            smtp_url=env.get("SMTP_URL", ""),
            mail_from=env.get("CITEVENTS_MAIL_FROM", cls.mail_from),
            stripe_secret_key=env.get("STRIPE_SECRET_KEY", ""),
            stripe_webhook_secret=env.get("STRIPE_WEBHOOK_SECRET", ""),
            stripe_api_base=env.get("STRIPE_API_BASE", ""),
            secret=env.get("CITEVENTS_SECRET") or THROWAWAY_SECRET,
            base_url=env.get("CITEVENTS_BASE_URL", f"http://localhost:{port}").rstrip("/"),
            data=Path(env.get("CITEVENTS_DATA", ".data")),
            outbox_url=env.get("CITEVENTS_OUTBOX_URL", ""),
            trusted_hosts=tuple(h.strip() for h in env.get("CITEVENTS_HOSTS", "").split(",") if h.strip()),
            proxies=_whole(env, "CITEVENTS_PROXIES", 0),
            unpaid_per_caller=_whole(env, "CITEVENTS_UNPAID_PER_CALLER", cls.unpaid_per_caller),
            pool_size=_whole(env, "CITEVENTS_POOL", 10),
            metrics_token=env.get("CITEVENTS_METRICS_TOKEN", ""),
            development=env.get("CITEVENTS_DEVELOPMENT", "") == "1",
        )


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


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise ValueError(f"{name} must be a whole number, not {text!r}")
    return int(text)
