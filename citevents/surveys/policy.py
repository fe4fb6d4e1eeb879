"""Pure decisions about surveys: what a form said, and until when it may say it. What may be shown is in `disclosure`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from citevents.surveys.models import QuestionKind

#: Steps of a scale, and from which one on an answer counts as agreement.
STEPS = 5
AGREES_FROM = 4
#: A survey that comes so many days after an event is a follow-up, for which people are asked first (Purpose.FOLLOW_UP).
FOLLOW_UP_FROM = 30


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


def answered(answers: Mapping[Any, Any]) -> bool:
    """Whether anything was said at all."""
    return any(value is not None for value in answers.values())


def is_follow_up(ask_after_days: int) -> bool:
    """Whether only those are asked who agreed to be asked later."""
    return ask_after_days >= FOLLOW_UP_FROM


def closing_time(due_at: datetime, open_days: int, zone: str) -> datetime:
    """When a survey closes: at the end of the day, on the clock of `zone`, that is `open_days` after people were asked."""
    place = ZoneInfo(zone)
    after = due_at.astimezone(place).date() + timedelta(days=open_days + 1)
    return datetime.combine(after, time(), place).astimezone(UTC)
