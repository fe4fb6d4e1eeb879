"""Sentences for people: a message id for gettext with its arguments, so that the library itself speaks no language."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Message:
    """A translatable sentence. `str()` gives the English; a page translates `id` and formats it with `arguments`."""

    id: str
    arguments: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.id % self.arguments

    def as_json(self) -> dict[str, object]:
        return {"id": self.id, "arguments": dict(self.arguments), "text": str(self)}


def message(msgid: str, /, **arguments: str | int) -> Message:
    """Name it as a keyword for `pybabel extract` (`-k message`): the first argument is always a literal."""
    return Message(msgid, arguments)


def sentence(msgid: str) -> str:
    """Marks a message id that is used elsewhere, for extraction (`-k sentence`)."""
    return msgid
