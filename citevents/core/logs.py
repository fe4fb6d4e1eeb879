"""Structured logs: one JSON object a line, ids only, never a person's data."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from flask import Flask

_STANDARD = set(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "taskName"}


class JsonLine(logging.Formatter):
    """Time, level, logger, message and the `extra` fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[0]:
            # The text of an exception may quote what a person typed; its kind may not.
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, default=str)


def init_logs(app: Flask) -> None:
    """Send our own loggers, and what libraries warn about, to standard error."""
    if app.testing or logging.getLogger("citevents").handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine())
    ours = logging.getLogger("citevents")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False
