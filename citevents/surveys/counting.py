"""What is kept of answers while a survey is open: how many chose what, and the words, never who chose what together. Pure.

A tally is a dictionary by question id: {"7": {"people": 12, "counts": [0, 1, 1, 4, 6], "texts": []}}. `people` answered the
question; `counts` are by step of a scale or by option; `texts` are sorted, so that no order tells when they came.
"""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citevents.surveys.models import QuestionKind
from citevents.surveys.policy import STEPS

Tally = dict[str, dict[str, Any]]
#: A tally is written in whole blocks of this many bytes, so that its length does not tell how much somebody wrote.
BLOCK = 4096


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question, as far as counting needs it."""

    id: int
    kind: QuestionKind
    options: int


def add(tally: Tally, questions: Sequence[Asked], answers: Mapping[int, Any]) -> Tally:
    """The tally with one person's answers in it; `answers` by question id, as `policy.read_answer` gives them."""
    made = {**tally}
    for question in questions:
        answer = answers.get(question.id)
        was = made.get(str(question.id)) or _nothing(question)
        made[str(question.id)] = was if answer is None else _with(was, question.kind, answer)
    return made


def _nothing(question: Asked) -> dict[str, Any]:
    width = {QuestionKind.SCALE: STEPS, QuestionKind.TEXT: 0}.get(question.kind, question.options)
    return {"people": 0, "counts": [0] * width, "texts": []}


def _with(was: dict[str, Any], kind: QuestionKind, answer: Any) -> dict[str, Any]:
    counts, texts = list(was["counts"]), list(was["texts"])
    if kind is QuestionKind.TEXT:
        insort(texts, str(answer))
    else:
        chosen = (
            answer if kind is QuestionKind.MANY else [answer - 1 if kind is QuestionKind.SCALE else answer]
        )
        for index in chosen:
            counts[index] += 1
    return {"people": was["people"] + 1, "counts": counts, "texts": texts}


def write(tally: Tally) -> bytes:
    """The tally as JSON, filled up with blanks to whole blocks."""
    text = json.dumps(tally, ensure_ascii=False, sort_keys=True).encode()
    return text.ljust(-(-len(text) // BLOCK) * BLOCK)


def read(written: bytes) -> Tally:
    """What `write` wrote."""
    tally: Tally = json.loads(written)
    return tally
