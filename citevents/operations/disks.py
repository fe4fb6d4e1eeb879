"""Which disks are full: of our own folders by asking the system, of a database or queue elsewhere by what they refuse."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from pathlib import Path

import psycopg
import sqlalchemy as sa

from citevents.config import Settings
from citevents.engines.figures import Figures

#: Less than this is full: the database's log grows by 16 MB at a time.
FULL_BELOW = 16 * 1024 * 1024
#: How long a database that refused a write for want of room counts as full, in seconds.
REMEMBERED = 60.0

#: When that was (seconds of the monotonic clock, the same in all processes), by process.
_refusals = Figures(width=1, parts=1, rows=1)


@sa.event.listens_for(sa.Engine, "handle_error")
def _remember(context: sa.ExceptionContext) -> None:
    if isinstance(context.original_exception, psycopg.errors.DiskFull):
        before = _refusals.sums().get("database", (0.0,))[0]
        _refusals.add("database", {0: time.monotonic() - before})


def database_refused(at: float) -> bool:
    """Whether the database, wherever it is, said within the last minute that its disk is full. `at` is monotonic."""
    last = _refusals.sums().get("database", (0.0,))[0]
    return bool(last) and at - last < REMEMBERED


def full(settings: Settings) -> list[str]:
    """Names of what has no room left on this machine, and why somebody should come."""
    folders = {
        "data": settings.data,
        "database": settings.data / "postgres",
        "queue": settings.data / "valkey",
        "outbox": settings.data / "mail",
        "payments stand-in": settings.data / "stripe",
        "temporary files": Path(tempfile.tempdir or os.environ.get("TMPDIR") or "/tmp"),  # noqa: S108 - asked, not used
    }
    found = [name for name, folder in folders.items() if folder.is_dir() and _no_room(os.statvfs(folder))]
    return found + (["log"] if _log_is_full() else [])


def _log_is_full() -> bool:
    """Where the log is a file, and not a pipe or a terminal."""
    try:
        return any(stat.S_ISREG(os.fstat(out).st_mode) and _no_room(os.fstatvfs(out)) for out in (1, 2))
    except OSError:
        return False


def _no_room(disk: os.statvfs_result) -> bool:
    return disk.f_blocks > 0 and disk.f_bavail * disk.f_frsize < min(
        FULL_BELOW, disk.f_blocks * disk.f_frsize // 10
    )
