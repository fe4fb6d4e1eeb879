"""What only this installation's user may read: its secrets, made once, and the environment of what runs."""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path


def kept(path: Path, prefix: str = "") -> str:
    """The secret in `path`, made at the first call (mode 0600, 256 random bits)."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(prefix + secrets.token_hex(32))
    return path.read_text()


@contextlib.contextmanager
def written(path: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """While it runs, the variables that it runs with, a line each (mode 0600): commands beside it read them there."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in sorted(environment.items()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
