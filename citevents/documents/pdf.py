"""Documents people keep: PDF/UA-1 by Typst, codes by segno. The only file that knows either.

What a person typed reaches Typst as JSON values, never as source. Fonts are our own (Noto, OFL) first, then the machine's.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import segno
import typst
from flask import has_app_context
from markupsafe import Markup

from citevents.locale.languages import DEFAULT, in_language, is_language, text_direction
from citevents.locale.languages import lazy_gettext as _l

log = logging.getLogger("citevents.documents")

TEMPLATES = Path(__file__).parents[2] / "templates" / "documents"

WORDS = {
    "sample": _l("Sample data: people, prices and sessions on this page are made up."),
    "ticket": _l("Ticket"),
    "qr_alt": _l("A square code, to be read at the desk. The ticket code is printed below it."),
    "show_this": _l("Show this at the desk, on paper or screen. The code alone works too."),
    "to": _l("To"),
    "what": _l("What"),
    "count": _l("Number"),
    "each": _l("Each"),
    "amount": _l("Amount"),
    "total": _l("Total"),
}
"""The words that templates print by themselves; everything else comes with the data."""


NO_LETTERS = "could not be displayed"
WAYS: tuple[Literal["ua-1", "1.7"], ...] = ("ua-1", "1.7")


class DocumentFailed(RuntimeError):
    """Typst refused a template: a mistake in the program. The message never holds what a person typed."""


def render(template: str, data: dict[str, Any], language: str) -> bytes:
    """The PDF/UA-1 of `templates/documents/<template>.typ`, in `language`, its right-to-left right.

    `data` is JSON: text, numbers, lists, dictionaries; times and money already written for the reader. Raises
    `DocumentFailed` when the template and the data do not fit, and where a picture lacks its alternative text.
    Letters that no font of the machine has become boxes, and then the file does not claim PDF/UA.
    """
    code = language if is_language(language) else DEFAULT
    inputs = {
        "data": json.dumps(_clean(data), ensure_ascii=False),
        "words": json.dumps(_words(code), ensure_ascii=False),
        "language": code,
        "direction": text_direction(code),
    }
    source = TEMPLATES / f"{template}.typ"
    if not source.is_file():
        raise DocumentFailed(f"no template called {template}")
    compiler = typst.Compiler(root=TEMPLATES, font_paths=_fonts())
    for standard in WAYS:
        try:
            made = compiler.compile(
                input=str(source), format="pdf", sys_inputs=inputs, pdf_standards=standard
            )
        except typst.TypstError as wrong:
            # A name in a script for which this machine has no font must not cost anyone their ticket: the code on it
            # works. Then the letters stand as boxes, in a tagged PDF that does not claim the standard.
            if standard == "ua-1" and NO_LETTERS in wrong.message:
                log.warning(
                    "a document needs letters that no font here has; see docs/LOOK.md",
                    extra={"document": template},
                )
                continue
            # What Typst puts between backquotes may be a piece of somebody's text.
            raise DocumentFailed(f"{template}: {re.sub('`.*?`', '…', wrong.message, flags=re.S)}") from None
        assert isinstance(made, bytes)
        return made
    raise AssertionError("the last way refuses no letters")


def qr_svg(payload: str, label: str | None = None) -> Markup:
    """A square code for a page, black on white in any mode; `label` says what it is for who cannot see it."""
    text = label if label is not None else str(WORDS["qr_alt"])
    return Markup(
        '<svg class="qr" viewBox="-4 -4 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<path fill="currentColor" d="{2}"/></svg>'
    ).format(len(_modules(payload)) + 8, text, _squares(_modules(payload)))


def qr_image(payload: str) -> str:
    """The same code as an SVG file's text, with its quiet zone, for the `qr` of a document."""
    modules = _modules(payload)
    size = len(modules) + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {size} {size}" width="{size}" height="{size}">'
        f'<path fill="#fff" d="M-4-4h{size}v{size}h-{size}z"/><path d="{_squares(modules)}"/></svg>'
    )


@lru_cache(maxsize=256)
def _modules(payload: str) -> tuple[bytes, ...]:
    # Level M survives a folded sheet and a scratched screen; a larger code would need a better camera.
    return tuple(bytes(row) for row in segno.make(payload, error="m", micro=False).matrix)


def _squares(modules: Iterable[bytes]) -> str:
    """One path for all dark squares, neighbours in a row joined."""
    steps = []
    for y, row in enumerate(modules):
        x = 0
        while x < len(row):
            if row[x]:
                end = x
                while end < len(row) and row[end]:
                    end += 1
                steps.append(f"M{x} {y}h{end - x}v1h-{end - x}z")
                x = end
            x += 1
    return "".join(steps)


@lru_cache
def _fonts() -> typst.Fonts:
    """Our own fonts, Typst's for signs that ours lack (−, →), and the machine's; looked through once per process."""
    return typst.Fonts(
        include_system_fonts=True, include_embedded_fonts=True, font_paths=[TEMPLATES / "fonts"]
    )


def _words(language: str) -> dict[str, str]:
    if not has_app_context():
        return {name: str(words) for name, words in WORDS.items()}
    with in_language(language):
        return {name: str(words) for name, words in WORDS.items()}


def _clean(value: Any) -> Any:
    """Text without controls that a PDF cannot hold, and without the overrides that turn a line's direction around."""
    if isinstance(value, str):
        return "".join(char for char in value if char == "\n" or char.isprintable() or char in KEPT)
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(each) for each in value]
    return value


KEPT = "\u200c\u200d\u200e\u200f\u2068\u2069\u00a0\u202f\u2009"
"""Joiners, gentle marks of direction, the isolates that set a number apart in a sentence (it would be read backwards where
text runs from the right) and spaces that languages need, though Python does not call them printable."""
