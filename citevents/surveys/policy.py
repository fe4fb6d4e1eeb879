"""Pure decisions about results: what may be shown so that nobody is recognised.

A cell under five people is not shown, nor one that subtraction from what is shown would give. Answers count in results in
lots of five or more, so that comparing yesterday's page with today's shows no single answer either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citevents.surveys.models import QuestionKind

#: Fewest people a shown cell stands for.
SMALLEST = 5
#: Steps of a scale, and from which one on an answer counts as agreement.
STEPS = 5
AGREES_FROM = 4


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One row of a result: `hits` of `n`, or None where it is not shown."""

    label: str
    hits: int | None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What is shown of one question. `n` is None when fewer than five answered it."""

    question_id: int
    kind: QuestionKind
    label: str
    n: int | None
    cells: tuple[Cell, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def hidden(self) -> int:
        """How many rows are not shown."""
        return sum(cell.hits is None for cell in self.cells)


def partition(counts: Sequence[int]) -> list[int | None]:
    """Hide cells of a partition whose total is shown: what stays hidden together has at least five people in two cells.

    >>> partition([20, 12, 3])
    [20, None, None]
    >>> partition([20, 12, 8])
    [20, 12, 8]
    """
    shown: list[int | None] = [count if count >= SMALLEST else None for count in counts]
    while True:
        hidden = [index for index, value in enumerate(shown) if value is None]
        together = sum(counts[index] for index in hidden)
        if not hidden or (len(hidden) >= 2 and together >= SMALLEST):
            return shown
        left = [index for index, value in enumerate(shown) if value is not None]
        if not left:
            return shown
        shown[min(left, key=lambda index: counts[index])] = None


def share(hits: int, n: int) -> int | None:
    """A yes-or-no cell: shown only if both the yes and the rest are at least five people."""
    return hits if hits >= SMALLEST and n - hits >= SMALLEST else None


def result(
    question_id: int,
    kind: QuestionKind,
    label: str,
    options: Sequence[str],
    answers: Sequence[Any],
    agreement: str,
) -> Result:
    """What is shown of the answers (None left out) to one question; `agreement` labels the upper two steps of a scale."""
    n = len(answers)
    if n < SMALLEST:
        return Result(question_id=question_id, kind=kind, label=label, n=None)
    cells: tuple[Cell, ...] = ()
    texts: tuple[str, ...] = ()
    if kind is QuestionKind.SCALE:
        agreeing = sum(answer >= AGREES_FROM for answer in answers)
        cells = (Cell(label=agreement, hits=share(agreeing, n)),)
    elif kind is QuestionKind.ONE:
        counts = [sum(answer == index for answer in answers) for index in range(len(options))]
        cells = tuple(
            Cell(label=option, hits=hits) for option, hits in zip(options, partition(counts), strict=True)
        )
    elif kind is QuestionKind.MANY:
        cells = tuple(
            Cell(label=option, hits=share(sum(index in answer for answer in answers), n))
            for index, option in enumerate(options)
        )
    else:
        texts = tuple(sorted(str(answer) for answer in answers))
    return Result(question_id=question_id, kind=kind, label=label, n=n, cells=cells, texts=texts)


def read_answer(kind: QuestionKind, options: int, sent: Sequence[str]) -> Any:
    """What a form sent for one question, as it is kept; None for nothing, or for what no form of ours can send.

    >>> read_answer(QuestionKind.MANY, 3, ["0", "2", "9"])
    [0, 2]
    """
    if kind is QuestionKind.TEXT:
        text = " ".join("".join(char if char.isprintable() else " " for char in "".join(sent)).split())
        return text[:2000] or None
    numbers = sorted({int(value) for value in sent if value.isascii() and value.isdigit() and len(value) < 4})
    if kind is QuestionKind.SCALE:
        kept = [number for number in numbers if 1 <= number <= STEPS]
    else:
        kept = [number for number in numbers if number < options]
    if kind is QuestionKind.MANY:
        return kept or None
    return kept[0] if len(kept) == 1 else None


def released_now(waiting: int) -> bool:
    """Whether a lot of waiting answers is large enough to enter the results."""
    return waiting >= SMALLEST


def answered(answers: Mapping[str, Any]) -> bool:
    """Whether anything was said at all."""
    return any(value is not None for value in answers.values())
