"""Files that commands leave behind."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """All of it or nothing, whoever reads it and whenever we are killed: a temporary file beside it, then one rename.

    A link leads to the file to write; a pipe or a device is written to as it is, never replaced. Raises OSError.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    path = path.resolve()
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
