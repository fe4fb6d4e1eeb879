"""What a user can be refused: a code, a translated sentence that says what to do next, and where it belongs."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """A refusal. Subclasses set `code`, `message` (lazy translated), and where known `field` and `status`.

    `message` may hold `%(name)s` placeholders, filled from the keyword arguments.
    """

    code: str = "refused"
    message: Any = ""
    field: str | None = None
    status: int = 422

    def __init__(self, *, field: str | None = None, **values: Any) -> None:
        self.values = values
        if field is not None:
            self.field = field
        super().__init__(self.code)

    @property
    def sentence(self) -> str:
        """The message in the reader's language."""
        text = str(self.message)
        return text % self.values if self.values else text


class NotYours(DomainError):
    """It does not exist, or the asker may not know that it does: the answer is the same."""

    code = "not_found"
    status = 404
