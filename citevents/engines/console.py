"""One console for many processes: each line says who speaks."""

import json
import os
import sys
from typing import TextIO

from citevents.engines.errors import FULL

WIDTH = 9
COLOURS = (36, 33, 35, 32, 34, 31)


class Console:
    """Writes prefixed lines; a terminal that has gone away, or a log without room, is no reason to fall over."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._coloured = self._out.isatty() and "NO_COLOR" not in os.environ
        self._seen: dict[str, int] = {}

    def say(self, text: str = "") -> None:
        """A line of the supervisor's own."""
        self.line("citevents", text)

    def line(self, name: str, text: str) -> None:
        prefix = f"{name:<{WIDTH}} | "
        if self._coloured:
            colour = COLOURS[self._seen.setdefault(name, len(self._seen)) % len(COLOURS)]
            prefix = f"\033[{colour}m{prefix}\033[0m"
        try:
            self._out.write(f"{prefix}{concise(text)}\n")
            self._out.flush()
        except OSError as problem:
            if problem.errno in FULL:
                return  # the line is lost; there may be room for the next
            self._out = open(os.devnull, "w")  # noqa: SIM115, PTH123 (it is ours until we end)


def concise(text: str) -> str:
    """A structured log line as a person reads it: its message, then its other fields."""
    if not text.startswith("{"):
        return text
    try:
        fields = dict(json.loads(text))
    except ValueError:
        return text
    message = fields.pop("message", "")
    level = fields.pop("level", "info")
    for known in ("at", "log"):
        fields.pop(known, None)
    rest = [f"{key}={value}" for key, value in fields.items()]
    return " ".join(part for part in ("" if level == "info" else level.upper(), str(message), *rest) if part)
