"""Folders with little room, to be filled to the last byte."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PIECE = bytes(64 * 1024)


@contextmanager
def small(folder: Path, megabytes: int) -> Iterator[Path]:
    """`folder` as a disk of its own. Skips where this account may not mount: nothing else limits a folder's room as a disk does."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "citevents-test", str(folder)]
    if os.getuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a folder of limited room needs mount, which only root may use")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """The file that takes all the room there is; unlink it to make room again."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(PIECE):
            pass
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(b"."):
            pass
    return filler
