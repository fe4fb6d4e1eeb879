"""JSON out: all of a file or nothing, with a line for each thing that somebody may look for."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from citevents.matching.solver.refusals import Unreadable


def text_of(document: Any) -> str:
    """JSON with each member of an object, and each list or object in a list, on a line of its own, two levels deep.

    What is deeper stays on its line: the encoder of the standard library is many times slower where it indents.
    """
    return _text(document, "", 2) + "\n"


def _text(value: Any, margin: str, deeper: int) -> str:
    inner = margin + " "
    if deeper and value and isinstance(value, Mapping):
        rows = [f"{_flat(str(key))}: {_text(v, inner, deeper - 1)}" for key, v in value.items()]
        return _block("{", rows, "}", margin)
    if value and isinstance(value, list) and isinstance(value[0], list | Mapping):
        return _block("[", [_flat(v) for v in value], "]", margin)
    return _flat(value)


def _block(opened: str, rows: list[str], closed: str, margin: str) -> str:
    inner = f"\n{margin} "
    return f"{opened}{inner}{f',{inner}'.join(rows)}\n{margin}{closed}"


def _flat(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def write_json(path: Path, document: Any) -> None:
    """Write all of it or nothing: a temporary file beside it, then one rename. Raises Unreadable.

    A link leads to the file to write; a pipe or a device is written to as it is, never replaced.
    """
    text = text_of(document)
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        path = path.resolve()
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Unreadable(str(path), f"cannot be written ({error.strerror})") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise Unreadable(str(path), f"cannot be written ({error.strerror})") from error
        raise
