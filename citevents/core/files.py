"""Files that commands leave behind."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def _in_a_folder(context: click.Context, option: click.Parameter, path: Path) -> Path:
    """Said before the work, not after it."""
    if not path.parent.is_dir():
        raise click.BadParameter(f"there is no folder {path.parent}")
    return path


def output(help: str) -> Callable[[F], F]:
    """The option `--out` of a command."""
    kind = click.Path(path_type=Path, dir_okay=False, writable=True)
    return click.option("--out", required=True, type=kind, callback=_in_a_folder, help=help)


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
