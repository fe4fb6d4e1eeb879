"""What only this installation's user may read: its secrets, made once, and the environment of what runs."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from citevents.engines.errors import FULL


def kept(path: Path, prefix: str = "") -> str:
    """The secret in `path`, made at the first call (mode 0600, 256 random bits): whole or not at all, on a full disk too.

    Raises OSError. Whoever calls holds the folder's lock.
    """
    if found := path.read_text().strip() if path.exists() else "":
        return found
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(prefix + secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)
    return path.read_text()


@contextlib.contextmanager
def written(path: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """While it runs, the variables that it runs with, a line each (mode 0600): commands beside it read them there.

    Without room for them it runs all the same, and commands have to be told where.
    """
    path.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in sorted(environment.items()))
    except OSError as problem:
        path.unlink(missing_ok=True)
        if problem.errno not in FULL:
            raise
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
