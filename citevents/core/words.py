"""`flask words`: collect every sentence, bring the catalogues up to date, compile them, list what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "translations"
TEMPLATE = FOLDER / "messages.pot"
#: Names under which sentences are marked in Python, beside gettext's own.
MARKS = ("-k", "_l", "-k", "lazy_gettext", "-k", "lazy_ngettext:1,2")


@click.group("words")
def cli() -> None:
    """Sentences and their translations."""


@cli.command()
def extract() -> None:
    """Collect every translatable sentence into translations/messages.pot."""
    _babel("extract", "-F", "babel.cfg", *MARKS, "--add-comments=Translators:", "--sort-by-file", "--no-location",
           "--omit-header", "-o", str(TEMPLATE), ".")  # fmt: skip


@cli.command()
def update() -> None:
    """Extract, then bring every language's catalogue up to date; nothing translated is lost."""
    from citevents.core.languages import DEFAULT, LANGUAGES

    extract.callback()  # type: ignore[misc]
    for code in LANGUAGES:
        if code == DEFAULT:
            continue
        verb = "update" if catalogue(code).exists() else "init"
        extra = ("--no-fuzzy-matching", "--omit-header") if verb == "update" else ()
        _babel(verb, "-i", str(TEMPLATE), "-d", str(FOLDER), "-l", code, *extra)


@cli.command("compile")
def compile_() -> None:
    """Compile the catalogues for use."""
    _babel("compile", "-d", str(FOLDER), "--statistics")


@cli.command()
@click.argument("codes", nargs=-1)
def missing(codes: tuple[str, ...]) -> None:
    """List the sentences that a language (all, if none is named) does not say yet; exit 1 if there are any."""
    from citevents.core.languages import DEFAULT, LANGUAGES

    count = 0
    for code in codes or [code for code in LANGUAGES if code != DEFAULT]:
        for sentence in untranslated(code):
            click.echo(f"{code}: {sentence}")
            count += 1
    sys.exit(1 if count else 0)


def catalogue(code: str) -> Path:
    """The file that holds a language's sentences."""
    return FOLDER / code / "LC_MESSAGES" / "messages.po"


def untranslated(code: str) -> list[str]:
    """The sentences of messages.pot that the catalogue of `code` lacks, leaves empty or marks as fuzzy."""
    known = _read(catalogue(code))
    lacking = []
    for message in _read(TEMPLATE):
        if not message.id:
            continue
        found = known.get(message.id, message.context)
        said = found.string if found and not found.fuzzy else ""
        if not (all(said) if isinstance(said, (tuple, list)) else said):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)


def _babel(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", *arguments], cwd=ROOT, check=True)  # noqa: S603
