"""What the person at the console asked for, read from the environment before anything is started."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from citevents.config import Settings, SettingsError
from citevents.engines.errors import EngineError
from citevents.readiness import in_words, lacks

PARTS = ("web", "worker", "bulk", "runs", "relay")
#: What a unit file of before may still name, and what it means now.
FORMER_PARTS = {"slow": ("bulk", "runs")}
#: What has to be the same for the parts of one installation on several hosts.
SHARED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SMTP_URL",
    "CITEVENTS_SECRET",
    "CITEVENTS_BASE_URL",
)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """How to run here. The environment it came from is handed on to every process."""

    port: int = 8000
    data: Path = Path(".data")
    web: int = 2
    workers: int = 1
    bulk: int = 1
    runs: int = 1
    """Processes of each kind: for money and what one person waits for, for emails to many, for solvers."""
    demo: bool = True
    public: bool = False
    allow: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    """Only these parts of the product run here; none named means everything, set up first."""
    environ: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, environ: Mapping[str, str], parts: tuple[str, ...] = ()) -> "Choices":
        """Raises `EngineError` with a sentence for a value that cannot be meant, and with all that is missing to start."""
        parts = tuple(now for part in parts for now in FORMER_PARTS.get(part, (part,)))
        _check_parts(environ, parts)
        port = _number(environ, "CITEVENTS_PORT", 8000, 1, 65535)
        web = _number(environ, "CITEVENTS_WEB", 2, 1, 64)
        workers = _number(environ, "CITEVENTS_WORKERS", 1, 1, 64)
        bulk = _number(environ, "CITEVENTS_BULK", 1, 1, 64)
        runs = _number(environ, "CITEVENTS_RUNS", 1, 1, 64)
        settings = _ready(environ)
        return cls(
            port=port,
            data=Path(environ.get("CITEVENTS_DATA") or ".data").resolve(),
            web=web,
            workers=workers,
            bulk=bulk,
            runs=runs,
            demo=settings.demo,
            public=settings.public,
            allow=settings.allow,
            parts=parts,
            environ=environ,
        )

    def given(self, name: str) -> bool:
        """Whether the variable is set to something: then the real thing is used, not ours."""
        return bool(self.environ.get(name))


def _check_parts(environ: Mapping[str, str], parts: tuple[str, ...]) -> None:
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise EngineError(f"There is no part named {unknown[0]}. The parts are: {', '.join(PARTS)}.")
    missing = [name for name in SHARED if not environ.get(name)]
    if parts and missing:
        raise EngineError(
            f"To run only {' and '.join(parts)} here, set what is shared: {', '.join(missing)}."
        )


def _ready(environ: Mapping[str, str]) -> Settings:
    """The settings of the whole, as given: what the supervisor adds for a laptop is not in them yet."""
    here = {**environ, "DATABASE_URL": environ.get("DATABASE_URL") or "postgresql:///embedded"}
    try:
        settings = Settings.from_environment(here)
    except SettingsError as wrong:
        raise EngineError(str(wrong)) from None
    found = lacks(settings, secret_is_made=True)
    if found:
        raise EngineError(in_words(settings, found))
    return settings


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
        raise EngineError(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
    return int(text)
