"""The mailbox: one file per accepted message in a folder, which survives any end of the process."""

import dataclasses
import json
import os
import threading
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

ENVELOPE = b"X-Outbox-Envelope: "


@dataclasses.dataclass(frozen=True, kw_only=True)
class Accepted:
    """What the server knows of a message it accepted; `answered` is False if the sender never heard so."""

    id: str
    sender: str
    to: tuple[str, ...]
    accepted_at: str
    answered: bool
    message_id: str
    subject: str


class Mailbox:
    """Accepted messages in order of arrival. Each file is the message, after one line with its envelope."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._known: dict[str, Accepted] = {}
        self._last = max((int(path.stem) for path in folder.glob("*.eml")), default=0)

    def keep(self, content: bytes, *, sender: str, to: list[str], answered: bool = True) -> str:
        """Writes the message to disk for good, then returns its id."""
        with self._lock:
            self._last += 1
            name = f"{self._last:06}"
        accepted_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._write(
            name, {"from": sender, "to": to, "accepted_at": accepted_at, "answered": answered}, content
        )
        return name

    def mark_answered(self, name: str) -> None:
        """The sender did hear of it after all."""
        envelope, content = self._parts(name)
        self._known.pop(name, None)
        self._write(name, {**envelope, "answered": True}, content)

    def names(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.eml"))

    def accepted(self) -> list[Accepted]:
        return [mail for name in self.names() if (mail := self._known.get(name) or self._learned(name))]

    def messages(self) -> list[EmailMessage]:
        return [entry[1] for name in self.names() if (entry := self.read(name))]

    def read(self, name: str) -> tuple[Accepted, EmailMessage] | None:
        try:
            envelope, content = self._parts(name)
        except (FileNotFoundError, ValueError):
            return None
        message = message_from_bytes(content, policy=policy.default)
        accepted = Accepted(
            id=name,
            sender=envelope["from"],
            to=tuple(envelope["to"]),
            accepted_at=envelope["accepted_at"],
            answered=envelope["answered"],
            message_id=str(message.get("Message-ID", "")).strip(),
            subject=str(message.get("Subject", "")),
        )
        self._known[name] = accepted
        return accepted, message

    def _learned(self, name: str) -> Accepted | None:
        entry = self.read(name)
        return entry[0] if entry else None

    def source(self, name: str) -> bytes | None:
        """The message as it came over the wire."""
        try:
            return self._parts(name)[1]
        except (FileNotFoundError, ValueError):
            return None

    def clear(self) -> None:
        for path in self.folder.glob("*.eml"):
            path.unlink(missing_ok=True)
        self._known.clear()

    def _parts(self, name: str) -> tuple[dict[str, Any], bytes]:
        if not name.isdigit():
            raise ValueError(name)
        line, content = (self.folder / f"{name}.eml").read_bytes().split(b"\r\n", 1)
        return json.loads(line.removeprefix(ENVELOPE)), content

    def _write(self, name: str, envelope: dict[str, Any], content: bytes) -> None:
        unfinished = self.folder / f"{name}.part"
        try:
            with unfinished.open("wb") as file:
                file.write(ENVELOPE + json.dumps(envelope).encode() + b"\r\n" + content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        unfinished.replace(self.folder / f"{name}.eml")
