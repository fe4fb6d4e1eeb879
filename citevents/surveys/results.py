"""The results of a survey, as they are published once and stored. Pure.

Stored as {"questions": [{"id": 7, "kind": "scale", "of": 12, "cells": [[7, 12], null], "texts": []}]}: `of` is how many people
the shares are of, or null where no share is shown; a cell is the fewest and the most people, the same when it is exact, or null
where it is not shown. A scale has one cell: who agrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from citevents.surveys import disclosure, writing
from citevents.surveys.counting import Asked, Tally
from citevents.surveys.disclosure import Band, Shown
from citevents.surveys.models import QuestionKind
from citevents.surveys.policy import AGREES_FROM

Content = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is shown of one question; `of` is None where no share is shown."""

    question_id: int
    of: int | None
    cells: tuple[Shown, ...]
    texts: tuple[str, ...]


def publish(questions: Sequence[Asked], tally: Tally, everybody: int) -> Content:
    """What is shown of a survey that `everybody` people answered: nothing below five of them."""
    if everybody < disclosure.SMALLEST:
        return {"questions": []}
    return {"questions": [_outcome(question, tally.get(str(question.id), {}), everybody) for question in questions]}  # fmt: skip


def read(content: Content) -> dict[int, Outcome]:
    """What `publish` made, by question id."""
    return {
        each["id"]: Outcome(
            question_id=each["id"],
            of=each["of"],
            cells=tuple(Band(*cell) if cell else None for cell in each["cells"]),
            texts=tuple(each["texts"]),
        )
        for each in content["questions"]
    }


def _outcome(question: Asked, counted: dict[str, Any], everybody: int) -> Content:
    counts, people = counted.get("counts", []), counted.get("people", 0)
    of = None if question.kind is QuestionKind.TEXT else disclosure.base(people, everybody)
    cells = _cells(question.kind, counts, of, everybody) if of else [None] * _width(question)
    return {
        "id": question.id,
        "kind": question.kind.value,
        "of": of,
        "cells": [[cell.low, cell.high] if cell else None for cell in cells],
        "texts": writing.in_company(counted.get("texts", []), disclosure.SMALLEST),
    }


def _width(question: Asked) -> int:
    return {QuestionKind.SCALE: 1, QuestionKind.TEXT: 0}.get(question.kind, question.options)


def _cells(kind: QuestionKind, counts: Sequence[int], of: int, everybody: int) -> list[Shown]:
    if kind is QuestionKind.SCALE:
        return [disclosure.side(sum(counts[AGREES_FROM - 1 :]), of)]
    if kind is QuestionKind.MANY:
        return [disclosure.side(count, of) for count in counts]
    return disclosure.parts(counts, of, open_end=of == everybody)
