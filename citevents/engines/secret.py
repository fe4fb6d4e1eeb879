"""Secrets of this installation, made once and kept where only its user can read them."""

import os
import secrets
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
