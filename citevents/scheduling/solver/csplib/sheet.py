"""One sheet of a workbook as rows of raw cells, where every refusal names its cell."""

import re
from collections.abc import Iterable, Sequence

from openpyxl.utils import get_column_letter

from citevents.scheduling.solver.errors import BadProblem
from citevents.scheduling.solver.sentences import Message, message

MOST_ROWS = 20_000
MOST_COLUMNS = 2_000
LARGEST = 10**9  # beyond it a weighted sum could leave 64 bits


class Sheet:
    """One sheet as rows of raw cells, trailing blank rows and columns dropped; every refusal names its cell."""

    def __init__(self, name: str, rows: Iterable[Sequence[object]]) -> None:
        self.name = name
        self.rows: list[Sequence[object]] = []
        blank = 0
        for row in rows:
            if all(text(value) == "" for value in row):
                blank += 1
                continue
            self.rows.extend(() for _ in range(blank))
            blank = 0
            self.rows.append(row)
            if len(self.rows) > MOST_ROWS:
                self.refuse(
                    len(self.rows) - 1,
                    0,
                    message("more than %(most)d rows; split the conference", most=MOST_ROWS),
                )

    def cell(self, row: int, column: int) -> object:
        cells = self.rows[row] if row < len(self.rows) else ()
        return cells[column] if column < len(cells) else None

    def refuse(self, row: int, column: int, reason: Message) -> None:
        raise BadProblem(
            f"sheet “{self.name}”, row {row + 1}, column {get_column_letter(column + 1)}", reason
        )

    def text(self, row: int, column: int) -> str:
        return text(self.cell(row, column))

    def number(self, row: int, column: int, least: int = 0) -> int:
        """A whole number; blank counts as 0."""
        value = self.cell(row, column)
        if isinstance(value, str):
            stripped = value.strip()
            value = int(stripped) if re.fullmatch(r"[+-]?\d{1,12}", stripped) else (stripped or None)
        if value is None:
            value = 0
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(
                row,
                column,
                message(
                    "“%(value)s” is no whole number; write one or leave the cell blank", value=str(value)[:40]
                ),
            )
        assert isinstance(value, int)
        if not least <= value <= LARGEST:
            self.refuse(
                row,
                column,
                message("%(value)d is outside %(least)d to %(most)d", value=value, least=least, most=LARGEST),
            )
        return value

    def headed(self, title: str) -> int:
        for column, value in enumerate(self.rows[0] if self.rows else ()):
            if text(value).casefold() == title.casefold():
                return column
        self.refuse(0, 0, message("the column “%(title)s” is missing; add it", title=title))
        raise AssertionError

    def names(self, column: int = 0) -> dict[str, int]:
        """Name -> row, in sheet order. Refuses blanks between names and names given twice."""
        found: dict[str, int] = {}
        for row in range(1, len(self.rows)):
            name = self.text(row, column)
            if not name:
                self.refuse(row, column, message("the name is blank; fill it in or delete the row"))
            if name in found:
                self.refuse(
                    row, column, message("“%(name)s” is given twice; names must differ", name=name[:80])
                )
            found[name] = row
        if not found:
            self.refuse(1, column, message("the sheet is empty; it needs at least one row"))
        return found


def text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()
