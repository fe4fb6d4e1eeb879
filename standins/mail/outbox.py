"""The outbox: SMTP, mailbox, faults and pages together, in this process or in its own."""

import tempfile
import time
from contextlib import AbstractContextManager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from standins.faults import Fault, Faults
from standins.mail.mailbox import Accepted, Mailbox
from standins.mail.pages import build_pages
from standins.mail.smtp import KINDS, SmtpServer
from standins.web import LOOPBACK, WebServer


class Outbox:
    """A mail server that keeps what it accepts.

    Use it as a context manager in tests: `with Outbox() as outbox: send(outbox.smtp_url); outbox.messages()`.
    Without `data` the messages live in a folder that goes away at the end. Port 0 takes a free one.
    """

    def __init__(self, data: Path | None = None, *, smtp_port: int = 0, http_port: int = 0) -> None:
        self._own_folder = None if data else tempfile.TemporaryDirectory(prefix="outbox-")
        self.mailbox = Mailbox(data or Path(self._own_folder.name))  # type: ignore[union-attr]
        self.faults = Faults(KINDS)
        self._smtp = SmtpServer(self.mailbox, self.faults, smtp_port)
        self.app = build_pages(self.mailbox, self.faults)
        self._web = WebServer(self.app, http_port)
        self.smtp_port = self._smtp.port
        self.smtp_url = f"smtp://{LOOPBACK}:{self._smtp.port}"
        self.web_url = self._web.url

    def start(self) -> Self:
        self._smtp.start()
        self._web.start()
        return self

    def stop(self) -> None:
        self._web.stop()
        self._smtp.stop()
        if self._own_folder:
            self._own_folder.cleanup()

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    def messages(self) -> list[EmailMessage]:
        """The accepted messages, parsed, in order of arrival."""
        return self.mailbox.messages()

    def accepted(self) -> list[Accepted]:
        """The oracle: id, sender, to (of the envelope), accepted_at, answered, message_id, subject."""
        return self.mailbox.accepted()

    def wait_for(self, count: int, timeout: float = 5.0) -> list[EmailMessage]:
        """The messages, once there are `count`; raises TimeoutError if they do not come."""
        until = time.monotonic() + timeout
        while len(found := self.messages()) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(found)} of {count} messages came within {timeout} s")
            time.sleep(0.01)
        return found

    def fault(self, place: str, kind: str, **settings: Any) -> Fault:
        """Misbehave: see `standins.mail.smtp.KINDS`; `on=` a recipient pattern, `times=`, `skip=`."""
        return self.faults.add(place, kind, **settings)

    def away(self) -> AbstractContextManager[None]:
        """While inside, connections are refused."""
        return self._smtp.away()

    @property
    def calls(self) -> int:
        """How many connections were taken since the start."""
        return self._smtp.calls

    def clear(self) -> None:
        """Forget all messages and faults."""
        self.faults.clear()
        self.mailbox.clear()
