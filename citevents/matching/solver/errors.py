"""Input that cannot be read: where, and what to do about it."""


class Unreadable(ValueError):
    """A file that does not fit. `where` is a JSON path or a line; the message says what is wrong there."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason
