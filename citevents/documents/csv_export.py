"""Tables for spreadsheets: CSV that opens as text, in any script, and never as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from flask import Response

#: A cell of text, or a number that stays one.
Cell = str | int | Decimal | None


def sheet(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV, with the mark of its encoding that spreadsheets look for. None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in (head, *rows):
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return "\ufeff" + out.getvalue()


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: where it begins like one, an apostrophe stands before it."""
    begins = text.lstrip()[:1]
    return f"'{text}" if (begins and begins in "=+-@|%") or text[:1] in ("\t", "\r", "\n") else text


def download(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A table as a file `name`.csv that is saved; kept by nobody on the way."""
    return Response(
        sheet(head, rows),
        mimetype="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "private, no-store",
        },
    )
