"""Idempotency: a key remembers the answer to its first call for 24 hours."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from standins.stripe.errors import key_in_use, other_endpoint, other_parameters
from standins.stripe.record import Record

KEPT_FOR = 24 * 3600


class Answer(NamedTuple):
    """`request` is the id of the call that made it."""

    status: int
    body: dict[str, Any]
    request: str


class Call(NamedTuple):
    """What makes two calls the same: endpoint and parameters."""

    path: str
    fingerprint: str


def call_of(path: str, pairs: list[tuple[str, str]]) -> Call:
    return Call(path, hashlib.sha256(json.dumps(sorted(pairs)).encode()).hexdigest())


class Idempotency:
    def __init__(self, record: Record) -> None:
        self.record = record
        self._lock = threading.Lock()
        self._in_flight: set[str] = set()

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """One call at a time per key; the second is told so (409)."""
        with self._lock:
            if key in self._in_flight:
                raise key_in_use(key)
            self._in_flight.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight.discard(key)

    def earlier(self, key: str, call: Call) -> Answer | None:
        """The remembered answer; refuses a key that was used for another call."""
        rows = self.record.run(
            "SELECT * FROM answers WHERE key = ? AND made_at > ?", (key, self._now() - KEPT_FOR)
        )
        if not rows:
            return None
        row = rows[0]
        if row["path"] != call.path:
            raise other_endpoint(key, row["path"])
        if row["fingerprint"] != call.fingerprint:
            raise other_parameters(key)
        return Answer(row["status"], json.loads(row["body"]), row["request"])

    def remember(self, key: str, call: Call, answer: Answer) -> None:
        self.record.run(
            "INSERT OR REPLACE INTO answers (key, path, fingerprint, status, body, request, made_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, *call, answer.status, json.dumps(answer.body), answer.request, self._now()),
        )

    def age(self, hours: float) -> None:
        """The switch: every remembered answer becomes older."""
        self.record.run("UPDATE answers SET made_at = made_at - ?", (hours * 3600,))

    def _now(self) -> float:
        return time.time() + self.record.note("clock")
