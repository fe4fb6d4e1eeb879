"""`flask words`: collect every sentence, bring the catalogues up to date, compile them, list what is missing.

The catalogues (`translations/<code>/LC_MESSAGES/messages.po`) are kept in the repository; what is compiled from them is not.
This file is the only compiler: set-up runs it (`python -m citevents.locale.translations_cli compile`), and so does the application when it
starts. What was made from another text, or by another version of this file, is made again, whatever its date.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from flask import Flask

from citevents.locale.languages import DEFAULT, LANGUAGES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "translations"
TEMPLATE = FOLDER / "messages.pot"
#: Names under which sentences are marked in Python, beside gettext's own.
MARKS = ("-k", "_l", "-k", "lazy_gettext", "-k", "lazy_ngettext:1,2", "-k", "sentence")
#: A date that does not change, so that a catalogue changes only when its sentences do.
SINCE = datetime(2026, 1, 1, tzinfo=UTC)

#: What is set apart in a sentence from right to left: a place to fill in, and what is written with Latin letters or with marks
#: between digits, as far as it goes on.
WORD = r"[A-Za-z0-9](?:[\w@+./:-]*[A-Za-z0-9])?"
PIECE = re.compile(
    rf"%\(\w+\)[sd]|(?<![\w%(])(?=[\w@+./: ,-]*?(?:[A-Za-z]|\d[-.:/]\d)){WORD}(?:,? {WORD})*(?!\w)", re.ASCII
)
COPIED = re.compile(r"%\((url|mail)\)s|%\(\w+\)d")

#: Under which a compiled catalogue says what it was made from.
MADE = "citevents.words"

log = logging.getLogger("citevents.words")


@click.group("words")
def cli() -> None:
    """Sentences and their translations."""


@cli.command()
def extract() -> None:
    """Collect every translatable sentence into translations/messages.pot."""
    collect()


@cli.command()
def update() -> None:
    """Extract, then bring every language's catalogue up to date; nothing translated is lost."""
    collect()
    for code in others():
        path = catalogue(code)
        said = _read(path, code)
        said.update(_read(TEMPLATE), no_fuzzy_matching=True, update_creation_date=False)
        said.fuzzy, said.header_comment = (
            False,
            "# Sentences of citevents. Edit by hand, then: flask words compile",
        )
        said.creation_date = said.revision_date = SINCE
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, said, no_location=True, width=100)
        click.echo(f"{code}: {len(untranslated(code))} missing")


@cli.command("compile")
def compile_() -> None:
    """Compile the catalogues that are not compiled as they are now."""
    for code in stale():
        compile_catalogue(code)
        click.echo(f"{code}: compiled")


@cli.command()
@click.argument("codes", nargs=-1)
def missing(codes: tuple[str, ...]) -> None:
    """List the sentences that a language (all, if none is named) does not say yet; exit 1 if there are any."""
    lacking = [(code, sentence) for code in codes or others() for sentence in untranslated(code)]
    for code, sentence in lacking:
        click.echo(f"{code}: {sentence}")
    sys.exit(1 if lacking else 0)


def others() -> list[str]:
    """The languages that need a catalogue: all but the one the sentences are written in."""
    return [code for code in LANGUAGES if code != DEFAULT]


def catalogue(code: str) -> Path:
    """The file that holds a language's sentences."""
    return FOLDER / code / "LC_MESSAGES" / "messages.po"


def collect() -> None:
    """Write messages.pot anew from code and templates."""
    # Without a word of ours Babel passes over folders that begin with "_": templates/_parts among them.
    command = ["-q", "extract", "-F", "babel.cfg", "--ignore-dirs=.*", *MARKS, "--add-comments=Translators:", "--no-location", "--omit-header",
               "--sort-by-file", "-o", str(TEMPLATE), "."]  # fmt: skip
    TEMPLATE.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", *command], cwd=ROOT, check=True)  # noqa: S603


def untranslated(code: str) -> list[str]:
    """The sentences of messages.pot that the catalogue of `code` lacks, leaves empty or marks as fuzzy."""
    known = _read(catalogue(code), code)
    lacking = []
    for message in _read(TEMPLATE):
        if not message.id:
            continue
        found = known.get(message.id, message.context)
        said = found.string if found and not found.fuzzy else ""
        if not (all(said) if isinstance(said, (tuple, list)) else said):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def compile_catalogue(code: str) -> None:
    """Make messages.mo; whoever reads meanwhile gets the old one whole or the new one whole."""
    source = catalogue(code)
    target = source.with_suffix(".mo")
    made_from = _made_from(source)
    said = _read(source, code)
    said.add("made from", made_from, context=MADE)
    if Locale.parse(code).text_direction == "rtl":
        for message in said:
            message.string = _isolated(message.string or "")
    handle, name = tempfile.mkstemp(dir=source.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        write_mo(file, said)
    Path(name).chmod(0o644)
    Path(name).replace(target)


def _isolated(said: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    """The sentence with each place to fill in set apart (U+2068 … U+2069), and so the examples in it (`2027-08-23 18:00`): a name
    in Latin letters, or a number with a hyphen, would else turn the order of what stands beside it, or its own. Not an
    address that is filled in, from which one copies.
    """
    if isinstance(said, (list, tuple)):
        return tuple(str(_isolated(each)) for each in said)
    return PIECE.sub(
        lambda piece: piece[0] if COPIED.fullmatch(piece[0]) else f"\u2068{piece[0]}\u2069", said
    )


def stale() -> list[str]:
    """The languages whose compiled catalogue is missing, or not what this file makes of its source."""
    return [code for code in others() if catalogue(code).exists() and not _is_current(catalogue(code))]


def _is_current(source: Path) -> bool:
    try:
        return _made_from(source).encode() in source.with_suffix(".mo").read_bytes()
    except OSError:
        return False


def _made_from(source: Path) -> str:
    """What a compiled catalogue says of itself: made from this text, by this version of the compiler."""
    return hashlib.sha256(source.read_bytes() + Path(__file__).read_bytes()).hexdigest()


def compile_stale() -> None:
    """Compile what is not current. An installation that may not write here is compiled beforehand, by set-up."""
    for code in stale():
        try:
            compile_catalogue(code)
        except OSError as refused:
            log.warning(
                "cannot compile a catalogue", extra={"language": code, "error": type(refused).__name__}
            )


def init_catalogues(app: Flask) -> None:
    """Compile what is not current, and set up `flask words`."""
    compile_stale()
    app.cli.add_command(cli)


def _read(path: Path, code: str | None = None) -> Catalog:
    if not path.exists():
        return Catalog(
            locale=code,
            project="citevents",
            version="1",
            fuzzy=False,
            creation_date=SINCE,
            revision_date=SINCE,
        )
    with path.open("rb") as file:
        return read_po(file, locale=code)


if __name__ == "__main__":
    cli()
