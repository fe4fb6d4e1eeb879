"""The questions that a new survey starts with, in every language of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from citevents.locale.languages import LANGUAGES, in_language
from citevents.locale.languages import lazy_gettext as _l
from citevents.surveys.models import QuestionKind


@dataclass(frozen=True)
class Start:
    kind: QuestionKind
    label: Any
    options: tuple[Any, ...] = ()


TITLE = _l("How was it, and what will you use?")

START = (
    Start(QuestionKind.SCALE, _l("I learned something that I will use at work.")),
    Start(QuestionKind.SCALE, _l("I met people whom I can ask when I need help.")),
    Start(QuestionKind.SCALE, _l("People with lived experience were heard.")),
    Start(QuestionKind.SCALE, _l("The venue, the food and the language worked for me.")),
    Start(
        QuestionKind.ONE,
        _l("Would you come again?"),
        (_l("Yes"), _l("Perhaps"), _l("No")),
    ),
    Start(
        QuestionKind.MANY,
        _l("What will you do next?"),
        (
            _l("Tell my colleagues what I learned"),
            _l("Start or change a program"),
            _l("Visit or invite another program"),
            _l("Train others"),
            _l("None of these"),
        ),
    ),
    Start(
        QuestionKind.TEXT,
        _l("What should we keep, and what should we change? Please do not name people or cases."),
    ),
)


def wordings(start: Start) -> dict[str, dict[str, Any]]:
    """Label and options in every language: {"ar": {"label": ..., "options": [...]}}."""
    made = {}
    for language in LANGUAGES:
        with in_language(language):
            made[language] = {
                "label": str(start.label),
                "options": [str(option) for option in start.options],
            }
    return made


def titles() -> dict[str, dict[str, str]]:
    """The title in every language."""
    made = {}
    for language in LANGUAGES:
        with in_language(language):
            made[language] = {"title": str(TITLE)}
    return made
