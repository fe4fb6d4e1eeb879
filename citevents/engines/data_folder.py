"""What every engine needs of its folder: a lock that tells the truth, a short place for sockets, a log."""

import fcntl
import hashlib
import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from citevents.engines.errors import EngineError, FolderInUse

# Linux allows 107 bytes for the path of a unix socket, macOS 103.
LONGEST_SOCKET_PATH = 103
LOG_KEPT = 5_000_000


def hold(path: Path, wait: float = 0.0) -> int:
    """Lock `path` and return the descriptor that holds the lock; `FolderInUse` after `wait` seconds.

    The kernel drops the lock with the last process that holds the descriptor, however that one ended. A
    server that inherits it therefore makes the lock mean "no process of this folder is alive", which a
    file with a process id can not.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise FolderInUse(path) from None
            time.sleep(0.05)
        else:
            return descriptor


def socket_folder(folder: Path, longest_name: str, user: tuple[int, int] | None = None) -> Path:
    """A private folder for sockets: inside `folder`, or in /tmp when its path is too long for a socket."""
    inside = folder / "run"
    fits = len(os.fsencode(inside / longest_name)) <= LONGEST_SOCKET_PATH
    uid, gid = user or (os.getuid(), os.getgid())
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    place = inside if fits else Path(f"/tmp/citevents-{uid}-{digest}")  # noqa: S108 (checked below)
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)
        if user:
            os.chown(place, uid, gid)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise EngineError(f"{place} is not a private folder of this user; remove it and start again.")
    return place


def open_log(folder: Path) -> IO[bytes]:
    """The server's log, appended to; the one before it is kept when it has grown long."""
    path = folder / "server.log"
    if path.exists() and path.stat().st_size > LOG_KEPT:
        path.replace(folder / "server.log.1")
    return path.open("ab")


def last_words(folder: Path, lines: int = 5) -> str:
    """The last lines of the server's log, for the sentence that says why it did not start."""
    path = folder / "server.log"
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join(text.splitlines()[-lines:])
