"""The record: everything this Stripe knows, in one SQLite file that survives a kill -9.

An object is stored as the JSON the API shows, plus private fields whose names begin with `_`.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Body = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_by_status
    ON objects (kind, json_extract(body, '$.status'), json_extract(body, '$.expires_at'));
CREATE INDEX IF NOT EXISTS refunds_on_their_way
    ON objects (id) WHERE kind = 'refund' AND json_extract(body, '$._then') IS NOT NULL;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, request TEXT NOT NULL, made_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, disguise TEXT,
    due_at REAL NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due_at);
CREATE TABLE IF NOT EXISTS attempts (
    delivery INTEGER NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL, status INTEGER, error TEXT
);
CREATE INDEX IF NOT EXISTS attempts_of ON attempts (delivery);
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class Record:
    """One connection, one writer at a time. `path` None keeps it in memory."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_TABLES)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All changes inside happen together or not at all; a nested one joins the outer one."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._db.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def run(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # objects

    def add(self, kind: str, body: Body) -> Body:
        self.run(
            "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?)",
            (body["id"], kind, body["created"], json.dumps(body)),
        )
        return body

    def save(self, body: Body) -> Body:
        self.run("UPDATE objects SET body = ? WHERE id = ?", (json.dumps(body), body["id"]))
        return body

    def get(self, kind: str, id: str) -> Body | None:
        rows = self.run("SELECT body FROM objects WHERE id = ? AND kind = ?", (id, kind))
        return json.loads(rows[0]["body"]) if rows else None

    def all(self, kind: str, **fields: Any) -> list[Body]:
        """Oldest first; `fields` are compared with the object's own."""
        where = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in fields)
        sql = f"SELECT body FROM objects WHERE kind = ?{where} ORDER BY seq"  # noqa: S608 - names are ours
        return [json.loads(row["body"]) for row in self.run(sql, (kind, *fields.values()))]

    def latest(self, kind: str, count: int) -> list[Body]:
        """The last `count` of a kind, newest first."""
        sql = "SELECT body FROM objects WHERE kind = ? ORDER BY seq DESC LIMIT ?"
        return [json.loads(row["body"]) for row in self.run(sql, (kind, count))]

    # notes: small numbers that outlive the process

    def note(self, name: str) -> int:
        rows = self.run("SELECT value FROM notes WHERE name = ?", (name,))
        return rows[0]["value"] if rows else 0

    def write_note(self, name: str, value: int) -> None:
        self.run("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", (name, value))

    def now(self) -> int:
        """Stripe's clock in whole seconds; `clock` is how far it was moved ahead."""
        return int(time.time()) + self.note("clock")

    def clear(self) -> None:
        with self.changing():
            for table in ("objects", "answers", "deliveries", "attempts"):
                self.run(f"DELETE FROM {table}")  # noqa: S608 - names are ours


def shown(body: Body) -> Body:
    """The object as the API shows it, without its private fields."""
    return {name: value for name, value in body.items() if not name.startswith("_")}
