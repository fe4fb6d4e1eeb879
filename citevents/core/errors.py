"""What a user can be refused, and how a call outside can fail.

A refusal has a code, a translated sentence that says what to do next, and where it belongs. A call outside fails in one
of three classes: `Later` and `Never` are raised by the one file that knows the foreign library (core/mail.py,
payments/gateway.py); whatever else is raised is broken, and ours to mend.
"""

from __future__ import annotations

from datetime import timedelta
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


class Later(Exception):
    """The other side is away, or asks us to come back: nobody's fault and not an attempt. It may have happened or not.

    `code` is a short word for the log and the desk, never what a person typed. `destination` says who does not answer
    ("mail", "stripe") where nothing at all gets through; None where this one errand waits and others pass (a mailbox that
    greylists). `patience` is how long the errand is worth trying; `pauses` are the seconds between tries of one that waits
    alone, the last for ever: greylisting takes minutes.
    """

    patience = timedelta(days=4)
    pauses: tuple[float, ...] = (60, 180, 600, 1200, 1800, 3600)

    def __init__(self, code: str, sentence: str = "", *, destination: str | None = None) -> None:
        super().__init__(sentence or code)
        self.code = code
        self.destination = destination


class Never(Exception):
    """The other side said no to this one errand (this recipient, this amount) and will say no again. `code` as in `Later`."""

    def __init__(self, code: str, sentence: str = "") -> None:
        super().__init__(sentence or code)
        self.code = code
